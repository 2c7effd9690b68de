#include <algorithm>

#include "sim/cloud/ecs/state.h"
#include "sim/core/check.h"
#include "sim/core/journal_kinds.h"

namespace steady::ecs {
namespace {

constexpr std::string_view kStatusNames[] = {"PROVISIONING",   "PENDING",      "ACTIVATING",
                                             "RUNNING",        "DEACTIVATING", "STOPPING",
                                             "DEPROVISIONING", "STOPPED"};

/// Legal moves of a task's last status (ecs.md 1.6): forwards only, and what never ran skips the
/// drain.
bool legal(TaskStatus from, TaskStatus to) {
  using S = TaskStatus;
  switch (from) {
    case S::kProvisioning:
      return to == S::kPending || to == S::kStopping || to == S::kDeprovisioning ||
             to == S::kStopped;
    case S::kPending:
      return to == S::kActivating || to == S::kRunning || to == S::kStopping ||
             to == S::kDeprovisioning || to == S::kStopped;
    case S::kActivating:
      return to == S::kRunning || to == S::kStopping || to == S::kDeprovisioning ||
             to == S::kStopped;
    case S::kRunning:
      return to == S::kDeactivating || to == S::kStopping || to == S::kDeprovisioning ||
             to == S::kStopped;
    case S::kDeactivating:
      return to == S::kStopping || to == S::kDeprovisioning || to == S::kStopped;
    case S::kStopping:
      return to == S::kDeprovisioning || to == S::kStopped;
    case S::kDeprovisioning:
      return to == S::kStopped;
    case S::kStopped:
      return false;
  }
  return false;
}

}  // namespace

std::string_view name(TaskStatus status) { return kStatusNames[static_cast<std::size_t>(status)]; }

std::string_view name(Health health) {
  static constexpr std::string_view kNames[] = {"UNKNOWN", "HEALTHY", "UNHEALTHY"};
  return kNames[static_cast<std::size_t>(health)];
}

void Ecs::Impl::journal_task(const TaskState& task, std::string_view phase) {
  journal.add(
      now(), journal::kTask, task.id,
      {{"status", std::string(name(task.last_status))},
       {"desired", task.desired_running ? "RUNNING" : "STOPPED"},
       {"service", task.service},
       {"cluster", task.cluster},
       {"deployment", task.service.empty() ? "" : task.started_by},
       {"definition", task.definition->name()},
       {"instance", task.instance != nullptr ? task.instance->ec2_instance : ""},
       {"containerInstance", task.instance != nullptr ? task.instance->id : ""},
       {"health", std::string(name(task.health))},
       {"phase", std::string(phase)},
       {"reason", task.stopped_reason},
       {"stopCode", task.stop_code},
       {"exitCode", task.exit_code ? std::to_string(*task.exit_code) : ""},
       {"never_ran",
        task.last_status == TaskStatus::kStopped && task.started_at == kNever ? "yes" : ""}});
}

void Ecs::Impl::transition(TaskState& task, TaskStatus to, std::string_view phase) {
  STEADY_CHECK(legal(task.last_status, to), "task " + task.id + " goes from " +
                                                std::string(name(task.last_status)) + " to " +
                                                std::string(name(to)));
  ContainerInstance* instance = task.instance;
  if (task.last_status == TaskStatus::kPending && instance != nullptr) --instance->pending_tasks;
  task.last_status = to;
  ++task.version;
  if (to == TaskStatus::kPending && instance != nullptr) ++instance->pending_tasks;
  journal_task(task, phase);
}

TaskState& Ecs::Impl::make_task(std::shared_ptr<const TaskDefinition> definition,
                                InstanceState& instance, std::string_view group) {
  if (tasks.size() >= parts.limits.tasks) {
    throw LimitReached("the run makes more than " + std::to_string(parts.limits.tasks) + " tasks");
  }
  auto made = std::make_unique<TaskState>();
  TaskState& task = *made;
  task.ordinal = tasks.size();
  task.id = parts.ids.task(task.ordinal);
  task.cluster = instance.cluster;
  task.group = group;
  task.definition = std::move(definition);
  task.demand = demand_of(*task.definition);
  task.instance = &instance;
  task.created_at = now();
  task.last_status = task.definition->network_mode == NetworkMode::kAwsvpc
                         ? TaskStatus::kProvisioning
                         : TaskStatus::kPending;
  reserve(instance, task.demand, task.group);
  task.resources_held = true;
  ++instance.version;
  ++instance.running_tasks;
  if (task.last_status == TaskStatus::kPending) ++instance.pending_tasks;
  tasks.push_back(std::move(made));
  task_index.emplace(task.id, &task);
  return task;
}

}  // namespace steady::ecs
