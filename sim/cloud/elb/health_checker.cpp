#include "sim/cloud/elb/health_checker.h"

#include <algorithm>

namespace steady::elb {
namespace {

constexpr SimDuration kLatestFirstCheck = 10s;

bool connects_only(Protocol protocol) {
  return protocol == Protocol::kTcp || protocol == Protocol::kSsl || protocol == Protocol::kTls;
}

bool accepts(const HealthCheck& check, int status) {
  return std::ranges::any_of(check.matcher, [status](const auto& range) {
    return range.first <= status && status <= range.second;
  });
}

SimDuration below(const RandomStream& stream, SimDuration bound, const Target& target,
                  std::size_t node) {
  return SimDuration{static_cast<SimDuration::rep>(stream.below(
      static_cast<std::uint64_t>(bound.count()), target.entity(node), target.generation))};
}

void cancel(EventLoop& loop, std::optional<EventLoop::Handle>& handle) {
  if (handle) loop.cancel(*handle);
  handle.reset();
}

}  // namespace

SimDuration HealthChecker::first_check(const Target& target, std::size_t node) const {
  if (context_.behaviour.first_check_immediate) return SimDuration{0};
  const Group& group = groups_[target.info.group];
  const SimDuration bound = std::min(group.health_check().interval, kLatestFirstCheck);
  return below(group.stream(context_.random, "first-check"), bound, target, node);
}

SimDuration HealthChecker::phase(const Target& target, std::size_t node) const {
  const Group& group = groups_[target.info.group];
  return below(group.stream(context_.random, "phase"), group.health_check().interval, target, node);
}

void HealthChecker::begin(Target& target, std::size_t node, SimDuration first) {
  stop(target, node);
  target.nodes[node].slow_allowed = begins_slowly(target, node);
  target.nodes[node].check =
      context_.loop.after(first, "health check", [this, &target, node] { send(target, node); });
}

void HealthChecker::stop(Target& target, std::size_t node) {
  cancel(context_.loop, target.nodes[node].check);
  cancel(context_.loop, target.nodes[node].answer);
}

void HealthChecker::send(Target& target, std::size_t node) {
  NodeView& view = target.nodes[node];
  const Group& group = groups_.group_of(target);
  const HealthCheck& check = group.health_check();
  // A slow answer does not shift the next check (elb.md 1.3).
  view.check = context_.loop.after(check.interval, "health check",
                                   [this, &target, node] { send(target, node); });
  if (view.opinion == Opinion::kWaiting) {
    view.opinion = Opinion::kChecking;
    checked_(target, node, false);
  }

  EndpointId endpoint = target.endpoint;
  if (check.port != 0) endpoint = context_.fleet.endpoint(target.host, check.port);
  const app::CheckAnswer result = context_.fleet.check(endpoint);
  const Failure timed_out{Failure::Kind::kTimeout};
  switch (result.reach) {
    case app::Reach::kBlackHole:
      return answer(target, node, check.timeout, timed_out);
    case app::Reach::kRefused:
      return answer(target, node, result.after, Failure{Failure::Kind::kFailed});
    case app::Reach::kProcess:
      break;
  }
  if (connects_only(check.protocol)) return judge(target, node, std::nullopt);
  if (result.after > check.timeout) return answer(target, node, check.timeout, timed_out);
  std::optional<Failure> failure;
  if (result.status == 0) {
    failure = Failure{Failure::Kind::kFailed};
  } else if (!accepts(check, result.status)) {
    failure = Failure{Failure::Kind::kCodeMismatch, result.status};
  }
  if (result.after == SimDuration{0}) return judge(target, node, failure);
  // A process that ends before it has answered resets the connection.
  const app::ProcessId process = context_.fleet.process_id_at(endpoint);
  view.answer = context_.loop.after(
      result.after, "health check answer", [this, &target, node, endpoint, process, failure] {
        const bool lost = context_.fleet.process_id_at(endpoint) != process ||
                          context_.fleet.process(process).state == app::ProcessState::kGone;
        judge(target, node, lost ? Failure{Failure::Kind::kFailed} : failure);
      });
}

void HealthChecker::answer(Target& target, std::size_t node, SimDuration delay,
                           std::optional<Failure> failure) {
  if (delay == SimDuration{0}) return judge(target, node, failure);
  target.nodes[node].answer =
      context_.loop.after(delay, "health check answer",
                          [this, &target, node, failure] { judge(target, node, failure); });
}

/// Slow start needs somebody who takes the rest: a healthy target that is not in it (elb.md 2.8).
bool HealthChecker::begins_slowly(const Target& target, std::size_t node) const {
  const Group& group = groups_.group_of(target);
  const SimDuration duration = group.slow_start();
  if (group.is_classic() || duration.count() == 0) return false;
  return std::ranges::any_of(group.live, [&](TargetId id) {
    const NodeView& other = groups_.target(id).nodes[node];
    const bool slow =
        other.slow_since != kNever && context_.loop.now() < other.slow_since + duration;
    return id != target.info.id && other.routes && other.opinion == Opinion::kHealthy && !slow;
  });
}

void HealthChecker::judge(Target& target, std::size_t node, const std::optional<Failure>& failure) {
  NodeView& view = target.nodes[node];
  view.answer.reset();
  const HealthCheck& check = groups_.group_of(target).health_check();
  bool decided = false;
  if (failure) {
    target.last_failure = *failure;
    view.passed = 0;
    view.failed += 1;
    if (view.opinion != Opinion::kUnhealthy && view.failed >= check.unhealthy_threshold) {
      view.opinion = Opinion::kUnhealthy;
      decided = true;
    }
  } else {
    view.failed = 0;
    view.passed += 1;
    // One success is enough for a new target, whatever the threshold says (elb.md 2.4).
    const bool first = view.opinion == Opinion::kChecking;
    const int needed =
        first && !context_.behaviour.initial_success_configured ? 1 : check.healthy_threshold;
    if (view.opinion != Opinion::kHealthy && view.passed >= needed) {
      // A new target's turn is settled when it is registered, that of one that recovers now.
      const bool slow = first ? view.slow_allowed : begins_slowly(target, node);
      view.slow_since = slow ? context_.loop.now() : kNever;
      view.opinion = Opinion::kHealthy;
      decided = true;
    }
  }
  checked_(target, node, decided);
}

}  // namespace steady::elb
