#include "sim/dataplane/node_metrics.h"

#include <algorithm>

#include "sim/dataplane/causes.h"
#include "sim/dataplane/processes/station.h"

namespace steady::dataplane {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000;

}  // namespace

std::int64_t NodeMetrics::minute_of(SimTime at) const {
  return (at.time_since_epoch() + into_minute_).count() / kMinute;
}

SimTime NodeMetrics::begin_of(std::int64_t minute) const {
  return kStart + SimDuration{minute * kMinute} - into_minute_;
}

NodeMinute& NodeMetrics::minute(std::uint16_t frontend, const elb::Frontend& of, std::size_t node,
                                SimTime at) {
  if (ways_.size() <= frontend) ways_.resize(frontend + std::size_t{1});
  Way& way = ways_[frontend];
  way.of = &of;
  if (way.nodes.size() <= node) way.nodes.resize(node + 1);
  auto& minutes = way.nodes[node];
  const auto number = static_cast<std::size_t>(minute_of(at));
  if (minutes.size() <= number) minutes.resize(number + 1);
  auto& place = minutes[number];
  if (!place) place = std::make_unique<NodeMinute>();
  return *place;
}

NodeMetrics::Seen NodeMetrics::look(const Cause& cause) {
  Seen seen;
  seen.status = cause.status;
  if (cause.text == causes::kNoConnection) {
    seen.balancer = false;
  } else if (cause.outcome == Outcome::kClientGaveUp) {
    // elb.md 2.17, 1.10: the log says 460, Classic's 408.
    seen.status = 460;
    seen.by = Seen::By::kBalancer;
  } else if (cause.text.starts_with(causes::kAnswerCut)) {
    // The target had answered, and its status had been passed on (elb.md 2.7).
    seen.by = Seen::By::kTarget;
  } else if (cause.outcome == Outcome::kNoTarget && cause.status == 0) {
    seen.balancer = false;
  } else if (cause.status != 0) {
    // The app answers, also for its database and whom it calls; everybody else makes the balancer
    // answer.
    const bool app = cause.component == "app" || cause.component == "database" ||
                     cause.component == "dependency";
    seen.by = app ? Seen::By::kTarget : Seen::By::kBalancer;
  }
  seen.redirect = cause.text == causes::kRedirect;
  seen.fixed = cause.text == causes::kFixedResponse;
  seen.spilled = cause.text == causes::kSurgeFull;
  seen.connection_error = cause.outcome == Outcome::kRefused || cause.text == causes::kBlackHole ||
                          cause.text == causes::kBacklogFull;
  look_at_flow(cause, seen);
  return seen;
}

const NodeMetrics::Seen& NodeMetrics::seen(CauseId cause, const Ledger& ledger) {
  for (std::size_t id = seen_.size(); id <= cause; ++id) {
    // Cause 0 is none: the target's own good answer.
    seen_.push_back(id == 0 ? Seen{Seen::By::kTarget, 200}
                            : look(ledger.cause(static_cast<CauseId>(id))));
  }
  return seen_[cause];
}

void NodeMetrics::ended(std::uint16_t frontend, const elb::Frontend& of, const Open& open,
                        CauseId cause, const Ledger& ledger, SimTime dispatched, SimTime answered) {
  const Seen& as = seen(cause, ledger);
  if (!as.balancer) return;
  if (of.kind == elb::Kind::kNetwork) flow_ended(frontend, of, open, as);
  NodeMinute& counts = minute(frontend, of, open.node, open.end);
  ++counts.attempts;
  const bool chosen = open.target != ~std::uint32_t{0};
  if (chosen) {
    ++counts.requests;
    if (open.fail_open) ++counts.unhealthy_routing;
    if (open.unsticky) ++counts.non_sticky;
  }
  if (as.connection_error) ++counts.connection_errors;
  if (as.redirect) ++counts.redirects;
  if (as.fixed) ++counts.fixed_responses;
  if (as.spilled) ++counts.spilled;
  // A tunnel's 101 is in none of the classes.
  if (open.stream || as.by == Seen::By::kNobody) return;
  const auto digit = static_cast<std::size_t>(std::clamp(as.status / 100, 0, 5));
  if (as.by == Seen::By::kTarget) {
    ++counts.by_target[digit];
    counts.response.add(answered - dispatched);
    return;
  }
  ++counts.by_balancer[digit];
  if (as.status == 500) ++counts.b500;
  if (as.status == 502) ++counts.b502;
  if (as.status == 503) ++counts.b503;
  if (as.status == 504) ++counts.b504;
}

void NodeMetrics::queued(std::uint16_t frontend, const elb::Frontend& of, std::size_t node,
                         SimTime at, std::uint64_t length) {
  if (length == 0) return;
  NodeMinute& counts = minute(frontend, of, node, at);
  counts.queue_length = std::max(counts.queue_length, length);
}

void NodeMetrics::visit(const Visitor& visitor) const {
  for (const Way& way : ways_) {
    for (std::size_t node = 0; node < way.nodes.size(); ++node) {
      for (std::size_t number = 0; number < way.nodes[node].size(); ++number) {
        const auto& counts = way.nodes[node][number];
        if (counts) visitor(*way.of, node, static_cast<std::int64_t>(number), *counts);
      }
    }
  }
}

}  // namespace steady::dataplane
