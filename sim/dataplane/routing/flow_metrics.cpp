#include <algorithm>

#include "sim/app/fleet.h"
#include "sim/dataplane/causes.h"
#include "sim/dataplane/node_metrics.h"
#include "sim/dataplane/processes/station.h"
#include "sim/dataplane/routing/flows.h"

/// What a Network balancer's nodes count of flows (elb.md 3.4): those that are opened, those that
/// are open, and who resets them.
namespace steady::dataplane {

void NodeMetrics::look_at_flow(const Cause& cause, Seen& seen) {
  const bool by_balancer = cause.component == "load balancer";
  switch (cause.outcome) {
    case Outcome::kReset:
      seen.resets = by_balancer ? Seen::Resets::kBalancer : Seen::Resets::kTarget;
      break;
    case Outcome::kRefused:  // where the node itself is gone, nobody is there to count it
    case Outcome::kOverflow:
      if (!by_balancer) seen.resets = Seen::Resets::kTarget;
      break;
    case Outcome::kClientGaveUp:
      // It closes its connection, and what the target still sends is answered with a reset. Where
      // nobody is at the other end nothing is sent.
      if (cause.component == "client") seen.resets = Seen::Resets::kClient;
      [[fallthrough]];
    case Outcome::kTimeout:
      seen.forgotten = cause.text == causes::kFlowIdle;
      break;
    default:
      break;
  }
}

/// An attempt has ended; what it opened is counted in the minute in which it was sent.
void NodeMetrics::flow_ended(std::uint16_t frontend, const elb::Frontend& of, const Open& open,
                             const Seen& as) {
  if (open.opens && open.target != ~std::uint32_t{0}) {
    NodeMinute& then = minute(frontend, of, open.node, open.sent);
    if (open.fail_open) ++then.unhealthy_flows;
    if (open.process != app::Fleet::kNone && open.outcome != Outcome::kOverflow) ++then.new_flows;
    if (open.flow == kNoFlow) {
      // One that somebody keeps lasts for longer than this request.
      const SimTime over =
          as.forgotten ? std::min(open.end, open.sent + of.idle_timeout) : open.end;
      flow_lasted(frontend, of, open.node, open.sent, over);
    }
  }
  Seen::Resets resets = as.resets;
  if (open.outcome == Outcome::kReset && open.by_balancer) {
    resets = Seen::Resets::kBalancer;
  } else if (open.silent) {
    resets = Seen::Resets::kNobody;
  }
  if (resets == Seen::Resets::kNobody) return;
  NodeMinute& counts = minute(frontend, of, open.node, open.end);
  if (resets == Seen::Resets::kClient) ++counts.client_resets;
  if (resets == Seen::Resets::kTarget) ++counts.target_resets;
  if (resets == Seen::Resets::kBalancer) ++counts.balancer_resets;
}

void NodeMetrics::flow_lasted(std::uint16_t frontend, const elb::Frontend& of, std::size_t node,
                              SimTime opened, SimTime over) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (ways_.size() <= frontend) ways_.resize(frontend + std::size_t{1});
  Way& way = ways_[frontend];
  way.of = &of;
  if (way.flows.size() <= node) way.flows.resize(node + 1);
  OpenFlows& flows = way.flows[node];
  flows.first_minute = std::min(flows.first_minute, minute_of(opened));
  const auto change = [&](SimTime at, std::int64_t by) {
    const std::int64_t ns = (at.time_since_epoch() + into_minute_).count();
    const auto second = static_cast<std::size_t>((ns + kSecond - 1) / kSecond);
    if (flows.more.size() <= second) flows.more.resize(second + 1);
    flows.more[second] += by;
  };
  change(opened, 1);
  if (over < kNever) change(over, -1);
}

void NodeMetrics::visit_flows(const FlowVisitor& visitor) const {
  static const std::vector<std::unique_ptr<NodeMinute>> kNothing;
  for (const Way& way : ways_) {
    for (std::size_t node = 0; node < way.flows.size(); ++node) {
      if (way.flows[node].more.empty()) continue;
      visitor(*way.of, node, way.flows[node], node < way.nodes.size() ? way.nodes[node] : kNothing);
    }
  }
}

}  // namespace steady::dataplane
