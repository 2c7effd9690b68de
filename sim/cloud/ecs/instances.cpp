#include <algorithm>

#include "sim/cloud/ecs/names.h"
#include "sim/cloud/ecs/state.h"
#include "sim/core/journal_kinds.h"

namespace steady::ecs {
namespace {

constexpr std::string_view kStatusNames[] = {"ACTIVE", "DRAINING", "INACTIVE"};

}  // namespace

InstanceState* Ecs::Impl::find_instance(std::string_view cluster, std::string_view id) {
  const std::string_view wanted = name_of(id);
  const ec2::Instance* machine = parts.ec2.find(wanted);
  InstanceState* found = nullptr;
  for (const auto& instance : instances) {
    const bool named =
        instance->id == wanted || (machine != nullptr && instance->ec2_instance == machine->id);
    if (named && (cluster.empty() || instance->cluster == name_of(cluster))) found = instance.get();
  }
  return found;
}

std::vector<ContainerInstance*> Ecs::Impl::of_cluster(std::string_view cluster) {
  std::vector<ContainerInstance*> found;
  for (const auto& instance : instances) {
    if (instance->cluster == cluster && instance->status != InstanceStatus::kInactive)
      found.push_back(instance.get());
  }
  return found;
}

void Ecs::Impl::journal_instance(const InstanceState& instance) {
  journal.add(now(), journal::kContainerInstance, instance.id,
              {{"status", std::string(kStatusNames[static_cast<std::size_t>(instance.status)])},
               {"agent", instance.agent_connected ? "connected" : "disconnected"},
               {"cluster", instance.cluster},
               {"instance", instance.ec2_instance},
               {"cpu", std::to_string(instance.cpu_total - instance.cpu_left)},
               {"memory", std::to_string(instance.memory_total - instance.memory_left)},
               {"cpuTotal", std::to_string(instance.cpu_total)},
               {"memoryTotal", std::to_string(instance.memory_total)},
               {"assumed", instance.memory_assumed ? "memory" : ""}});
}

// Resources, reserved ports and built-in attributes of ecs.md 1.4.
InstanceState& Ecs::Impl::add_instance(const ec2::Instance& ec2, const std::string& cluster) {
  if (find_cluster(cluster) == nullptr)
    clusters.push_back(std::make_unique<Cluster>(Cluster{cluster, true, {}}));
  auto made = std::make_unique<InstanceState>();
  InstanceState& instance = *made;
  instance.ordinal = instances.size();
  instance.id = parts.ids.container_instance(instance.ordinal);
  instance.cluster = cluster;
  instance.ec2_instance = ec2.id;
  instance.zone = ec2.spec.zone;
  instance.instance_type = ec2.spec.instance_type;
  instance.agent_version = ec2.spec.agent_version;
  instance.registered_at = now();
  instance.registered_unix_ms = parts.calendar.unix_ms(now());
  const ec2::InstanceType* type = ec2::find_instance_type(ec2.spec.instance_type);
  instance.cpu_total = ec2.spec.cpu.value_or(type != nullptr ? type->vcpus * 1024 : 1024);
  if (ec2.spec.memory) {
    instance.memory_total = *ec2.spec.memory;
  } else if (type != nullptr) {
    const auto memory = ec2::registered_memory(*type);
    instance.memory_total = memory.mib;
    instance.memory_assumed = memory.assumed;
  }
  instance.memory_total -= ec2.spec.reserved_memory;
  instance.gpus_total = type != nullptr ? type->gpus : 0;
  // The primary interface is the instance's own.
  instance.enis_total = ec2.spec.enis.value_or(type != nullptr ? type->network_interfaces : 2) - 1;
  instance.cpu_left = instance.cpu_total;
  instance.memory_left = instance.memory_total;
  instance.gpus_left = instance.gpus_total;
  instance.enis_left = instance.enis_total;
  const std::vector<int> reserved = ec2.spec.reserved_ports.value_or(
      behaviour.era.since({2018, 1, 1}) ? std::vector<int>{22, 2375, 2376, 51678, 51679}
                                        : std::vector<int>{22, 2375, 2376, 51678});
  for (const int port : reserved) instance.tcp_reserved.insert(static_cast<std::uint16_t>(port));
  instance.tcp_taken = instance.tcp_reserved;
  instance.attributes.set("ecs.availability-zone", instance.zone);
  instance.attributes.set("ecs.instance-type", instance.instance_type);
  instance.attributes.set("ecs.os-type", "linux");
  instance.attributes.set("ecs.cpu-architecture",
                          type != nullptr ? std::string(type->architecture) : "x86_64");
  instance.attributes.set("ecs.ami-id", ec2.spec.image_id);
  for (const auto& [name, value] : ec2.spec.attributes) {
    instance.attributes.set(name, value);
    instance.custom_attributes.push_back(name);
  }
  instances.push_back(std::move(made));
  journal_instance(instance);
  wake_services(cluster);
  return instance;
}

void Ecs::Impl::wake_services(std::string_view cluster) {
  if (!behaviour.placement_retry_wake) return;
  for (const auto& service : services) {
    if (service->cluster == cluster && service->stalled) service->next_attempt = now();
  }
}

// A terminated instance is deregistered by itself, and its tasks end without a drain
// (ecs.md 1.4, 2.12).
void Ecs::Impl::instance_lost(const ec2::Instance& ec2) {
  for (const auto& instance : instances) {
    if (instance->ec2_instance != ec2.id || instance->status == InstanceStatus::kInactive) continue;
    instance->agent_connected = false;
    instance->status = InstanceStatus::kInactive;
    instance->deregistered_at = now();
    journal_instance(*instance);
    instance->waiting.clear();
    for (const auto& task : tasks) {
      if (task->instance != instance.get() || !task->live() || task->orphan) continue;
      TaskState* lost = task.get();
      loop.after(behaviour.host_lost_notice, "lost host is noticed", [this, lost, id = ec2.id] {
        if (!lost->live()) return;
        lost->desired_running = false;
        if (lost->stopping_at == kNever) lost->stopping_at = now();
        if (lost->stopped_reason.empty()) {
          lost->stopped_reason = "Host EC2 (instance " + id + ") terminated.";
          lost->stop_code = "TerminationNotice";
        }
        lost->exited_by_itself = true;
        stopped(*lost);
      });
    }
  }
}

Result<const ContainerInstance*> Ecs::Impl::deregister_instance(std::string_view cluster,
                                                                std::string_view id, bool force) {
  auto found = active_cluster(cluster);
  if (!found) return found.error();
  InstanceState* instance = find_instance((*found)->name, id);
  if (instance == nullptr || instance->status == InstanceStatus::kInactive) {
    return Error{"InvalidParameterException", "Instance is not registered to cluster."};
  }
  std::vector<TaskState*> running;
  for (const auto& task : tasks) {
    if (task->instance == instance && task->live()) running.push_back(task.get());
  }
  if (!running.empty() && !force)
    return Error{"InvalidParameterException", "Found running tasks on the instance."};
  instance->status = InstanceStatus::kInactive;
  instance->deregistered_at = now();
  instance->waiting.clear();
  // Forced: the containers go on as orphans; their targets leave the load balancer and drain
  // (ecs.md 1.4, R8).
  for (TaskState* task : running) {
    task->orphan = task->process != app::Fleet::kNone;
    task->desired_running = false;
    task->stopping_at = now();
    task->stopped_reason = "Container instance deregistration forced by user";
    task->stop_code = "UserInitiated";
    deregister(*task);
    stopped(*task);
  }
  journal_instance(*instance);
  return static_cast<const ContainerInstance*>(instance);
}

Result<const ContainerInstance*> Ecs::Impl::set_state(std::string_view cluster, std::string_view id,
                                                      InstanceStatus status) {
  auto found = active_cluster(cluster);
  if (!found) return found.error();
  if (status == InstanceStatus::kInactive ||
      (status == InstanceStatus::kDraining && !behaviour.draining_state_exists())) {
    return Error{"InvalidParameterException",
                 "Container instance status should be one of [ACTIVE, DRAINING]"};
  }
  InstanceState* instance = find_instance((*found)->name, id);
  if (instance == nullptr || instance->status == InstanceStatus::kInactive) {
    return Error{"InvalidParameterException", "Instance is not registered to cluster."};
  }
  if (instance->status != status) {
    instance->status = status;
    ++instance->version;
    journal_instance(*instance);
    if (status == InstanceStatus::kActive) {
      wake_services(instance->cluster);
    } else {
      // PENDING service tasks are stopped at once (ecs.md 2.11); running ones are the scheduler's.
      for (const auto& task : tasks) {
        if (task->instance != instance || task->service.empty() || !task->desired_running) continue;
        if (task->last_status < TaskStatus::kRunning) {
          stop(*task, "Scaling activity initiated by (deployment " + task->started_by + ")",
               "ServiceSchedulerInitiated", true);
        }
      }
    }
  }
  return static_cast<const ContainerInstance*>(instance);
}

Status Ecs::Impl::set_agent_connected(std::string_view id, bool connected) {
  InstanceState* instance = find_instance("", id);
  if (instance == nullptr || instance->status == InstanceStatus::kInactive) {
    return Error{"fault", "there is no container instance '" + std::string(id) + "'"};
  }
  if (instance->agent_connected == connected) return ok();
  instance->agent_connected = connected;
  ++instance->version;
  journal_instance(*instance);
  if (!connected) return ok();
  // What was asked of it meanwhile is done now.
  std::vector<TaskState*> starts, stops;
  for (const auto& task : tasks) {
    if (task->instance != instance || !task->live()) continue;
    if (task->start_waits_for_agent) starts.push_back(task.get());
    if (task->stop_waits_for_agent) stops.push_back(task.get());
  }
  for (TaskState* task : stops) {
    task->stop_waits_for_agent = false;
    signal(*task);
  }
  for (TaskState* task : starts) {
    task->start_waits_for_agent = false;
    start(*task);
  }
  wake_services(instance->cluster);
  return ok();
}

}  // namespace steady::ecs
