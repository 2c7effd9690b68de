#include "tests/harness/aws/small_cloud.h"
#include "tests/support/catch.h"

using namespace steady;
using Catch::StartsWith;
using test::error;
using test::SmallCloud;

namespace {}  // namespace

// ecs.md 7.5: the same token and parameters answer the same tasks; with others it is a conflict.
TEST_CASE("RunTask with a client token starts its tasks once", "[aws][ecs]") {
  SmallCloud cloud;
  cloud.web();
  const std::string input =
      R"({"cluster": "main", "taskDefinition": "web", "count": 2, "clientToken": "t-1"})";
  const auto first = cloud.call("RunTask", input);
  const auto again = cloud.call("RunTask", input);
  REQUIRE(first["tasks"].size() == 2);
  CHECK(again["tasks"][0]["taskArn"] == first["tasks"][0]["taskArn"]);
  CHECK(again["tasks"][1]["taskArn"] == first["tasks"][1]["taskArn"]);
  CHECK(cloud.call("ListTasks", R"({"cluster": "main"})")["taskArns"].size() == 2);
  const auto other = cloud.call(
      "RunTask",
      R"({"cluster": "main", "taskDefinition": "web", "count": 1, "clientToken": "t-1"})");
  CHECK_THAT(error(other), StartsWith("ConflictException"));
  CHECK_THAT(error(other), Catch::Contains(first["tasks"][0]["taskArn"].get<std::string>()));
  CHECK(cloud.call("RunTask", R"({"cluster": "main", "taskDefinition": "web"})")["tasks"].size() ==
        1);
}

// The same promise of EC2's RunInstances; MinCount above MaxCount cannot be met.
TEST_CASE("RunInstances keeps its client token and its counts", "[aws][ec2]") {
  SmallCloud cloud({.machines = 1});
  cloud.call("CreateImage", R"({"InstanceId": "i-1", "Name": "img"})");
  const std::string input =
      R"({"ImageId": "img", "MinCount": 1, "MaxCount": 2, "ClientToken": "a"})";
  const auto first = cloud.call("RunInstances", input);
  const auto again = cloud.call("RunInstances", input);
  REQUIRE(first["Instances"].size() == 2);
  CHECK(again["Instances"][1]["InstanceId"] == first["Instances"][1]["InstanceId"]);
  CHECK(cloud.call("DescribeInstances", "{}")["Instances"].size() == 3);
  CHECK_THAT(
      error(cloud.call("RunInstances",
                       R"({"ImageId": "img", "MinCount": 1, "MaxCount": 1, "ClientToken": "a"})")),
      StartsWith("IdempotentParameterMismatch"));
  CHECK_THAT(
      error(cloud.call("RunInstances", R"({"ImageId": "img", "MinCount": 3, "MaxCount": 2})")),
      StartsWith("InvalidParameterCombination"));
}

// ecs.md 3.2, 3.3: a bad strategy or expression is the caller's fault, told before anything starts.
TEST_CASE("RunTask and services refuse placement rules that cannot be read", "[aws][ecs]") {
  SmallCloud cloud;
  cloud.web();
  const char* rules[] = {
      R"("placementConstraints": [{"type": "memberOf", "expression": "attribute:a =="}])",
      R"("placementStrategy": [{"type": "spread", "field": "moon"}])",
      R"("placementStrategy": [{"type": "binpack", "field": "disk"}])",
      R"("placementStrategy": [{"type": "random"}, {"type": "random"}, {"type": "random"},
         {"type": "random"}, {"type": "random"}, {"type": "random"}])"};
  for (const char* rule : rules) {
    INFO(rule);
    const std::string tail = std::string(", ") + rule + "}";
    CHECK_THAT(
        error(cloud.call("RunTask", R"({"cluster": "main", "taskDefinition": "web")" + tail)),
        StartsWith("InvalidParameterException"));
    CHECK_THAT(error(cloud.call(
                   "CreateService",
                   R"({"cluster": "main", "serviceName": "s", "taskDefinition": "web")" + tail)),
               StartsWith("InvalidParameterException"));
  }
  CHECK(cloud.call("ListTasks", R"({"cluster": "main"})")["taskArns"].empty());
}

// product.md: a member without effect is kept and given back by Describe, over an update too.
TEST_CASE("what a service keeps survives updates", "[aws][ecs]") {
  SmallCloud cloud;
  cloud.web();
  cloud.create_service(1);
  cloud.call("UpdateService",
             R"({"cluster": "main", "service": "web", "propagateTags": "SERVICE"})");
  const auto service =
      cloud.call("DescribeServices", R"({"cluster": "main", "services": ["web"]})")["services"][0];
  CHECK(service["enableExecuteCommand"] == true);
  CHECK(service["propagateTags"] == "SERVICE");
  CHECK_THAT(service["loadBalancers"][0]["targetGroupArn"].get<std::string>(),
             StartsWith("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/"));
}

// ecs.md 1.6: containers with their statuses and the host ports that they were given.
TEST_CASE("a task is described with its containers and network bindings", "[aws][ecs]") {
  SmallCloud cloud;
  cloud.web();
  const auto started = cloud.call("RunTask", R"({"cluster": "main", "taskDefinition": "web"})");
  const std::string arn = started["tasks"][0]["taskArn"];
  CHECK(started["tasks"][0]["containers"][0]["lastStatus"] == "PENDING");
  cloud.run_for(std::chrono::minutes{2});
  const auto task = cloud.call("DescribeTasks",
                               R"({"cluster": "main", "tasks": [")" + arn + R"("]})")["tasks"][0];
  CHECK(task["launchType"] == "EC2");
  CHECK(task["connectivity"] == "CONNECTED");
  const auto& container = task["containers"][0];
  CHECK(container["name"] == "web");
  CHECK(container["lastStatus"] == "RUNNING");
  CHECK(container["memory"] == "512");
  CHECK(container["networkBindings"][0]["containerPort"] == 80);
  CHECK(container["networkBindings"][0]["hostPort"] == 32768);
}

// A command may well hold an ARN: only members that name a thing take ARNs for names.
TEST_CASE("text that looks like an ARN stays as it is where nothing is named", "[aws]") {
  SmallCloud cloud;
  const auto made = cloud.call("RegisterTaskDefinition", R"({"family": "job",
    "containerDefinitions": [{"name": "job", "image": "job:1", "memory": 64,
    "command": ["copy", "arn:aws:s3:::bucket/key"]}]})");
  CHECK(made["taskDefinition"]["containerDefinitions"][0]["command"][1] ==
        "arn:aws:s3:::bucket/key");
  CHECK(cloud
            .call("RunTask", R"({"cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/main",
    "taskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/job:1"})")["tasks"]
            .size() == 1);
}

// elb.md 7.3: groups of one balancer; a listener changes only in what is said.
TEST_CASE("target groups and listeners are described by their balancer", "[aws][elb]") {
  SmallCloud cloud;
  cloud.web();
  cloud.call("CreateTargetGroup", R"({"Name": "idle", "Protocol": "HTTP", "Port": 8080,
    "Tags": [{"Key": "a", "Value": "b"}]})");
  const auto all = cloud.call("DescribeTargetGroups", "{}");
  CHECK(all["TargetGroups"].size() == 2);
  const auto of_front = cloud.call("DescribeTargetGroups", R"({"LoadBalancerArn": "front"})");
  REQUIRE(of_front["TargetGroups"].size() == 1);
  CHECK(of_front["TargetGroups"][0]["TargetGroupName"] == "web");
  CHECK(of_front["TargetGroups"][0]["LoadBalancerArns"].size() == 1);
  const auto idle = cloud.call("DescribeTargetGroups", R"({"Names": ["idle"]})");
  CHECK(idle["TargetGroups"][0]["Tags"][0]["Value"] == "b");
  const auto listener =
      cloud.call("DescribeListeners", R"({"LoadBalancerArn": "front"})")["Listeners"][0];
  const auto changed = cloud.call("ModifyListener", R"({"ListenerArn": ")" +
                                                        listener["ListenerArn"].get<std::string>() +
                                                        R"(", "Port": 8080})")["Listeners"][0];
  CHECK(changed["Port"] == 8080);
  CHECK(changed["DefaultActions"] == listener["DefaultActions"]);
  CHECK(changed["Protocol"] == "HTTP");
}

// product.md: kept attributes are given back as well, also those of balancers, groups and fleets.
TEST_CASE("attributes and settings without effect are given back", "[aws]") {
  SmallCloud cloud;
  cloud.web();
  INFO(cloud.call("elbv2:ModifyLoadBalancerAttributes", R"({"LoadBalancerArn": "front",
    "Attributes": [{"Key": "access_logs.s3.bucket", "Value": "logs"}]})"));
  bool found = false;
  const auto described =
      cloud.call("elbv2:DescribeLoadBalancerAttributes", R"({"LoadBalancerArn": "front"})");
  for (const auto& attribute : described["Attributes"]) {
    found = found || (attribute["Key"] == "access_logs.s3.bucket" && attribute["Value"] == "logs");
  }
  CHECK(found);
  cloud.call("CreateAutoScalingGroup", R"({"AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 1,
    "HealthCheckGracePeriod": 30, "Tags": [{"Key": "k", "Value": "v"}]})");
  const auto group = cloud.call("DescribeAutoScalingGroups", "{}")["AutoScalingGroups"][0];
  CHECK(group["HealthCheckGracePeriod"] == 30);
  CHECK(group["Tags"][0]["Value"] == "v");
  cloud.call("elb:CreateLoadBalancer", R"({"LoadBalancerName": "old", "Scheme": "internal",
    "Listeners": [{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}]})");
  CHECK(cloud.call("elb:DescribeLoadBalancers",
                   R"({"LoadBalancerNames": ["old"]})")["LoadBalancerDescriptions"][0]["Scheme"] ==
        "internal");
}

// elb.md 2.9, 2.2: mitigation goes with weighted_random alone, is given back, and the health of
// targets tells what was found; where nobody looks nothing is claimed.
TEST_CASE("anomaly mitigation is set, described, and told with the health of targets",
          "[aws][elb][elb.md 2.9]") {
  SmallCloud cloud;
  cloud.web();
  cloud.call("RegisterTargets", R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-1"}]})");
  const auto ask = [&](const char* what) {
    return cloud.call("DescribeTargetHealth",
                      std::string(R"({"TargetGroupArn": "web", "Include": [")") + what + "\"]}");
  };
  const auto set = [&](const char* algorithm, const char* value) {
    return error(cloud.call(
        "ModifyTargetGroupAttributes",
        std::string(R"({"TargetGroupArn": "web", "Attributes": [
            {"Key": "load_balancing.algorithm.type", "Value": ")") +
            algorithm + R"("}, {"Key": "load_balancing.algorithm.anomaly_mitigation", "Value": ")" +
            value + R"("}]})"));
  };
  CHECK_THAT(error(ask("All")), StartsWith("NotModelled"));
  CHECK_THAT(error(ask("Everything")), StartsWith("ValidationError"));
  CHECK_THAT(set("round_robin", "on"), StartsWith("ValidationError"));
  CHECK_THAT(set("weighted_random", "perhaps"), StartsWith("ValidationError"));
  CHECK(set("weighted_random", "on").empty());
  const auto described =
      cloud.call("DescribeTargetGroupAttributes", R"({"TargetGroupArn": "web"})");
  bool found = false;
  for (const auto& attribute : described["Attributes"]) {
    found = found || (attribute["Key"] == "load_balancing.algorithm.anomaly_mitigation" &&
                      attribute["Value"] == "on");
  }
  CHECK(found);
  const auto one = ask("AnomalyDetection")["TargetHealthDescriptions"][0];
  CHECK(one["AnomalyDetection"]["Result"] == "normal");
  CHECK(one["AnomalyDetection"]["MitigationInEffect"] == "no");
  CHECK_FALSE(cloud
                  .call("DescribeTargetHealth",
                        R"({"TargetGroupArn": "web"})")["TargetHealthDescriptions"][0]
                  .contains("AnomalyDetection"));
  CHECK(set("weighted_random", "off").empty());
  CHECK_THAT(error(ask("All")), StartsWith("NotModelled"));
  cloud.world.elb().watch_anomalies();
  CHECK(ask("All")["TargetHealthDescriptions"][0]["AnomalyDetection"]["Result"] == "normal");
}

// "Nothing half applied": one target that cannot be registered leaves the others out too.
TEST_CASE("RegisterTargets registers all targets or none", "[aws][elb]") {
  SmallCloud cloud;
  cloud.web();
  cloud.call("TerminateInstances", R"({"InstanceIds": ["i-2"]})");
  cloud.run_for(std::chrono::minutes{2});
  CHECK_THAT(
      error(cloud.call("RegisterTargets",
                       R"({"TargetGroupArn": "web", "Targets": [{"Id": "i-1"}, {"Id": "i-2"}]})")),
      StartsWith("InvalidTarget"));
  CHECK(
      cloud.call("DescribeTargetHealth", R"({"TargetGroupArn": "web"})")["TargetHealthDescriptions"]
          .empty());
}
