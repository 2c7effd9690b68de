#include <algorithm>

#include "tests/sim/dataplane/plain/plain_plane.h"

/// What nodes of Network load balancers count, as it happens (elb.md 3.4).
namespace steady::dataplane::testing {

void PlainPlane::count_flow(const elb::Frontend& frontend, std::size_t node, SimTime at,
                            FlowCounts::What what) {
  const std::int64_t minute = std::chrono::floor<std::chrono::minutes>(at - kStart).count();
  ++flow_counts_.minutes[{{frontend.load_balancer, node}, minute}][what];
}

/// A request through a Network balancer has ended: did somebody send a reset?
void PlainPlane::count_resets(const Request& request, SimTime at) {
  const auto count = [&](FlowCounts::What what) {
    count_flow(*request.frontend, request.node, at, what);
  };
  switch (request.so_far.outcome) {
    case Outcome::kReset: {
      if (request.silent_until && !request.cut_by_balancer) return;
      const bool told_by_balancer =
          request.cut_by_balancer ||
          (request.connection && connections_[*request.connection].forgotten);
      return count(told_by_balancer ? FlowCounts::kBalancerResets : FlowCounts::kTargetResets);
    }
    case Outcome::kRefused:
    case Outcome::kOverflow:
      return count(FlowCounts::kTargetResets);
    case Outcome::kClientGaveUp:
      // Somebody is there who hears of it.
      if (!request.dark && !request.muted && !request.silent_until)
        count(FlowCounts::kClientResets);
      return;
    default:
      return;
  }
}

std::size_t PlainPlane::open_flow(const Request& request, SimTime now) {
  spans_.push_back({request.frontend, request.node, now});
  return spans_.size() - 1;
}

void PlainPlane::close_flow(std::size_t flow, SimTime at) {
  spans_[flow].until = std::min(spans_[flow].until, at);
}

/// At SIGTERM a process that finishes closes what rests, and what comes to rest with its answer.
void PlainPlane::hear_stop(Connection& one) const {
  const app::Process& process = fleet_.process(one.process);
  if ((one.forgotten && process.stopping_at >= *one.forgotten) ||
      (one.heard && process.stopping_at >= *one.heard))
    return;
  one.heard = process.stopping_at;
  one.from_process = true;
  one.forgotten.reset();
}

/// Nothing more goes over it: for its balancer it ended with the first that anybody did.
void PlainPlane::close_connection(Connection& one) {
  if (one.heard) close_flow(one.flow, std::max(*one.heard, one.rests_since));
  if (one.forgotten) close_flow(one.flow, *one.forgotten);
  close_flow(one.flow, one.over_at);
}

FlowCounts PlainPlane::flow_counts(SimTime until) {
  for (Connection& one : connections_) {
    if (!one.busy && fleet_.process(one.process).stopping_at < until) hear_stop(one);
    close_connection(one);
  }
  FlowCounts counts = flow_counts_;
  for (const FlowSpan& span : spans_) {
    auto& open = counts.open[{span.frontend->load_balancer, span.node}];
    open.resize(static_cast<std::size_t>((until - kStart) / std::chrono::seconds{1}));
    for (std::size_t second = 0; second < open.size(); ++second) {
      const SimTime at = kStart + std::chrono::seconds{second};
      if (span.from <= at && at < span.until) ++open[second];
    }
  }
  return counts;
}

}  // namespace steady::dataplane::testing
