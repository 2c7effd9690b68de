#include <algorithm>

#include "sim/api/ecs/shapes.h"

namespace steady::api::ecs {
namespace {

namespace model = steady::ecs;

Timestamp stamp(SimTime at) { return {at == kNever ? std::nullopt : std::optional<SimTime>(at)}; }

/// Containers show three of a task's statuses (ecs.md 1.6).
const char* container_status(const model::Task& task) {
  if (task.execution_stopped_at != kNever || !task.live()) return "STOPPED";
  return task.started_at == kNever ? "PENDING" : "RUNNING";
}

ContainerShape shape_of(const model::Task& task, const model::ContainerDefinition& container,
                        const std::string& task_arn) {
  ContainerShape shape;
  shape.name = container.name;
  shape.image = container.image;
  shape.task_arn = task_arn;
  shape.last_status = container_status(task);
  shape.health_status = container.health_check ? model::name(task.health) : "UNKNOWN";
  shape.cpu = std::to_string(container.cpu);
  if (container.memory) shape.memory = std::to_string(*container.memory);
  if (container.memory_reservation)
    shape.memory_reservation = std::to_string(*container.memory_reservation);
  // One process stands for the task: the first essential container bears its end.
  const auto& all = task.definition->containers;
  const auto first = std::ranges::find_if(all, &model::ContainerDefinition::essential);
  if (first != all.end() && first->name == container.name) {
    shape.exit_code = task.exit_code;
    shape.reason = task.container_reason;
  }
  if (!task.ip.empty()) {
    shape.network_interfaces.push_back({task.ip});
    return shape;
  }
  for (const auto& port : container.ports) {
    for (const auto& [inside, outside] : task.bindings) {
      if (inside != port.container_port) continue;
      shape.network_bindings.push_back(
          {"0.0.0.0", inside, outside, port.protocol == model::Transport::kTcp ? "tcp" : "udp"});
    }
  }
  return shape;
}

}  // namespace

TaskShape shape_of(const model::Ecs& ecs, const model::Task& task) {
  TaskShape shape;
  shape.task_arn = ecs.ids().task_arn(task.cluster, task.id);
  shape.cluster_arn = IdSource::cluster_arn(task.cluster);
  shape.task_definition_arn =
      IdSource::task_definition_arn(task.definition->family, task.definition->revision);
  if (task.instance != nullptr) {
    shape.container_instance_arn =
        ecs.ids().container_instance_arn(task.cluster, task.instance->id);
    shape.availability_zone = task.instance->zone;
    shape.connectivity = task.instance->agent_connected ? "CONNECTED" : "DISCONNECTED";
  }
  shape.launch_type = "EC2";
  shape.cpu = std::to_string(task.demand.cpu);
  shape.memory = std::to_string(task.demand.memory);
  shape.group = task.group;
  shape.started_by = task.started_by;
  shape.last_status = model::name(task.last_status);
  shape.desired_status = task.desired_running ? "RUNNING" : "STOPPED";
  shape.health_status = model::name(task.health);
  shape.stop_code = task.stop_code;
  shape.stopped_reason = task.stopped_reason;
  for (const auto& container : task.definition->containers)
    shape.containers.push_back(shape_of(task, container, shape.task_arn));
  shape.created_at = stamp(task.created_at);
  shape.pull_started_at = stamp(task.pull_started_at);
  shape.pull_stopped_at = stamp(task.pull_stopped_at);
  shape.started_at = stamp(task.started_at);
  shape.stopping_at = stamp(task.stopping_at);
  shape.execution_stopped_at = stamp(task.execution_stopped_at);
  shape.stopped_at = stamp(task.stopped_at);
  shape.version = task.version;
  shape.kept = task.kept;
  return shape;
}

}  // namespace steady::api::ecs
