#include "sim/dataplane/routing/flows.h"

#include <algorithm>

#include "sim/dataplane/impl.h"

/// Network load balancers (elb.md 3): requests go over connections, each of which is bound to one
/// target for its life. The balancer itself never answers, and never tries again.
namespace steady::dataplane {

using elb::Frontend;
using Kind = FlowFate::Kind;

FlowEnds DataPlane::Impl::ends_of(const Flow& flow, const Source& source,
                                  const Frontend& frontend) const {
  const auto& policy = source.spec.connections;
  const app::Process& process = fleet.process(flow.process);
  FlowEnds ends{};
  ends.own = std::min(flow.until, after(flow.rests_since, policy.idle));
  ends.vanished = process.vanished ? process.gone_at : kNever;
  // Rest for too long: the app closes it (elb.md 2.14), the balancer forgets it (3.4).
  ends.closed = after(flow.rests_since, process.model->keep_alive);
  if (ends.closed > ends.vanished) ends.closed = kNever;
  ends.forgotten = policy.tcp_keep_alive ? kNever : after(flow.rests_since, frontend.idle_timeout);
  // The process goes: it closes what rests when it is told to stop, its host what is left.
  ends.left = std::min(process.stopping_at, process.vanished ? kNever : process.gone_at);
  if (flow.target < flow_ends.size()) {
    const auto later = [&flow](const FlowsEnded& one) { return one.at > flow.opened; };
    const auto found = std::ranges::find_if(flow_ends[flow.target], later);
    if (found != flow_ends[flow.target].end()) ends.ended = &*found;
  }
  return ends;
}

/// What became of a connection while it rested: the first thing that happened to it counts, for
/// nobody hears of what comes later.
FlowFate DataPlane::Impl::fate_of(const Flow& flow, const Source& source, const Frontend& frontend,
                                  SimTime now) const {
  const FlowEnds ends = ends_of(flow, source, frontend);
  if (ends.own <= now) return {Kind::kClosed};
  const SimTime first = ends.first();
  if (first > now) return {ends.vanished <= now ? Kind::kSilent : Kind::kGood};
  if (ends.by_process()) {
    // A close that crosses the request on its way; with the last answer it came in time.
    const SimDuration race = fleet.process(flow.process).model->close_race;
    const bool crosses = now < after(first, race) && first > flow.rests_since;
    if (crosses) return {Kind::kReset, "target", causes::kKeepAliveRace};
    return {Kind::kClosed};
  }
  if (first == ends.forgotten) return {Kind::kReset, "load balancer", causes::kFlowIdle};
  if (ends.ended->told) return {Kind::kClosed};
  return {Kind::kReset, "load balancer", ends.ended->cause};
}

/// A connection is one no more, or the run is over at `now` and it may rest on: for metrics, which
/// want to know for how long its balancer had it.
void DataPlane::Impl::flow_is_over(const Flow& flow, const Source& source, const Frontend& frontend,
                                   SimTime now) {
  const auto lasted = [&](SimTime until) {
    metrics->flow_lasted(flow.frontend, *states[flow.frontend].frontend, flow.node, flow.opened,
                         until);
  };
  if (flow.broken) return lasted(flow.over);
  const FlowEnds ends = ends_of(flow, source, frontend);
  const SimTime first = ends.first(), over = std::min(ends.own, first);
  if (over > now) return lasted(kNever);
  // Who is told to stop finishes what it has, and closes with the answer.
  lasted(std::max(over, flow.rests_since));
  // A task is told to stop once the balancer is done with it, at the same moment.
  const bool by_balancer = ends.ended != nullptr && first == ends.ended->at &&
                           first != ends.closed && first != ends.forgotten;
  if (first < ends.own && by_balancer && ends.ended->told)
    metrics->resting_flow_reset(flow.frontend, *states[flow.frontend].frontend, flow.node, first);
}

/// The run is over: those that are still open.
void DataPlane::Impl::count_open_flows() {
  for (Source& source : sources) {
    for (Flow& flow : source.flows) {
      if (flow.target == kNoFlow) continue;
      flow_is_over(flow, source, *states[flow.frontend].frontend, loop.now());
      flow.target = kNoFlow;
    }
  }
}

/// The connection of its client that carries the request; or none, and `open.flow` is the place for
/// a new one, if there is one.
Flow* DataPlane::Impl::kept_flow(Source& source, Open& open, const Frontend& frontend,
                                 FlowFate& fate) {
  const std::size_t each = source.spec.connections.each;
  if (source.flows.empty()) source.flows.resize(source.bindings.size() * each);
  const std::size_t first = source.client(open.index) * each;
  for (std::size_t i = first; i < first + each; ++i) {
    Flow& flow = source.flows[i];
    if (flow.target != kNoFlow && flow.rests_since > open.sent) continue;
    const auto number = static_cast<std::uint32_t>(i);
    if (flow.target != kNoFlow && !flow.broken) {
      fate = fate_of(flow, source, frontend, open.sent);
      if (fate.kind != Kind::kClosed) {
        open.flow = number;
        return &flow;
      }
    }
    if (metrics && flow.target != kNoFlow) flow_is_over(flow, source, frontend, open.sent);
    flow.target = kNoFlow;
    if (open.flow == kNoFlow) open.flow = number;
  }
  return nullptr;
}

void DataPlane::Impl::watch_flow(const Open& open, SimTime connected) {
  if (watched.source == open.source && watched.index == open.index) watched.connected = connected;
}

void DataPlane::Impl::carry_flow(Source& source, Open& open, const Draws& draws, Frontend& frontend,
                                 SimTime patience) {
  STEADY_CHECK(!source.follows, "a client that looks at answers has no flows");
  // A long connection is a flow of its own; so is a request of somebody who never comes back.
  if (!source.bindings.empty() && !source.spec.stream) {
    FlowFate fate;
    if (Flow* flow = kept_flow(source, open, frontend, fate))
      return reuse(source, open, draws, *flow, fate, frontend, patience);
  }
  elb::NodeGroup& node = frontend.nodes[open.node];
  Departures& departures = states[open.frontend].nodes[open.node];
  open.opens = true;
  watch_flow(open, open.sent);
  const std::uint32_t number = open.flow;
  open.flow = kNoFlow;
  if (node.candidates.empty()) {
    return lose(open, Outcome::kNoTarget, 0, "load balancer", node.empty_because, frontend.group);
  }
  const PhiloxBlock bits = source.service.block(open.index, draws.attempt * kBlocks + kConnection);
  const elb::RouteTarget& target = node.candidates[node.algorithm->choose({open.sent, bits[0]})];
  open.target = target.target;
  open.fail_open = node.fail_open;
  const app::Reach reach = fleet.reach(target.endpoint);
  if (reach != app::Reach::kProcess) {
    note_target(target.target, target.endpoint, app::Fleet::kNone);
    if (reach == app::Reach::kRefused) {
      return lose(open, Outcome::kRefused, 0, "target", why_refused(target.endpoint),
                  frontend.group);
    }
    return into_the_dark(open, frontend, node, departures, open.sent, patience);
  }
  open.process = fleet.process_id_at(target.endpoint);
  note_target(target.target, target.endpoint, open.process);
  if (number != kNoFlow) {
    Flow& flow = source.flows[number];
    flow = {};
    flow.opened = flow.rests_since = open.sent;
    flow.target = target.target;
    flow.process = open.process;
    flow.frontend = open.frontend;
    flow.node = open.node;
    if (const auto& life = source.spec.connections.life)
      flow.until = after(open.sent, life->sample((std::uint64_t{bits[3]} << 32) | bits[2]));
    open.flow = number;
  }
  Served& at = station_of(open.process);
  prune(at, open.sent);
  serve(source, open, draws, at, frontend, node, departures, open.sent, patience);
}

/// Over a connection that has rested; its target may have left the balancer long ago (elb.md 3.3).
void DataPlane::Impl::reuse(Source& source, Open& open, const Draws& draws, Flow& flow,
                            const FlowFate& fate, Frontend& frontend, SimTime patience) {
  watch_flow(open, flow.opened);
  open.node = flow.node;
  open.frontend = flow.frontend;
  open.target = flow.target;
  open.process = flow.process;
  Frontend& through = *states[flow.frontend].frontend;
  switch (fate.kind) {
    case Kind::kReset:
      if (metrics) flow_is_over(flow, source, through, open.sent);
      flow.target = kNoFlow;
      return lose(open, Outcome::kReset, 0, fate.component, fate.cause, through.group);
    case Kind::kSilent:
      open.end = open.sent + kSilenceGivesUp;
      hear_nothing(open, through, patience);
      flow_until(open);
      planned(open);
      return lost.push(open);
    default:
      break;
  }
  Served& at = station_of(open.process);
  prune(at, open.sent);
  serve(source, open, draws, at, frontend, through.nodes[flow.node],
        states[flow.frontend].nodes[flow.node], open.sent, patience);
}

/// The end of a request is known, or known anew: its connection rests from then on, or is broken by
/// anything but an answer.
void DataPlane::Impl::flow_until(const Open& open) {
  if (open.flow == kNoFlow) return;
  Flow& flow = sources[open.source].flows[open.flow];
  flow.rests_since = open.end;
  flow.broken = open.outcome != Outcome::kOk && open.outcome != Outcome::kAppError;
  if (!metrics || !flow.broken) return;
  const bool forgotten =
      open.outcome != Outcome::kReset && ledger.cause(open.cause).text == causes::kFlowIdle;
  flow.over = forgotten
                  ? std::min(open.end, open.sent + states[open.frontend].frontend->idle_timeout)
                  : open.end;
}

/// No answer comes within the idle time-out: the balancer has forgotten the flow when it does, and
/// the client waits for nothing (elb.md 3.4).
void DataPlane::Impl::plan_flow(Open& open, const Frontend& frontend, SimTime now,
                                SimTime patience) {
  const bool keep_alive = sources[open.source].spec.connections.tcp_keep_alive;
  const bool forgotten = !keep_alive && open.end - now > frontend.idle_timeout;
  if (forgotten) {
    open.end = now + frontend.idle_timeout + kSilenceGivesUp;
    open.outcome = Outcome::kTimeout;
    open.expected = false;
    open.cause = cause(Outcome::kTimeout, 0, "load balancer", causes::kFlowIdle, frontend.group,
                       open.target);
  }
  if (open.end > patience) {
    const bool in_vain = forgotten && now + frontend.idle_timeout <= patience;
    open.end = patience;
    open.outcome = Outcome::kClientGaveUp;
    open.expected = false;
    open.cause = in_vain ? cause(Outcome::kClientGaveUp, 0, "load balancer", causes::kFlowIdle,
                                 frontend.group, open.target)
                         : cause(Outcome::kClientGaveUp, 0, "client", causes::kClientTimeout,
                                 frontend.group, open.target);
  }
}

/// Its answer will find nobody, and nothing else that happens to the target does.
bool DataPlane::Impl::is_forgotten(const Open& open, SimTime now) const {
  const Frontend& frontend = *states[open.frontend].frontend;
  if (frontend.kind != elb::Kind::kNetwork || open.stream || open.process == app::Fleet::kNone ||
      sources[open.source].spec.connections.tcp_keep_alive)
    return false;
  // On a connection to a machine that is gone the client sends again and again.
  const bool was_there = fleet.process(open.process).gone_at > open.sent;
  return was_there && now - open.sent >= frontend.idle_timeout;
}

void DataPlane::end_flows(GroupId group, TargetId target, app::Cut with, bool told) {
  cut_target(group, target, with);
  if (impl_->flow_ends.size() <= target) impl_->flow_ends.resize(target + std::size_t{1});
  impl_->flow_ends[target].push_back({impl_->loop.now(), with.cause, told});
}

}  // namespace steady::dataplane
