#include "sim/dataplane/routing/flows.h"

#include <algorithm>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// Connections through a Network load balancer (elb.md 3): whatever ends one that rests is an event
/// of its own.
namespace steady::dataplane::testing {

/// It has carried a request to its end, and rests.
void PlainPlane::rest(std::size_t number, SimTime at, bool answered) {
  Connection& one = connections_[number];
  one.busy = false;
  one.rests_since = at;
  const auto& policy = sources_[one.source].spec.connections;
  if (!answered || one.life_ends <= at) {
    one.over = true;
    one.over_at = at;
    return;
  }
  if (one.life_ends != kNever) put(one.life_ends, kHangUp, number);
  if (policy.idle != SimDuration::max()) put(at + policy.idle, kHangUp, number);
  put(at + fleet_.process(one.process).model->keep_alive, kClose, number);
  if (!policy.tcp_keep_alive) put(at + one.frontend->idle_timeout, kForget, number);
}

/// One of the moments for which `rest` has asked; another request may have come in between.
void PlainPlane::rested(const Event& event) {
  Connection& one = connections_[event.number];
  if (one.busy || one.over) return;
  const SimDuration rested = event.at - one.rests_since;
  const auto& policy = sources_[one.source].spec.connections;
  if (event.kind == kHangUp && (event.at == one.life_ends || rested == policy.idle)) {
    one.over = true;
    one.over_at = event.at;
  }
  if (event.kind == kClose && !one.silent &&
      rested == fleet_.process(one.process).model->keep_alive)
    hear(one, event.at, true);
  if (event.kind == kForget && rested == one.frontend->idle_timeout)
    forget(one, event.at, std::string(causes::kFlowIdle));
}

/// Only what happens first is noticed: a balancer that has forgotten a flow passes nothing on.
void PlainPlane::hear(Connection& one, SimTime at, bool from_process) {
  if (one.heard || one.forgotten) return;
  one.heard = at;
  one.from_process = from_process;
}

void PlainPlane::forget(Connection& one, SimTime at, std::string cause) {
  if (one.heard || one.forgotten) return;
  one.forgotten = at;
  one.why = std::move(cause);
}

void PlainPlane::end_flows(app::GroupId group, app::TargetId target, app::Cut with,
                           bool clients_hear) {
  const SimTime now = loop_.now();
  cut_target(group, target, with);
  for (auto& one : connections_) {
    if (one.busy || one.over || one.target != target) continue;
    if (clients_hear) {
      if (!one.heard && !one.forgotten && fleet_.process(one.process).stopping_at > now)
        count_flow(*one.frontend, one.node, now, FlowCounts::kBalancerResets);
      hear(one, now, false);
    } else {
      forget(one, now, std::string(with.cause));
    }
  }
}

void PlainPlane::process_left(app::ProcessId process, bool in_silence) {
  for (auto& one : connections_) {
    if (one.busy || one.over || one.process != process) continue;
    if (in_silence) {
      one.silent = true;
    } else {
      hear(one, loop_.now(), true);
    }
  }
}

void PlainPlane::attempt_flow(std::size_t id, SimTime now) {
  Request& request = requests_[id];
  Source& source = sources_[request.source];
  const elb::Frontend& frontend = *request.frontend;
  request.tried = now;
  std::optional<std::size_t>* place = nullptr;
  if (source.spec.clients > 0 && !source.spec.stream) {
    auto& kept = source.kept[client(source, request)];
    kept.resize(source.spec.connections.each);
    for (auto& slot : kept) {
      if (slot && connections_[*slot].busy) continue;
      if (slot && use(id, *slot, now)) return;
      slot.reset();
      if (place == nullptr) place = &slot;
    }
  }
  const auto& candidates = frontend.nodes[request.node].candidates;
  if (candidates.empty()) {
    return end(id, now, Outcome::kNoTarget, std::string(frontend.nodes[request.node].empty_because),
               0);
  }
  const PhiloxBlock bits =
      source.service.block(request.index, (request.attempts - 1) * kBlocks + kConnection);
  const auto& target = candidates[(std::uint64_t{bits[0]} * candidates.size()) >> 32];
  request.target = target.target;
  request.so_far.target = fleet_.endpoint_name(target.endpoint);
  const app::Reach reach = fleet_.reach(target.endpoint);
  if (frontend.nodes[request.node].fail_open)
    count_flow(frontend, request.node, now, FlowCounts::kUnhealthyRouting);
  request.flow = open_flow(request, now);
  if (reach == app::Reach::kRefused)
    return end(id, now, Outcome::kRefused, why_refused(target.endpoint), 0);
  if (reach == app::Reach::kBlackHole) return dark(id, now, frontend.connect_timeout);
  request.process = fleet_.process_id_at(target.endpoint);
  if (place != nullptr) {
    *place = connections_.size();
    request.connection = connections_.size();
    Connection& one = connections_.emplace_back();
    one.source = request.source;
    one.target = request.target;
    one.process = request.process;
    one.frontend = &frontend;
    one.node = request.node;
    one.endpoint = request.so_far.target;
    one.flow = *request.flow;
    if (const auto& life = source.spec.connections.life)
      one.life_ends = now + life->sample((std::uint64_t{bits[3]} << 32) | bits[2]);
  }
  const std::size_t taken = request.flow.value();
  admit(id, now);
  // Whom the backlog has no room for is never connected.
  if (requests_[id].so_far.outcome != Outcome::kOverflow)
    count_flow(*spans_[taken].frontend, spans_[taken].node, now, FlowCounts::kNew);
}

/// Nobody answers.
void PlainPlane::dark(std::size_t id, SimTime now, SimDuration for_long) {
  Request& request = requests_[id];
  request.dark = true;
  request.outstanding = true;
  put(now + for_long, kLate, id);
  if (const SimTime bored = patience(request); bored != kNever) put(bored, kImpatient, id);
}

/// Over a connection that has rested; false when the client knows that it has ended.
bool PlainPlane::use(std::size_t id, std::size_t number, SimTime now) {
  Connection& one = connections_[number];
  const app::Process& process = fleet_.process(one.process);
  if (process.stopping_at <= now) hear_stop(one);
  const bool crosses = one.heard && one.from_process && *one.heard > one.rests_since &&
                       now < *one.heard + process.model->close_race;
  if (one.over || one.heard || one.forgotten) close_connection(one);
  if (one.over || (one.heard && !crosses)) return false;
  Request& request = requests_[id];
  request.node = one.node;
  request.frontend = one.frontend;
  request.target = one.target;
  request.process = one.process;
  request.connection = number;
  request.flow = one.flow;
  request.so_far.target = one.endpoint;
  request.so_far.version = process.model->revision;
  one.busy = true;
  if (crosses) {
    end(id, now, Outcome::kReset, std::string(causes::kKeepAliveRace), 0);
  } else if (one.forgotten) {
    end(id, now, Outcome::kReset, one.why, 0);
  } else if (one.silent) {
    dark(id, now, kSilenceGivesUp);
  } else {
    admit(id, now);
  }
  return true;
}

/// The balancer forgets a flow on which nothing was said: an answer finds nobody any more.
void PlainPlane::mute(std::size_t id, SimTime now) {
  Request& request = requests_[id];
  if (request.over) return;
  request.muted = true;
  if (request.flow && !request.silent_until) close_flow(*request.flow, now);
  if (!request.silent_until) put(now + kSilenceGivesUp, kLate, id);
}

}  // namespace steady::dataplane::testing
