#include "sim/cloud/elb/membership.h"

#include <algorithm>

namespace steady::elb {
namespace {

void cancel_telling(EventLoop& loop, NodeView& view) {
  if (view.telling) loop.cancel(*view.telling);
  view.telling.reset();
}

}  // namespace

Membership::Membership(Context& context, Groups& groups, Frontends& frontends)
    : context_(context),
      groups_(groups),
      frontends_(frontends),
      checker_(context, groups, [this](Target& target, std::size_t node, bool decided) {
        checked(target, node, decided);
      }) {}

SimDuration Membership::delay(const Target& target, std::size_t node, bool registration) const {
  const Group& group = groups_[target.info.group];
  const Behaviour& behaviour = context_.behaviour;
  const bool own = !registration && group.proxy != nullptr && group.proxy->endpoint_update;
  const Distribution& drawn = own ? *group.proxy->endpoint_update
                              : group.is_network()
                                  ? (registration ? behaviour.network_register_propagation
                                                  : behaviour.network_deregister_propagation)
                              : !registration      ? behaviour.deregister_propagation
                              : group.is_classic() ? behaviour.classic_registration
                                                   : behaviour.register_propagation;
  const RandomStream stream =
      group.stream(context_.random, registration ? "registration" : "deregistration");
  return drawn.sample(stream.bits(target.entity(node), target.generation));
}

void Membership::join(Target& target) {
  const Group& group = groups_.group_of(target);
  if (!group.in_use()) return groups_.set_state(target, TargetState::kNotInUse);
  if (!group.zone_enabled(target.info.zone)) {
    return groups_.set_state(target, TargetState::kZoneNotEnabled);
  }
  groups_.set_state(target, TargetState::kRegistering);
  for (std::size_t node = 0; node < group.nodes; ++node) {
    const SimDuration after = delay(target, node, true);
    if (after == SimDuration{0}) {
      told(target, node);
    } else {
      target.nodes[node].telling = context_.loop.after(
          after, "node learns of a registration", [this, &target, node] { told(target, node); });
    }
  }
}

void Membership::told(Target& target, std::size_t node) {
  NodeView& view = target.nodes[node];
  view.telling.reset();
  view.routes = true;
  view.opinion = Opinion::kWaiting;
  checker_.begin(target, node, checker_.first_check(target, node));
  frontends_.refresh_open(groups_.group_of(target), node);
}

void Membership::leave(Target& target) {
  end_unhealthy_draining(target);
  const Group& group = groups_.group_of(target);
  for (std::size_t node = 0; node < target.nodes.size(); ++node) {
    NodeView& view = target.nodes[node];
    cancel_telling(context_.loop, view);
    const SimDuration after = view.routes ? delay(target, node, false) : SimDuration{0};
    if (after == SimDuration{0}) {
      untold(target, node);
    } else {
      view.telling = context_.loop.after(after, "node learns of a deregistration",
                                         [this, &target, node] { untold(target, node); });
    }
  }
  // Also where no candidate changed: why there is none may have.
  frontends_.refresh(group);
}

void Membership::untold(Target& target, std::size_t node) {
  const ProxyRules* proxy = groups_.group_of(target).proxy;
  if (target.state == TargetState::kDraining && proxy != nullptr &&
      proxy->new_requests == ProxyRules::NewRequests::kSticky) {
    // elb.md 6.1: still checked, and still there for those whom persistence leads to it.
    target.nodes[node].telling.reset();
    target.nodes[node].routes = false;
    target.nodes[node].kept = true;
    return frontends_.refresh(groups_.group_of(target), node);
  }
  checker_.stop(target, node);
  cancel_unserving(target.nodes[node]);
  target.nodes[node] = NodeView{};
  frontends_.refresh(groups_.group_of(target), node);
  if (groups_.is_over(target) && !target.routed()) groups_.drop_from_live(target);
}

void Membership::forget(Target& target) {
  for (std::size_t node = 0; node < target.nodes.size(); ++node) {
    cancel_telling(context_.loop, target.nodes[node]);
    checker_.stop(target, node);
    cancel_unserving(target.nodes[node]);
    target.nodes[node] = NodeView{};
  }
  end_unhealthy_draining(target);
  if (groups_.is_over(target)) groups_.drop_from_live(target);
  frontends_.refresh(groups_.group_of(target));
}

void Membership::over(Target& target) {
  groups_.set_state(target, TargetState::kNotRegistered);
  for (std::size_t node = 0; node < target.nodes.size(); ++node) {
    if (!target.nodes[node].kept) continue;
    checker_.stop(target, node);
    target.nodes[node] = NodeView{};
  }
  if (!target.routed()) groups_.drop_from_live(target);
  frontends_.refresh(groups_.group_of(target));
}

void Membership::assume_healthy(Target& target) {
  if (!is_checked(target.state)) return;
  const Group& group = groups_.group_of(target);
  for (std::size_t node = 0; node < group.nodes; ++node) {
    NodeView& view = target.nodes[node];
    cancel_telling(context_.loop, view);
    view.routes = true;
    view.opinion = Opinion::kHealthy;
    view.serves = true;
    view.failed = 0;
    checker_.begin(target, node, checker_.phase(target, node));
    frontends_.refresh(group, node);
  }
  report(target);
}

void Membership::attach(Group& group, std::string load_balancer, std::vector<std::string> zones,
                        std::size_t nodes) {
  group.load_balancer = std::move(load_balancer);
  group.zones = std::move(zones);
  group.nodes = nodes;
  group.proxy = group.is_classic() ? nullptr : context_.behaviour.proxy(group.load_balancer);
  for (const TargetId id : group.live) groups_.target(id).nodes.assign(nodes, NodeView{});
  for (const TargetId id : group.live) {
    Target& target = groups_.target(id);
    if (target.state == TargetState::kNotInUse) join(target);
  }
}

void Membership::detach(Group& group) {
  const std::vector<TargetId> live = group.live;
  for (const TargetId id : live) {
    Target& target = groups_.target(id);
    forget(target);
    if (is_checked(target.state) || target.state == TargetState::kZoneNotEnabled) {
      groups_.set_state(target, TargetState::kNotInUse);
    }
  }
  for (const TargetId id : group.live) groups_.target(id).nodes.clear();
  group.load_balancer.clear();
  group.proxy = nullptr;
  group.zones.clear();
  group.nodes = 0;
}

SimTime Membership::unrouted_at(const Target& target) const {
  SimTime last = context_.loop.now();
  for (const NodeView& view : target.nodes) {
    if (view.routes && view.telling) last = std::max(last, view.telling->first);
  }
  return last;
}

void Membership::checked(Target& target, std::size_t node, bool decided) {
  const Group& group = groups_.group_of(target);
  if (decided && group.is_network()) decided_flows(target, node);
  if (decided) frontends_.refresh(group, node);
  report(target);
}

void Membership::report(Target& target) {
  // Results cannot change what is reported of a target that drains (elb.md 2.4).
  if (!is_checked(target.state)) return;
  const TargetState before = target.state;
  const Group& group = groups_.group_of(target);
  const TargetState now = group.is_network() ? flows_drain(target, merged(target)) : merged(target);
  groups_.set_state(target, now);
  if (group.is_network()) end_unhealthy_flows(target, before);
  if (now == TargetState::kUnhealthy && before != now && group.is_classic() &&
      !group.classic.draining_enabled) {
    // elb.md 1.6: without draining an unhealthy instance loses its connections at once. Requests in
    // flight behind an application balancer go on (elb.md 9).
    context_.plane->cut_target(group.id, target.info.id, {"connection draining is off"});
  }
  if (now == TargetState::kUnhealthy && before != now && group.proxy != nullptr &&
      group.proxy->cuts_unhealthy) {
    // elb.md 6.1: on-marked-down shutdown-sessions.
    context_.plane->cut_target(group.id, target.info.id,
                               {"the target turned unhealthy, its connections were cut"});
  }
}

}  // namespace steady::elb
