#pragma once

#include <string>

#include "harness/aws/codec.h"
#include "sim/api/cloud_api.h"
#include "sim/core/journal_kinds.h"
#include "sim/world/world.h"

namespace steady::test {

/// What is wrong, of an answer that is an error; else "".
inline std::string error(const Json& answer) { return answer.value("error", ""); }

/// A world with running machines in cluster "main", and the door to it. Calls take JSON as the CLI
/// has it.
struct SmallCloud {
  struct Options {
    int machines = 2;
    std::string era = "2026";
  };
  static world::Settings settings(const Options& options) {
    world::Settings made;
    made.random = RandomSource{7};
    made.era = Era::parse(options.era).value();
    made.calendar = made.era.default_start();
    return made;
  }

  explicit SmallCloud(const Options& options) : world(settings(options)), api(world) {
    call("CreateCluster", R"({"clusterName": "main"})");
    for (int i = 0; i < options.machines; ++i) {
      ec2::LaunchSpec spec;
      spec.cluster = "main";
      spec.zone = world.ec2().zones()[static_cast<std::size_t>(i) % 3];
      world.ec2().begin_running(spec);
    }
    world.run_until(kStart + std::chrono::seconds{1});
  }
  SmallCloud() : SmallCloud(Options{}) {}

  /// The answer; an error as {"error": "Code: message"}.
  Json call(std::string_view action, const std::string& input) {
    auto result = aws::call(api, action, Json::parse(input));
    if (result) return std::move(result).value();
    return Json{{"error", result.error().code + ": " + result.error().message}};
  }
  void run_for(SimDuration time) { world.run_until(world.now() + time); }
  /// Task definition "web" (cpu 256, memory 512, dynamic port), target group and balancer in front.
  void web() {
    call("RegisterTaskDefinition",
         R"({"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1",
      "cpu": 256, "memory": 512, "portMappings": [{"containerPort": 80}], "environment": [{"name": "A", "value": "b"}]}],
      "tags": [{"key": "team", "value": "web"}]})");
    call("CreateTargetGroup", R"({"Name": "web", "Protocol": "HTTP", "Port": 80})");
    call("elbv2:CreateLoadBalancer", R"({"Name": "front"})");
    call("CreateListener",
         R"({"LoadBalancerArn": "front", "Port": 80, "Protocol": "HTTP", "forward": "web"})");
  }
  Json create_service(int desired = 2) {
    return call(
        "CreateService",
        R"({"cluster": "main", "serviceName": "web", "taskDefinition": "web", "desiredCount": )" +
            std::to_string(desired) + R"(, "loadBalancers": [{"targetGroup": "web",
      "containerName": "web", "containerPort": 80}], "enableExecuteCommand": true})");
  }

  world::World world;
  api::CloudApi api;
};

}  // namespace steady::test
