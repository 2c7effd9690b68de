#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "sim/cloud/elb/routing.h"
#include "sim/core/histogram.h"
#include "sim/dataplane/ledger.h"

namespace steady::dataplane {

struct Open;

/// What one node of a load balancer counted in one minute on one of its ways (a listener, and
/// behind it a target group): the raw matter of CloudWatch's metrics (elb.md 1.11, 2.19). It counts
/// attempts, not requests: a balancer does not know who sends again.
struct NodeMinute {
  std::uint64_t attempts = 0;  ///< All that ended in it.
  std::uint64_t requests = 0;  ///< Those for which a target was chosen.
  /// By the first digit of the status: answers of targets, and of the node itself.
  std::array<std::uint64_t, 6> by_target{}, by_balancer{};
  std::uint64_t b500 = 0, b502 = 0, b503 = 0, b504 = 0;  ///< Part of by_balancer[5].
  std::uint64_t connection_errors = 0;  ///< Connects that failed, those tried before others too.
  std::uint64_t unhealthy_routing = 0;  ///< Fail-open.
  std::uint64_t non_sticky = 0;         ///< No session could be followed where sessions are.
  std::uint64_t redirects = 0, fixed_responses = 0;
  std::uint64_t spilled = 0;       ///< The surge queue was full.
  std::uint64_t queue_length = 0;  ///< The longest that the surge queue was.
  // Of Network balancers (elb.md 3.4): flows that were established, those sent to targets of which
  // none was healthy, and resets by who sent them.
  std::uint64_t new_flows = 0, unhealthy_flows = 0;
  std::uint64_t client_resets = 0, target_resets = 0, balancer_resets = 0;
  Histogram response;  ///< From sending to a target until its answer.
};

/// The flows that a node of a Network balancer had open.
struct OpenFlows {
  std::int64_t first_minute = INT64_MAX;  ///< In which the first one was opened.
  /// By second of the clock, counted from the beginning of minute 0: how many more there are at
  /// that moment than at the second before.
  std::vector<std::int64_t> more{};
};

/// Counts by node and minute of the clock. Memory grows with minutes and nodes, not with requests.
class NodeMetrics {
 public:
  /// `into_minute`: how far into a minute of the clock the run begins.
  explicit NodeMetrics(SimDuration into_minute) : into_minute_(into_minute) {}

  void ended(std::uint16_t frontend, const elb::Frontend& of, const Open& open, CauseId cause,
             const Ledger& ledger, SimTime dispatched, SimTime answered);
  /// A connect that the node followed by one to another target.
  void connect_failed(std::uint16_t frontend, const elb::Frontend& of, std::size_t node,
                      SimTime at) {
    ++minute(frontend, of, node, at).connection_errors;
  }
  /// A health check's connect; Classic counts those as well (elb.md 1.11).
  void check_failed(app::GroupId group, std::size_t node, SimTime at) {
    ++failed_checks_[{group, node}][minute_of(at)];
  }
  /// So many waited in the surge queue then.
  void queued(std::uint16_t frontend, const elb::Frontend& of, std::size_t node, SimTime at,
              std::uint64_t length);

  /// A flow was open from `opened` until `over`; kNever where the run is over first.
  void flow_lasted(std::uint16_t frontend, const elb::Frontend& of, std::size_t node,
                   SimTime opened, SimTime over);
  /// The balancer ended a flow on which nothing was under way, and its client heard of it.
  void resting_flow_reset(std::uint16_t frontend, const elb::Frontend& of, std::size_t node,
                          SimTime at) {
    ++minute(frontend, of, node, at).balancer_resets;
  }

  /// The minute of a moment, counted from the one in which the run begins; and when it begins.
  std::int64_t minute_of(SimTime at) const;
  SimTime begin_of(std::int64_t minute) const;

  using Visitor = std::function<void(const elb::Frontend& of, std::size_t node, std::int64_t minute,
                                     const NodeMinute& counts)>;
  void visit(const Visitor& visitor) const;
  /// Nodes that ever had a flow, with what else they counted, by minute; nullptr where nothing was.
  using FlowVisitor =
      std::function<void(const elb::Frontend& of, std::size_t node, const OpenFlows& flows,
                         const std::vector<std::unique_ptr<NodeMinute>>& minutes)>;
  void visit_flows(const FlowVisitor& visitor) const;
  using FailedChecks =
      std::map<std::pair<app::GroupId, std::size_t>, std::map<std::int64_t, std::uint64_t>>;
  const FailedChecks& failed_checks() const { return failed_checks_; }

  /// How a cause stands in metrics.
  struct Seen {
    enum class By : std::uint8_t { kNobody, kTarget, kBalancer } by = By::kNobody;
    int status = 0;
    bool balancer = true;  ///< There was one to count it.
    bool connection_error = false, redirect = false, fixed = false, spilled = false;
    // Through a Network balancer: who resets the flow, unless it was the balancer that cut it; the
    // balancer had forgotten the flow before the request was over.
    enum class Resets : std::uint8_t { kNobody, kClient, kTarget, kBalancer };
    Resets resets = Resets::kNobody;
    bool forgotten = false;
  };
  static Seen look(const Cause& cause);

 private:
  const Seen& seen(CauseId cause, const Ledger& ledger);
  static void look_at_flow(const Cause& cause, Seen& seen);
  void flow_ended(std::uint16_t frontend, const elb::Frontend& of, const Open& open,
                  const Seen& as);
  NodeMinute& minute(std::uint16_t frontend, const elb::Frontend& of, std::size_t node, SimTime at);

  struct Way {
    const elb::Frontend* of = nullptr;
    /// By node and minute; those without traffic are not made.
    std::vector<std::vector<std::unique_ptr<NodeMinute>>> nodes;
    std::vector<OpenFlows> flows{};  ///< by node
  };
  SimDuration into_minute_;
  std::vector<Way> ways_;  ///< by number of the frontend
  std::vector<Seen> seen_;
  FailedChecks failed_checks_;
};

}  // namespace steady::dataplane
