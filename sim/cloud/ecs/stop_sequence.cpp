#include <algorithm>
#include <map>

#include "sim/cloud/ecs/state.h"

namespace steady::ecs {

/// A balancer that behaves as another proxy may have its own (elb.md 6.6).
StopOrder Ecs::Impl::stop_order(const TaskState& task) const {
  for (const auto& target : task.targets) {
    const elb::ProxyRules* proxy = target.registered ? parts.elb.proxy(target.group) : nullptr;
    if (proxy == nullptr || !proxy->signal_with_drain) continue;
    if (*proxy->signal_with_drain) return StopOrder::kDeregAndSigtermTogether;
    if (behaviour.stop_order == StopOrder::kDeregAndSigtermTogether)
      return StopOrder::kDeregWaitFull;
  }
  return behaviour.stop_order;
}

// The order of a stop behind a load balancer: ecs.md 2.12, with the switches of stories.md 2.2.
void Ecs::Impl::stop(TaskState& task, std::string reason, std::string code, bool by_scheduler) {
  if (!task.live() || !task.desired_running) return;
  task.desired_running = false;
  task.by_scheduler = by_scheduler;
  task.stopped_reason = std::move(reason);
  task.stop_code = std::move(code);
  task.stopping_at = now();
  --task.instance->running_tasks;
  if (task.last_status != TaskStatus::kRunning) {
    // It never served: nothing to drain.
    for (const auto& timer : task.timers) loop.cancel(timer);
    task.timers.clear();
    return begin_stopping(task);
  }
  const bool behind = std::ranges::any_of(
      task.targets, [](const TaskTarget& t) { return t.registered && !t.deregistered; });
  if (!behind) return begin_stopping(task);

  const StopOrder order = stop_order(task);
  const bool drain_first = by_scheduler || behaviour.every_stop_deregisters();
  if (order == StopOrder::kSigtermFirst || !drain_first) {
    // The signal goes out while the balancer still sends: StopTask before 2023, and whoever asks
    // for it. What is told to it leaves the balancer after the gap, or when a pass notices.
    const SimDuration gap =
        order == StopOrder::kSigtermFirst ? behaviour.stop_task_deregister_gap : behaviour.pass;
    begin_stopping(task);
    loop.after(gap, "deregistered after the signal", [this, &task] { deregister(task); });
    return;
  }
  transition(task, TaskStatus::kDeactivating);
  // Today "has stopped" is logged first and the deregistration follows a pass later (ecs.md 6.1);
  // in the order of 2015-18, and for StopTask, the next look of the scheduler does it.
  task.deregister_at =
      by_scheduler && behaviour.stop_event_first() ? now() + behaviour.pass : now();
}

void Ecs::Impl::deregister(TaskState& task) {
  for (auto& target : task.targets) {
    if (!target.registered || target.deregistered) continue;
    parts.elb.deregister_target(target.target);
    target.deregistered = true;
  }
}

bool Ecs::Impl::targets_drained(const TaskState& task) const {
  return std::ranges::all_of(task.targets, [this, &task](const TaskTarget& target) {
    if (!target.registered) return true;
    if (!target.deregistered) return false;
    const bool classic_full =
        parts.elb.is_classic(target.group) && behaviour.classic_drain_wait_full;
    if (classic_full) {
      const auto* spec = parts.elb.classic(parts.elb.group_name(target.group));
      const auto since = parts.elb.target(target.target).deregistered_at;
      if (spec != nullptr && spec->draining_enabled && now() < since + spec->draining_timeout)
        return false;
    }
    if (stop_order(task) == StopOrder::kDeregWaitInflight &&
        parts.plane.target_idle_at(target.group, target.target) <= now()) {
      return true;
    }
    return parts.elb.drained(target.target);
  });
}

void Ecs::Impl::begin_stopping(TaskState& task) {
  if (!task.live() || task.last_status == TaskStatus::kStopping) return;
  transition(task, TaskStatus::kStopping);
  auto& instance = static_cast<InstanceState&>(*task.instance);
  if (task.waits_for_room) {
    std::erase(instance.waiting, &task);
    task.waits_for_room = false;
  }
  // Since Jul 2023 what a stopping task holds is free for placement (ecs.md 2.12); its group's mark
  // stays.
  if (behaviour.freed_at_stopping() && task.resources_held) {
    release(instance, task.demand);
    task.resources_held = false;
    ++instance.version;
    journal_instance(instance);
    wake_services(task.cluster);
  }
  signal(task);
}

void Ecs::Impl::advance_stops(ServiceState& service) {
  // What has to leave the balancer at this pass, and what has died without leaving it (R3).
  std::map<std::size_t, int> left;  // by load balancer of the service
  int draining = 0;
  bool drains = false;
  for (TaskState* task : service.tasks) {
    const bool due = task->last_status == TaskStatus::kDeactivating && task->deregister_at <= now();
    const bool died = task->exited_by_itself && !task->live();
    // StopTask before 2023: the signal is out, the target is still registered (S19: after the gap).
    const bool signalled = !died && !task->desired_running &&
                           task->last_status >= TaskStatus::kStopping &&
                           stop_order(*task) != StopOrder::kSigtermFirst;
    if (!due && !died && !signalled) continue;
    bool any = false;
    for (std::size_t i = 0; i < task->targets.size(); ++i) {
      auto& target = task->targets[i];
      if (!target.registered || target.deregistered) continue;
      parts.elb.deregister_target(target.target);
      target.deregistered = true;
      ++left[i];
      any = true;
      const auto* classic_spec = parts.elb.classic(parts.elb.group_name(target.group));
      drains = drains || classic_spec == nullptr || classic_spec->draining_enabled;
    }
    if (any && !died) ++draining;
    if (due && stop_order(*task) == StopOrder::kDeregAndSigtermTogether) begin_stopping(*task);
  }
  for (const auto& [i, count] : left) {
    const auto& balancer = service.load_balancers[i];
    const bool is_classic = parts.elb.is_classic(balancer.group);
    event(service,
          "(service " + service.name + ") deregistered " + std::to_string(count) +
              (is_classic
                   ? " instances in (elb " + parts.elb.group_name(balancer.group) + ")"
                   : " targets in (target-group " + parts.elb.group_arn(balancer.group) + ")"));
  }
  if (draining > 0 && drains) {
    event(service, "(service " + service.name + ") has begun draining connections on " +
                       std::to_string(draining) + " tasks.");
  }
  // What has drained gets its signal.
  for (TaskState* task : service.tasks) {
    if (task->last_status == TaskStatus::kDeactivating && targets_drained(*task))
      begin_stopping(*task);
  }
  // In the order of 2015-18 the stop is told when it is over: for all tasks that were told to stop
  // together.
  std::vector<TaskState*> over;
  for (TaskState* task : service.tasks) {
    if (task->live() || !task->by_scheduler || task->announced_stop) continue;
    const bool together = std::ranges::none_of(service.tasks, [task](const TaskState* other) {
      return other->live() && other->by_scheduler && other->stopping_at == task->stopping_at;
    });
    if (together) over.push_back(task);
  }
  if (!over.empty()) {
    std::string message = "(service " + service.name + ") " +
                          (behaviour.stopped_lists_tasks() ? "has stopped " : "stopped ") +
                          std::to_string(over.size()) + " running tasks" +
                          (behaviour.stopped_lists_tasks() ? ":" : ".");
    for (TaskState* task : over) {
      task->announced_stop = true;
      if (behaviour.stopped_lists_tasks()) message += " (task " + task->id + ")";
    }
    if (behaviour.stopped_lists_tasks()) message += ".";
    event(service, message);
  }
  // Forget those whose end is told and whose targets are gone.
  std::erase_if(service.tasks, [](const TaskState* task) {
    return !task->live() && (!task->by_scheduler || task->announced_stop) &&
           std::ranges::all_of(task->targets,
                               [](const TaskTarget& t) { return !t.registered || t.deregistered; });
  });
}

}  // namespace steady::ecs
