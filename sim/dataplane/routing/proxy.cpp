#include <algorithm>
#include <optional>

#include "sim/dataplane/impl.h"

/// Balancers that behave as other proxies do (elb.md 6): bound clients of a target that drains, and
/// tries at other targets before the client hears of a failure.
namespace steady::dataplane {
namespace {

/// What befell a request, if a proxy may answer it with another try.
std::optional<elb::Mishap> mishap(const Open& open) {
  // A node that is gone chose no target, and tries none.
  if (open.target == ~std::uint32_t{0}) return std::nullopt;
  switch (open.outcome) {
    case Outcome::kRefused:
    case Outcome::kOverflow:
      return elb::Mishap::kConnect;
    case Outcome::kTimeout:
      return open.process == app::Fleet::kNone ? elb::Mishap::kConnect : elb::Mishap::kTimeout;
    case Outcome::kReset:
      return elb::Mishap::kReset;
    case Outcome::kAppError:
      return elb::Mishap::kError;
    case Outcome::kOk:
    case Outcome::kNoTarget:
    case Outcome::kClientGaveUp:
      break;
  }
  return std::nullopt;
}

/// How often a target fails counts, and how long that lasts; nullptr where nobody counts.
const elb::PassiveHealth* passive_health(const elb::Frontend& frontend) {
  if (frontend.proxy == nullptr || frontend.proxy->passive.max_fails == 0) return nullptr;
  return &frontend.proxy->passive;
}

bool is_bound(const Source& source, const elb::Frontend& frontend) {
  return frontend.sticky_for.count() > 0 && !source.bindings.empty();
}

}  // namespace

/// A target that drains, to which this client is bound; nullptr when there is none.
const elb::RouteTarget* DataPlane::Impl::kept_for(Source& source, const Open& open,
                                                  const elb::Frontend& frontend,
                                                  const elb::NodeGroup& node) {
  if (!is_bound(source, frontend)) return nullptr;
  Binding& binding = source.bindings[who(source, open)];
  if (open.sent >= binding.until) return nullptr;
  const auto found = std::ranges::find(node.kept, binding.target, &elb::RouteTarget::target);
  if (found == node.kept.end()) return nullptr;
  bind(binding, frontend, binding.target, binding.place, open.sent, false);
  return &*found;
}

/// Whether this end, once it has come, counts against its target.
bool DataPlane::Impl::balancer_counts(const Open& open) const {
  if (open.frontend >= states.size() || open.stream || open.by_balancer) return false;
  const auto what = mishap(open);
  return what && *what != elb::Mishap::kError &&
         passive_health(*states[open.frontend].frontend) != nullptr;
}

void DataPlane::Impl::note_mishap(const Open& open) {
  if (!balancer_counts(open)) return;
  FrontendState& state = states[open.frontend];
  const elb::PassiveHealth& health = *passive_health(*state.frontend);
  state.distrusted.resize(state.nodes.size());
  auto& here = state.distrusted[open.node];
  auto known = std::ranges::find(here, open.target, &Distrusted::target);
  if (known == here.end()) known = here.insert(here.end(), {open.target, {}, {}});
  std::erase_if(known->failed, [&](SimTime at) { return at + health.fail_timeout <= open.end; });
  known->failed.push_back(open.end);
  if (known->failed.size() < static_cast<std::size_t>(health.max_fails)) return;
  known->failed.clear();
  known->until = open.end + health.fail_timeout;
}

/// Finds the candidates of the request's node that get nothing now; false when there are none.
bool DataPlane::Impl::looks_for_distrusted(const Open& open, SimTime now) {
  avoided.clear();
  const FrontendState& state = states[open.frontend];
  const auto& candidates = state.frontend->nodes[open.node].candidates;
  if (state.distrusted.empty() || candidates.size() < 2) return false;
  for (const Distrusted& target : state.distrusted[open.node]) {
    if (now < target.until &&
        std::ranges::find(candidates, target.target, &elb::RouteTarget::target) != candidates.end())
      avoided.push_back(target.target);
  }
  return !avoided.empty();
}

/// As `choose`, among those that are not avoided; the number of candidates when all are.
std::size_t DataPlane::Impl::choose_trusted(Source& source, const Open& open,
                                            const elb::Frontend& frontend, elb::NodeGroup& node,
                                            const PhiloxBlock& route) {
  if (avoided.size() == node.candidates.size()) return node.candidates.size();
  const elb::Turn turn{open.sent, route[3]};
  if (!is_bound(source, frontend))
    return up_to_date(open, node, open.sent).choose_other(turn, node.candidates, avoided);
  Binding& binding = source.bindings[who(source, open)];
  std::size_t chosen = node.candidates.size();
  if (open.sent < binding.until && !elb::contains(avoided, binding.target)) {
    const auto found =
        std::ranges::find(node.candidates, binding.target, &elb::RouteTarget::target);
    chosen = static_cast<std::size_t>(found - node.candidates.begin());
  }
  const bool fresh = chosen == node.candidates.size();
  if (fresh)
    chosen = up_to_date(open, node, open.sent).choose_other(turn, node.candidates, avoided);
  bind(binding, frontend, node.candidates[chosen].target, chosen, open.sent, fresh);
  return chosen;
}

std::string_view DataPlane::Impl::method(const Open& open) const {
  const auto& spec = sources[open.source].spec;
  if (spec.page && operations[open.operation].wants != 0) return spec.page->request.method;
  if (!spec.trace) return spec.request.method;
  const std::string& line = spec.trace->lines[spec.trace->requests[open.index % kAgain].line];
  const std::size_t end = line.find(' ');
  return end == std::string::npos ? std::string_view("GET") : std::string_view(line).substr(0, end);
}

/// Whether the balancer would try again, once this end has come.
bool DataPlane::Impl::balancer_may_try(const Open& open) const {
  if (open.frontend >= states.size()) return false;
  const elb::ProxyRules* proxy = states[open.frontend].frontend->proxy;
  // What it has cut itself it does not repeat, nor a connection that was set up.
  if (proxy == nullptr || open.stream || open.by_balancer) return false;
  if (answer_is_read(open, open.end)) return false;  // it is passed on as it comes
  const elb::ProxyRetries& retries = proxy->retries;
  const auto what = mishap(open);
  if (!what || !retries.on[static_cast<std::size_t>(*what)]) return false;
  if (balancer_tries_of(open) >= retries.attempts) return false;
  if (*what != elb::Mishap::kConnect && !retries.non_idempotent) {
    const std::string_view of = method(open);
    if (of == "POST" || of == "LOCK" || of == "PATCH") return false;
  }
  return open.end < patience_of(open);
}

/// The request failed just now. False when its balancer leaves it at that.
bool DataPlane::Impl::balancer_tries(std::uint32_t number, std::uint8_t lane) {
  Try& attempt = operations[number].tries[lane];
  const Open& last = attempt.last;
  if (!balancer_may_try(last)) return false;
  const elb::Frontend& frontend = *states[last.frontend].frontend;
  const elb::NodeGroup& node = frontend.nodes[last.node];
  const elb::ProxyRetries& retries = frontend.proxy->retries;
  using To = elb::ProxyRetries::To;
  bool elsewhere = retries.to == To::kElsewhere;
  if (retries.to == To::kRedispatch) {
    attempt.were.clear();  // only the last one is avoided
    const bool in_turn = node.algorithm->takes_turns() && !is_bound(sources[last.source], frontend);
    elsewhere = node.candidates.size() > 1 && (in_turn || attempt.again + 1 == retries.attempts);
  }
  attempt.were.push_back(last.target);
  const SimTime now = last.end;
  if (elsewhere) {
    looks_for_distrusted(last, now);
    const bool any = std::ranges::any_of(node.candidates, [&](const elb::RouteTarget& target) {
      return !elb::contains(attempt.were, target.target) && !elb::contains(avoided, target.target);
    });
    if (any) try_at(number, lane, now, true);
    return any;
  }
  const SimTime at = now + retries.wait;
  const SimTime patience = patience_of(last);
  if (patience <= at) {
    Open gone = last;
    gone.end = patience;
    gone.target = kNoTarget;
    gone.counted = false;
    gone.process = app::Fleet::kNone;
    gone.outcome = Outcome::kClientGaveUp;
    gone.expected = false;
    gone.cause = cause(Outcome::kClientGaveUp, 0, "client", causes::kClientTimeout, frontend.group,
                       kNoTarget);
    planned(gone);
    lost.push(gone);
    return true;
  }
  if (retries.wait.count() == 0) {
    try_at(number, lane, now, false);
    return true;
  }
  attempt.balancer_waits = true;
  ++attempt.stamp;
  moments.add({at, Moments::kSend, last.source, last.index, number, attempt.stamp, lane});
  return true;
}

/// One more try, at the same target or at another one of the same node.
void DataPlane::Impl::try_at(std::uint32_t number, std::uint8_t lane, SimTime now, bool elsewhere) {
  const Operation& operation = operations[number];
  Try& attempt = operations[number].tries[lane];
  attempt.balancer_waits = false;
  ++attempt.again;
  attempt.tried = now;
  Open open = attempt.last;
  Source& source = sources[open.source];
  FrontendState& state = states[open.frontend];
  elb::Frontend& frontend = *state.frontend;
  elb::NodeGroup& node = frontend.nodes[open.node];
  elb::RouteTarget target{open.target, endpoint_of_target[open.target]};
  const std::uint32_t of_attempt = number_of(open);
  const std::uint32_t block = of_attempt * kBlocks;
  if (elsewhere) {
    std::uint32_t bits = 0;
    if (node.algorithm->draws()) {
      const PhiloxBlock drawn = source.service.block(open.index, block + kProxy);
      bits = drawn[static_cast<std::size_t>(attempt.again) % drawn.size()];
    }
    // Those that fail too often were found just now.
    avoided.insert(avoided.end(), attempt.were.begin(), attempt.were.end());
    const std::size_t chosen =
        up_to_date(open, node, now).choose_other({now, bits}, node.candidates, avoided);
    target = node.candidates[chosen];
    if (is_bound(source, frontend)) {
      bind(source.bindings[who(source, open)], frontend, target.target, chosen, now, true);
    }
  }
  open.end = now;
  open.outcome = Outcome::kOk;
  open.cause = 0;
  open.expected = false;
  open.by_balancer = false;
  open.retrying = false;
  open.counted = false;
  open.process = app::Fleet::kNone;
  Draws draws;
  draws.attempt = of_attempt;
  draws.tried_again = true;
  const PhiloxBlock bits =
      source.tries.block(open.index, block_of_try(of_attempt, attempt.again, kMain));
  draws.word = word(bits);
  draws.chance = bits[2];
  draws.life = operation.life;
  connecting_life = operation.life;
  if (watched.source == open.source && watched.index == open.index)
    watched = {watched.source, watched.index};
  hand_over(source, open, draws, PhiloxBlock{}, target, fleet.reach(target.endpoint), now,
            patience_of(open));
}

}  // namespace steady::dataplane
