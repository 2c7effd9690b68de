#include <algorithm>

#include "sim/cloud/ecs/state.h"
#include "sim/core/check.h"
#include "sim/core/journal_kinds.h"

namespace steady::ecs {
int Ecs::Impl::lower(const Service& service) const {
  return (service.desired * service.configuration.minimum_healthy_percent + 99) / 100;
}
int Ecs::Impl::upper(const Service& service) const {
  return service.desired * service.configuration.maximum_percent / 100;
}

// ecs.md 2.3
bool Ecs::Impl::healthy(const TaskState& task) const {
  if (task.last_status != TaskStatus::kRunning) return false;
  const bool checked = std::ranges::any_of(
      task.definition->containers, [](const auto& c) { return c.essential && c.health_check; });
  if (checked && task.health != Health::kHealthy) return false;
  if (!task.targets.empty()) {
    return std::ranges::all_of(task.targets, [this](const TaskTarget& t) {
      return t.registered && !t.deregistered && parts.elb.in_service(t.target);
    });
  }
  return checked || now() >= task.started_at + behaviour.healthy_without_checks;
}

bool Ecs::Impl::unhealthy(const TaskState& task) const {
  if (task.last_status != TaskStatus::kRunning || !task.desired_running) return false;
  bool sick = task.health == Health::kUnhealthy;
  for (const auto& target : task.targets) {
    sick =
        sick || (target.registered && !target.deregistered && parts.elb.unhealthy(target.target));
  }
  if (!sick) return false;
  if (!behaviour.grace_period_exists()) return true;
  for (const auto& service : services) {
    if (service->name == task.service && service->cluster == task.cluster)
      return now() >= task.started_at + service->grace;
  }
  return true;
}

void Ecs::Impl::schedule_pass(ServiceState& service, SimDuration delay) {
  service.pass = loop.after(delay, "service scheduler", [this, &service] { pass(service); });
}

// One pass (ecs.md 2.1): look, do what can be done now, return. It never waits.
void Ecs::Impl::pass(ServiceState& service) {
  if (service.status == ServiceStatus::kInactive) return;
  register_targets(service);
  look_at_health(service);
  if (service.status == ServiceStatus::kActive) check_breaker(service);
  reconcile_tasks(service);
  advance_stops(service);
  finish(service);
  if (service.status != ServiceStatus::kInactive) schedule_pass(service, behaviour.pass);
}

// ecs.md 2.10: a task is registered by the first pass that finds it RUNNING.
void Ecs::Impl::register_targets(ServiceState& service) {
  for (std::size_t i = 0; i < service.load_balancers.size(); ++i) {
    const auto& balancer = service.load_balancers[i];
    int registered = 0;
    for (TaskState* task : service.tasks) {
      if (task->last_status != TaskStatus::kRunning || !task->desired_running ||
          task->targets[i].registered)
        continue;
      TaskTarget& target = task->targets[i];
      std::uint16_t host_port = 0;
      for (const auto& [container, host] : task->bindings) {
        if (container == balancer.container_port) host_port = host;
      }
      const bool by_ip = !task->ip.empty();
      auto made =
          parts.elb.register_target(balancer.group, by_ip ? task->ip : task->instance->ec2_instance,
                                    by_ip ? balancer.container_port : host_port,
                                    task->instance->zone, task->definition->name());
      if (!made) {
        trouble(service, "register",
                "(service " + service.name + ") failed to register targets in (target-group " +
                    parts.elb.group_arn(balancer.group) + ") with (error " + made.error().message +
                    ")",
                "");
        continue;
      }
      target.target = *made;
      target.registered = true;
      // A task that died a moment ago may have had the same place: the target is this one's now.
      for (TaskState* other : service.tasks) {
        if (other != task && !other->live() && other->targets[i].registered &&
            other->targets[i].target == *made)
          other->targets[i].deregistered = true;
      }
      ++registered;
    }
    if (registered == 0) continue;
    const bool is_classic = parts.elb.is_classic(balancer.group);
    event(service,
          "(service " + service.name + ") registered " + std::to_string(registered) +
              (is_classic
                   ? " instances in (elb " + parts.elb.group_name(balancer.group) + ")"
                   : " targets in (target-group " + parts.elb.group_arn(balancer.group) + ")"));
  }
}

void Ecs::Impl::look_at_health(ServiceState& service) {
  for (TaskState* task : service.tasks) {
    if (task->last_status == TaskStatus::kRunning && task->desired_running) {
      for (std::size_t i = 0; i < service.deployments.size(); ++i) {
        auto& deployment = service.deployment(i);
        if (deployment.id == task->started_by) deployment.reached_running = true;
      }
      // A start that worked ends the throttle; tasks that run since before say nothing (S31).
      if (service.failed_starts > 0 && task->started_at > service.failed_start_at) {
        service.failed_starts = 0;
        resolved(service, "starts");
      }
    }
    if (!healthy(*task)) continue;
    task->healthy_at = std::min(task->healthy_at, now());
    if (task->seen_healthy) continue;
    task->seen_healthy = true;
    for (std::size_t i = 0; i < service.deployments.size(); ++i) {
      auto& deployment = service.deployment(i);
      if (deployment.id != task->started_by || deployment.failed_tasks == 0) continue;
      if (!service.configuration.breaker.reset_on_healthy || deployment.rollout == Rollout::kFailed)
        continue;
      deployment.failed_tasks = 0;
      journal_deployment(service, deployment);
    }
  }
  // A process that ran and then ended by itself (ecs.md 2.6: counted by choice only).
  for (TaskState* task : service.tasks) {
    if (task->live() || !task->exited_by_itself || task->counted_failed ||
        task->started_at == kNever)
      continue;
    task->counted_failed = true;
    if (behaviour.exit_after_running_counts && task->stop_code == "EssentialContainerExited")
      note_failure(service, *task);
  }
}

void Ecs::Impl::note_failure(ServiceState& service, TaskState& task) {
  task.counted_failed = true;
  for (std::size_t i = 0; i < service.deployments.size(); ++i) {
    auto& deployment = service.deployment(i);
    if (deployment.id != task.started_by) continue;
    ++deployment.failed_tasks;
    journal_deployment(service, deployment);
  }
}

// ecs.md 2.5: a task went to STOPPED without ever being RUNNING.
void Ecs::Impl::note_start_failed(ServiceState& service, TaskState& task) {
  note_failure(service, task);
  if (!behaviour.start_throttle()) return;
  // One round of starts counts once, however many tasks of it fail; the next round is 10 s, 20 s,
  // 40 s ... after it.
  if (service.failed_starts > 0 && task.created_at <= service.failed_round) return;
  ++service.failed_starts;
  service.failed_round = task.created_at;
  service.failed_start_at = now();
  SimDuration delay = behaviour.pass;
  for (int i = 1; i < service.failed_starts && delay < behaviour.throttle_cap(); ++i) delay *= 2;
  service.next_start =
      std::max(service.next_start, task.created_at + std::min(delay, behaviour.throttle_cap()));
  constexpr int kBeforeEvent = 3;
  if (service.failed_starts < kBeforeEvent) return;
  trouble(service, "starts",
          "(service " + service.name +
              ") is unable to consistently start tasks successfully. For more information, see the "
              "Troubleshooting section of the Amazon ECS Developer Guide.",
          "task " + task.id + ": " +
              (task.container_reason.empty() ? task.stopped_reason : task.container_reason));
}

// ecs.md 2.6: clamp(ceil(percent x desired), 3, 200), or as configured.
void Ecs::Impl::check_breaker(ServiceState& service) {
  const CircuitBreaker& breaker = service.configuration.breaker;
  DeploymentState& deployment = service.primary();
  if (!breaker.enable || !behaviour.breaker_exists() || deployment.rollout != Rollout::kInProgress)
    return;
  int threshold = breaker.value;
  if (breaker.type != CircuitBreaker::Type::kCount) {
    threshold = (service.desired * breaker.value + 99) / 100;
    if (breaker.type == CircuitBreaker::Type::kBoundedPercent)
      threshold = std::clamp(threshold, behaviour.breaker_minimum(), 200);
  }
  threshold = std::max(threshold, 1);
  if (deployment.failed_tasks < threshold) return;
  deployment.rollout = Rollout::kFailed;
  deployment.rollout_reason = "ECS deployment circuit breaker: tasks failed to start.";
  deployment.updated_at = now();
  event(service,
        "(service " + service.name + ") (deployment " + deployment.id +
            ") deployment failed: tasks failed to start.",
        std::to_string(deployment.failed_tasks) + " tasks failed, the threshold is " +
            std::to_string(threshold));
  journal_deployment(service, deployment);
  if (!breaker.rollback || deployment.is_rollback) return;
  // Back to the newest deployment that was completed; the first deployment has none (S30).
  if (!service.completed) return;
  event(service,
        "(service " + service.name + ") rolling back to deployment " + service.completed_id + ".");
  DeploymentState& back = begin_deployment(service, service.completed, true);
  back.rollout_reason =
      "ECS deployment circuit breaker: rolling back to deploymentId " + back.id + ".";
  journal_service(service);
  journal_deployment(service, back);
}

void Ecs::Impl::stop_many(ServiceState& service, std::vector<TaskState*> victims,
                          const std::string& reason) {
  if (victims.empty()) return;
  std::vector<std::string> running;
  std::size_t pending = 0;
  for (TaskState* task : victims) {
    const bool ran = task->last_status == TaskStatus::kRunning;
    stop(*task, reason, "ServiceSchedulerInitiated", true);
    if (ran && behaviour.stop_event_first()) {
      running.push_back(task->id);
      task->announced_stop = true;
    } else if (!ran) {
      ++pending;
      task->announced_stop = true;
    }
  }
  if (!running.empty()) {
    event(service, "(service " + service.name + ") has stopped " + std::to_string(running.size()) +
                       " running tasks:" + task_list(running) + ".");
  }
  if (pending > 0)
    event(service,
          "(service " + service.name + ") stopped " + std::to_string(pending) + " pending tasks.");
}

/// Deployments that are over, steady state, and services that have drained away.
void Ecs::Impl::finish(ServiceState& service) {
  // A deployment without tasks that is not PRIMARY is INACTIVE and leaves the list.
  bool removed = false;
  for (std::size_t i = service.deployments.size(); i-- > 1;) {
    auto& deployment = service.deployment(i);
    const bool busy = std::ranges::any_of(
        service.tasks, [&](TaskState* t) { return t->live() && t->started_by == deployment.id; });
    if (busy) continue;
    deployment.status = DeploymentStatus::kInactive;
    deployment.ended_at = now();
    journal_deployment(service, deployment);
    service.deployments.erase(service.deployments.begin() + static_cast<std::ptrdiff_t>(i));
    removed = true;
  }
  if (removed) service.steady_logged = false;
  const bool any_live = std::ranges::any_of(service.tasks, [](TaskState* t) { return t->live(); });
  if (service.status == ServiceStatus::kDraining) {
    if (any_live || !service.tasks.empty()) return;
    service.status = ServiceStatus::kInactive;
    journal_service(service);
    return;
  }
  auto& primary = service.primary();
  int good = 0;
  bool clean = service.deployments.size() == 1;
  for (TaskState* task : service.tasks) {
    if (!task->live()) {
      clean = clean && std::ranges::all_of(task->targets, [](const TaskTarget& t) {
                return !t.registered || t.deregistered;
              });
      continue;
    }
    if (task->desired_running && task->started_by == primary.id && healthy(*task)) {
      ++good;
    } else {
      clean = false;
    }
  }
  if (!clean || good != service.desired) {
    service.steady_logged = false;
    return;
  }
  if (primary.rollout == Rollout::kInProgress) {
    primary.rollout = Rollout::kCompleted;
    primary.rollout_reason = "ECS deployment " + primary.id + " completed.";
    primary.updated_at = now();
    service.completed = primary.definition;
    service.completed_id = primary.id;
    event(service,
          "(service " + service.name + ") (deployment " + primary.id + ") deployment completed.");
    journal_deployment(service, primary);
  } else if (primary.rollout == Rollout::kNone) {
    primary.ended_at = std::min(primary.ended_at, now());
  }
  if (!service.steady_logged || now() >= service.steady_at + behaviour.event_repeat) {
    service.steady_logged = true;
    service.steady_at = now();
    event(service, "(service " + service.name + ") has reached a steady state.");
  }
}

}  // namespace steady::ecs
