#include <algorithm>

#include "sim/cloud/ecs/state.h"
#include "sim/core/check.h"
#include "sim/core/journal_kinds.h"

namespace steady::ecs {
namespace {

std::string quantity(std::size_t n) { return std::to_string(n); }

std::string task_list(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += " (task " + id + ")";
  return text;
}

/// One sentence per instance that did not take the task, for our "why:" line.
std::string explain(const Placement& placement, const Demand& demand) {
  std::string why = "a task needs " + std::to_string(demand.cpu) + " CPU units, " +
                    std::to_string(demand.memory) + " MiB";
  for (const auto port : demand.tcp_ports) why += ", port " + std::to_string(port);
  if (demand.eni) why += ", a network interface";
  if (placement.verdicts.empty()) return why + "; the cluster has no container instance";
  constexpr std::size_t kShown = 4;
  for (std::size_t i = 0; i < placement.verdicts.size() && i < kShown; ++i) {
    const auto& verdict = placement.verdicts[i];
    why += "; " + verdict.instance->ec2_instance + " " + verdict.why;
  }
  if (placement.verdicts.size() > kShown)
    why += "; and " + std::to_string(placement.verdicts.size() - kShown) + " more";
  return why;
}

std::string missing_resource(const Placement& placement) {
  if (!placement.closest) return "INSTANCES";
  switch (placement.closest->misfit) {
    case Misfit::kCpu:
      return "CPU";
    case Misfit::kMemory:
      return "MEMORY";
    case Misfit::kPorts:
      return "PORTS";
    case Misfit::kEni:
      return "ENI";
    case Misfit::kGpu:
      return "GPU";
    case Misfit::kAgent:
      return "AGENT";
    case Misfit::kLocation:
      return "LOCATION";
    case Misfit::kAttribute:
      return "ATTRIBUTE";
    case Misfit::kConstraint:
      return "CONSTRAINT";
    default:
      return "INSTANCES";
  }
}

}  // namespace

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
      service.failed_starts = 0;
      resolved(service, "starts");
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
  ++service.failed_starts;
  constexpr int kBeforeThrottle = 3;
  if (service.failed_starts < kBeforeThrottle) return;
  SimDuration delay = behaviour.pass;
  for (int i = kBeforeThrottle; i < service.failed_starts && delay < behaviour.throttle_cap(); ++i)
    delay *= 2;
  service.next_start =
      std::max(service.next_start, now() + std::min(delay, behaviour.throttle_cap()));
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
    event(service, "(service " + service.name + ") has stopped " + quantity(running.size()) +
                       " running tasks:" + task_list(running) + ".");
  }
  if (pending > 0)
    event(service,
          "(service " + service.name + ") stopped " + quantity(pending) + " pending tasks.");
}

/// Places up to `count` tasks; ends at the first that does not fit. Gives how many were started.
int Ecs::Impl::place_tasks(ServiceState& service, DeploymentState& deployment, int count,
                           std::vector<std::string>& started) {
  if (count <= 0 || now() < service.next_start) return 0;
  if (service.stalled && now() < service.next_attempt) return 0;
  int placed = 0;
  for (; placed < count; ++placed) {
    PlacementRequest request;
    request.definition = deployment.definition.get();
    request.demand = demand_of(*deployment.definition);
    request.group = service_group(service);
    request.constraints = service.constraints;
    request.strategies = service.strategies;
    request.for_service = true;
    request.zones = service.subnets_zones;
    request.entity = tasks.size();
    const auto candidates = of_cluster(service.cluster);
    const Placement placement = placer.place(request, candidates);
    if (placement.instance == nullptr) {
      const std::string missing = missing_resource(placement);
      if (service.stalled && service.stall_missing != missing) {
        journal.add(now(), journal::kPlacementStall, service.name,
                    {{"state", "end"}, {"missing", service.stall_missing}});
        service.stalled = false;
        service.stall_missing.clear();
        journal.add(now(), journal::kPlacementStall, service.name,
                    {{"state", "begin"}, {"missing", missing}});
      } else if (!service.stalled) {
        journal.add(now(), journal::kPlacementStall, service.name,
                    {{"state", "begin"}, {"missing", missing}});
        service.retry_since = now();
      }
      service.stalled = true;
      service.stall_missing = missing;
      // Quickly for about 50 s, then about every 5 minutes (ecs.md 6.1).
      const bool quick = now() < service.retry_since + behaviour.retry_quick_for;
      service.next_attempt = quick ? now() + behaviour.pass : now() + behaviour.retry_slow;
      trouble(service, "place", "(service " + service.name + ") " + placement_text(placement),
              explain(placement, request.demand));
      return placed;
    }
    TaskState& task = make_task(deployment.definition,
                                static_cast<InstanceState&>(*placement.instance), request.group);
    task.service = service.name;
    task.started_by = deployment.id;
    for (const auto& balancer : service.load_balancers)
      task.targets.push_back({balancer.group, 0, balancer.container_port});
    service.tasks.push_back(&task);
    started.push_back(task.id);
    journal_task(task);
    journal_instance(static_cast<InstanceState&>(*placement.instance));
    start(task);
  }
  if (service.stalled) {
    journal.add(now(), journal::kPlacementStall, service.name,
                {{"state", "end"}, {"missing", service.stall_missing}});
    service.stalled = false;
    service.stall_missing.clear();
    resolved(service, "place");
  }
  return placed;
}

// The rounds of ecs.md 2.4 with its rules for unhealthy tasks, draining instances and the bounds.
bool Ecs::Impl::reconcile_tasks(ServiceState& service) {
  DeploymentState& primary = service.primary();
  const int desired = service.status == ServiceStatus::kActive ? service.desired : 0;
  std::vector<TaskState*> good, sick, leaving, old;
  int stopping = 0, healthy_now = 0;
  for (TaskState* task : service.tasks) {
    if (!task->live()) continue;
    if (!task->desired_running) {
      ++stopping;
      continue;
    }
    const bool is_healthy = healthy(*task);
    if (is_healthy) ++healthy_now;
    if (task->started_by != primary.id) {
      old.push_back(task);
    } else if (unhealthy(*task)) {
      sick.push_back(task);
    } else if (task->instance->status == InstanceStatus::kDraining) {
      leaving.push_back(task);
    } else {
      good.push_back(task);
    }
  }
  const int low = lower(service), high = upper(service);
  auto total = [&] {
    return static_cast<int>(good.size() + sick.size() + leaving.size() + old.size());
  };
  auto remove_from = [](std::vector<TaskState*>& list, const std::vector<TaskState*>& gone) {
    std::erase_if(list, [&](TaskState* t) { return std::ranges::find(gone, t) != gone.end(); });
  };
  const std::string scaling = "Scaling activity initiated by (deployment " + primary.id + ")";
  bool acted = false;
  const bool failed = primary.rollout == Rollout::kFailed;

  // Scale-in: surplus of the PRIMARY deployment, not yet running and unhealthy ones first (2.7).
  auto choose = [&](std::vector<TaskState*> from, int count, bool healthy_last) {
    std::vector<TaskState*> chosen;
    if (healthy_last) {
      std::ranges::stable_partition(from, [this](TaskState* t) { return !healthy(*t); });
      for (TaskState* task : from) {
        if (static_cast<int>(chosen.size()) < count && !healthy(*task)) chosen.push_back(task);
      }
      remove_from(from, chosen);
    }
    while (static_cast<int>(chosen.size()) < count && !from.empty()) {
      std::vector<const Task*> view(from.begin(), from.end());
      const std::size_t i = placer.choose_to_stop(view, service.strategies,
                                                  (service.ordinal << 32) + service.draws++);
      chosen.push_back(from[i]);
      from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return chosen;
  };

  // Old tasks that are pending or unhealthy are not protected by the lower bound.
  std::vector<TaskState*> useless;
  for (TaskState* task : old) {
    if (task->last_status != TaskStatus::kRunning || unhealthy(*task)) useless.push_back(task);
  }
  if (!failed && !useless.empty()) {
    stop_many(service, useless, scaling);
    remove_from(old, useless);
    acted = true;
  }

  const int surplus = static_cast<int>(good.size() + leaving.size()) - desired;
  if (surplus > 0 && leaving.empty()) {
    const auto chosen = choose(good, surplus, true);
    for (TaskState* task : chosen) healthy_now -= healthy(*task) ? 1 : 0;
    stop_many(service, chosen, scaling);
    remove_from(good, chosen);
    acted = true;
  }

  // Unhealthy tasks (2.4): since Oct 2023 the replacement comes first.
  int replaced = 0;
  if (!sick.empty()) {
    int may_stop = 0;
    if (!behaviour.unhealthy_start_first()) {
      may_stop = static_cast<int>(sick.size());
    } else {
      const int coming = static_cast<int>(
          std::ranges::count_if(good, [this](TaskState* t) { return !healthy(*t); }));
      may_stop = static_cast<int>(good.size() + sick.size()) - desired - coming;
      // The upper bound blocks: one at a time; it is not healthy, so the lower bound does not lose
      // by it.
      if (may_stop <= 0 && total() >= high && coming == 0) may_stop = 1;
    }
    std::vector<TaskState*> chosen;
    std::vector<TaskState*> from = sick;
    while (static_cast<int>(chosen.size()) < may_stop && !from.empty()) {
      const std::size_t i = phases.below(from.size(), (service.ordinal << 32) + service.draws++, 7);
      chosen.push_back(from[i]);
      from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (TaskState* task : chosen) {
      std::string reason = "Task failed container health checks";
      if (task->health == Health::kUnhealthy) {
        event(service, "(service " + service.name + ") (task " + task->id +
                           ") failed container health checks.");
      }
      for (std::size_t i = 0; i < task->targets.size(); ++i) {
        const auto& target = task->targets[i];
        if (!target.registered || !parts.elb.unhealthy(target.target)) continue;
        const auto state = parts.elb.health(target.target);
        if (parts.elb.is_classic(target.group)) {
          reason =
              "Task failed ELB health checks in (elb " + parts.elb.group_name(target.group) + ")";
          event(service, "(service " + service.name + ") (instance " +
                             task->instance->ec2_instance + ") is unhealthy in (elb " +
                             parts.elb.group_name(target.group) + ") due to (reason " +
                             state.description + ")");
        } else {
          reason = "Task failed ELB health checks in (target-group " +
                   parts.elb.group_arn(target.group) + ")";
          const auto port = std::to_string(parts.elb.target(target.target).port);
          event(service, "(service " + service.name + ") (" +
                             (task->ip.empty() ? "instance " + task->instance->ec2_instance
                                               : "task " + task->id) +
                             ") (port " + port + ") is unhealthy in (target-group " +
                             parts.elb.group_arn(target.group) + ") due to (reason " +
                             state.description + ")");
        }
      }
      note_failure(service, *task);
      stop_many(service, {task}, reason);
      ++replaced;
      acted = true;
    }
    remove_from(sick, chosen);
  }

  // Old ones, and those on draining instances, go as far as the lower bound allows.
  std::vector<TaskState*> candidates = old;
  candidates.insert(candidates.end(), leaving.begin(), leaving.end());
  const int spare = std::max(0, healthy_now - low);
  // A failed deployment without a way back leaves the old tasks alone.
  if (!candidates.empty() && spare > 0 && !failed) {
    // Where the successors may not be there yet, no more go than the bound lets.
    const int count = std::min(static_cast<int>(candidates.size()), spare);
    const auto chosen = choose(candidates, count, false);
    for (std::size_t i = 1; i < service.deployments.size(); ++i) {
      for (TaskState* task : chosen) {
        if (task->started_by == service.deployment(i).id) --service.hold[service.deployment(i).id];
      }
    }
    stop_many(service, chosen, scaling);
    remove_from(old, chosen);
    remove_from(leaving, chosen);
    stopping += static_cast<int>(chosen.size());
    acted = acted || !chosen.empty();
  }

  // Starts: new ones as far as the upper bound and the cluster allow.
  const bool count_stopping =
      behaviour.stopping_counts_towards_max || service.configuration.maximum_percent == 100;
  int room = high - total() - (count_stopping ? stopping : 0);
  const int wanted = failed ? 0 : std::max(0, desired - static_cast<int>(good.size()));
  std::vector<std::string> started;
  if (wanted > 0 && room > 0) {
    const int placed = place_tasks(service, primary, std::min(wanted, room), started);
    room -= placed;
    acted = acted || placed > 0;
  }
  // Since Nov 2025 a task that dies inside a deployment is replaced by its own revision.
  if (behaviour.replaced_by_own_revision() && wanted > 0 && !failed) {
    for (std::size_t i = 1; i < service.deployments.size() && room > 0; ++i) {
      auto& deployment = service.deployment(i);
      const auto alive =
          std::ranges::count_if(old, [&](TaskState* t) { return t->started_by == deployment.id; });
      const int lost = service.hold[deployment.id] - static_cast<int>(alive);
      if (lost <= 0 || healthy_now >= low) continue;
      const int placed = place_tasks(service, deployment, std::min(lost, room), started);
      room -= placed;
      acted = acted || placed > 0;
    }
  }
  if (!started.empty()) {
    std::string message = "(service " + service.name + ") has started " + quantity(started.size()) +
                          " tasks:" + task_list(started) + ".";
    if ((replaced > 0 || !sick.empty()) && behaviour.unhealthy_start_first()) {
      message +=
          " Amazon ECS replaced " +
          quantity(std::min(started.size(), sick.size() + static_cast<std::size_t>(replaced))) +
          " tasks due to an unhealthy status.";
    }
    event(service, message);
  }
  const bool in_deployment = service.deployments.size() > 1 || !leaving.empty();
  const bool waits = std::ranges::any_of(good, [this](TaskState* t) { return !healthy(*t); });
  if (!acted && in_deployment && wanted > 0 && room <= 0 && spare == 0 && !waits && stopping == 0 &&
      sick.empty()) {
    trouble(service, "bounds",
            "(service " + service.name +
                ") was unable to stop or start tasks during a deployment because of the service "
                "deployment "
                "configuration. Update the minimumHealthyPercent or maximumPercent value and try "
                "again.",
            "at least " + std::to_string(low) + " tasks must stay healthy and at most " +
                std::to_string(high) + " may run, desired is " + std::to_string(desired));
  } else if (acted) {
    resolved(service, "bounds");
  }
  if (acted) service.steady_logged = false;
  return acted;
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
