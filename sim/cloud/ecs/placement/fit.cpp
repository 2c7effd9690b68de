#include "sim/cloud/ecs/placement/fit.h"

#include <algorithm>
#include <set>

namespace steady::ecs {
namespace {

constexpr std::size_t kMostReservedPorts = 100;  // per instance, dynamic ones not counted

bool has_attribute(const ContainerInstance& instance, const std::string& name,
                   const std::string& value) {
  const auto found = instance.attributes.find(name);
  return found != instance.attributes.end() && (value.empty() || found->second == value);
}

std::size_t reserved_after(const Demand& demand, const ContainerInstance& instance) {
  return instance.tcp_taken.size() + instance.udp_taken.size() + demand.tcp_ports.size() +
         demand.udp_ports.size();
}

/// How much of `need` is missing, in thousandths.
std::int64_t shortage(std::int64_t need, std::int64_t has) {
  return need <= 0 ? 0 : (need - has) * 1000 / need;
}

struct Finding {
  Misfit misfit = Misfit::kNone;
  std::int64_t shortage_per_mille = 0;
  std::string why;
};

Finding attributes(const TaskDefinition& definition, const ContainerInstance& instance) {
  std::int64_t missing = 0;
  std::string why;
  for (const auto& [name, value] : definition.requires_attributes) {
    if (has_attribute(instance, name, value)) continue;
    if (++missing > 1) continue;
    const auto found = instance.attributes.find(name);
    why = found == instance.attributes.end()
              ? "lacks the attribute " + name
              : "attribute " + name + " is " + found->second + ", the task needs " + value;
  }
  if (missing == 0) return {};
  const auto all = static_cast<std::int64_t>(definition.requires_attributes.size());
  return {Misfit::kAttribute, shortage(all, all - missing), why};
}

Finding location(const std::vector<std::string>& zones, const ContainerInstance& instance) {
  if (lies_in(zones, instance)) return {};
  std::string list;
  for (const auto& zone : zones) list += (list.empty() ? "" : ", ") + zone;
  return {Misfit::kLocation, 1000, "lies in " + instance.zone + ", the task's subnets in " + list};
}

Finding ports(const Demand& demand, const ContainerInstance& instance) {
  if (ports_free(demand, instance)) return {};
  std::int64_t taken = 0;
  std::string why;
  const auto look = [&](const std::vector<std::uint16_t>& wanted,
                        const std::set<std::uint16_t>& in_use, const char* protocol) {
    for (const std::uint16_t port : wanted) {
      if (!in_use.contains(port)) continue;
      if (taken++ == 0) why = protocol + std::string(" port ") + std::to_string(port) + " is taken";
    }
  };
  look(demand.tcp_ports, instance.tcp_taken, "TCP");
  look(demand.udp_ports, instance.udp_taken, "UDP");
  const auto all = static_cast<std::int64_t>(demand.tcp_ports.size() + demand.udp_ports.size());
  if (taken > 0) return {Misfit::kPorts, shortage(all, all - taken), why};
  return {Misfit::kPorts, 1000,
          "would reserve " + std::to_string(reserved_after(demand, instance)) +
              " ports, at most 100 are allowed"};
}

Finding amount(Misfit misfit, int need, int has, const std::string& unit) {
  if (has >= need) return {};
  return {misfit, shortage(need, has),
          "needs " + std::to_string(need) + " " + unit + ", has " + std::to_string(has)};
}

Finding first_fault(const PlacementRequest& request, Constraints constraints,
                    const ContainerInstance& instance) {
  if (instance.status != InstanceStatus::kActive) {
    return {Misfit::kNotActive, 1000,
            instance.status == InstanceStatus::kDraining ? "is DRAINING" : "is INACTIVE"};
  }
  if (!instance.agent_connected) return {Misfit::kAgent, 1000, "its agent is disconnected"};
  Finding finding;
  const auto fails = [&](Finding next) {
    finding = std::move(next);
    return finding.misfit != Misfit::kNone;
  };
  if (request.definition != nullptr && fails(attributes(*request.definition, instance))) {
    return finding;
  }
  if (fails(location(request.zones, instance))) return finding;
  const int tasks = instance.tasks_by_group.of(request.group);
  for (const auto& constraint : constraints) {
    if (!constraint->admits(instance, tasks)) {
      return {Misfit::kConstraint, 1000, constraint->why_not(instance, tasks)};
    }
  }
  const Demand& demand = request.demand;
  if (fails(ports(demand, instance)) ||
      fails(amount(Misfit::kCpu, demand.cpu, instance.cpu_left, "CPU units")) ||
      fails(amount(Misfit::kMemory, demand.memory, instance.memory_left, "MiB of memory")) ||
      fails(amount(Misfit::kEni, demand.eni ? 1 : 0, instance.enis_left, "network interface")) ||
      fails(amount(Misfit::kGpu, demand.gpus, instance.gpus_left, "GPUs"))) {
    return finding;
  }
  return {};
}

}  // namespace

bool has_attributes(const TaskDefinition& definition, const ContainerInstance& instance) {
  return std::ranges::all_of(definition.requires_attributes, [&](const auto& attribute) {
    return has_attribute(instance, attribute.first, attribute.second);
  });
}

bool lies_in(const std::vector<std::string>& zones, const ContainerInstance& instance) {
  return zones.empty() || std::ranges::find(zones, instance.zone) != zones.end();
}

bool ports_free(const Demand& demand, const ContainerInstance& instance) {
  const auto free_in = [](const std::set<std::uint16_t>& taken) {
    return [&taken](std::uint16_t port) { return !taken.contains(port); };
  };
  return (demand.tcp_ports.empty() && demand.udp_ports.empty()) ||
         (reserved_after(demand, instance) <= kMostReservedPorts &&
          std::ranges::all_of(demand.tcp_ports, free_in(instance.tcp_taken)) &&
          std::ranges::all_of(demand.udp_ports, free_in(instance.udp_taken)));
}

InstanceVerdict examine_fit(const PlacementRequest& request, Constraints constraints,
                            const ContainerInstance& instance) {
  Finding finding = first_fault(request, constraints, instance);
  return {&instance, finding.misfit, finding.shortage_per_mille, std::move(finding.why)};
}

std::string_view failure_reason(Misfit misfit) {
  switch (misfit) {
    case Misfit::kNone:
      return "";
    case Misfit::kNotActive:
      return "INACTIVE";
    case Misfit::kAgent:
      return "AGENT";
    case Misfit::kAttribute:
      return "ATTRIBUTE";
    case Misfit::kLocation:
      return "LOCATION";
    case Misfit::kConstraint:
      return "MemberOf placement constraint unsatisfied";
    case Misfit::kPorts:
      return "RESOURCE:PORTS";
    case Misfit::kCpu:
      return "RESOURCE:CPU";
    case Misfit::kMemory:
      return "RESOURCE:MEMORY";
    case Misfit::kEni:
      return "RESOURCE:ENI";
    case Misfit::kGpu:
      return "RESOURCE:GPU";
  }
  return "";
}

}  // namespace steady::ecs
