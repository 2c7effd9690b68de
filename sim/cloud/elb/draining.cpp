#include "sim/cloud/elb/draining.h"

#include <algorithm>

namespace steady::elb {
namespace {

/// Requests in flight may end sooner than they were expected to (a killed process), and nobody says
/// so.
constexpr SimDuration kLookAgain = 1s;

}  // namespace

void Draining::begin(Target& target) {
  if (target.state == TargetState::kDraining || target.state == TargetState::kNotRegistered) return;
  target.info.deregistering = true;
  target.info.deregistered_at = context_.loop.now();
  if (!is_checked(target.state)) return abandon(target);  // Unused: nothing was sent to it.
  const Group& group = groups_.group_of(target);
  if (group.is_classic()) return begin_classic(target);

  const auto in_flight =
      group.proxy == nullptr ? ProxyRules::InFlight::kDelay : group.proxy->in_flight;
  if (in_flight == ProxyRules::InFlight::kCut) return end_at_once(target);
  groups_.set_state(target, TargetState::kDraining);
  membership_.leave(target);
  if (in_flight == ProxyRules::InFlight::kFinish) {
    target.drain_deadline = kNever;
    return look(target);
  }
  const SimDuration delay = group.spec.deregistration_delay;
  if (delay == SimDuration{0}) return delay_over(target);
  target.drain = context_.loop.after(delay, "deregistration delay over",
                                     [this, &target] { delay_over(target); });
}

void Draining::delay_over(Target& target) {
  target.drain.reset();
  const Group& group = groups_.group_of(target);
  using AtTimeout = ProxyRules::AtTimeout;
  const ProxyRules* proxy = group.proxy;
  const AtTimeout at_timeout = proxy == nullptr ? AtTimeout::kAnswer502 : proxy->at_timeout;
  if (group.is_network()) {
    if (group.spec.flows.end_after_delay) {
      context_.plane->end_flows(group.id, target.info.id,
                                {"deregistration delay over and connection termination is on"},
                                true);
    }
  } else if (at_timeout != AtTimeout::kKeep) {
    app::Cut with{"deregistration delay over with requests in flight"};
    with.without_answer = at_timeout == AtTimeout::kReset;
    context_.plane->cut_target(target.info.group, target.info.id, with);
  }
  membership_.over(target);
}

void Draining::begin_classic(Target& target) {
  const ClassicSpec& settings = groups_.group_of(target).classic;
  if (!settings.draining_enabled) return end_at_once(target);
  groups_.set_state(target, TargetState::kDraining);
  membership_.leave(target);
  target.drain_deadline = context_.loop.now() + settings.draining_timeout;
  look(target);
}

void Draining::end_at_once(Target& target) {
  membership_.leave(target);
  cut(target, "connection draining is off");
  membership_.over(target);
}

void Draining::look(Target& target) {
  target.drain.reset();
  const SimTime now = context_.loop.now();
  if (now >= target.drain_deadline) {
    cut(target, "drain timeout");
    return membership_.over(target);
  }
  const SimTime idle = context_.plane->target_idle_at(target.info.group, target.info.id);
  if (idle <= now && !target.routed()) return membership_.over(target);
  SimTime next = std::min(target.drain_deadline, now + kLookAgain);
  for (const SimTime moment : {idle, membership_.unrouted_at(target)}) {
    if (moment > now) next = std::min(next, moment);
  }
  target.drain = context_.loop.at(next, "connection draining", [this, &target] { look(target); });
}

void Draining::cut(Target& target, std::string_view cause) {
  context_.plane->cut_target(target.info.group, target.info.id, {cause});
}

void Draining::stop_waiting(Target& target) {
  if (target.drain) context_.loop.cancel(*target.drain);
  target.drain.reset();
}

void Draining::abandon(Target& target) {
  stop_waiting(target);
  membership_.forget(target);
  if (target.state != TargetState::kNotRegistered) membership_.over(target);
}

void Draining::supersede(Target& target) {
  stop_waiting(target);
  groups_.supersede(target);
  membership_.forget(target);
}

}  // namespace steady::elb
