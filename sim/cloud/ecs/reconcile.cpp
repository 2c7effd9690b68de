#include <algorithm>

#include "sim/cloud/ecs/state.h"

namespace steady::ecs {

/// One round of the scheduler over one service (ecs.md 2.4): looks at its tasks once, then stops
/// and starts what the bounds allow, in a fixed order of steps. It never waits.
struct Ecs::Impl::Round {
  Round(Impl& owner, ServiceState& looked_at);
  bool run();

 private:
  using Tasks = std::vector<TaskState*>;

  void stop_useless();
  void scale_in();
  void replace_sick();
  void say_unhealthy(TaskState& task, std::string& reason);
  void let_go();
  void start();
  void say_started();
  void say_blocked();

  Tasks choose(Tasks from, int count, bool healthy_last);
  static void remove_from(Tasks& list, const Tasks& gone) {
    std::erase_if(list, [&](TaskState* t) { return std::ranges::find(gone, t) != gone.end(); });
  }
  int alive() const {
    return static_cast<int>(good.size() + sick.size() + leaving.size() + old.size());
  }

  Impl& ecs;
  ServiceState& service;
  DeploymentState& primary;
  const int desired, low, high;
  /// A failed deployment without a way back: it starts nothing and leaves the old tasks alone.
  const bool failed;
  const std::string scaling;
  Tasks good;     ///< of the PRIMARY deployment, neither sick nor leaving
  Tasks sick;     ///< of the PRIMARY deployment, and to be replaced
  Tasks leaving;  ///< of the PRIMARY deployment, on instances that drain
  Tasks old;      ///< of older deployments
  int stopping = 0, healthy_now = 0, spare = 0, wanted = 0, room = 0;
  std::size_t replaced = 0;
  std::vector<std::string> started;
  bool acted = false;
};

Ecs::Impl::Round::Round(Impl& owner, ServiceState& looked_at)
    : ecs(owner),
      service(looked_at),
      primary(looked_at.primary()),
      desired(looked_at.status == ServiceStatus::kActive ? looked_at.desired : 0),
      low(owner.lower(looked_at)),
      high(owner.upper(looked_at)),
      failed(looked_at.primary().rollout == Rollout::kFailed),
      scaling("Scaling activity initiated by (deployment " + looked_at.primary().id + ")") {
  for (TaskState* task : service.tasks) {
    if (!task->live()) continue;
    if (!task->desired_running) {
      ++stopping;
      continue;
    }
    if (ecs.healthy(*task)) ++healthy_now;
    if (task->started_by != primary.id) {
      old.push_back(task);
    } else if (ecs.unhealthy(*task)) {
      sick.push_back(task);
    } else if (task->instance->status == InstanceStatus::kDraining) {
      leaving.push_back(task);
    } else {
      good.push_back(task);
    }
  }
}

bool Ecs::Impl::Round::run() {
  stop_useless();
  scale_in();
  replace_sick();
  let_go();
  start();
  say_started();
  say_blocked();
  if (acted) service.steady_logged = false;
  return acted;
}

/// Which of these go first: not healthy ones (where asked for), then as placement says (2.7).
Ecs::Impl::Round::Tasks Ecs::Impl::Round::choose(Tasks from, int count, bool healthy_last) {
  Tasks chosen;
  if (healthy_last) {
    std::ranges::stable_partition(from, [this](TaskState* t) { return !ecs.healthy(*t); });
    for (TaskState* task : from) {
      if (static_cast<int>(chosen.size()) < count && !ecs.healthy(*task)) chosen.push_back(task);
    }
    remove_from(from, chosen);
  }
  while (static_cast<int>(chosen.size()) < count && !from.empty()) {
    const std::vector<const Task*> view(from.begin(), from.end());
    const std::size_t i = ecs.placer.choose_to_stop(view, service.strategies,
                                                    (service.ordinal << 32) + service.draws++);
    chosen.push_back(from[i]);
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return chosen;
}

/// Old tasks that are pending or unhealthy are not protected by the lower bound.
void Ecs::Impl::Round::stop_useless() {
  Tasks useless;
  for (TaskState* task : old) {
    if (task->last_status != TaskStatus::kRunning || ecs.unhealthy(*task)) useless.push_back(task);
  }
  if (failed || useless.empty()) return;
  ecs.stop_many(service, useless, scaling);
  remove_from(old, useless);
  acted = true;
}

/// Surplus of the PRIMARY deployment, those that do not run yet and unhealthy ones first (2.7).
void Ecs::Impl::Round::scale_in() {
  const int surplus = static_cast<int>(good.size() + leaving.size()) - desired;
  if (surplus <= 0 || !leaving.empty()) return;
  const Tasks chosen = choose(good, surplus, true);
  for (const TaskState* task : chosen) healthy_now -= ecs.healthy(*task) ? 1 : 0;
  ecs.stop_many(service, chosen, scaling);
  remove_from(good, chosen);
  acted = true;
}

/// Unhealthy tasks (2.4): since Oct 2023 the replacement comes first.
void Ecs::Impl::Round::replace_sick() {
  if (sick.empty()) return;
  int may_stop = static_cast<int>(sick.size());
  if (ecs.behaviour.unhealthy_start_first()) {
    const int coming = static_cast<int>(
        std::ranges::count_if(good, [this](TaskState* t) { return !ecs.healthy(*t); }));
    may_stop = static_cast<int>(good.size() + sick.size()) - desired - coming;
    // The upper bound blocks: one that has no replacement yet at a pass; it is not healthy, so the
    // lower bound does not lose by it.
    const int replacements = std::max(0, static_cast<int>(good.size() + sick.size()) - desired);
    if (may_stop <= 0 && alive() >= high && static_cast<int>(sick.size()) > replacements)
      may_stop = 1;
  }
  Tasks chosen;
  Tasks from = sick;
  while (static_cast<int>(chosen.size()) < may_stop && !from.empty()) {
    const std::size_t i =
        ecs.phases.below(from.size(), (service.ordinal << 32) + service.draws++, 7);
    chosen.push_back(from[i]);
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (TaskState* task : chosen) {
    std::string reason = "Task failed container health checks";
    say_unhealthy(*task, reason);
    ecs.note_failure(service, *task);
    ecs.stop_many(service, {task}, reason);
    ++replaced;
    acted = true;
  }
  remove_from(sick, chosen);
}

/// The events of a task that is replaced for its health, and the reason that it will bear.
void Ecs::Impl::Round::say_unhealthy(TaskState& task, std::string& reason) {
  const std::string who = "(service " + service.name + ") ";
  if (task.health == Health::kUnhealthy)
    ecs.event(service, who + "(task " + task.id + ") failed container health checks.");
  const auto& elb = ecs.parts.elb;
  for (const auto& target : task.targets) {
    if (!target.registered || !elb.unhealthy(target.target)) continue;
    const std::string due = " due to (reason " + elb.health(target.target).description + ")";
    std::string where;
    if (elb.is_classic(target.group)) {
      where = "(elb " + elb.group_name(target.group) + ")";
      ecs.event(service, who + "(instance " + task.instance->ec2_instance + ") is unhealthy in " +
                             where + due);
    } else {
      where = "(target-group " + elb.group_arn(target.group) + ")";
      const std::string it =
          task.ip.empty() ? "(instance " + task.instance->ec2_instance : "(task " + task.id;
      ecs.event(service, who + it + ") (port " + std::to_string(elb.target(target.target).port) +
                             ") is unhealthy in " + where + due);
    }
    reason = "Task failed ELB health checks in " + where;
  }
}

/// Old tasks, and those on draining instances, go as far as the lower bound allows.
void Ecs::Impl::Round::let_go() {
  Tasks candidates = old;
  candidates.insert(candidates.end(), leaving.begin(), leaving.end());
  spare = std::max(0, healthy_now - low);
  if (candidates.empty() || spare == 0 || failed) return;
  const int count = std::min(static_cast<int>(candidates.size()), spare);
  const Tasks chosen = choose(candidates, count, false);
  for (std::size_t i = 1; i < service.deployments.size(); ++i) {
    for (const TaskState* task : chosen) {
      if (task->started_by == service.deployment(i).id) --service.hold[service.deployment(i).id];
    }
  }
  ecs.stop_many(service, chosen, scaling);
  remove_from(old, chosen);
  remove_from(leaving, chosen);
  stopping += static_cast<int>(chosen.size());
  acted = acted || !chosen.empty();
}

/// New tasks, as far as the upper bound and the cluster allow.
void Ecs::Impl::Round::start() {
  const bool count_stopping =
      ecs.behaviour.stopping_counts_towards_max || service.configuration.maximum_percent == 100;
  room = high - alive() - (count_stopping ? stopping : 0);
  wanted = failed ? 0 : std::max(0, desired - static_cast<int>(good.size()));
  auto place = [&](DeploymentState& deployment, int count) {
    if (count <= 0) return;
    const int placed = ecs.place_tasks(service, deployment, count, started);
    room -= placed;
    acted = acted || placed > 0;
  };
  place(primary, std::min(wanted, room));
  // Since Nov 2025 a task that dies inside a deployment is replaced by its own revision.
  if (!ecs.behaviour.replaced_by_own_revision() || wanted == 0 || healthy_now >= low) return;
  for (std::size_t i = 1; i < service.deployments.size() && room > 0; ++i) {
    auto& deployment = service.deployment(i);
    const auto there =
        std::ranges::count_if(old, [&](TaskState* t) { return t->started_by == deployment.id; });
    place(deployment, std::min(service.hold[deployment.id] - static_cast<int>(there), room));
  }
}

void Ecs::Impl::Round::say_started() {
  if (started.empty()) return;
  std::string message = "(service " + service.name + ") has started " +
                        std::to_string(started.size()) + " tasks:" + task_list(started) + ".";
  if ((replaced > 0 || !sick.empty()) && ecs.behaviour.unhealthy_start_first()) {
    message += " Amazon ECS replaced " +
               std::to_string(std::min(started.size(), sick.size() + replaced)) +
               " tasks due to an unhealthy status.";
  }
  ecs.event(service, message);
}

/// A deployment in which the bounds let nothing happen (ecs.md 4.3).
void Ecs::Impl::Round::say_blocked() {
  const bool in_deployment = service.deployments.size() > 1 || !leaving.empty();
  const bool waits = std::ranges::any_of(good, [this](TaskState* t) { return !ecs.healthy(*t); });
  if (acted) {
    ecs.resolved(service, "bounds");
  } else if (in_deployment && wanted > 0 && room <= 0 && spare == 0 && !waits && stopping == 0 &&
             sick.empty()) {
    ecs.trouble(
        service, "bounds",
        "(service " + service.name +
            ") was unable to stop or start tasks during a deployment because of the service "
            "deployment configuration. Update the minimumHealthyPercent or maximumPercent value "
            "and try again.",
        "at least " + std::to_string(low) + " tasks must stay healthy and at most " +
            std::to_string(high) + " may run, desired is " + std::to_string(desired));
  }
}

bool Ecs::Impl::reconcile_tasks(ServiceState& service) { return Round(*this, service).run(); }

}  // namespace steady::ecs
