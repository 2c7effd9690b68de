#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cloud/elb/anomalies/anomaly_rule.h"
#include "sim/cloud/elb/target_info.h"
#include "sim/core/event_loop.h"

namespace steady::elb {

/// What is reported of a target: elb.md 2.2 for target groups, 1.4 for Classic.
enum class TargetState : std::uint8_t {
  kRegistering,        ///< initial until the first check is sent.
  kChecking,           ///< initial, checks are under way.
  kHealthy,            ///< healthy / InService.
  kUnhealthy,          ///< unhealthy / OutOfService for the Instance's sake.
  kUnhealthyDraining,  ///< unhealthy.draining: it keeps the flows that it has (elb.md 3.2).
  kNotInUse,           ///< unused: no listener forwards to the group.
  kZoneNotEnabled,     ///< unused / OutOfService: the load balancer is not in its zone.
  kInvalidState,       ///< unused / OutOfService: the instance was terminated.
  kDraining,           ///< draining / InService.
  kNotRegistered,      ///< unused / OutOfService: the registration is over, for good.
};

/// The table of legal moves. A registration begins without a state, and a state may follow itself.
bool may_become(TargetState from, TargetState to);
/// Nodes know of it and check it, and it is not draining.
bool is_checked(TargetState state);
/// "healthy": ours, for failed checks of invariants.
std::string_view name(TargetState state);

/// Why a health check failed.
struct Failure {
  enum class Kind : std::uint8_t { kFailed, kTimeout, kCodeMismatch } kind = Kind::kFailed;
  int code = 0;  ///< Of kCodeMismatch.
};

/// What one node thinks of one target.
enum class Opinion : std::uint8_t { kUntold, kWaiting, kChecking, kHealthy, kUnhealthy };

/// One node's own copy of one target: every node counts its own checks (elb.md 4.1).
struct NodeView {
  Opinion opinion = Opinion::kUntold;
  bool routes = false;  ///< Holds it for registered: from being told until it is told of the end.
  /// It drains and takes no one new, but those whom a cookie binds to it (elb.md 6.1).
  bool kept = false;
  int passed = 0, failed = 0;  ///< Consecutive checks.
  /// Its slow start began then; kNever when it came without one (elb.md 2.8).
  SimTime slow_since = kNever;
  bool slow_allowed = false;  ///< It was registered beside a target that could take the rest.
  std::optional<EventLoop::Handle> telling, check, answer;
  std::uint32_t turns = 0;  ///< How often it was found unhealthy.
  bool serves = false;      ///< Of a Network load balancer: new flows go to it as to a healthy one,
  std::optional<EventLoop::Handle> unserving;  ///< and will not any more after this.
};

/// One registration of a host and port in a group.
struct Target {
  TargetInfo info;
  std::string name;              ///< "i-...:32768"; Classic: "i-...".
  std::string version;           ///< What runs behind it, for the journal only.
  std::uint32_t generation = 0;  ///< The how-manieth registration of this name in its group.
  app::HostId host = 0;
  EndpointId endpoint = 0;  ///< Where traffic goes; Classic: to the first listener's instance port.
  TargetState state = TargetState::kNotInUse;
  TargetHealth reported;  ///< The state in AWS's words.
  Failure last_failure;
  bool anomalous = false;  ///< It stood out at the last look at its group (elb.md 2.9).
  std::uint32_t weight = kFullWeight;
  std::vector<NodeView> nodes;
  std::optional<EventLoop::Handle> drain;
  std::optional<EventLoop::Handle> unhealthy_drain;  ///< The end of unhealthy.draining.
  SimTime drain_deadline = kNever;

  /// Key of the random draws of one node about this target; `generation` is the draw.
  std::uint64_t entity(std::size_t node) const;
  /// Some node still sends new requests to it.
  bool routed() const;
};

/// The one state that is reported for what the nodes in scope think: healthy when any of them says
/// so, initial until they have decided for the first time (elb.md 2.4; the rule is not documented).
template <class InScope>
TargetState merged(const Target& target, InScope in_scope) {
  bool sent = false, undecided = false, heard = false;
  for (std::size_t n = 0; n < target.nodes.size(); ++n) {
    if (!in_scope(n)) continue;
    const NodeView& node = target.nodes[n];
    if (node.opinion == Opinion::kHealthy) return TargetState::kHealthy;
    heard = true;
    sent = sent || node.opinion > Opinion::kWaiting;
    undecided = undecided || node.opinion != Opinion::kUnhealthy;
  }
  if (!heard) return target.state;
  const bool first =
      target.state == TargetState::kRegistering || target.state == TargetState::kChecking;
  if (!first || !undecided) return TargetState::kUnhealthy;
  return sent ? TargetState::kChecking : TargetState::kRegistering;
}

}  // namespace steady::elb
