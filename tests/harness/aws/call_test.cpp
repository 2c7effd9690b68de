#include <set>

#include "tests/harness/aws/small_cloud.h"
#include "tests/support/catch.h"

using namespace steady;
using Catch::StartsWith;
using test::SmallCloud;

namespace {

std::string error(const Json& answer) { return answer.value("error", ""); }

}  // namespace

// The list of the issue: every action that a timeline or a deploy tool of stories 1 to 8 needs is
// there.
TEST_CASE("every action of the list can be called by its name", "[aws]") {
  const auto names = aws::action_names();
  const std::set<std::string> known(names.begin(), names.end());
  for (const char* name : {"CreateCluster",
                           "DeleteCluster",
                           "DescribeClusters",
                           "ListClusters",
                           "RegisterTaskDefinition",
                           "DeregisterTaskDefinition",
                           "DescribeTaskDefinition",
                           "ListTaskDefinitions",
                           "ListTaskDefinitionFamilies",
                           "CreateService",
                           "UpdateService",
                           "DeleteService",
                           "DescribeServices",
                           "ListServices",
                           "RunTask",
                           "StartTask",
                           "StopTask",
                           "DescribeTasks",
                           "ListTasks",
                           "RegisterContainerInstance",
                           "DeregisterContainerInstance",
                           "DescribeContainerInstances",
                           "ListContainerInstances",
                           "UpdateContainerInstancesState",
                           "PutAttributes",
                           "DeleteAttributes",
                           "CreateLoadBalancer",
                           "DeleteLoadBalancer",
                           "DescribeLoadBalancers",
                           "ConfigureHealthCheck",
                           "RegisterInstancesWithLoadBalancer",
                           "DeregisterInstancesFromLoadBalancer",
                           "DescribeInstanceHealth",
                           "ModifyLoadBalancerAttributes",
                           "DescribeLoadBalancerAttributes",
                           "CreateTargetGroup",
                           "ModifyTargetGroup",
                           "ModifyTargetGroupAttributes",
                           "DescribeTargetGroupAttributes",
                           "DescribeTargetGroups",
                           "DeleteTargetGroup",
                           "RegisterTargets",
                           "DeregisterTargets",
                           "DescribeTargetHealth",
                           "CreateListener",
                           "ModifyListener",
                           "DeleteListener",
                           "CreateRule",
                           "ModifyRule",
                           "DeleteRule",
                           "DescribeRules",
                           "SetRulePriorities",
                           "DescribeListeners",
                           "RunInstances",
                           "TerminateInstances",
                           "DescribeInstances",
                           "CreateImage",
                           "DescribeImages",
                           "CreateAutoScalingGroup",
                           "UpdateAutoScalingGroup",
                           "DeleteAutoScalingGroup",
                           "SetDesiredCapacity",
                           "DescribeAutoScalingGroups",
                           "DescribeScalingActivities",
                           "TerminateInstanceInAutoScalingGroup",
                           "SetInstanceHealth",
                           "SetInstanceProtection",
                           "AttachLoadBalancers",
                           "DetachLoadBalancers",
                           "AttachLoadBalancerTargetGroups",
                           "DetachLoadBalancerTargetGroups",
                           "AttachInstances"}) {
    INFO(name);
    CHECK(known.contains(name));
  }
}

// ecs.md 1.2, 7.2: a name again is the same cluster; what is deleted shows as INACTIVE; unknown
// ones are failures.
TEST_CASE("clusters are created, described and deleted as AWS does", "[aws][ecs]") {
  SmallCloud cloud({.machines = 1});
  CHECK(cloud.call("CreateCluster",
                   R"({"clusterName": "main"})")["cluster"]["registeredContainerInstancesCount"] ==
        1);
  CHECK(cloud.call("ListClusters", "{}")["clusterArns"] ==
        Json{"arn:aws:ecs:us-east-1:123456789012:cluster/main"});
  CHECK_THAT(error(cloud.call("DeleteCluster", R"({"cluster": "main"})")),
             StartsWith("ClusterContainsContainerInstancesException"));
  CHECK_THAT(error(cloud.call("DeleteCluster", R"({"cluster": "none"})")),
             StartsWith("ClusterNotFoundException: Cluster not found."));
  cloud.call("CreateCluster", R"({"clusterName": "empty"})");
  CHECK(cloud.call("DeleteCluster", R"({"cluster": "empty"})")["cluster"]["status"] == "INACTIVE");
  const auto described = cloud.call("DescribeClusters", R"({"clusters": ["empty", "none"]})");
  CHECK(described["clusters"][0]["status"] == "INACTIVE");
  CHECK(described["failures"][0]["reason"] == "MISSING");
}

// ecs.md 1.5, 7.3.
TEST_CASE("task definitions count their revisions and keep what has no effect", "[aws][ecs]") {
  SmallCloud cloud({.machines = 1});
  cloud.web();
  cloud.web();
  const auto described =
      cloud.call("DescribeTaskDefinition", R"({"taskDefinition": "web"})")["taskDefinition"];
  CHECK(described["taskDefinitionArn"] ==
        "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2");
  CHECK(described["containerDefinitions"][0]["environment"][0]["value"] == "b");
  CHECK(cloud.call("DeregisterTaskDefinition",
                   R"({"taskDefinition": "web:2"})")["taskDefinition"]["status"] == "INACTIVE");
  CHECK(cloud.call("DescribeTaskDefinition",
                   R"({"taskDefinition": "web"})")["taskDefinition"]["revision"] == 1);
  CHECK(cloud.call("ListTaskDefinitions", "{}")["taskDefinitionArns"].size() == 1);
  CHECK(
      cloud.call("ListTaskDefinitions", R"({"status": "INACTIVE"})")["taskDefinitionArns"].size() ==
      1);
  CHECK_THAT(error(cloud.call("DescribeTaskDefinition", R"({"taskDefinition": "web:9"})")),
             StartsWith("ClientException: Unable to describe task definition."));
  CHECK_THAT(error(cloud.call(
                 "RegisterTaskDefinition",
                 R"({"family": "x", "containerDefinitions": [{"name": "a", "image": "a"}]})")),
             StartsWith("ClientException: Invalid setting for container 'a'."));
}

// ecs.md 1.7, 7.3: the sentences that scripts match on.
TEST_CASE("services answer with AWS's objects and errors", "[aws][ecs]") {
  SmallCloud cloud;
  cloud.web();
  const auto made = cloud.create_service()["service"];
  CHECK(made["deployments"][0]["status"] == "PRIMARY");
  CHECK(made["deployments"][0]["rolloutState"] == "IN_PROGRESS");
  CHECK(made["enableExecuteCommand"] == true);
  CHECK(made["createdAt"].is_number());

  SECTION("the same again is idempotent, others of the name are not (ecs.md 7.5)") {
    CHECK(cloud.create_service()["service"]["serviceArn"] == made["serviceArn"]);
    CHECK_THAT(error(cloud.create_service(3)),
               StartsWith("InvalidParameterException: Creation of service was not idempotent."));
  }
  SECTION("an update in place makes no deployment, a forced one does") {
    auto updated = cloud.call(
        "UpdateService", R"({"cluster": "main", "service": "web", "desiredCount": 3})")["service"];
    CHECK(updated["desiredCount"] == 3);
    CHECK(updated["deployments"].size() == 1);
    updated = cloud.call(
        "UpdateService",
        R"({"cluster": "main", "service": "web", "forceNewDeployment": true})")["service"];
    CHECK(updated["deployments"].size() == 2);
    CHECK(updated["deployments"][1]["desiredCount"] == 0);
  }
  SECTION("errors") {
    CHECK_THAT(error(cloud.call("UpdateService", R"({"cluster": "main", "service": "none"})")),
               StartsWith("ServiceNotFoundException: Service not found."));
    CHECK_THAT(error(cloud.call("UpdateService", R"({"cluster": "none", "service": "web"})")),
               StartsWith("ClusterNotFoundException: Cluster not found."));
    CHECK_THAT(error(cloud.call("DeleteService", R"({"cluster": "main", "service": "web"})")),
               StartsWith("InvalidParameterException: The service cannot be stopped while it is "
                          "scaled above 0."));
    CHECK_THAT(error(cloud.call("UpdateService", R"({"cluster": "main", "desiredCount": 1})")),
               StartsWith("InvalidParameterException") && Catch::Contains("'service' is missing"));
  }
  SECTION("a deleted one drains and cannot be updated") {
    cloud.run_for(2min);
    CHECK(cloud.call(
              "DeleteService",
              R"({"cluster": "main", "service": "web", "force": true})")["service"]["status"] ==
          "DRAINING");
    CHECK_THAT(error(cloud.call("UpdateService",
                                R"({"cluster": "main", "service": "web", "desiredCount": 1})")),
               StartsWith("ServiceNotActiveException: Service was not ACTIVE."));
    CHECK(cloud.call("ListServices", R"({"cluster": "main"})")["serviceArns"].empty());
  }
  SECTION("DescribeServices takes 10 names, and MISSING is no exception (ecs.md 7.4)") {
    const auto described =
        cloud.call("DescribeServices", R"({"cluster": "main", "services": ["web", "none"]})");
    CHECK(described["services"].size() == 1);
    CHECK(described["failures"][0]["reason"] == "MISSING");
    CHECK_THAT(error(cloud.call("DescribeServices", R"({"cluster": "main", "services":
                                ["1","2","3","4","5","6","7","8","9","10","11"]})")),
               StartsWith("InvalidParameterException"));
  }
}

// ecs.md 3.5, 3.6, 7.3.
TEST_CASE("tasks are run, listed and stopped as AWS does", "[aws][ecs]") {
  SmallCloud cloud({.machines = 1});
  cloud.web();
  const auto ran = cloud.call(
      "RunTask", R"({"cluster": "main", "taskDefinition": "web", "count": 2, "startedBy": "me"})");
  REQUIRE(ran["tasks"].size() == 2);
  CHECK(ran["tasks"][0]["group"] == "family:web");
  cloud.run_for(2min);
  CHECK(cloud.call("ListTasks", R"({"cluster": "main"})")["taskArns"].size() == 2);
  CHECK(cloud.call("ListTasks", R"({"cluster": "main", "maxResults": 1})").contains("nextToken"));
  const std::string arn = ran["tasks"][0]["taskArn"];
  const auto stopped = cloud.call(
      "StopTask", R"({"cluster": "main", "task": ")" + arn + R"(", "reason": "enough"})");
  CHECK(stopped["task"]["desiredStatus"] == "STOPPED");
  CHECK(stopped["task"]["stoppedReason"] == "enough");
  CHECK(cloud.call("ListTasks", R"({"cluster": "main"})")["taskArns"].size() == 1);
  CHECK_THAT(error(cloud.call("StopTask", R"({"cluster": "main", "task": "0123"})")),
             StartsWith("InvalidParameterException: The referenced task was not found."));
  CHECK_THAT(error(cloud.call("DescribeTasks", R"({"cluster": "main", "tasks": []})")),
             StartsWith("InvalidParameterException: Tasks cannot be empty."));

  SECTION("what does not fit is a failure with its reason, not an error") {
    cloud.call("RegisterTaskDefinition", R"({"family": "big", "containerDefinitions":
      [{"name": "a", "image": "a", "memory": 512, "cpu": 90000}]})");
    const auto failed = cloud.call("RunTask", R"({"cluster": "main", "taskDefinition": "big"})");
    CHECK(failed["tasks"].empty());
    CHECK(failed["failures"][0]["reason"] == "RESOURCE:CPU");
  }
}

// ecs.md 1.4, 3.4, 7.3.
TEST_CASE("container instances are listed by query, drained and deregistered", "[aws][ecs]") {
  SmallCloud cloud;
  CHECK(cloud
            .call("ListContainerInstances", R"({"cluster": "main", "filter":
    "attribute:ecs.availability-zone == us-east-1a"})")["containerInstanceArns"]
            .size() == 1);
  CHECK_THAT(error(cloud.call("ListContainerInstances",
                              R"({"cluster": "main", "filter": "attribute:a ="})")),
             StartsWith("InvalidParameterException"));
  const auto drained =
      cloud.call("UpdateContainerInstancesState",
                 R"({"cluster": "main", "containerInstances": ["i-1"], "status": "DRAINING"})");
  CHECK(drained["containerInstances"][0]["status"] == "DRAINING");
  CHECK(cloud
            .call("ListContainerInstances",
                  R"({"cluster": "main", "status": "DRAINING"})")["containerInstanceArns"]
            .size() == 1);
  cloud.call(
      "PutAttributes",
      R"({"cluster": "main", "attributes": [{"name": "stack", "value": "prod", "targetId": "i-2"}]})");
  CHECK(cloud
            .call("ListContainerInstances",
                  R"({"cluster": "main", "filter": "attribute:stack == prod"})")
                ["containerInstanceArns"]
            .size() == 1);
  cloud.call("DeleteAttributes",
             R"({"cluster": "main", "attributes": [{"name": "stack", "targetId": "i-2"}]})");
  CHECK(
      cloud
          .call(
              "ListContainerInstances",
              R"({"cluster": "main", "filter": "attribute:stack exists"})")["containerInstanceArns"]
          .empty());
  CHECK(cloud.call(
            "DeregisterContainerInstance",
            R"({"cluster": "main", "containerInstance": "i-1"})")["containerInstance"]["status"] ==
        "INACTIVE");
  CHECK(cloud.call(
            "DescribeContainerInstances",
            R"({"cluster": "main", "containerInstances": ["none"]})")["failures"][0]["reason"] ==
        "MISSING");
}

// elb.md 1.4, 1.6, 7.3: the two APIs are told apart by the input, or by the prefix.
TEST_CASE("a Classic load balancer is made, attached and described", "[aws][elb]") {
  SmallCloud cloud;
  CHECK(cloud
            .call("CreateLoadBalancer",
                  R"({"LoadBalancerName": "old", "Listeners": [{"Protocol": "HTTP",
    "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 80}]})")
            .contains("DNSName"));
  cloud.call("ConfigureHealthCheck",
             R"({"LoadBalancerName": "old", "HealthCheck": {"Target": "HTTP:80/", "Interval": 10,
    "Timeout": 5, "UnhealthyThreshold": 2, "HealthyThreshold": 2}})");
  const auto registered = cloud.call("RegisterInstancesWithLoadBalancer",
                                     R"({"LoadBalancerName": "old", "Instances": ["i-1", "i-2"]})");
  CHECK(registered["Instances"].size() == 2);
  const auto health =
      cloud.call("DescribeInstanceHealth", R"({"LoadBalancerName": "old"})")["InstanceStates"];
  CHECK(health[0]["State"] == "OutOfService");
  CHECK(health[0]["Description"] == "Instance registration is still in progress.");
  CHECK(cloud
            .call("DeregisterInstancesFromLoadBalancer",
                  R"({"LoadBalancerName": "old", "Instances": ["i-1"]})")["Instances"]
            .size() == 1);
  const auto attributes =
      cloud.call("elb:ModifyLoadBalancerAttributes", R"({"LoadBalancerName": "old",
    "LoadBalancerAttributes": {"ConnectionDraining": {"Enabled": true, "Timeout": 60}}})");
  CHECK(attributes["LoadBalancerAttributes"]["ConnectionDraining"]["Timeout"] == 60);
  const auto described = cloud.call("DescribeLoadBalancers", R"({"LoadBalancerNames": ["old"]})");
  CHECK(described["LoadBalancerDescriptions"][0]["HealthCheck"]["Target"] == "HTTP:80/");
  CHECK_THAT(error(cloud.call("DescribeInstanceHealth", R"({"LoadBalancerName": "none"})")),
             StartsWith("LoadBalancerNotFound"));
  CHECK_THAT(
      error(cloud.call("RegisterInstancesWithLoadBalancer",
                       R"({"LoadBalancerName": "old", "Instances": [{"InstanceId": "i-9"}]})")),
      StartsWith("InvalidInstance"));
  CHECK(error(cloud.call("DeleteLoadBalancer", R"({"LoadBalancerName": "none"})")) == "");
}

// elb.md 1.8, 7.3: policies are made, then set on a listener; Describe shows both.
TEST_CASE("a Classic listener gets its stickiness policies", "[aws][elb]") {
  SmallCloud cloud;
  cloud.call("elb:CreateLoadBalancer", R"({"LoadBalancerName": "old", "Listeners": [
    {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80},
    {"Protocol": "TCP", "LoadBalancerPort": 90, "InstancePort": 90}]})");
  const auto made = [&](const char* action, const char* rest) {
    return error(
        cloud.call(action, std::string(R"({"LoadBalancerName": "old", "PolicyName": )") + rest));
  };
  CHECK(made("CreateLBCookieStickinessPolicy", R"("hour", "CookieExpirationPeriod": 3600})") == "");
  CHECK(made("CreateAppCookieStickinessPolicy", R"("app", "CookieName": "JSID"})") == "");
  CHECK_THAT(made("CreateLBCookieStickinessPolicy", R"("app"})"),
             StartsWith("DuplicatePolicyName"));
  const auto set = [&](const char* port, const char* names) {
    return error(cloud.call("SetLoadBalancerPoliciesOfListener",
                            std::string(R"({"LoadBalancerName": "old", "LoadBalancerPort": )") +
                                port + R"(, "PolicyNames": )" + names + "}"));
  };
  CHECK_THAT(set("81", R"(["app"])"), StartsWith("ListenerNotFound"));
  CHECK_THAT(set("80", R"(["none"])"), StartsWith("PolicyNotFound"));
  CHECK_THAT(set("80", R"(["app", "hour"])"), StartsWith("InvalidConfigurationRequest"));
  CHECK_THAT(set("90", R"(["app"])"), StartsWith("InvalidConfigurationRequest"));
  CHECK(set("80", R"(["app"])") == "");
  CHECK_THAT(made("DeleteLoadBalancerPolicy", R"("app"})"),
             StartsWith("InvalidConfigurationRequest"));
  CHECK(made("DeleteLoadBalancerPolicy", R"("hour"})") == "");
  const auto described = cloud.call(
      "DescribeLoadBalancers", R"({"LoadBalancerNames": ["old"]})")["LoadBalancerDescriptions"][0];
  CHECK(described["ListenerDescriptions"][0]["PolicyNames"] == Json::array({"app"}));
  CHECK(described["Policies"]["AppCookieStickinessPolicies"][0]["CookieName"] == "JSID");
  CHECK(described["Policies"]["LBCookieStickinessPolicies"].empty());
  CHECK(set("80", "[]") == "");
}

// elb.md 2.2, 2.10, 2.12, 2.13: what is set is shown; what contradicts is refused as a whole.
TEST_CASE("attributes about zones and stickiness are set and shown", "[aws][elbv2]") {
  SmallCloud cloud;
  cloud.web();
  const auto set = [&](const char* attributes) {
    return error(
        cloud.call("ModifyTargetGroupAttributes",
                   std::string(R"({"TargetGroupArn": "web", "Attributes": )") + attributes + "}"));
  };
  const auto shown = [&](const char* key) {
    const auto all =
        cloud.call("DescribeTargetGroupAttributes", R"({"TargetGroupArn": "web"})")["Attributes"];
    for (const auto& one : all) {
      if (one["Key"] == key) return one["Value"].get<std::string>();
    }
    return std::string("nothing");
  };
  const char* const cross_zone = "load_balancing.cross_zone.enabled";
  const char* const dns = "target_group_health.dns_failover.minimum_healthy_targets.count";
  CHECK(shown(cross_zone) == "use_load_balancer_configuration");
  CHECK(shown(dns) == "1");
  CHECK(shown("target_group_health.dns_failover.minimum_healthy_targets.percentage") == "off");
  CHECK(set(R"({"load_balancing.cross_zone.enabled": "false",
      "target_group_health.dns_failover.minimum_healthy_targets.count": "off"})") == "");
  CHECK(shown(cross_zone) == "false");
  CHECK(shown(dns) == "off");
  CHECK_THAT(set(R"({"stickiness.enabled": "true"})"), StartsWith("ValidationError"));
  CHECK_THAT(
      set(R"({"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "off"})"),
      StartsWith("ValidationError"));
  CHECK(set(R"({"load_balancing.cross_zone.enabled": "true"})") == "");
  CHECK_THAT(set(R"({"stickiness.enabled": "true", "stickiness.type": "app_cookie"})"),
             StartsWith("ValidationError"));
  CHECK(set(R"({"stickiness.enabled": "true", "stickiness.type": "app_cookie",
      "stickiness.app_cookie.cookie_name": "JSID"})") == "");
  CHECK(shown("stickiness.type") == "app_cookie");
}

// elb.md 2.2, 2.13
TEST_CASE("a zonal shift shows in the health of the zone's targets", "[aws][elbv2]") {
  SmallCloud cloud;
  cloud.web();
  cloud.call("RegisterTargets",
             R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-1", "Port": 80}]})");
  const auto described = [&] {
    return cloud.call("DescribeTargetHealth",
                      R"({"TargetGroupArn": "web"})")["TargetHealthDescriptions"][0];
  };
  CHECK_FALSE(described().contains("AdministrativeOverride"));
  cloud.call("elbv2:ModifyLoadBalancerAttributes", R"({"LoadBalancerArn": "front",
      "Attributes": [{"Key": "zonal_shift.config.enabled", "Value": "true"}]})");
  const std::string zone = described()["Target"].value("AvailabilityZone", "us-east-1a");
  REQUIRE(cloud.world.elb().start_zonal_shift("front", zone));
  CHECK(described()["AdministrativeOverride"]["State"] == "zonal_shift_active");
  cloud.world.elb().end_zonal_shift("front");
  CHECK_FALSE(described().contains("AdministrativeOverride"));
}

// elb.md 2.1, 7.2.
TEST_CASE("an Application load balancer and its target group are made and changed",
          "[aws][elbv2]") {
  SmallCloud cloud;
  cloud.web();
  const auto groups = cloud.call("DescribeTargetGroups", R"({"Names": ["web"]})")["TargetGroups"];
  const std::string arn = groups[0]["TargetGroupArn"];
  CHECK_THAT(arn,
             StartsWith("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/"));
  CHECK(error(cloud.call("RegisterTargets", R"({"TargetGroupArn": ")" + arn +
                                                R"(", "Targets": [{"Id": "i-1", "Port": 80}]})")) ==
        "");
  auto health = cloud.call("DescribeTargetHealth",
                           R"({"TargetGroupArn": "web"})")["TargetHealthDescriptions"];
  CHECK(health[0]["TargetHealth"]["State"] == "initial");
  health = cloud.call("DescribeTargetHealth",
                      R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-2", "Port": 80}]})")
               ["TargetHealthDescriptions"];
  CHECK(health[0]["TargetHealth"]["Reason"] == "Target.NotRegistered");
  CHECK(error(cloud.call("DeregisterTargets",
                         R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-2"}]})")) == "");
  cloud.call(
      "ModifyTargetGroupAttributes",
      R"({"TargetGroupArn": "web", "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]})");
  CHECK(cloud.world.elb().target_group("web")->deregistration_delay == 5s);
  CHECK_THAT(error(cloud.call("DeleteTargetGroup", R"({"TargetGroupArn": "web"})")),
             StartsWith("ResourceInUse"));
  CHECK_THAT(error(cloud.call("DescribeTargetHealth", R"({"TargetGroupArn": "none"})")),
             StartsWith("TargetGroupNotFound"));
  CHECK_THAT(
      error(cloud.call(
          "CreateListener",
          R"({"LoadBalancerArn": "front", "Port": 80, "Protocol": "HTTP", "forward": "web"})")),
      StartsWith("DuplicateListener"));
  CHECK(cloud.call("elbv2:DescribeLoadBalancers",
                   R"({"Names": ["front"]})")["LoadBalancers"][0]["State"]["Code"] == "active");
}

// ecs.md 5.4.
TEST_CASE("instances and Auto Scaling groups are changed by hand", "[aws][ec2][asg]") {
  SmallCloud cloud({.machines = 1});
  const auto ran = cloud.call(
      "RunInstances",
      R"({"InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1, "cluster": "main"})");
  CHECK(ran["Instances"][0]["State"]["Name"] == "pending");
  cloud.run_for(2min);
  CHECK(cloud.call("ListContainerInstances", R"({"cluster": "main"})")["containerInstanceArns"]
            .size() == 2);
  CHECK(error(cloud.call("TerminateInstances", R"({"InstanceIds": ["i-2"]})")) == "");
  CHECK_THAT(error(cloud.call("TerminateInstances", R"({"InstanceIds": ["i-9"]})")),
             StartsWith("InvalidInstanceID.NotFound"));
  CHECK(error(cloud.call("CreateAutoScalingGroup",
                         R"({"AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 3,
    "DesiredCapacity": 1, "instanceType": "m5.large", "cluster": "main"})")) == "");
  cloud.run_for(3min);
  auto group = cloud.call("DescribeAutoScalingGroups",
                          R"({"AutoScalingGroupNames": ["g"]})")["AutoScalingGroups"][0];
  CHECK(group["Instances"][0]["LifecycleState"] == "InService");
  CHECK(error(cloud.call("SetDesiredCapacity",
                         R"({"AutoScalingGroupName": "g", "DesiredCapacity": 2})")) == "");
  CHECK_THAT(error(cloud.call("SetDesiredCapacity",
                              R"({"AutoScalingGroupName": "g", "DesiredCapacity": 9})")),
             StartsWith("ValidationError"));
  cloud.run_for(3min);
  group = cloud.call("DescribeAutoScalingGroups", "{}")["AutoScalingGroups"][0];
  CHECK(group["Instances"].size() == 2);
  CHECK(cloud.call("DescribeScalingActivities", R"({"AutoScalingGroupName": "g"})")["Activities"]
            .size() >= 2);
  CHECK_THAT(error(cloud.call("DeleteAutoScalingGroup", R"({"AutoScalingGroupName": "g"})")),
             StartsWith("ResourceInUse"));
}

// Timeline, engines and people are told apart in the record of a run, refused calls included.
TEST_CASE("every call is journalled with its caller and its outcome", "[aws]") {
  SmallCloud cloud({.machines = 0});
  cloud.api.as("engine:mine");
  cloud.call("DeleteCluster", R"({"cluster": "none"})");
  const auto& entry = cloud.world.journal().entries().back();
  CHECK(entry.kind == journal::kApiCall);
  CHECK(entry.subject == "DeleteCluster");
  CHECK(entry["by"] == "engine:mine");
  CHECK(entry["outcome"] == "ClusterNotFoundException");
}

// elb.md 2.11, 7.2: weights change by ModifyRule and ModifyListener; a listener that is made with a
// bad rule is not made at all.
TEST_CASE("rules are made, shown, changed and deleted", "[aws][rules]") {
  SmallCloud cloud;
  for (const char* name : {"blue", "green"})
    cloud.call("CreateTargetGroup", std::string(R"({"Name": ")") + name + "\"}");
  cloud.call("elbv2:CreateLoadBalancer", R"({"Name": "front", "Type": "application"})");
  const std::string bad = R"({"LoadBalancerArn": "front", "Port": 80, "forward": "blue",
    "rules": [{"Priority": 1, "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}], "forward": "nope"}]})";
  CHECK_THAT(error(cloud.call("CreateListener", bad)), StartsWith("TargetGroupNotFound"));
  CHECK(cloud.call("DescribeListeners", R"({"LoadBalancerArn": "front"})")["Listeners"].empty());
  const Json listener =
      cloud.call("CreateListener",
                 R"({"LoadBalancerArn": "front", "Port": 80, "Protocol": "HTTP", "DefaultActions":
    [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]})");
  REQUIRE(error(listener) == "");
  const Json rule = cloud.call("CreateRule", R"({"ListenerArn": "front:80", "Priority": 7,
    "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.com"]}},
                   {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2"}]}}],
    "Actions": [{"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": [
      {"TargetGroupArn": "blue", "Weight": 9}, {"TargetGroupArn": "green"}],
      "TargetGroupStickinessConfig": {"Enabled": true, "DurationSeconds": 60}}}]})");
  REQUIRE(error(rule) == "");
  const Json made = rule["Rules"][0];
  CHECK(made["Priority"] == "7");
  CHECK(made["IsDefault"] == false);
  CHECK_THAT(made["RuleArn"].get<std::string>(), Catch::Contains(":listener-rule/app/front/"));
  CHECK(made["Conditions"][0]["Values"][0] == "*.example.com");
  CHECK(made["Conditions"][1]["QueryStringConfig"]["Values"][0]["Key"] == "v");
  const Json forward = made["Actions"][0]["ForwardConfig"];
  CHECK(forward["TargetGroups"][0]["Weight"] == 9);
  CHECK(forward["TargetGroups"][1]["Weight"] == 1);
  CHECK(forward["TargetGroupStickinessConfig"]["DurationSeconds"] == 60);
  // What Describe shows can be sent back.
  Json again = {{"ListenerArn", "front:80"},
                {"Priority", 8},
                {"Conditions", made["Conditions"]},
                {"Actions", made["Actions"]}};
  CHECK(error(cloud.call("CreateRule", again.dump())) == "");
  CHECK_THAT(error(cloud.call("CreateRule", again.dump())), StartsWith("PriorityInUse"));
  CHECK(error(cloud.call("ModifyRule", R"({"RuleArn": "front:80/8", "Actions":
    [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_302"}}]})")) ==
        "");
  CHECK(error(cloud.call("SetRulePriorities", R"({"RulePriorities": [
    {"RuleArn": "front:80/7", "Priority": 8}, {"RuleArn": "front:80/8", "Priority": 7}]})")) == "");
  const Json shown = cloud.call("DescribeRules", R"({"ListenerArn": "front:80"})")["Rules"];
  REQUIRE(shown.size() == 3);
  CHECK(shown[0]["Actions"][0]["RedirectConfig"]["Host"] == "#{host}");
  CHECK(shown[0]["Actions"][0]["RedirectConfig"]["StatusCode"] == "HTTP_302");
  CHECK(shown[1]["RuleArn"] == made["RuleArn"]);
  CHECK(shown[2]["IsDefault"] == true);
  CHECK(shown[2]["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "404");
  CHECK_THAT(error(cloud.call("DeleteTargetGroup", R"({"TargetGroupArn": "green"})")),
             StartsWith("ResourceInUse"));
  CHECK(error(cloud.call("DeleteRule", R"({"RuleArn": "front:80/8"})")) == "");
  CHECK_THAT(error(cloud.call("DeleteRule", R"({"RuleArn": "front:80/8"})")),
             StartsWith("RuleNotFound"));
  CHECK(error(cloud.call("DeleteTargetGroup", R"({"TargetGroupArn": "green"})")) == "");
  CHECK_THAT(
      error(cloud.call("CreateRule", R"({"ListenerArn": "front:80", "Priority": 9, "Conditions":
    [{"Field": "path-pattern", "Values": ["/"]}], "Actions": [{"Type": "authenticate-oidc"}]})")),
      Catch::Contains("identity"));
}
