#include <algorithm>

#include "sim/dataplane/batched/batched.h"
#include "sim/dataplane/impl.h"

/// What the control plane does to requests that are open: kills, drains, closed connections; and
/// what it may ask of them.
namespace steady::dataplane {

using app::ProcessId;

/// Its node counts it no more as outstanding; false where nobody counted.
bool DataPlane::Impl::leave_node(Open& open, SimTime now) {
  if (!open.counted) return false;
  FrontendState& state = states[open.frontend];
  elb::Algorithm& algorithm = *state.frontend->nodes[open.node].algorithm;
  Departures& departures = state.nodes[open.node];
  catch_up(departures, algorithm, now);
  departures.cancel(open.end, open.target);
  algorithm.ended(open.target);
  open.counted = false;
  return true;
}

void DataPlane::Impl::cut(Open& open, app::Cut with, bool by_balancer, SimTime now) {
  if (is_forgotten(open, now)) return;
  FrontendState& state = states[open.frontend];
  const elb::Frontend& frontend = *state.frontend;
  const SimTime planned_end = open.end;
  const bool was_well = open.outcome == Outcome::kOk;
  SimTime end = now;
  Outcome outcome = Outcome::kReset;
  int status = with.without_answer || with.node_closes ? 0 : reset_status(frontend);
  const bool reading = answer_is_read(open, now);
  if (with.connection_vanishes) {
    // No reset arrives: the balancer waits for its idle time-out, the client for its patience.
    // A stream was busy until now.
    end = frontend.kind == elb::Kind::kNetwork
              ? now + kSilenceGivesUp
              : std::max(now, busy_until(open, now) + frontend.idle_timeout);
    outcome = Outcome::kTimeout;
    status = silence_status(frontend);
    open.silent = true;
    const SimTime patience = patience_of(open);
    if (patience < end) {
      end = std::max(now, patience);
      outcome = Outcome::kClientGaveUp;
      status = 0;
    }
  }
  std::string text(with.cause);
  if (open.stream) {
    // Whoever cuts it: its two ends did not (product.md), and its answer, 101, had come long
    // before.
    outcome = Outcome::kReset;
    status = 0;
    text = "stream cut: " + text;
  }
  if (reading && outcome != Outcome::kClientGaveUp) {
    // The answer's head had come, and its status stays (elb.md 2.7).
    outcome = Outcome::kReset;
    status = operations[open.operation].tries[open.lane].answered;
    text = std::string(causes::kAnswerCut) + text;
  } else if (sources[open.source].spec.transfer && !reading) {
    operations[open.operation].tries[open.lane].body = kNever;
  }
  open.outcome = outcome;
  open.expected = false;
  open.by_balancer = by_balancer;
  open.cause = cause(outcome, status, with.node_closes ? "load balancer" : "target", text,
                     frontend.group, open.target);
  const bool counted = leave_node(open, now);
  open.end = end;
  if (counted && end > now)
    depart(open, *frontend.nodes[open.node].algorithm, state.nodes[open.node], now);
  flow_until(open);
  if (open.stream && was_well) connect_again_later(open, planned_end, end);
  planned(open);
}

/// Cuts the open requests of a ring for which `hit` holds.
template <class Hit>
void DataPlane::Impl::cut_in(Ring<Open>& ring, app::Cut with, bool by_balancer, SimTime now,
                             Hit hit) {
  ring.keep_if([&](Open& open) {
    if (open.end <= now) {
      book(open);
      return false;
    }
    if (!hit(open)) return true;
    cut(open, with, by_balancer, now);
    if (open.end > now) return true;
    book(open);
    return false;
  });
}

void DataPlane::Impl::settle(SimTime now) {
  batched->settle(now);
  for (auto& at : served) {
    if (at) book_ended(at->station.open, now);
  }
  book_ended(lost, now);
  for (const auto& [frontend, node] : surging) {
    note_length(frontend, node, now);
    prune(states[frontend].surge[node], now);
  }
  std::erase_if(surging, [this](const auto& at) {
    return states[at.first].surge[at.second].waiting.empty();
  });
}

std::uint64_t DataPlane::Impl::open_count() const {
  std::uint64_t n = live_operations + batched->open();
  const auto look = [&n](const Ring<Open>& ring) {
    for (std::size_t i = 0; i < ring.size(); ++i) n += ring[i].operation == kNoOperation ? 1 : 0;
  };
  for (auto& at : served) {
    if (at) look(at->station.open);
  }
  look(lost);
  for (const auto& [frontend, node] : surging) look(states[frontend].surge[node].waiting);
  return n;
}

void DataPlane::cut_process(ProcessId process, app::Cut with) {
  if (process >= impl_->served.size() || !impl_->served[process]) return;
  impl_->batched->spill(impl_->loop.now());
  impl_->cut_in(impl_->served[process]->station.open, with, false, impl_->loop.now(),
                [](const Open&) { return true; });
}

void DataPlane::cut_target(GroupId, TargetId target, app::Cut with) {
  if (target >= impl_->target_processes.size()) return;
  impl_->batched->spill(impl_->loop.now());
  const auto hit = [target](const Open& open) { return open.target == target; };
  for (const ProcessId process : impl_->target_processes[target]) {
    if (process == app::Fleet::kNone) continue;
    impl_->cut_in(impl_->served[process]->station.open, with, true, impl_->loop.now(), hit);
  }
  impl_->cut_in(impl_->lost, with, true, impl_->loop.now(), hit);
}

void DataPlane::cut_node(std::string_view load_balancer, std::uint16_t node) {
  // Who waits at the node, between two tries or in its queue, has no connection that could close.
  const auto hit = [&](const Open& open) {
    return open.node == node && open.target != Impl::kNoTarget &&
           impl_->states[open.frontend].frontend->load_balancer == load_balancer;
  };
  const app::Cut with{.cause = causes::kNodeCloses, .node_closes = true};
  const SimTime now = impl_->loop.now();
  impl_->batched->spill(now);
  for (auto& at : impl_->served) {
    if (at) impl_->cut_in(at->station.open, with, true, now, hit);
  }
  impl_->cut_in(impl_->lost, with, true, now, hit);
}

void DataPlane::close_streams(ProcessId process) {
  if (process >= impl_->served.size() || !impl_->served[process]) return;
  impl_->close_streams(impl_->served[process]->station.open, impl_->loop.now());
}

SimTime DataPlane::process_idle_at(ProcessId process) {
  const SimTime now = impl_->loop.now();
  if (process >= impl_->served.size() || !impl_->served[process]) return now;
  Served& served = *impl_->served[process];
  SimTime idle = std::max(now, served.station.idle_at());
  if (!served.streams && !served.bodies) return idle;
  for (std::size_t i = 0; i < served.station.open.size(); ++i) {
    const Open& open = served.station.open[i];
    if (open.stream || impl_->has_body(open)) idle = std::max(idle, open.end);
  }
  return idle;
}

SimTime DataPlane::target_idle_at(GroupId, TargetId target) {
  SimTime idle = impl_->loop.now();
  if (target >= impl_->target_processes.size()) return idle;
  impl_->batched->spill(idle);
  auto look = [&](Ring<Open>& ring) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      if (ring[i].target == target) idle = std::max(idle, ring[i].end);
    }
  };
  for (const ProcessId process : impl_->target_processes[target]) {
    if (process != app::Fleet::kNone) look(impl_->served[process]->station.open);
  }
  look(impl_->lost);
  return idle;
}

app::QueuedCheck DataPlane::queued_check(ProcessId process) {
  const SimTime now = impl_->loop.now();
  if (process >= impl_->served.size() || !impl_->served[process]) {
    const app::Process& nobody_called = impl_->fleet.process(process);
    if (nobody_called.speed > 0) return {};
    return {std::min(nobody_called.stands_until, now + kLongestDuration) - now};
  }
  return impl_->queued_check(*impl_->served[process], impl_->fleet.process(process));
}

}  // namespace steady::dataplane
