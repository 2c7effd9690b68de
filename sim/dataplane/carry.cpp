#include <algorithm>

#include "sim/dataplane/batched/batched.h"
#include "sim/dataplane/impl.h"

/// From a request's sending to the choice of its target; who sends next.
namespace steady::dataplane {

using elb::Frontend;
using elb::NodeGroup;

void DataPlane::Impl::lose(Open& open, Outcome outcome, int status, const char* component,
                           std::string_view text, app::GroupId group) {
  open.outcome = outcome;
  open.cause = cause(outcome, status, component, text, group, open.target);
  if (open.flow != kNoFlow) flow_until(open);
  planned(open);
  book(open);
}

std::string_view DataPlane::Impl::why_refused(app::EndpointId endpoint) const {
  const app::Process* process = fleet.process_at(endpoint);
  if (process == nullptr) return causes::kNobodyListens;
  return process->state == app::ProcessState::kStopping ? causes::kStopping : causes::kNotReady;
}

/// An attempt that is on its way to its balancer.
Open DataPlane::Impl::sent_now(std::uint16_t source, std::uint64_t index, SimTime now) const {
  Open open;
  open.sent = now;
  open.end = now;
  open.index = index;
  open.source = source;
  open.segment = ledger.current();
  open.target = kNoTarget;
  open.process = app::Fleet::kNone;
  return open;
}

void DataPlane::Impl::count_sent() {
  if (++sent > limits.requests) {
    throw LimitReached("the run sends more than " + std::to_string(limits.requests) + " requests");
  }
}

void DataPlane::Impl::accept(std::uint16_t source_number, Source& source, std::size_t place,
                             SimTime now) {
  if (source.follows) return arrive(source_number, source, now);
  Open open = sent_now(source_number, source.made++, now);
  if (source.spec.retry.budgeted())
    source.tokens = std::min(source.tokens + source.spec.retry.budget_per_mille,
                             source.spec.retry.burst * 1000);
  count_sent();
  Draws draws;
  draws.place = place;
  draws.chance = source.chances[place];
  draws.node = source.nodes[place];
  if (source.spec.stream) draws.life = source.spec.stream->life.sample(source.words[place]);
  // Where a client's session is bound lies anywhere in memory: ask for it before it is needed.
  constexpr std::size_t kAhead = 8;
  if (!source.bindings.empty() && place + kAhead < source.batch.size())
    __builtin_prefetch(&source.bindings[source.client(open.index + kAhead)]);
  carry(source, open, draws);
}

void DataPlane::Impl::carry(Source& source, Open& open, const Draws& draws) {
  const SimTime now = open.sent, patience = patience_of(open);
  if (source.spec.stream) connecting_life = draws.life;
  Frontend* frontend = source.frontend;
  std::uint16_t frontend_index = source.frontend_index;
  if (source.spec.redirects > 0) frontend = led_to(source, open, frontend_index);
  if (frontend == nullptr || !frontend->exists) {
    return lose(open, Outcome::kNoTarget, 0, "load balancer", causes::kNoLoadBalancer, 0);
  }
  const std::size_t node_count = frontend->nodes.size();
  open.frontend = frontend_index;
  open.node = node_count == 1
                  ? std::uint16_t{0}
                  : static_cast<std::uint16_t>((std::uint64_t{draws.node} * node_count) >> 32);
  if (frontend->dns != nullptr) {
    open.node = resolve(source, open, *frontend->dns, draws.node);
    if (frontend->nodes[open.node].gone)
      return lose(open, Outcome::kRefused, 0, "load balancer", causes::kNodeGone, 0);
  }
  if (!frontend->routes.empty()) {
    const Ruled& by = ruled(source, open, *frontend);
    open.rule = by.priority;
    if (by.ways.empty()) return answer(open, by.answer);
    const Ruled::Way* way = choose_way(source, open, by, draws.attempt);
    if (way == nullptr)
      return lose(open, Outcome::kNoTarget, 503, "load balancer", causes::kNoWeight, 0);
    open.frontend = way->frontend;
    frontend = states[way->frontend].frontend;
  }
  if (frontend->kind == elb::Kind::kNetwork)
    return carry_flow(source, open, draws, *frontend, patience);
  NodeGroup& node = frontend->nodes[open.node];
  const bool routes = node.algorithm->draws() || frontend->reuse_gap;
  const PhiloxBlock route = routes ? source.route(open.index, draws.attempt) : PhiloxBlock{};
  if (!node.kept.empty()) {
    const elb::RouteTarget* kept = kept_for(source, open, *frontend, node);
    if (kept != nullptr) {
      return hand_over(source, open, draws, route, *kept, fleet.reach(kept->endpoint), now,
                       patience);
    }
  }
  if (node.candidates.empty()) {
    return lose(open, Outcome::kNoTarget, 503, "load balancer", node.empty_because,
                frontend->group);
  }
  if (frontend->surge_queue > 0 && !source.spec.stream && waits_behind(open, now))
    return wait_at_node(open, *frontend, now);
  std::size_t chosen = 0;
  if (frontend->proxy != nullptr && looks_for_distrusted(open, now)) {
    chosen = choose_trusted(source, open, *frontend, node, route);
    if (chosen == node.candidates.size()) {
      return lose(open, Outcome::kNoTarget, 502, "load balancer", causes::kAllFailed,
                  frontend->group);
    }
  } else {
    chosen = choose(source, open, *frontend, node, route);
  }
  app::Reach reach = fleet.reach(node.candidates[chosen].endpoint);
  // Classic tries a refused connect again on other instances (elb.md 1.2); an ALB does not (2.16).
  for (int retry = 0; reach == app::Reach::kRefused && retry < frontend->connect_retries &&
                      static_cast<std::size_t>(retry) + 1 < node.candidates.size();
       ++retry) {
    if (metrics) metrics->connect_failed(open.frontend, *frontend, open.node, now);
    chosen = (chosen + 1) % node.candidates.size();
    reach = fleet.reach(node.candidates[chosen].endpoint);
  }
  hand_over(source, open, draws, route, node.candidates[chosen], reach, now, patience);
}

/// A frontend keeps its place once it has one.
std::uint16_t DataPlane::Impl::state_of(Frontend* frontend) {
  auto state = std::ranges::find(states, frontend, &FrontendState::frontend);
  if (state == states.end()) {
    STEADY_CHECK(states.size() < 0xFFFF, "more than 65534 frontends");
    states.push_back({frontend, {}});
    state = std::prev(states.end());
  }
  if (state->nodes.size() < frontend->nodes.size()) state->nodes.resize(frontend->nodes.size());
  if (frontend->surge_queue > 0 && state->surge.size() < frontend->nodes.size())
    state->surge.resize(frontend->nodes.size());
  return static_cast<std::uint16_t>(state - states.begin());
}

/// Listeners changed: sources find theirs again, and look at the rules anew.
void DataPlane::Impl::find_frontends() {
  look_up = false;
  for (auto& source : sources) {
    source.ruled.clear();
    source.routes.gaps.of = nullptr;
    source.frontend = frontends ? frontends(source.spec.load_balancer, source.spec.port) : nullptr;
    if (source.frontend != nullptr) source.frontend_index = state_of(source.frontend);
  }
  for (auto& place : places) look_up_place(place);
}

void DataPlane::Impl::advance(SimTime until) {
  if (look_up) find_frontends();
  watch_memory(until);
  // The control plane has acted: there may be room where there was none.
  if (!surging.empty()) moments.dispatch_at = std::min(moments.dispatch_at, loop.now());
  if (batched->run(until)) return;
  for (;;) {
    const SimTime end = std::min(until, halt), stop = std::min(moments.first(), end);
    carry_up_to(stop);
    // What was sent failed, and something is to do earlier; or it was more than a process can bear.
    if (moments.first() < stop || halt < end) continue;
    if (stop == end) break;
    next_moment();
  }
  if (halt < until)
    loop.at(halt, "out of memory", [this, process = halted_by] { fleet.out_of_memory(process); });
}

/// Sends what is new before `until`; stops where something comes that has to be done before.
void DataPlane::Impl::carry_up_to(SimTime until) {
  if (sources.size() == 1) {
    Source& source = sources.front();
    for (SimTime at = source.peek(); at < until; at = source.peek()) {
      accept(0, source, source.next++, at);
      if (moments.first() < until) return;
    }
    return;
  }
  for (;;) {
    std::size_t first = 0;
    SimTime at = kNever;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const SimTime next = sources[i].peek();
      if (next < at) {
        at = next;
        first = i;
      }
    }
    if (at >= until) return;
    Source& source = sources[first];
    accept(static_cast<std::uint16_t>(first), source, source.next++, at);
    if (moments.first() < until) return;
  }
}

}  // namespace steady::dataplane
