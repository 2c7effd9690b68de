#include <algorithm>

#include "harness/scenario/parts.h"
#include "harness/scenario/warnings/warnings.h"
#include "sim/cloud/ec2/instance_type.h"

/// W1401 to W1404: deploys for which there is no room (stories.md S01, S02, S05, S06).
namespace steady::scenario {
namespace {

struct Room {
  int cpu = 0, memory = 0, enis = 0, count = 0;
};

Room room_of(const std::string& type_name, const api::ec2::Machine& machine, int count) {
  const auto* type = ec2::find_instance_type(type_name);
  Room room;
  room.cpu = machine.cpu.value_or(type != nullptr ? type->vcpus * 1024 : 0);
  room.memory = machine.memory.value_or(type != nullptr ? ec2::registered_memory(*type).mib : 0);
  room.enis = machine.enis.value_or(type != nullptr ? type->network_interfaces : 2) - 1;
  room.count = count;
  return room;
}

/// The machines of a cluster, a group's as many as it may ever have.
std::vector<Room> rooms(const Scenario& scenario, const std::string& cluster) {
  std::vector<Room> all;
  for (const auto& entry : scenario.instances) {
    if (entry.machine.cluster == cluster)
      all.push_back(room_of(entry.instance_type, entry.machine, entry.count));
  }
  for (const auto& group : scenario.groups) {
    if (group.machine.cluster == cluster)
      all.push_back(room_of(group.instance_type, group.machine, group.max_size));
  }
  return all;
}

}  // namespace

void warn_room(const Scenario& scenario, json::Findings& findings) {
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    const auto& service = scenario.services[i];
    const std::string at = "/services/" + std::to_string(i);
    const bool deployed = std::ranges::any_of(scenario.timeline, [&](const Step& step) {
      const auto found = step.options.find("service");
      return step.kind == Step::Kind::kDeploy && step.name == "ecs" &&
             found != step.options.end() && found->second == service.service_name;
    });
    if (!deployed || service.desired_count == 0) continue;
    const int low_percent =
        service.deployment_configuration
            ? service.deployment_configuration->minimum_healthy_percent.value_or(100)
            : 100;
    const int high_percent = service.deployment_configuration
                                 ? service.deployment_configuration->maximum_percent.value_or(200)
                                 : 200;
    const int low = (service.desired_count * low_percent + 99) / 100,
              high = service.desired_count * high_percent / 100;
    if (low >= service.desired_count && high <= service.desired_count) {
      findings.warning("W1401", at,
                       "at least " + std::to_string(low) + " tasks must stay healthy and at most " +
                           std::to_string(high) + " may run, desired " +
                           std::to_string(service.desired_count) +
                           ": the deploy can neither stop nor start a task",
                       "maximumPercent 200, or a minimum that frees a task");
      continue;
    }
    const auto* definition = find_definition(scenario, service.task_definition);
    if (definition == nullptr || low < service.desired_count) continue;
    int port = 0, cpu = 0, memory = 0;
    for (const auto& container : definition->container_definitions) {
      cpu += container.cpu;
      memory += container.memory_reservation.value_or(container.memory.value_or(0));
      for (const auto& mapping : container.port_mappings) {
        if (mapping.host_port != 0 && definition->network_mode != "awsvpc")
          port = mapping.host_port;
      }
    }
    const std::string cluster = service.cluster.empty() ? "default" : service.cluster;
    int machines = 0, slots = 0, eni_slots = 0;
    for (const auto& room : rooms(scenario, cluster)) {
      machines += room.count;
      int each = 1'000'000;
      if (cpu > 0) each = std::min(each, room.cpu / cpu);
      if (memory > 0) each = std::min(each, room.memory / memory);
      slots += each * room.count;
      eni_slots += room.enis * room.count;
    }
    if (machines == 0) continue;
    if (port != 0 && machines <= service.desired_count) {
      findings.warning("W1402", at,
                       "host port " + std::to_string(port) + " is static and desired " +
                           std::to_string(service.desired_count) + " + 1 needs " +
                           std::to_string(service.desired_count + 1) + " instances, there are " +
                           std::to_string(machines) + ": the deploy cannot finish",
                       "hostPort 0, another instance, or a lower minimumHealthyPercent");
    } else if (definition->network_mode == "awsvpc" && eni_slots <= service.desired_count) {
      findings.warning("W1403", at,
                       "awsvpc needs a network interface a task, there are " +
                           std::to_string(eni_slots) + " and desired is " +
                           std::to_string(service.desired_count) + ": the deploy cannot finish",
                       "more instances, or a lower minimumHealthyPercent");
    } else if (slots <= service.desired_count) {
      findings.warning("W1404", at,
                       "the cluster has room for " + std::to_string(slots) +
                           " tasks and desired is " + std::to_string(service.desired_count) +
                           ": no task of a new revision fits beside the old",
                       "more instances, or a lower minimumHealthyPercent");
    }
  }
}

}  // namespace steady::scenario
