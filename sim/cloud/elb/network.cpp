#include <algorithm>

#include "sim/cloud/elb/membership.h"

/// What is different behind a Network load balancer: nodes act on failed checks later than they
/// know of them (elb.md 4.3), and an unhealthy target loses its flows, or keeps them for a while
/// (3.2).
namespace steady::elb {

void Membership::cancel_unserving(NodeView& view) {
  if (view.unserving) context_.loop.cancel(*view.unserving);
  view.unserving.reset();
}

void Membership::decided_flows(Target& target, std::size_t node) {
  NodeView& view = target.nodes[node];
  cancel_unserving(view);
  if (view.opinion == Opinion::kHealthy) {
    view.serves = true;
    return;
  }
  if (!view.serves) return;
  const RandomStream stream = groups_.group_of(target).stream(context_.random, "unhealthy");
  const SimDuration after = context_.behaviour.network_unhealthy_propagation.sample(
      stream.bits(target.entity(node) ^ mix64(target.generation), view.turns++));
  if (after == SimDuration{0}) {
    view.serves = false;
    return;
  }
  view.unserving =
      context_.loop.after(after, "node learns of failed checks", [this, &target, node] {
        target.nodes[node].unserving.reset();
        target.nodes[node].serves = false;
        frontends_.refresh(groups_.group_of(target), node);
      });
}

TargetState Membership::flows_drain(Target& target, TargetState opinion) {
  if (opinion != TargetState::kUnhealthy) {
    end_unhealthy_draining(target);
    return opinion;
  }
  const Group& group = groups_.group_of(target);
  const FlowSettings& flows = group.spec.flows;
  if (target.state == TargetState::kHealthy && !flows.end_unhealthy &&
      flows.unhealthy_draining.count() > 0) {
    target.unhealthy_drain = context_.loop.after(
        flows.unhealthy_draining, "unhealthy draining interval over", [this, &target] {
          target.unhealthy_drain.reset();
          groups_.set_state(target, TargetState::kUnhealthy);
          context_.plane->end_flows(target.info.group, target.info.id,
                                    {"unhealthy draining interval over"}, false);
        });
  }
  return target.unhealthy_drain ? TargetState::kUnhealthyDraining : TargetState::kUnhealthy;
}

void Membership::end_unhealthy_draining(Target& target) {
  if (target.unhealthy_drain) context_.loop.cancel(*target.unhealthy_drain);
  target.unhealthy_drain.reset();
}

/// Not where this was the last healthy target: then the balancer fails open, and its flows go on.
void Membership::end_unhealthy_flows(Target& target, TargetState before) {
  const Group& group = groups_.group_of(target);
  if (before != TargetState::kHealthy || target.state != TargetState::kUnhealthy ||
      !group.spec.flows.end_unhealthy)
    return;
  const bool others = std::ranges::any_of(group.live, [this](TargetId id) {
    return groups_.target(id).state == TargetState::kHealthy;
  });
  if (!others) return;
  context_.plane->end_flows(group.id, target.info.id,
                            {"the target is unhealthy and connection termination is on"}, false);
}

}  // namespace steady::elb
