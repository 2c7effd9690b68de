#pragma once

#include "sim/cloud/elb/membership.h"

namespace steady::elb {

/// Ends registrations so that requests in flight may finish. Settings are read when a drain begins:
/// a changed delay or time-out holds for later ones.
///
/// A target group's target drains for the whole deregistration delay, idle or not, and is cut then
/// (elb.md 2.6), unless its balancer has other rules (6.6). Flows through a Network load balancer
/// go on after that, unless their termination is on (3.3). A Classic instance drains until nothing
/// is in flight, for the time-out at most, or is cut at once when draining is off (elb.md 1.6).
class Draining {
 public:
  Draining(Context& context, Groups& groups, Membership& membership)
      : context_(context), groups_(groups), membership_(membership) {}

  /// DeregisterTargets. Does nothing for a target that drains already or is over.
  void begin(Target& target);
  /// Ends it now, without cutting what is in flight: its host is gone, or its group.
  void abandon(Target& target);
  /// A new registration of the same name takes over; what is in flight goes on.
  void supersede(Target& target);

 private:
  void begin_classic(Target& target);
  void cut(Target& target, std::string_view cause);
  void delay_over(Target& target);
  /// Cuts what is in flight, without a drain.
  void end_at_once(Target& target);
  /// Ends the drain if nothing is in flight or the time is up, else looks again later.
  void look(Target& target);
  void stop_waiting(Target& target);

  Context& context_;
  Groups& groups_;
  Membership& membership_;
};

}  // namespace steady::elb
