#include <set>

#include "tests/harness/aws/small_cloud.h"
#include "tests/support/catch.h"

using namespace steady;
using Catch::StartsWith;
using test::error;
using test::SmallCloud;

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
