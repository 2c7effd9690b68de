#include <algorithm>

#include "sim/dataplane/impl.h"

/// The surge queue of a Classic balancer (elb.md 1.9): what no instance has room for waits at its
/// node, first in, first out, and is sent on when a place in some backlog becomes free. That moment
/// is known from the station; whatever the control plane does is another one to look again.
namespace steady::dataplane {

bool DataPlane::Impl::accepts(const elb::RouteTarget& target, SimTime now) {
  if (fleet.reach(target.endpoint) != app::Reach::kProcess) return false;
  return !station_of(fleet.process_id_at(target.endpoint)).station.full(now);
}

/// The first candidate with room, in turn from `from` on.
std::optional<std::size_t> DataPlane::Impl::accepting(const elb::NodeGroup& node, std::size_t from,
                                                      SimTime now) {
  const std::size_t count = node.candidates.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (from + i) % count;
    if (accepts(node.candidates[at], now)) return at;
  }
  return std::nullopt;
}

/// Those whose time is over leave, wherever they stand.
void DataPlane::Impl::prune(SurgeQueue& queue, SimTime now) {
  if (queue.first_end > now) return;
  queue.first_end = kNever;
  queue.waiting.keep_if([&](const Open& open) {
    if (open.end > now) {
      queue.first_end = std::min(queue.first_end, open.end);
      return true;
    }
    book(open);
    return false;
  });
}

/// Who comes while others wait at the node stands behind them.
bool DataPlane::Impl::waits_behind(const Open& open, SimTime now) {
  if (surging.empty()) return false;
  SurgeQueue& queue = states[open.frontend].surge[open.node];
  if (queue.waiting.empty()) return false;
  note_length(open.frontend, open.node, now);
  prune(queue, now);
  if (!queue.waiting.empty()) return true;
  surging.erase({open.frontend, open.node});
  return false;
}

/// For the metrics: since it was looked at last a queue has only become shorter.
void DataPlane::Impl::note_length(std::uint16_t frontend, std::uint16_t node, SimTime now) {
  SurgeQueue& queue = states[frontend].surge[node];
  if (metrics) {
    SimTime end = queue.looked;
    for (std::size_t i = 0; i < queue.waiting.size(); ++i)
      end = std::max(end, queue.waiting[i].end);
    const std::int64_t last = metrics->minute_of(std::min(now, end));
    for (std::int64_t minute = metrics->minute_of(queue.looked); minute <= last; ++minute) {
      const SimTime at = std::max(queue.looked, metrics->begin_of(minute));
      std::uint64_t length = 0;
      for (std::size_t i = 0; i < queue.waiting.size(); ++i)
        length += queue.waiting[i].end > at ? 1 : 0;
      metrics->queued(frontend, *states[frontend].frontend, node, at, length);
    }
  }
  queue.looked = now;
}

void DataPlane::Impl::wait_at_node(Open& open, const elb::Frontend& frontend, SimTime now) {
  open.target = kNoTarget;
  open.process = app::Fleet::kNone;
  open.fail_open = open.unsticky = false;
  SurgeQueue& queue = states[open.frontend].surge[open.node];
  if (queue.waiting.size() >= frontend.surge_queue)
    return lose(open, Outcome::kOverflow, 503, "load balancer", causes::kSurgeFull, frontend.group);
  // As things stand nobody will ever have room.
  open.end = open.sent + frontend.idle_timeout;
  open.outcome = Outcome::kTimeout;
  const SimTime patience = patience_of(open);
  if (patience < open.end) {
    open.end = patience;
    open.outcome = Outcome::kClientGaveUp;
    open.cause =
        cause(open.outcome, 0, "client", causes::kClientTimeout, frontend.group, kNoTarget);
  } else {
    open.cause =
        cause(open.outcome, 504, "load balancer", causes::kSurgeTimeout, frontend.group, kNoTarget);
  }
  planned(open);
  tells_all = true;  // those that will be sent on are looked up when they are booked
  queue.first_end = std::min(queue.first_end, open.end);
  queue.waiting.push(open);
  surging.insert({open.frontend, open.node});
  queue.looked = now;
  note_length(open.frontend, open.node, now);
  look_for_room(open.frontend, open.node, now);
}

/// Its client goes, for another attempt was answered.
void DataPlane::Impl::leave_surge_queue(const Open& gone, SimTime now) {
  if (!surging.contains({gone.frontend, gone.node})) return;
  note_length(gone.frontend, gone.node, now);
  states[gone.frontend].surge[gone.node].waiting.keep_if(
      [&](const Open& open) { return open.operation != gone.operation || open.lane != gone.lane; });
}

/// The next dispatch comes no later than some candidate of this node has room.
void DataPlane::Impl::look_for_room(std::uint16_t frontend, std::uint16_t node, SimTime now) {
  for (const auto& target : states[frontend].frontend->nodes[node].candidates) {
    if (fleet.reach(target.endpoint) != app::Reach::kProcess) continue;
    Station& station = station_of(fleet.process_id_at(target.endpoint)).station;
    const SimTime at = station.full(now) ? station.room_at(now) : now;
    moments.dispatch_at = std::min(moments.dispatch_at, at);
  }
}

/// Sends on what somebody has room for: of all nodes' first ones always the one that waits longest.
void DataPlane::Impl::dispatch(SimTime now) {
  moments.dispatch_at = kNever;
  for (const auto& [frontend, node] : surging) {
    note_length(frontend, node, now);
    prune(states[frontend].surge[node], now);
  }
  const auto age = [this](const auto& at) {
    const Open& first = states[at.first].surge[at.second].waiting[0];
    return std::tuple(first.sent, first.source, first.index);
  };
  for (;;) {
    std::erase_if(surging, [this](const auto& at) {
      return states[at.first].surge[at.second].waiting.empty();
    });
    auto first = surging.end();
    for (auto at = surging.begin(); at != surging.end(); ++at) {
      if (first != surging.end() && age(*first) < age(*at)) continue;
      const elb::NodeGroup& node = states[at->first].frontend->nodes[at->second];
      if (accepting(node, 0, now)) first = at;
    }
    if (first == surging.end()) break;
    send_first(first->first, first->second, now);
  }
  for (const auto& [frontend, node] : surging) look_for_room(frontend, node, now);
}

void DataPlane::Impl::send_first(std::uint16_t frontend_index, std::uint16_t node_index,
                                 SimTime now) {
  FrontendState& state = states[frontend_index];
  const elb::Frontend& frontend = *state.frontend;
  elb::NodeGroup& node = state.frontend->nodes[node_index];
  Departures& departures = state.nodes[node_index];
  SurgeQueue& queue = state.surge[node_index];
  Open open = queue.waiting.front();
  queue.waiting.pop();
  Source& source = sources[open.source];
  Draws draws;
  if (open.operation != kNoOperation) draws.attempt = number_of(open);
  const PhiloxBlock bits = source.service.block(open.index, draws.attempt * kBlocks + kMain);
  draws.word = word(bits);
  draws.chance = bits[2];
  const PhiloxBlock route = source.route(open.index, draws.attempt);
  Open as_if_sent = open;
  as_if_sent.sent = now;
  const std::size_t chosen = choose(source, as_if_sent, frontend, node, route);
  open.unsticky = as_if_sent.unsticky;
  open.outcome = Outcome::kOk;
  open.cause = 0;
  open.queued = true;
  sent_on[{open.source, open.index, open.lane}] = now;
  send_to(source, open, frontend, node, departures, *accepting(node, chosen, now), now, draws);
}

void DataPlane::Impl::send_to(Source& source, Open& open, const elb::Frontend& frontend,
                              elb::NodeGroup& node, Departures& departures, std::size_t chosen,
                              SimTime now, const Draws& draws) {
  const elb::RouteTarget& target = node.candidates[chosen];
  const app::ProcessId id = fleet.process_id_at(target.endpoint);
  Served& at = station_of(id);
  note_target(target.target, target.endpoint, id);
  open.target = target.target;
  open.fail_open = node.fail_open;
  open.process = id;
  prune(at, now);
  serve(source, open, draws, at, frontend, node, departures, now, patience_of(open));
}

}  // namespace steady::dataplane
