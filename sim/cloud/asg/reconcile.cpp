#include <algorithm>

#include "sim/cloud/asg/state.h"
#include "sim/cloud/asg/termination_policy.h"

namespace steady::asg {
namespace {

std::string from_to(int from, int to) {
  return " the capacity from " + std::to_string(from) + " to " + std::to_string(to) + ".";
}

}  // namespace

void AutoScaling::Impl::soon(GroupState& state) {
  if (state.reconcile_due || state.gone) return;
  state.reconcile_due = true;
  const auto found = std::ranges::find_if(groups, [&](const auto& g) { return g.get() == &state; });
  loop.at(loop.now(), "auto scaling group reconciles", [this, kept = *found] {
    kept->reconcile_due = false;
    if (!kept->gone) reconcile(*kept);
  });
}

void AutoScaling::Impl::reconcile(GroupState& state) {
  Group& group = state.group;
  if (group.deleting) {
    const auto instances = group.instances;
    for (const auto& instance : instances) {
      if (instance.lifecycle == "Terminating") continue;
      terminate(
          state, *state.find(instance.id), Leaving::kScaleIn,
          cause(state, "an instance was taken out of service in response to a user request."));
    }
    if (!group.instances.empty()) return;
    state.gone = true;
    std::erase_if(groups, [&](const auto& g) { return g.get() == &state; });
    return;
  }
  replace_unhealthy(state);
  // A replaced one keeps its place until it is gone: terminate first, then launch.
  const int replaced = state.count(Leaving::kReplacement) + state.count(Leaving::kHealth);
  const int there = state.staying() + replaced;
  const int wanted = group.spec.desired + state.surplus;
  if (there < wanted) {
    launch_missing(state, wanted - there);
  } else if (there > wanted) {
    terminate_surplus(state, there - wanted);
  } else if (state.surplus > 0 && state.count("Pending") == 0) {
    state.surplus = 0;
    terminate_surplus(state, 1);
  } else if (state.count("Pending") == 0 && state.count("Terminating") == 0) {
    state.request.clear();
    state.successors_due = 0;
    even_out_zones(state);
  }
}

void AutoScaling::Impl::replace_unhealthy(GroupState& state) {
  const int most = std::max(1, state.group.spec.desired / 10);
  int open = state.count(Leaving::kHealth) + state.successors_due;
  for (const auto& [id, member] : state.members) open += member.successor ? 1 : 0;
  for (std::size_t i = 0; i < state.group.instances.size() && open < most; ++i) {
    GroupInstance& instance = state.group.instances[i];
    if (instance.lifecycle != "InService" || instance.health != "Unhealthy") continue;
    const std::string by = state.group.spec.health_check_type == "ELB"
                               ? "an ELB system health check failure."
                               : "a user health-check.";
    terminate(state, instance, Leaving::kHealth,
              stamp() + "an instance was taken out of service in response to " + by);
    ++open;
  }
}

std::string AutoScaling::Impl::emptiest_zone(const GroupState& state,
                                             const std::set<std::string>& without) const {
  std::string best;
  std::ptrdiff_t fewest = 0;
  for (const auto& zone : state.group.spec.zones) {
    if (without.contains(zone)) continue;
    const auto there = std::ranges::count_if(state.group.instances, [&](const auto& instance) {
      return instance.zone == zone && instance.lifecycle != "Terminating";
    });
    if (best.empty() || there < fewest) {
      best = zone;
      fewest = there;
    }
  }
  return best;
}

void AutoScaling::Impl::try_again_later(GroupState& state) {
  state.retry = state.retry == SimDuration{0} ? kRetry : std::min(2 * state.retry, kRetryMost);
  state.retry_at = loop.now() + state.retry;
  loop.at(state.retry_at, "auto scaling tries again", [this, name = state.group.spec.name] {
    if (GroupState* there = find(name)) soon(*there);
  });
}

void AutoScaling::Impl::launch_missing(GroupState& state, int missing) {
  if (state.group.spec.never_launches || loop.now() < state.retry_at) return;
  const int from = state.staying();
  const std::string why =
      cause(state,
            "an instance was started in response to a difference between desired and actual "
            "capacity, increasing" +
                from_to(from, from + missing));
  std::set<std::string> without;  // zones that turned out to have no capacity
  int launched = 0;
  while (launched < missing) {
    const std::string zone = emptiest_zone(state, without);
    if (zone.empty()) break;
    if (launch(state, zone, why)) {
      ++launched;
    } else {
      without.insert(zone);
    }
  }
  if (launched > 0) state.retry = SimDuration{0};
  if (launched == missing) return;
  try_again_later(state);
}

std::optional<std::size_t> AutoScaling::Impl::choose(const GroupState& state) {
  std::vector<Candidate> candidates;
  std::vector<std::size_t> places;
  std::vector<std::string> zones;
  for (std::size_t i = 0; i < state.group.instances.size(); ++i) {
    const GroupInstance& instance = state.group.instances[i];
    if (instance.lifecycle == "Terminating") continue;
    zones.push_back(instance.zone);
    if (instance.protected_from_scale_in) continue;
    candidates.push_back({instance.id, instance.zone, ec2.find(instance.id)->launched_at,
                          state.members.at(instance.id).generation});
    places.push_back(i);
  }
  if (candidates.empty()) return std::nullopt;
  const auto& spec = state.group.spec;
  return places[choose_to_terminate(candidates, zones, spec.zones, spec.termination_policies,
                                    loop.now(), choices, choices_made++)];
}

void AutoScaling::Impl::terminate_surplus(GroupState& state, int surplus) {
  const int from = state.staying();
  const std::string why =
      cause(state,
            "an instance was taken out of service in response to a difference between desired "
            "and actual capacity, shrinking" +
                from_to(from, from - surplus));
  for (int i = 0; i < surplus; ++i) {
    const auto chosen = choose(state);
    if (!chosen) return;  // All are protected: the group stays larger.
    GroupInstance& instance = state.group.instances[*chosen];
    terminate(state, instance, Leaving::kScaleIn,
              why + "  " + stamp() + "instance " + instance.id + " was selected for termination.");
  }
}

// Launches in the poor zone before it terminates in the rich one; so the group is one above its
// desired capacity for a while, even at its maximum (ecs.md 5.4).
void AutoScaling::Impl::even_out_zones(GroupState& state) {
  const GroupSpec& spec = state.group.spec;
  if (spec.never_launches || loop.now() < state.retry_at) return;
  const auto count_in = [&](const std::string& zone) {
    return std::ranges::count(state.group.instances, zone, &GroupInstance::zone);
  };
  const std::string poor = emptiest_zone(state, {});
  const auto fewest = count_in(poor);
  std::string counts;
  for (const auto& zone : spec.zones) {
    counts += (counts.empty() ? "" : ", ") + std::to_string(count_in(zone));
  }
  const bool uneven = std::ranges::any_of(state.group.instances, [&](const auto& instance) {
    const bool outside = std::ranges::find(spec.zones, instance.zone) == spec.zones.end();
    return !instance.protected_from_scale_in && (outside || count_in(instance.zone) > fewest + 1);
  });
  if (!uneven) return;
  std::string zones;
  for (const auto& zone : spec.zones) zones += (zones.empty() ? "" : " ") + zone;
  const std::string why = stamp() + "availability zones " + zones + " had " + counts +
                          " instances respectively. An instance was launched to aid in balancing "
                          "the group's zones.";
  if (launch(state, poor, why)) {
    state.retry = SimDuration{0};
    state.surplus = 1;
    return;
  }
  try_again_later(state);
}

}  // namespace steady::asg
