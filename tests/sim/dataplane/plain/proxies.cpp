#include <algorithm>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// Balancers that behave as other proxies do (elb.md 6).
namespace steady::dataplane::testing {

void PlainPlane::over(Request& request) {
  request.so_far.sent = request.first;
  told[{request.source, request.index}] = request.so_far;
}

/// elb.md 6.1: who is bound to a target that drains still gets there.
std::optional<elb::RouteTarget> PlainPlane::kept(Source& source, const Request& request,
                                                 SimTime now) {
  const elb::Frontend& frontend = *request.frontend;
  if (frontend.sticky_for.count() == 0 || !has_cookies(source)) return std::nullopt;
  const auto cookie = source.bound.find(client(source, request));
  if (cookie == source.bound.end() || now >= cookie->second.second) return std::nullopt;
  for (const auto& target : frontend.nodes[request.node].kept) {
    if (target.target != cookie->second.first) continue;
    if (frontend.app_cookie.empty() && frontend.sticky_renews)
      cookie->second.second = lasting(now, frontend.sticky_for);
    return target;
  }
  return std::nullopt;
}

bool PlainPlane::client_would(const Request& request) const {
  const auto& retry = sources_[request.source].spec.retry;
  return request.attempts < retry.attempts &&
         retry.on[static_cast<std::size_t>(request.so_far.outcome)];
}

bool PlainPlane::balancer_would(const Request& request, SimTime now) const {
  if (request.frontend == nullptr || request.frontend->proxy == nullptr) return false;
  if (request.so_far.target.empty()) return false;
  const elb::ProxyRetries& rules = request.frontend->proxy->retries;
  if (request.tries >= rules.attempts || request.stream || request.cut_by_balancer) return false;
  if (now >= patience(request)) return false;
  if (request.reading) return false;
  const auto& spec = sources_[request.source].spec;
  const bool asset = spec.follows() && !wholes_[request.whole].wants.empty();
  const std::string& method = asset ? spec.page->request.method : spec.request.method;
  const bool safe =
      rules.non_idempotent || (method != "POST" && method != "LOCK" && method != "PATCH");
  const bool connected = request.process != app::Fleet::kNone;
  switch (request.so_far.outcome) {
    case Outcome::kRefused:
    case Outcome::kOverflow:
      return rules.on[0];
    case Outcome::kReset:
      return rules.on[1] && safe;
    case Outcome::kTimeout:
      return connected ? rules.on[2] && safe : rules.on[0];
    case Outcome::kAppError:
      return rules.on[3] && safe;
    default:
      return false;
  }
}

bool PlainPlane::balancer_tries(std::size_t number, SimTime now) {
  using To = elb::ProxyRetries::To;
  Request& request = requests_[number];
  const elb::ProxyRetries& rules = request.frontend->proxy->retries;
  const auto& node = request.frontend->nodes[request.node];
  if (rules.to == To::kRedispatch) request.were.clear();
  request.were.insert(request.target);
  bool elsewhere = rules.to == To::kElsewhere;
  if (rules.to == To::kRedispatch && node.candidates.size() > 1) {
    const bool bound =
        request.frontend->sticky_for.count() > 0 && has_cookies(sources_[request.source]);
    const bool round_robin = !weighted_random && !node.algorithm->counts_outstanding();
    elsewhere = (round_robin && !bound) || request.tries + 1 == rules.attempts;
  }
  if (elsewhere) {
    auto avoid = failing(request, now);
    avoid.insert(request.were.begin(), request.were.end());
    bool any = false;
    for (const auto& candidate : node.candidates) any = any || !avoid.contains(candidate.target);
    const PhiloxBlock bits = sources_[request.source].service.block(
        request.index, (request.attempts - 1) * kBlocks + kProxy);
    const std::uint32_t drawn = bits[static_cast<std::size_t>(request.tries + 1) % 4];
    if (any) again_at(number, choose_other(request, avoid, now, drawn), now);
    return any;
  }
  if (rules.wait.count() == 0) {
    again_at(number, std::nullopt, now);
    return true;
  }
  request.waits = true;
  put(now + rules.wait, kTry, number);
  if (patience(request) != kNever) put(patience(request), kImpatient, number);
  return true;
}

std::size_t PlainPlane::choose_other(const Request& request, const std::set<app::TargetId>& avoid,
                                     SimTime now, std::uint32_t drawn) {
  const elb::Frontend& frontend = *request.frontend;
  const auto& candidates = frontend.nodes[request.node].candidates;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!avoid.contains(candidates[i].target)) others.push_back(i);
  }
  if (weighted_random) return at_random(frontend.nodes[request.node], avoid, drawn);
  if (frontend.nodes[request.node].algorithm->counts_outstanding()) {
    std::map<app::TargetId, int> outstanding;
    for (const auto& other : requests_) {
      if (other.outstanding && other.frontend == &frontend && other.node == request.node)
        ++outstanding[other.target];
    }
    std::size_t best = others[0];
    for (const std::size_t i : others) {
      if (outstanding[candidates[i].target] < outstanding[candidates[best].target]) best = i;
    }
    return best;
  }
  // Turns are given out until one may be taken; if they all go to the same, the next in line has
  // it.
  std::size_t turn = 0;
  for (std::size_t i = 0; i <= candidates.size(); ++i) {
    turn = by_algorithm(frontend, request.node, now, 0);
    if (!avoid.contains(candidates[turn].target)) return turn;
  }
  while (avoid.contains(candidates[turn].target))
    turn = turn + 1 == candidates.size() ? 0 : turn + 1;
  return turn;
}

bool PlainPlane::counts_against(const Request& request) const {
  if (request.frontend == nullptr || request.frontend->proxy == nullptr) return false;
  if (request.frontend->proxy->passive.max_fails == 0) return false;
  const Outcome outcome = request.so_far.outcome;
  return !request.stream && !request.cut_by_balancer && !request.so_far.target.empty() &&
         (outcome == Outcome::kRefused || outcome == Outcome::kOverflow ||
          outcome == Outcome::kReset || outcome == Outcome::kTimeout);
}

/// elb.md 6.3: candidates that failed so often within the time-out, less than the time-out ago; a
/// period of failures ends with the one that was too many.
std::set<app::TargetId> PlainPlane::failing(const Request& request, SimTime now) const {
  const elb::Frontend& frontend = *request.frontend;
  const auto& candidates = frontend.nodes[request.node].candidates;
  std::set<app::TargetId> out;
  if (frontend.proxy == nullptr || candidates.size() < 2) return out;
  const elb::PassiveHealth& rules = frontend.proxy->passive;
  if (rules.max_fails == 0) return out;
  for (const auto& candidate : candidates) {
    const auto known = failures_.find({&frontend, request.node, candidate.target});
    if (known == failures_.end()) continue;
    std::vector<SimTime> counted;
    SimTime back = kStart;
    for (const SimTime at : known->second) {
      std::erase_if(counted, [&](SimTime before) { return at - before >= rules.fail_timeout; });
      counted.push_back(at);
      if (counted.size() < static_cast<std::size_t>(rules.max_fails)) continue;
      counted.clear();
      back = at + rules.fail_timeout;
    }
    if (now < back) out.insert(candidate.target);
  }
  return out;
}

/// A try more, at a candidate or at the same target.
void PlainPlane::again_at(std::size_t number, std::optional<std::size_t> candidate, SimTime now) {
  Request next = requests_[number];
  Source& source = sources_[next.source];
  next.over = next.outstanding = next.failed = next.late = next.stream = false;
  next.hold = SimDuration{0};
  next.silent_until.reset();
  next.error_cause.clear();
  next.process = app::Fleet::kNone;
  next.cut_by_balancer = next.waits = false;
  next.so_far.version.clear();
  next.bodies = next.stalls = next.missing = false;
  next.broken_at.reset();
  next.read_at.reset();
  ++next.tries;
  elb::RouteTarget target{next.target, next.endpoint};
  if (candidate) {
    target = next.frontend->nodes[next.node].candidates[*candidate];
    if (next.frontend->sticky_for.count() > 0 && has_cookies(source)) {
      if (next.frontend->app_cookie.empty())
        source.bound[client(source, next)] = {target.target,
                                              lasting(now, next.frontend->sticky_for)};
    }
  }
  requests_.push_back(std::move(next));
  takes_over(number);
  offer(requests_.size() - 1, target, now);
}

/// For a client that looks at answers the newest request is what that one was.
void PlainPlane::takes_over(std::size_t from) {
  if (!sources_[requests_[from].source].spec.follows()) return;
  auto& under_way = wholes_[requests_[from].whole].under_way;
  std::ranges::replace(under_way, from, requests_.size() - 1);
}

/// The client goes while its balancer waits before the next try.
void PlainPlane::gives_up_waiting(std::size_t number, SimTime now) {
  requests_[number].waits = false;
  Request gone = requests_[number];
  gone.over = false;
  gone.process = app::Fleet::kNone;
  gone.silent_until.reset();
  gone.error_cause.clear();
  gone.so_far.target.clear();
  gone.so_far.version.clear();
  requests_.push_back(std::move(gone));
  takes_over(number);
  end(requests_.size() - 1, now, Outcome::kClientGaveUp, std::string(causes::kClientTimeout), 0);
}

}  // namespace steady::dataplane::testing
