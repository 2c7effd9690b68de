#include "sim/cloud/ecs/task_definition_rules.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/cloud/ecs/placement/constraint.h"
#include "sim/cloud/ecs/placement/placement.h"
#include "sim/core/nearest.h"

namespace steady::ecs {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMostContainers = 10;
constexpr std::size_t kLongestName = 255;
constexpr int kLeastMemory = 6;  // MiB, since Docker 20.10
constexpr int kLeastTaskCpu = 128, kMostTaskCpu = 196608;
constexpr std::array<std::string_view, 4> kCompatibilities = {"EC2", "FARGATE", "EXTERNAL",
                                                              "MANAGED_INSTANCES"};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string_view protocol_name(Transport protocol) {
  return protocol == Transport::kTcp ? "tcp" : "udp";
}

/// Walks a definition once and collects its faults.
class Inspection {
 public:
  explicit Inspection(const TaskDefinition& definition) : definition_(definition) {}

  std::vector<Error> run() {
    if (!is_name(definition_.family)) {
      fault("/family", "Family should be up to 255 letters, digits, hyphens and underscores.");
    }
    task_size();
    if (definition_.containers.empty()) fault(kContainers, "Container list cannot be empty.");
    if (definition_.containers.size() > kMostContainers) {
      fault(kContainers, "A task definition has at most 10 containers.");
    }
    for (std::size_t i = 0; i < definition_.containers.size(); ++i) {
      container(definition_.containers[i], kContainers + "/" + std::to_string(i));
    }
    if (!definition_.containers.empty() &&
        std::ranges::none_of(definition_.containers, &ContainerDefinition::essential)) {
      fault(kContainers, "At least one container must be marked as essential.");
    }
    constraints();
    compatibilities();
    return std::move(faults_);
  }

 private:
  inline static const std::string kContainers = "/containerDefinitions";

  void fault(std::string where, std::string sentence) {
    faults_.push_back({"ClientException", std::move(sentence), std::move(where)});
  }

  void task_size() {
    if (definition_.cpu && (*definition_.cpu < kLeastTaskCpu || *definition_.cpu > kMostTaskCpu)) {
      fault("/cpu",
            "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section "
            "of the Amazon ECS Developer Guide.");
    }
    if (definition_.memory && *definition_.memory < kLeastMemory) {
      fault("/memory", "Invalid 'memory' setting for task: the minimum is 6 MiB.");
    }
  }

  void container(const ContainerDefinition& container, const std::string& where) {
    const std::string setting = "Invalid setting for container '" + container.name + "'. ";
    if (container.name.empty()) {
      fault(where + "/name", "Container.name should not be null or empty.");
    } else if (!is_name(container.name)) {
      fault(where + "/name", "Container.name '" + container.name +
                                 "' should be up to 255 letters, digits, hyphens and underscores.");
    } else if (!names_.insert(container.name).second) {
      fault(where + "/name", "Container.name '" + container.name + "' is used twice.");
    }
    if (container.image.empty()) {
      fault(where + "/image", "Container.image should not be null or empty.");
    }
    if (container.cpu < 0) fault(where + "/cpu", setting + "'cpu' cannot be negative.");
    if (container.gpus < 0) {
      fault(where + "/resourceRequirements", setting + "The number of GPUs cannot be negative.");
    }
    memory(container, where, setting);
    for (std::size_t i = 0; i < container.ports.size(); ++i) {
      port(container.ports[i], where + "/portMappings/" + std::to_string(i), setting);
    }
    if (container.stop_timeout && *container.stop_timeout < seconds{0}) {
      fault(where + "/stopTimeout", setting + "'stopTimeout' cannot be negative.");
    }
    if (container.health_check) health_check(*container.health_check, where + "/healthCheck");
  }

  void memory(const ContainerDefinition& container, const std::string& where,
              const std::string& setting) {
    const auto& [hard, soft] = std::pair(container.memory, container.memory_reservation);
    if (!hard && !soft && !definition_.memory) {
      fault(where, setting + "At least one of 'memory' or 'memoryReservation' must be specified.");
    }
    if (hard && *hard < kLeastMemory) {
      fault(where + "/memory", setting + "'memory' must be at least 6 MiB.");
    }
    if (soft && *soft < kLeastMemory) {
      fault(where + "/memoryReservation", setting + "'memoryReservation' must be at least 6 MiB.");
    }
    if (hard && soft && *hard <= *soft) {
      fault(where + "/memory", setting + "'memory' must be greater than 'memoryReservation'.");
    }
    if (hard && definition_.memory && *hard > *definition_.memory) {
      fault(where + "/memory", setting + "'memory' cannot exceed the task's memory.");
    }
  }

  void port(const PortMapping& mapping, const std::string& where, const std::string& setting) {
    if (mapping.container_port == 0) {
      fault(where + "/containerPort", setting + "'containerPort' must be from 1 to 65535.");
    }
    const bool given = mapping.host_port != 0;
    const bool differs = given && mapping.host_port != mapping.container_port;
    switch (definition_.network_mode) {
      case NetworkMode::kBridge:
        break;
      case NetworkMode::kHost:
      case NetworkMode::kAwsvpc:
        if (differs) {
          fault(where + "/hostPort",
                setting + "With networkMode '" +
                    (definition_.network_mode == NetworkMode::kHost ? "host" : "awsvpc") +
                    "' the 'hostPort' is left out or the same as the 'containerPort'.");
        }
        break;
      case NetworkMode::kNone:
        fault(where, setting + "Port mappings are not allowed with networkMode 'none'.");
        break;
    }
    const std::uint16_t host_port = fixed_host_port(definition_, mapping);
    if (host_port != 0 && !host_ports_.emplace(mapping.protocol, host_port).second) {
      fault(where + "/hostPort", setting + "Host port " + std::to_string(host_port) + "/" +
                                     std::string(protocol_name(mapping.protocol)) +
                                     " is used twice in the task definition.");
    }
  }

  void health_check(const ContainerHealthCheck& check, const std::string& where) {
    const auto within = [&](SimDuration value, seconds least, seconds most, const char* name) {
      if (value >= least && value <= most) return;
      fault(where + "/" + name, "Invalid health check: '" + std::string(name) + "' must be from " +
                                    std::to_string(least.count()) + " to " +
                                    std::to_string(most.count()) + " seconds.");
    };
    within(check.interval, seconds{5}, seconds{300}, "interval");
    within(check.timeout, seconds{2}, seconds{60}, "timeout");
    within(check.start_period, seconds{0}, seconds{300}, "startPeriod");
    if (check.retries < 1 || check.retries > 10) {
      fault(where + "/retries", "Invalid health check: 'retries' must be from 1 to 10.");
    }
    if (check.command.empty() ||
        (check.command.front() != "CMD" && check.command.front() != "CMD-SHELL")) {
      fault(where + "/command", "Invalid health check: 'command' begins with CMD or CMD-SHELL.");
    }
  }

  void constraints() {
    const auto& all = definition_.constraints;
    if (all.size() > kMostConstraints) {
      fault("/placementConstraints", "A task has at most 10 placement constraints.");
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string where = "/placementConstraints/" + std::to_string(i);
      if (all[i].type != "memberOf") {
        fault(where + "/type",
              "Only memberOf is allowed as placement constraint of a task "
              "definition, not '" +
                  all[i].type + "'.");
      } else if (auto made = make_constraint(all[i]); !made) {
        fault(where + "/expression", made.error().message);
      }
    }
  }

  void compatibilities() {
    const auto& all = definition_.requires_compatibilities;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (std::ranges::find(kCompatibilities, all[i]) != kCompatibilities.end()) continue;
      const std::string nearest =
          nearest_name(all[i], {kCompatibilities.begin(), kCompatibilities.end()});
      fault("/requiresCompatibilities/" + std::to_string(i),
            "There is no launch type '" + all[i] +
                (nearest.empty() ? "'." : "'; did you mean '" + nearest + "'?"));
    }
    if (!all.empty() && std::ranges::find(all, "EC2") == all.end()) {
      fault("/requiresCompatibilities", "Launch types other than EC2 are not modelled yet.");
    }
  }

  const TaskDefinition& definition_;
  std::vector<Error> faults_;
  std::set<std::string, std::less<>> names_;
  std::set<std::pair<Transport, std::uint16_t>> host_ports_;
};

}  // namespace

std::vector<Error> definition_faults(const TaskDefinition& definition) {
  return Inspection(definition).run();
}

std::uint16_t fixed_host_port(const TaskDefinition& definition, const PortMapping& mapping) {
  switch (definition.network_mode) {
    case NetworkMode::kBridge:
      return mapping.host_port;
    // Host mode: a missing host port is the container's.
    case NetworkMode::kHost:
      return mapping.host_port != 0 ? mapping.host_port : mapping.container_port;
    case NetworkMode::kAwsvpc:
    case NetworkMode::kNone:
      break;
  }
  return 0;
}

Demand demand_of(const TaskDefinition& definition) {
  Demand demand;
  demand.eni = definition.network_mode == NetworkMode::kAwsvpc;
  for (const auto& container : definition.containers) {
    demand.cpu += container.cpu;
    const int soft = container.memory_reservation.value_or(0);
    demand.memory += soft > 0 ? soft : container.memory.value_or(0);
    demand.gpus += container.gpus;
    for (const auto& mapping : container.ports) {
      const std::uint16_t port = fixed_host_port(definition, mapping);
      if (port == 0) continue;
      (mapping.protocol == Transport::kTcp ? demand.tcp_ports : demand.udp_ports).push_back(port);
    }
  }
  if (definition.cpu) demand.cpu = *definition.cpu;
  if (definition.memory) demand.memory = *definition.memory;
  std::ranges::sort(demand.tcp_ports);
  std::ranges::sort(demand.udp_ports);
  return demand;
}

}  // namespace steady::ecs
