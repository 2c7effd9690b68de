#include <set>
#include <string>

#include "sim/cloud/ecs/placement/placement.h"
#include "sim/core/check.h"

namespace steady::ecs {
namespace {

void take(ContainerInstance& instance, int& left, int amount, const char* what) {
  STEADY_CHECK(amount >= 0 && left >= amount,
               "container instance " + instance.id + " would be oversold in " + what);
  left -= amount;
}

void give(ContainerInstance& instance, int& left, int total, int amount, const char* what) {
  left += amount;
  STEADY_CHECK(amount >= 0 && left <= total,
               "container instance " + instance.id + " got more " + what + " back than it has");
}

void take_ports(ContainerInstance& instance, std::set<std::uint16_t>& taken,
                const std::vector<std::uint16_t>& ports) {
  for (const std::uint16_t port : ports) {
    STEADY_CHECK(taken.insert(port).second, "port " + std::to_string(port) +
                                                " of container instance " + instance.id +
                                                " would be taken twice");
  }
}

void give_ports(ContainerInstance& instance, std::set<std::uint16_t>& taken,
                const std::set<std::uint16_t>& reserved, const std::vector<std::uint16_t>& ports) {
  for (const std::uint16_t port : ports) {
    STEADY_CHECK(!reserved.contains(port) && taken.erase(port) == 1,
                 "port " + std::to_string(port) + " of container instance " + instance.id +
                     " was not a task's");
  }
}

}  // namespace

void reserve(ContainerInstance& instance, const Demand& demand, std::string_view group) {
  take(instance, instance.cpu_left, demand.cpu, "CPU");
  take(instance, instance.memory_left, demand.memory, "memory");
  take(instance, instance.gpus_left, demand.gpus, "GPUs");
  take(instance, instance.enis_left, demand.eni ? 1 : 0, "network interfaces");
  take_ports(instance, instance.tcp_taken, demand.tcp_ports);
  take_ports(instance, instance.udp_taken, demand.udp_ports);
  instance.tasks_by_group.add(group, 1);
}

void release(ContainerInstance& instance, const Demand& demand) {
  give(instance, instance.cpu_left, instance.cpu_total, demand.cpu, "CPU");
  give(instance, instance.memory_left, instance.memory_total, demand.memory, "memory");
  give(instance, instance.gpus_left, instance.gpus_total, demand.gpus, "GPUs");
  give(instance, instance.enis_left, instance.enis_total, demand.eni ? 1 : 0, "network interfaces");
  give_ports(instance, instance.tcp_taken, instance.tcp_reserved, demand.tcp_ports);
  give_ports(instance, instance.udp_taken, instance.udp_reserved, demand.udp_ports);
}

void forget_task(ContainerInstance& instance, std::string_view group) {
  STEADY_CHECK(instance.tasks_by_group.contains(group),
               "container instance " + instance.id + " holds no task of " + std::string(group));
  instance.tasks_by_group.add(group, -1);
}

}  // namespace steady::ecs
