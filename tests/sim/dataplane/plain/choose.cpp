#include <algorithm>

#include "sim/core/wide.h"
#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// Which way a request goes: every choice is a scan.
namespace steady::dataplane::testing {

std::size_t PlainPlane::client(const Source& source, const Request& request) const {
  if (source.spec.clients == 0) return wholes_.empty() ? 0 : wholes_[request.whole].person;
  const PhiloxBlock who = source.service.block(request.index % (std::uint64_t{1} << 40), kRoute);
  return static_cast<std::size_t>((std::uint64_t{who[2]} * source.spec.clients) >> 32);
}

/// elb.md 4.4: a client asks DNS, uses the answer for its time to live, asks again, and so on; each
/// has its own moment to begin with.
std::size_t PlainPlane::resolve(const Source& source, const Request& request,
                                const elb::DnsAnswers& dns, SimTime now, std::uint32_t bits) const {
  SimTime asked = now;
  if (const SimDuration ttl = source.spec.dns_ttl; ttl > SimDuration{0}) {
    const std::uint64_t who =
        has_cookies(source) ? client(source, request) : request.index % (std::uint64_t{1} << 40);
    const PhiloxBlock own = source.service.block(who, kDns);
    const std::uint64_t chance = (std::uint64_t{own[1]} << 32) | own[0];
    asked = kStart + SimDuration{static_cast<std::int64_t>(
                         (Uint128{chance} * static_cast<std::uint64_t>(ttl.count())) >> 64)};
    while (asked > now) asked -= ttl;
    while (now - asked >= ttl) asked += ttl;
  }
  const std::vector<std::uint16_t>* nodes = &dns.all.front().nodes;
  for (const auto& answer : dns.all) {
    if (answer.since <= asked) nodes = &answer.nodes;
  }
  return (*nodes)[static_cast<std::size_t>((std::uint64_t{bits} * nodes->size()) >> 32)];
}

/// The client's own group while its cookie lasts and the rule names it, else one by weight; nobody
/// when all weights are 0.
const elb::Frontend* PlainPlane::by_weight(Source& source, const Request& request,
                                           const elb::Route& route, SimTime now) {
  const bool sticky = route.sticky_for.count() > 0 && has_cookies(source);
  const std::size_t who = client(source, request);
  const elb::Frontend* chosen = nullptr;
  if (sticky && source.group.contains(who) && now < source.group[who].second) {
    for (const auto& way : route.ways) {
      if (way.to->group == source.group[who].first) chosen = way.to;
    }
  }
  if (chosen == nullptr && route.ways.size() == 1) chosen = route.ways[0].to;
  if (chosen == nullptr) {
    std::uint64_t total = 0;
    for (const auto& way : route.ways) total += way.weight;
    const PhiloxBlock bits =
        source.service.block(request.index, (request.attempts - 1) * kBlocks + kRule);
    std::uint64_t left = (bits[0] * total) >> 32;
    for (const auto& way : route.ways) {
      if (left < way.weight) {
        chosen = way.to;
        break;
      }
      left -= way.weight;
    }
  }
  if (sticky && chosen != nullptr) source.group[who] = {chosen->group, now + route.sticky_for};
  return chosen;
}

/// A client goes where its cookie says while that lasts and the target is there.
std::size_t PlainPlane::choose(Source& source, const Request& request, SimTime now) {
  const elb::Frontend& frontend = *request.frontend;
  const auto& candidates = frontend.nodes[request.node].candidates;
  const PhiloxBlock bits =
      source.service.block(request.index, (request.attempts - 1) * kBlocks + kRoute);
  const bool sticky = frontend.sticky_for.count() > 0 && has_cookies(source);
  const std::size_t who = client(source, request);
  std::optional<std::size_t> chosen;
  const auto avoid = failing(request, now);
  if (const auto known = source.bound.find(who); sticky && known != source.bound.end()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].target == known->second.first && now < known->second.second &&
          !avoid.contains(candidates[i].target))
        chosen = i;
    }
  }
  const bool follows = chosen.has_value();
  if (!chosen && !avoid.empty()) chosen = choose_other(request, avoid, now, bits[3]);
  if (!chosen) chosen = by_algorithm(frontend, request.node, now, bits[3]);
  if (sticky && frontend.app_cookie.empty() && (!follows || frontend.sticky_renews)) {
    source.bound[who] = {candidates[*chosen].target, lasting(now, frontend.sticky_for)};
  }
  return *chosen;
}

/// elb.md 1.8, 2.10: what the app's cookie does to the client and to the balancer's own cookie.
void PlainPlane::answered_with_cookie(Source& source, const Request& request,
                                      const app::AppModel& model, SimTime now) {
  const elb::Frontend& frontend = *request.frontend;
  if (!has_cookies(source) || frontend.app_cookie.empty()) return;
  if (!model.cookie || model.cookie->name != frontend.app_cookie) return;
  const std::size_t who = client(source, request);
  auto session = source.session.find(who);
  bool knows = session != source.session.end();
  if (knows && session->second.first != request.process) knows = false;
  if (knows && session->second.second <= now) knows = false;
  if (!knows)
    session =
        source.session
            .insert_or_assign(who, std::pair{request.process, lasting(now, model.cookie->life)})
            .first;
  if (knows) {
    if (!frontend.sticky_renews) return;
    const auto bound = source.bound.find(who);
    if (bound == source.bound.end() || bound->second.first != request.target ||
        bound->second.second <= now)
      return;
  }
  source.bound[who] = {request.target,
                       std::min(lasting(now, frontend.sticky_for), session->second.second)};
}

std::size_t PlainPlane::by_algorithm(const elb::Frontend& frontend, std::size_t node, SimTime now,
                                     std::uint32_t bits) {
  const auto& candidates = frontend.nodes[node].candidates;
  if (weighted_random) return at_random(frontend.nodes[node], {}, bits);
  if (frontend.nodes[node].algorithm->counts_outstanding()) {
    std::map<app::TargetId, int> outstanding;
    for (const auto& request : requests_) {
      if (request.outstanding && request.frontend == &frontend && request.node == node)
        ++outstanding[request.target];
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      if (outstanding[candidates[i].target] < outstanding[candidates[best].target]) best = i;
    }
    return best;
  }
  // Round robin goes on after the one that was served last, wherever that stood.
  Turn& turn = turns_[{&frontend, node}];
  const bool slow = std::ranges::any_of(candidates, [&](const elb::RouteTarget& candidate) {
    return candidate.slow_since != kNever && now < candidate.slow_since + slow_start;
  });
  std::size_t chosen = 0;
  if (slow) {
    chosen = by_weight(frontend.nodes[node], turn, now);
  } else if (turn.served) {
    while (chosen < candidates.size() && candidates[chosen].target <= turn.last) ++chosen;
    if (chosen == candidates.size()) chosen = 0;
  }
  turn.served = true;
  turn.last = candidates[chosen].target;
  return chosen;
}

/// elb.md 2.9: as likely as its weight is, or all alike.
std::size_t PlainPlane::at_random(const elb::NodeGroup& node, const std::set<app::TargetId>& avoid,
                                  std::uint32_t bits) {
  std::vector<std::uint64_t> weights;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < node.candidates.size(); ++i) {
    const std::uint64_t weight = node.weights.empty() ? 1 : node.weights[i];
    weights.push_back(avoid.contains(node.candidates[i].target) ? 0 : weight);
    total += weights.back();
  }
  const std::uint64_t point = (bits * total) >> 32;
  std::size_t chosen = 0;
  for (std::uint64_t below = weights[0]; below <= point; below += weights[chosen]) ++chosen;
  return chosen;
}

/// elb.md 2.8: shares in proportion to weights that rise from a twentieth to one.
std::size_t PlainPlane::by_weight(const elb::NodeGroup& node, Turn& turn, SimTime now) {
  std::erase_if(turn.credit, [&](const auto& entry) {
    return std::ranges::find(node.candidates, entry.first, &elb::RouteTarget::target) ==
           node.candidates.end();
  });
  std::int64_t total = 0;
  std::size_t richest = 0;
  for (std::size_t i = 0; i < node.candidates.size(); ++i) {
    const auto& candidate = node.candidates[i];
    std::int64_t weight = 1'000'000;
    if (candidate.slow_since != kNever && now < candidate.slow_since + slow_start) {
      const auto step = slow_start.count() / 1'000'000;
      weight = std::max<std::int64_t>(50'000, (now - candidate.slow_since).count() / step);
    }
    turn.credit[candidate.target] += weight;
    total += weight;
    if (turn.credit[candidate.target] > turn.credit[node.candidates[richest].target]) richest = i;
  }
  turn.credit[node.candidates[richest].target] -= total;
  return richest;
}

}  // namespace steady::dataplane::testing
