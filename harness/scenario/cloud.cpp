#include <algorithm>

#include "harness/aws/codec.h"
#include "harness/scenario/parts.h"
#include "sim/cloud/ec2/instance_type.h"
#include "sim/core/nearest.h"

namespace steady::scenario {
namespace {

void check_instance_type(const std::string& type, const api::ec2::Machine& machine,
                         const std::string& pointer, json::Findings& findings) {
  if (ec2::find_instance_type(type) != nullptr || (machine.cpu && machine.memory)) return;
  std::vector<std::string> known;
  for (const auto& one : ec2::instance_types()) known.emplace_back(one.name);
  const std::string nearest = nearest_name(type, known);
  findings.error("E1201", pointer, "the instance type '" + type + "' is not known",
                 (nearest.empty() ? "" : "did you mean '" + nearest + "'? or ") +
                     std::string("give its cpu and memory"));
}

void read_machine(json::Reader& reader, api::ec2::Machine& machine) {
  reader.read("cluster", machine.cluster);
  reader.read("cpu", machine.cpu, 1, 1'000'000);
  reader.read("memory", machine.memory, 1, 100'000'000);
  reader.read("enis", machine.enis, 1, 1000);
  Distribution distribution;
  if (reader.read_distribution("boot", distribution)) machine.boot = distribution;
  if (reader.read_distribution("agentRegistration", distribution))
    machine.agent_registration = distribution;
  if (const Json* attributes = reader.get("attributes")) {
    json::Reader inner(*attributes, reader.pointer("attributes"), reader.findings(), "attributes");
    if (attributes->is_object()) {
      for (const auto& [name, value] : attributes->items()) {
        std::string text;
        if (inner.read(name, text)) machine.attributes[name] = text;
      }
    }
  }
}

void read_instances(json::Reader& cloud, Scenario& scenario) {
  cloud.each("instances", [&](const Json& value, const std::string& pointer) {
    json::Reader reader(value, pointer, cloud.findings(), "an entry of instances");
    Instances entry;
    reader.read("count", entry.count, 0, 10'000);
    reader.read("instanceType", entry.instance_type);
    reader.read("ImageId", entry.image_id);
    reader.read("imageId", entry.image_id);
    reader.read("zone", entry.zone);
    reader.read("name", entry.name);
    read_machine(reader, entry.machine);
    reader.read("loadBalancers", entry.load_balancers);
    reader.read("reservedMemory", entry.reserved_memory, 0, 10'000'000);
    std::vector<int> ports;
    if (reader.each("reservedPorts", [&](const Json& port, const std::string& at) {
          if (port.is_number_integer() && port >= 1 && port <= 65535) {
            ports.push_back(port.get<int>());
          } else {
            cloud.findings().error("E1004", at, "a port is a whole number from 1 to 65535");
          }
        })) {
      entry.reserved_ports = ports;
    }
    std::string agent;
    if (reader.read("agent", agent) && agent == "5138")
      reader.error("E1102", "agent", "the defect 5138 of the agent is not modelled yet");
    check_instance_type(entry.instance_type, entry.machine, reader.pointer("instanceType"),
                        cloud.findings());
    if (!entry.zone.empty() &&
        std::ranges::find(scenario.zones, entry.zone) == scenario.zones.end()) {
      const std::string nearest = nearest_name(entry.zone, scenario.zones);
      reader.error("E1202", "zone", "the zone '" + entry.zone + "' is none of the cloud's zones",
                   nearest.empty() ? "" : "did you mean '" + nearest + "'?");
    }
    reader.finish();
    scenario.instances.push_back(std::move(entry));
  });
}

/// "pool" is ours, the rest of a load balancer is AWS's.
Json without_pool(const Json& one) {
  Json rest = one;
  if (rest.is_object()) rest.erase("pool");
  return rest;
}
/// So is "proxy", of an Application balancer.
Json without_proxy(Json one) {
  if (one.is_object()) one.erase("proxy");
  return one;
}

void read_pool(const Json& one, const std::string& at, json::Findings& findings,
               const std::string& name, Scenario& scenario) {
  if (!one.is_object() || !one.contains("pool")) return;
  json::Reader pool(one["pool"], at + "/pool", findings, "a connection pool");
  pool.require("reuseGap", "the time between two uses of one connection");
  Distribution gap;
  if (pool.read_distribution("reuseGap", gap)) scenario.reuse_gaps[name] = gap;
  pool.finish();
  if (one.contains("Type") && one["Type"] == "network")
    findings.error("E1102", at + "/pool",
                   "a Network load balancer pools no connections: each is a client's own",
                   "\"connections\" in the traffic");
}

}  // namespace

void read_cloud(json::Reader& root, Scenario& scenario) {
  const Json* value = root.get("cloud");
  if (value == nullptr) return;
  json::Reader cloud(*value, root.pointer("cloud"), root.findings(), "cloud");
  cloud.read("zones", scenario.zones);
  if (scenario.zones.empty()) cloud.error("E1004", "zones", "at least one zone is needed");
  cloud.read("clusters", scenario.clusters);
  read_instances(cloud, scenario);
  auto& findings = root.findings();
  cloud.each("autoScalingGroups", [&](const Json& one, const std::string& at) {
    api::autoscaling::CreateGroupInput input;
    aws::decode(one, at, findings, input, aws::Door::kScenario);
    check_instance_type(input.instance_type, input.machine, at + "/instanceType", findings);
    if (input.name.empty()) findings.error("E1105", at, "'AutoScalingGroupName' is missing");
    scenario.groups.push_back(std::move(input));
  });
  cloud.each("targetGroups", [&](const Json& one, const std::string& at) {
    api::elbv2::TargetGroup input;
    aws::decode(one, at, findings, input, aws::Door::kScenario);
    if (input.name.empty()) findings.error("E1105", at, "'Name' is missing");
    scenario.target_groups.push_back(std::move(input));
  });
  cloud.each("loadBalancers", [&](const Json& one, const std::string& at) {
    api::elbv2::CreateLoadBalancerInput input;
    aws::decode(without_proxy(without_pool(one)), at, findings, input, aws::Door::kScenario);
    read_pool(one, at, findings, input.name, scenario);
    read_proxy(one, at, findings, input.name, scenario);
    if (input.type == "network" && one.is_object() && one.contains("proxy"))
      findings.error("E1102", at + "/proxy", "a Network load balancer has no rules of a proxy",
                     "an Application load balancer");
    if (input.name.empty()) findings.error("E1105", at, "'Name' is missing");
    if (input.type != "application" && input.type != "network")
      findings.error("E1102", at + "/Type",
                     "load balancers of type '" + input.type + "' are not modelled yet",
                     "application, network, or classicLoadBalancers");
    scenario.load_balancers.push_back(std::move(input));
  });
  cloud.each("classicLoadBalancers", [&](const Json& one, const std::string& at) {
    api::elb::CreateLoadBalancerInput input;
    aws::decode(without_pool(one), at, findings, input, aws::Door::kScenario);
    read_pool(one, at, findings, input.load_balancer_name, scenario);
    if (input.load_balancer_name.empty())
      findings.error("E1105", at, "'LoadBalancerName' is missing");
    scenario.classic.push_back(std::move(input));
  });
  for (const char* later : {"capacityProviders", "standaloneTasks", "accountSettings"}) {
    if (cloud.get(later) != nullptr)
      cloud.error("E1102", later, std::string("'") + later + "' is not modelled yet",
                  "leave it out");
  }
  cloud.finish();
}

/// The "revision" that describe-task-definition prints, with its wrapper or without; 0 for none.
int described_revision(const Json& one) {
  if (!one.is_object()) return 0;
  if (one.contains("taskDefinition")) return described_revision(one["taskDefinition"]);
  constexpr int kMost = 1'000'000;
  const auto found = one.find("revision");
  if (found == one.end() || !found->is_number_integer()) return 0;
  return static_cast<int>(std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, kMost));
}

void read_ecs(json::Reader& root, Scenario& scenario) {
  std::map<std::string, int> revisions;
  auto& findings = root.findings();
  root.each("taskDefinitions", [&](const Json& one, const std::string& at) {
    api::ecs::RegisterTaskDefinitionInput input;
    aws::decode(one, at, findings, input, aws::Door::kScenario);
    if (input.family.empty()) findings.error("E1105", at, "'family' is missing");
    if (input.container_definitions.empty())
      findings.error("E1105", at, "'containerDefinitions' is missing or empty");
    // What was pasted as Describe printed it keeps its revision, so that a pasted service finds it.
    int& revision = revisions[input.family];
    revision = std::max(revision + 1, described_revision(one));
    const std::string name = input.family + ":" + std::to_string(revision);
    scenario.definitions.emplace_back(name, std::move(input));
  });
  root.each("services", [&](const Json& one, const std::string& at) {
    api::ecs::CreateServiceInput input;
    aws::decode(one, at, findings, input, aws::Door::kScenario);
    if (input.service_name.empty()) findings.error("E1105", at, "'serviceName' is missing");
    if (input.task_definition.empty()) findings.error("E1105", at, "'taskDefinition' is missing");
    if (input.desired_count < 0 || input.desired_count > 5000)
      findings.error("E1104", at + "/desiredCount",
                     std::to_string(input.desired_count) + " is out of range: 0 to 5000");
    scenario.services.push_back(std::move(input));
  });
}

}  // namespace steady::scenario
