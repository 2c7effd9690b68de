#include "harness/aws/codec.h"

#include <set>

#include "harness/aws/fields.h"
#include "harness/aws/limits.h"
#include "harness/json/rules.h"
#include "tests/support/catch.h"

using namespace steady;
using aws::Door;

namespace {

/// All findings of an input, one a line: "E1101 /pointer message remedy".
std::string told(const json::Findings& findings) {
  std::string all;
  for (const auto& one : findings.all()) {
    all += one.rule + " " + one.pointer + " " + one.message + " " + one.remedy + "\n";
  }
  return all;
}

template <class T>
std::string findings_of(const char* text, Door door = Door::kScenario) {
  json::Findings findings;
  T out;
  aws::decode(Json::parse(text), "", findings, out, door);
  return told(findings);
}

template <class T>
T read(const char* text) {
  json::Findings findings;
  T out;
  aws::decode(Json::parse(text), "", findings, out, Door::kScenario);
  CHECK(told(findings) == "");
  return out;
}

std::string call_findings(const char* action, const char* input) {
  json::Findings findings;
  aws::check_call(action, Json::parse(input), "", findings);
  return told(findings);
}

// As `aws ecs describe-task-definition` prints it (ecs.md 1.5), wrapper and all.
constexpr const char* kDescribedDefinition = R"({
  "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
    "containerDefinitions": [ {
        "name": "web", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1",
        "cpu": 256, "memory": 512, "memoryReservation": 256, "links": [],
        "portMappings": [ { "containerPort": 80, "hostPort": 0, "protocol": "tcp",
                            "name": "web-80-tcp", "appProtocol": "http" } ],
        "essential": true, "restartPolicy": { "enabled": false },
        "entryPoint": [], "command": [],
        "environment": [ { "name": "STAGE", "value": "prod" } ], "environmentFiles": [],
        "mountPoints": [ { "sourceVolume": "logs", "containerPath": "/var/log", "readOnly": false } ],
        "volumesFrom": [],
        "secrets": [ { "name": "DB", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/db" } ],
        "dependsOn": [], "startTimeout": 120, "stopTimeout": 30, "user": "1000",
        "disableNetworking": false, "privileged": false, "readonlyRootFilesystem": false,
        "dnsServers": [], "dnsSearchDomains": [], "extraHosts": [], "dockerSecurityOptions": [],
        "dockerLabels": { "team": "web" },
        "ulimits": [ { "name": "nofile", "softLimit": 1024, "hardLimit": 4096 } ],
        "logConfiguration": { "logDriver": "awslogs",
            "options": { "awslogs-group": "/ecs/web", "awslogs-region": "us-east-1" },
            "secretOptions": [] },
        "healthCheck": { "command": [ "CMD-SHELL", "curl -f http://localhost/ || exit 1" ],
            "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 10 },
        "systemControls": [], "resourceRequirements": [] } ],
    "family": "web",
    "taskRoleArn": "arn:aws:iam::123456789012:role/web",
    "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
    "networkMode": "bridge", "revision": 7,
    "volumes": [ { "name": "logs", "host": { "sourcePath": "/var/log/web" } } ],
    "status": "ACTIVE",
    "requiresAttributes": [ { "name": "com.amazonaws.ecs.capability.logging-driver.awslogs" },
                            { "name": "ecs.capability.execution-role-awslogs" } ],
    "placementConstraints": [], "compatibilities": [ "EXTERNAL", "EC2" ],
    "requiresCompatibilities": [ "EC2" ],
    "runtimePlatform": { "cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX" },
    "cpu": "256", "memory": "512", "enableFaultInjection": false,
    "registeredAt": "2026-01-05T10:11:12.345000+00:00",
    "registeredBy": "arn:aws:iam::123456789012:user/deploy" },
  "tags": [ { "key": "team", "value": "web" } ] })";

// As `aws ecs describe-services` prints one of its services (ecs.md 1.7).
constexpr const char* kDescribedService = R"({
  "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/main/web", "serviceName": "web",
  "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/main",
  "loadBalancers": [ { "containerName": "web", "containerPort": 80, "targetGroupArn":
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067" } ],
  "serviceRegistries": [], "status": "ACTIVE",
  "desiredCount": 2, "runningCount": 2, "pendingCount": 0, "launchType": "EC2",
  "taskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
  "deploymentConfiguration": {
      "deploymentCircuitBreaker": { "enable": true, "rollback": true },
      "maximumPercent": 200, "minimumHealthyPercent": 100,
      "alarms": { "alarmNames": [ "too-many-5xx" ], "rollback": false, "enable": false },
      "strategy": "ROLLING", "bakeTimeInMinutes": 0 },
  "deployments": [ { "id": "ecs-svc/1234567890123456789", "status": "PRIMARY", "desiredCount": 2 } ],
  "roleArn": "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
  "events": [ { "id": "6c1f5a2e-0000-4000-8000-000000000001", "createdAt": "2026-01-05T10:11:12+00:00",
                "message": "(service web) has reached a steady state." } ],
  "createdAt": "2026-01-05T10:11:12.345000+00:00",
  "placementConstraints": [],
  "placementStrategy": [ { "type": "spread", "field": "attribute:ecs.availability-zone" } ],
  "healthCheckGracePeriodSeconds": 60, "schedulingStrategy": "REPLICA",
  "deploymentController": { "type": "ECS" },
  "createdBy": "arn:aws:iam::123456789012:user/deploy",
  "enableECSManagedTags": true, "propagateTags": "NONE", "enableExecuteCommand": false,
  "availabilityZoneRebalancing": "ENABLED",
  "serviceConnectConfiguration": { "enabled": false, "namespace": "shop" },
  "tags": [ { "key": "team", "value": "web" } ] })";

}  // namespace

// People paste what they have: nothing of it may be refused for being printed by AWS (issue, Shows
// 4).
TEST_CASE("a described task definition is read as it is", "[aws]") {
  const auto input = read<api::ecs::RegisterTaskDefinitionInput>(kDescribedDefinition);
  CHECK(input.family == "web");
  CHECK(input.cpu == "256");
  REQUIRE(input.container_definitions.size() == 1);
  const auto& container = input.container_definitions.front();
  CHECK(container.stop_timeout == 30);
  CHECK(container.health_check->start_period == 10);
  SECTION("what has no effect is kept, what Describe adds is dropped") {
    CHECK(Json::parse(container.kept.at("logConfiguration"))["logDriver"] == "awslogs");
    CHECK(container.kept.contains("secrets"));
    CHECK(container.kept.contains("startTimeout"));
    CHECK(container.port_mappings.front().kept.at("appProtocol") == "\"http\"");
    CHECK(input.kept.contains("executionRoleArn"));
    CHECK(Json::parse(input.kept.at("tags"))[0]["value"] == "web");
    CHECK_FALSE(input.kept.contains("registeredAt"));
    CHECK_FALSE(input.kept.contains("revision"));
  }
}

TEST_CASE("a described service is read as it is", "[aws]") {
  const auto input = read<api::ecs::CreateServiceInput>(kDescribedService);
  CHECK(input.cluster == "main");
  CHECK(input.service_name == "web");
  CHECK(input.task_definition == "web:7");
  CHECK(input.desired_count == 2);
  CHECK(input.load_balancers.front().target_group_arn == "web");
  CHECK(input.deployment_configuration->circuit_breaker->rollback);
  CHECK(input.kept.contains("roleArn"));
  CHECK_FALSE(input.kept.contains("events"));
}

// elb.md 2.1, 1.1: the objects around a service are pasted, too.
TEST_CASE("described load balancers and target groups are read as they are", "[aws]") {
  const auto group = read<api::elbv2::TargetGroup>(R"({
    "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067",
    "TargetGroupName": "web", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "HealthCheckEnabled": true,
    "HealthCheckProtocol": "HTTP", "HealthCheckPort": "traffic-port", "HealthCheckPath": "/health",
    "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5, "HealthyThresholdCount": 5,
    "UnhealthyThresholdCount": 2, "Matcher": { "HttpCode": "200" }, "LoadBalancerArns": [],
    "TargetType": "instance", "ProtocolVersion": "HTTP1", "IpAddressType": "ipv4" })");
  CHECK(group.name == "web");
  const auto balancer = read<api::elbv2::CreateLoadBalancerInput>(R"({
    "LoadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188",
    "DNSName": "front-1.us-east-1.elb.amazonaws.com", "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
    "CreatedTime": "2026-01-05T10:11:12+00:00", "LoadBalancerName": "front", "Scheme": "internet-facing",
    "VpcId": "vpc-1", "State": { "Code": "active" }, "Type": "application",
    "AvailabilityZones": [ { "ZoneName": "us-east-1a", "SubnetId": "subnet-1" },
                           { "ZoneName": "us-east-1b", "SubnetId": "subnet-2" } ],
    "SecurityGroups": [ "sg-1" ], "IpAddressType": "ipv4" })");
  CHECK(balancer.name == "front");
  CHECK(balancer.zones == std::vector<std::string>{"us-east-1a", "us-east-1b"});
  const auto classic = read<api::elb::CreateLoadBalancerInput>(R"({
    "LoadBalancerName": "front", "DNSName": "front-1.us-east-1.elb.amazonaws.com",
    "CanonicalHostedZoneNameID": "Z35SXDOTRQ7X7K", "ListenerDescriptions": [ { "PolicyNames": [], "Listener":
      { "Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 80 } } ],
    "Policies": { "OtherPolicies": [] }, "BackendServerDescriptions": [], "AvailabilityZones": [ "us-east-1a" ],
    "Subnets": [], "VPCId": "vpc-1", "Instances": [ { "InstanceId": "i-1" } ],
    "HealthCheck": { "Target": "HTTP:80/", "Interval": 30, "Timeout": 5, "UnhealthyThreshold": 2,
                     "HealthyThreshold": 10 },
    "SourceSecurityGroup": { "OwnerAlias": "x", "GroupName": "y" }, "SecurityGroups": [],
    "CreatedTime": "2026-01-05T10:11:12+00:00", "Scheme": "internet-facing" })");
  CHECK(classic.listeners.front().instance_port == 80);
}

// A value that would change the result and is not modelled must not pass as if it were.
TEST_CASE("what is not modelled is refused, its neutral values are not", "[aws]") {
  const auto service = [](const char* member) {
    return findings_of<api::ecs::CreateServiceInput>((std::string("{") + member + "}").c_str());
  };
  using Catch::Contains;
  CHECK_THAT(service(R"("launchType": "FARGATE")"), Contains("E1102 /launchType"));
  CHECK_THAT(service(R"("launchType": "REPLICA")"), Contains("E1102"));
  CHECK_THAT(service(R"("schedulingStrategy": "DAEMON")"), Contains("E1102"));
  CHECK_THAT(service(R"("deploymentController": {"type": "CODE_DEPLOY"})"), Contains("E1102"));
  CHECK_THAT(service(R"("serviceConnectConfiguration": {"enabled": true})"), Contains("E1102"));
  CHECK_THAT(service(R"("capacityProviderStrategy": [{"capacityProvider": "cp"}])"),
             Contains("E1102"));
  CHECK_THAT(service(R"("deploymentConfiguration": {"bakeTimeInMinutes": 5})"), Contains("E1102"));
  CHECK_THAT(
      service(R"("deploymentConfiguration": {"alarms": {"alarmNames": ["a"], "enable": true}})"),
      Contains("E1102"));
  CHECK(service(R"("launchType": null, "capacityProviderStrategy": [])") == "");
  CHECK(service(R"("serviceConnectConfiguration": {"enabled": false, "namespace": "n"})") == "");
  const auto definition = [](const char* member) {
    return findings_of<api::ecs::RegisterTaskDefinitionInput>(
        (std::string("{") + member + "}").c_str());
  };
  CHECK_THAT(
      definition(R"("runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})"),
      Contains("E1102"));
  CHECK_THAT(definition(R"("containerDefinitions": [{"disableNetworking": true}])"),
             Contains("E1102"));
  CHECK_THAT(definition(R"("containerDefinitions": [{"dependsOn": [{"containerName": "a"}]}])"),
             Contains("E1102"));
}

// Attributes are keys of one member: each is judged like a member.
TEST_CASE("attributes of load balancers and target groups are sorted one by one", "[aws]") {
  using Catch::Contains;
  const auto group = [](const char* attributes) {
    return findings_of<api::elbv2::TargetGroup>(
        (std::string("{\"attributes\": ") + attributes + "}").c_str());
  };
  CHECK(group(R"({"deregistration_delay.timeout_seconds": "30", "stickiness.enabled": "false"})") ==
        "");
  CHECK(group(R"([{"Key": "slow_start.duration_seconds", "Value": "0"}])") == "");
  CHECK(group(R"({"stickiness.enabled": "true", "slow_start.duration_seconds": "30"})") == "");
  CHECK(group(R"({"stickiness.type": "app_cookie", "load_balancing.cross_zone.enabled": "false",
      "target_group_health.dns_failover.minimum_healthy_targets.count": "off"})") == "");
  CHECK_THAT(group(R"({"stickiness.type": "cookie"})"), Contains("E1106"));
  CHECK(group(R"([{"Key": "load_balancing.algorithm.anomaly_mitigation", "Value": "on"}])") == "");
  CHECK_THAT(group(R"([{"Key": "load_balancing.algorithm.anomaly_mitigation", "Value": "yes"}])"),
             Contains("E1106 /attributes/0"));
  CHECK_THAT(group(R"({"deregistraton_delay.timeout_seconds": "30"})"),
             Contains("E1101") && Contains("did you mean 'deregistration_delay.timeout_seconds'?"));
  CHECK_THAT(group(R"({"deregistration_delay.timeout_seconds": "4000"})"),
             Contains("E1104") && Contains("0 to 3600"));
  CHECK_THAT(group(R"({"load_balancing.algorithm.type": "round_robbin"})"), Contains("E1106"));
  CHECK_THAT(findings_of<api::elbv2::CreateLoadBalancerInput>(
                 R"({"attributes": {"idle_timeout.timeout_seconds": "0"}})"),
             Contains("E1104"));
}

// No field is silently ignored, and every fault is told at once (ecs.md 1.5, 2.2, 3.2; elb.md 2.3).
TEST_CASE("wrong names, types, numbers and words are told with their places", "[aws]") {
  using Catch::Contains;
  const auto all = findings_of<api::ecs::RegisterTaskDefinitionInput>(R"({
    "famly": "web", "networkMode": "brigde",
    "containerDefinitions": [ { "memory": "512", "essential": "yes",
      "portMappings": [ { "containerPort": 99999, "protocol": "tpc" } ],
      "healthCheck": { "command": [], "interval": 3 } } ] })");
  CHECK_THAT(all, Contains("E1101 /famly") && Contains("did you mean 'family'?"));
  CHECK_THAT(all, Contains("E1106 /networkMode") && Contains("did you mean 'bridge'?"));
  CHECK_THAT(all, Contains("E1103 /containerDefinitions/0/memory"));
  CHECK_THAT(all, Contains("E1103 /containerDefinitions/0/essential"));
  CHECK_THAT(all, Contains("E1104 /containerDefinitions/0/portMappings/0/containerPort"));
  CHECK_THAT(all, Contains("E1106 /containerDefinitions/0/portMappings/0/protocol"));
  CHECK_THAT(all, Contains("E1104 /containerDefinitions/0/healthCheck/interval"));
  CHECK_THAT(
      findings_of<api::ecs::CreateServiceInput>(R"({"placementStrategy": [{"type": "sprad"}]})"),
      Contains("E1106") && Contains("did you mean 'spread'?"));
  CHECK_THAT(findings_of<api::elbv2::TargetGroup>(R"({"HealthCheckIntervalSeconds": 2})"),
             Contains("E1104"));
}

// The short forms of scenarios (product.md, Scenario file) and AWS's own say the same.
TEST_CASE("short forms read like AWS's own members", "[aws]") {
  const auto action =
      read<api::elbv2::Listener>(R"({"Port": 80, "Protocol": "HTTP", "DefaultActions": [
    {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "web", "Weight": 1}],
      "TargetGroupStickinessConfig": {"Enabled": false}}}]})");
  CHECK(action.default_actions.front().forward->target_groups.front().target_group_arn == "web");
  CHECK(read<api::elbv2::Listener>(R"({"forward": "web"})").forward == "web");
  const auto balancer = read<api::ecs::CreateServiceInput>(R"({"loadBalancers": [
    {"classicLoadBalancer": "front", "containerName": "web", "containerPort": 80}]})");
  CHECK(balancer.load_balancers.front().load_balancer_name == "front");
  const auto weighted =
      read<api::elbv2::Action>(R"({"Type": "forward", "ForwardConfig": {"TargetGroups": [
    {"TargetGroupArn": "a", "Weight": 9}, {"TargetGroupArn": "b", "Weight": 1}]}})");
  CHECK(weighted.forward->target_groups[1].weight == 1);
  CHECK(read<api::elbv2::CreateRuleInput>(R"({"Priority": 1, "forward": "web"})").forward == "web");
}

TEST_CASE("the API's own door takes no short forms", "[aws]") {
  const auto* targets = R"({"TargetGroupArn": "web", "Targets": ["i-1"]})";
  CHECK(findings_of<api::elbv2::TargetsInput>(targets, Door::kScenario) == "");
  CHECK_THAT(findings_of<api::elbv2::TargetsInput>(targets, Door::kApi), Catch::Contains("E1103"));
}

// What a call lacks is told by `steady check`, not first by the run (ecs.md 7.2, 7.3).
TEST_CASE("a call's input is judged without running it", "[aws]") {
  using Catch::Contains;
  CHECK(call_findings("UpdateService", R"({"service": "web", "desiredCount": 3})") == "");
  CHECK_THAT(call_findings("UpdateService", R"({"desiredCount": 3})"),
             Contains("E1105") && Contains("'service'"));
  CHECK_THAT(call_findings("UpdateService", R"({"service": "web", "desiredCuont": 3})"),
             Contains("E1101") && Contains("desiredCount"));
  CHECK_THAT(call_findings("UpdateServce", "{}"), Contains("UpdateService"));
  CHECK_THAT(call_findings("ModifyRule", "{}"), Contains("'RuleArn'"));
  CHECK_THAT(call_findings("RunTask", R"({"taskDefinition": "web", "count": 11})"),
             Contains("E1104"));
  CHECK(call_findings("elb:CreateLoadBalancer", R"({"LoadBalancerName": "a", "Listeners": []})") ==
        "");
  CHECK_THAT(
      call_findings("elbv2:CreateLoadBalancer", R"({"LoadBalancerName": "a", "Listeners": []})"),
      Contains("E1101"));
  CHECK(call_findings("RegisterContainerInstance",
                      R"({"cluster": "c", "instanceIdentityDocument": "i-1"})") == "");
  CHECK(call_findings("RegisterTargets", R"({"TargetGroupArn": "web", "Targets": ["i-1"]})") == "");
  CHECK(call_findings("ListTasks", R"({"launchType": "EC2"})") == "");
  CHECK(call_findings("DescribeServices", R"({"services": ["web"], "include": ["TAGS"]})") == "");
  CHECK(call_findings("CreateListener",
                      R"({"LoadBalancerArn": "front", "Port": 80, "forward": "web"})") == "");
}

// The table is read by people: it must hold each field once, and JSON where it says so.
TEST_CASE("the table of fields is consistent", "[aws]") {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& field : aws::fields_table()) {
    INFO(field.shape << "." << field.name);
    CHECK(seen.emplace(field.shape, field.name).second);
    if (field.of == aws::FieldClass::kRefused) CHECK_FALSE(field.note.empty());
    if (!field.neutral.empty()) CHECK(Json::parse(field.neutral).is_array());
  }
  for (const auto& limit : aws::limits_table()) {
    INFO(limit.shape << "." << limit.name);
    CHECK((limit.least <= limit.most));
  }
  for (const char* rule : {"E1101", "E1102", "E1103", "E1104", "E1105", "E1106"})
    CHECK(json::find_rule(rule) != nullptr);
}
