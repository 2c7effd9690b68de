#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/app/speed.h"
#include "sim/core/time.h"

namespace steady::app {

using ProcessId = std::uint32_t;   ///< Dense, never reused within a run.
using EndpointId = std::uint32_t;  ///< Dense: one (host, port).
using HostId = std::uint32_t;      ///< Dense: one address (instance or network interface).
using GroupId = std::uint32_t;     ///< Dense: one target group, or one Classic load balancer.
using TargetId = std::uint32_t;    ///< Dense over all groups: one registration of one target.

/// Why requests in flight were cut; printed as part of the drop's cause. Literals only.
struct Cut {
  std::string_view cause;            ///< From dataplane/causes.h: "process killed", ...
  bool connection_vanishes = false;  ///< The host is gone: no reset arrives, the client waits for a
                                     ///< time-out (ALB: idle time-out, 504).
  bool without_answer = false;       ///< The client's own connection is reset: no status.
  bool node_closes = false;          ///< The same, for the balancer's node itself goes.
};

/// What a health check meets that waits in the queue of a process like a request.
struct QueuedCheck {
  SimDuration wait{0};   ///< until a worker takes it; longer than any time-out when nobody knows
  bool refused = false;  ///< the backlog is full
  bool shed = false;     ///< the app answers 503
};

/// How attempts ended that balancers had sent to one target: all, and those that failed by its
/// fault (a 5xx of its own, or a connect that failed).
struct TargetEnds {
  std::uint64_t all = 0, failed = 0;
  bool operator==(const TargetEnds&) const = default;
};

/// What the control plane may ask of and do to the requests in flight. The data plane implements
/// it; modules below it hold a reference. All calls are about the current virtual time.
class RequestPlane {
 public:
  virtual ~RequestPlane() = default;

  /// The process is gone: every request that it has not answered is lost.
  virtual void cut_process(ProcessId process, Cut cut) = 0;
  /// The balancer closes its connections to one target; the process may live on.
  virtual void cut_target(GroupId group, TargetId target, Cut cut) = 0;
  /// A Network load balancer ends its flows to one target, the idle ones too. `told`: their clients
  /// hear of it; else the next packet on an idle one is answered with a reset.
  virtual void end_flows(GroupId, TargetId, Cut, bool /*told*/) {}
  /// A load balancer's node closes all its connections, to clients and targets: what is open there
  /// is lost. The processes live on.
  virtual void cut_node(std::string_view /*load_balancer*/, std::uint16_t /*node*/) {}
  /// The process closes its long connections in good order; their clients may connect again.
  virtual void close_streams(ProcessId) {}
  /// When the process will have answered all it has accepted (now, if it holds nothing).
  virtual SimTime process_idle_at(ProcessId process) = 0;
  /// When the last request that this balancer sent to the target will have ended (now, if none).
  virtual SimTime target_idle_at(GroupId group, TargetId target) = 0;
  /// What a health check that arrived now would meet in the queue.
  virtual QueuedCheck queued_check(ProcessId process) = 0;
  /// From now on the process works at this speed, in millionths; 0: it stands still. What is left
  /// of the work of every request that it holds takes accordingly longer or shorter.
  virtual void change_speed(ProcessId, std::int64_t) {}
  /// From now on it is kept how attempts at targets of Application balancers end, in intervals of
  /// `every` from the start of the run on; 0: not any more.
  virtual void keep_target_ends(SimDuration /*every*/) {}
  /// Those that ended in the interval that is over just now, by target, without those that ended at
  /// this very moment; only an interval that was kept as a whole has all of them. May be shorter
  /// than there are targets.
  virtual std::vector<TargetEnds> target_ends() { return {}; }
};

}  // namespace steady::app
