#pragma once

#include "sim/cloud/elb/frontends.h"
#include "sim/cloud/elb/health_checker.h"
#include "sim/cloud/elb/target_group.h"

namespace steady::elb {

/// Who is registered, as each node knows it: control plane and nodes are apart (elb.md 4.1), and a
/// node learns of a registration or of its end with a delay of its own. From the nodes' opinions it
/// makes the one state that is reported.
class Membership {
 public:
  Membership(Context& context, Groups& groups, Frontends& frontends);

  /// Tells the nodes of a target that is registered: unused while its group has no listener or its
  /// zone no node.
  void join(Target& target);
  /// Tells the nodes that its registration ends; each sends to it until it has learned of that.
  void leave(Target& target);
  /// No node knows it any more, now.
  void forget(Target& target);
  /// The registration is over. Nodes that have not learned of it still send to it.
  void over(Target& target);

  /// Every node has found it healthy; checks go on from a random phase.
  void assume_healthy(Target& target);

  /// The group is behind this load balancer from now on: its targets are registered with the nodes.
  void attach(Group& group, std::string load_balancer, std::vector<std::string> zones,
              std::size_t nodes);
  /// No listener forwards to the group any more: its targets are unused and not checked.
  void detach(Group& group);

  /// When the last node that still sends to the target will have learned of its end; now, if none.
  SimTime unrouted_at(const Target& target) const;

 private:
  // network.cpp
  /// A node of a Network load balancer has found the target well, or not.
  void decided_flows(Target& target, std::size_t node);
  void cancel_unserving(NodeView& view);
  /// The state that the nodes' opinions make; an unhealthy target may keep its flows for a while.
  TargetState flows_drain(Target& target, TargetState opinion);
  void end_unhealthy_draining(Target& target);
  void end_unhealthy_flows(Target& target, TargetState before);

  void told(Target& target, std::size_t node);
  void untold(Target& target, std::size_t node);
  void checked(Target& target, std::size_t node, bool decided);
  /// Makes the reported state what the nodes' opinions say; only while it is registered and used.
  void report(Target& target);
  SimDuration delay(const Target& target, std::size_t node, bool registration) const;

  Context& context_;
  Groups& groups_;
  Frontends& frontends_;
  HealthChecker checker_;
};

}  // namespace steady::elb
