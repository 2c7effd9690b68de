#include "sim/dataplane/data_plane.h"

#include <algorithm>
#include <map>
#include <string>

#include "sim/core/check.h"
#include "sim/dataplane/causes.h"
#include "sim/dataplane/departures.h"
#include "sim/dataplane/station.h"

namespace steady::dataplane {
namespace {

using app::ProcessId;
using elb::Frontend;
using elb::NodeGroup;

constexpr std::size_t kBatch = 256;

struct Source {
  traffic::SourceSpec spec;
  std::unique_ptr<traffic::Shape> shape;
  RandomStream service;
  std::vector<SimTime> batch;
  std::size_t next = 0;
  std::uint64_t made = 0;  ///< requests sent so far: the next one's index
  Frontend* frontend = nullptr;
  std::uint16_t frontend_index = 0;

  /// The next arrival before `until`, or kNever.
  SimTime peek(SimTime until) {
    if (next == batch.size()) {
      batch.clear();
      next = 0;
      shape->next(until, kBatch, batch);
      if (batch.empty()) return kNever;
    }
    return batch[next];
  }
};

/// What the data plane keeps of a frontend: one list of departures per node.
struct FrontendState {
  Frontend* frontend = nullptr;
  std::vector<Departures> nodes;
};

/// What is known of a process's model, looked up once.
struct Served {
  Station station;
  const app::AppModel* model;
  VersionId version;
  std::uint64_t schema_version = ~std::uint64_t{0};
  CauseId missing = 0;  ///< a column is missing: every request fails for this cause
};

}  // namespace

struct DataPlane::Impl {
  EventLoop& loop;
  app::Fleet& fleet;
  database::Database& database;
  RandomSource random;
  Limits limits;
  Ledger& ledger;
  FrontendLookup frontends;
  TargetStateLookup target_states;
  std::function<void(const RequestRecord&)> observer;

  std::vector<Source> sources;
  std::vector<FrontendState> states;
  bool look_up = true;
  std::vector<std::unique_ptr<Served>> served;           ///< by process
  std::vector<std::vector<ProcessId>> target_processes;  ///< by target: those that got its requests
  Ring<Open> lost;  ///< requests that no process holds: black holes
  std::uint64_t sent = 0, booked = 0, digest = 0, pages = 0;

  Impl(EventLoop& l, app::Fleet& f, database::Database& d, RandomSource r, Limits m, Ledger& g)
      : loop(l), fleet(f), database(d), random(r), limits(m), ledger(g) {}

  // --- Booking -----------------------------------------------------------------------------------

  void book(const Open& open) {
    ledger.add(open.segment, open.version, open.outcome, open.cause, open.end - open.sent,
               open.expected);
    ++booked;
    const auto as_word = [](SimTime t) {
      return static_cast<std::uint64_t>(t.time_since_epoch().count());
    };
    // A sum of mixes does not depend on the order in which requests are booked.
    digest +=
        mix64(mix64(mix64(open.index * 64 + open.source) ^ as_word(open.sent)) ^ as_word(open.end) ^
              (std::uint64_t{open.cause} << 40) ^ static_cast<std::uint64_t>(open.outcome));
    const bool keep =
        open.outcome != Outcome::kOk && !open.expected && ledger.drops.size() < ledger.keep_drops;
    if (!keep && !observer) return;
    RequestRecord record;
    record.index = open.index;
    record.source = open.source;
    record.sent_at = open.sent;
    record.ended_at = open.end;
    record.version = open.version;
    record.cause = open.cause;
    record.outcome = open.outcome;
    record.node = open.node;
    record.target = open.target == kNoTarget ? "" : target_name(open.target);
    if (observer) observer(record);
    if (keep) ledger.drops.push_back(std::move(record));
  }

  static constexpr std::uint32_t kNoTarget = ~std::uint32_t{0};
  std::vector<app::EndpointId> endpoint_of_target;  ///< the last one seen, for names
  std::string target_name(std::uint32_t target) const {
    return target < endpoint_of_target.size() ? fleet.endpoint_name(endpoint_of_target[target])
                                              : "";
  }

  CauseId cause(Outcome outcome, int status, const char* component, std::string_view text,
                GroupId group, std::uint32_t target) {
    Cause c;
    c.outcome = outcome;
    c.status = status;
    c.component = component;
    c.text = text;
    if (target != kNoTarget && target_states) c.target_state = target_states(group, target);
    return ledger.cause(c);
  }

  // --- Accepting ---------------------------------------------------------------------------------

  Served& station_of(ProcessId id) {
    if (served.size() <= id) served.resize(id + std::size_t{1});
    if (!served[id]) {
      const app::AppModel* model = fleet.process(id).model;
      served[id] = std::make_unique<Served>(Served{Station(model->concurrency, model->backlog),
                                                   model, ledger.version(model->revision)});
    }
    return *served[id];
  }

  void note_target(std::uint32_t target, app::EndpointId endpoint, ProcessId process) {
    if (target_processes.size() <= target) {
      target_processes.resize(target + std::size_t{1});
      endpoint_of_target.resize(target + std::size_t{1});
    }
    auto& processes = target_processes[target];
    if (processes.empty() || processes.back() != process) {
      processes.push_back(process);
      endpoint_of_target[target] = endpoint;
    }
  }

  void prune(Served& at, SimTime now) {
    while (!at.station.open.empty() && at.station.open.front().end <= now) {
      book(at.station.open.front());
      at.station.open.pop();
    }
  }

  void lose(Open& open, Outcome outcome, int status, const char* component, std::string_view text,
            GroupId group) {
    open.outcome = outcome;
    open.cause = cause(outcome, status, component, text, group, open.target);
    book(open);
  }

  std::string_view why_refused(app::EndpointId endpoint) const {
    const app::Process* process = fleet.process_at(endpoint);
    if (process == nullptr) return causes::kNobodyListens;
    return process->state == app::ProcessState::kStopping ? causes::kStopping : causes::kNotReady;
  }

  /// One request from its sending to its planned end.
  void accept(std::uint16_t source_number, Source& source, SimTime now) {
    Open open;
    open.sent = now;
    open.end = now;
    open.index = source.made++;
    open.source = source_number;
    open.segment = ledger.current();
    open.target = kNoTarget;
    open.slot = Departures::kNoSlot;
    if (++sent > limits.requests) {
      throw LimitReached("the run sends more than " + std::to_string(limits.requests) +
                         " requests");
    }
    Frontend* frontend = source.frontend;
    if (frontend == nullptr || !frontend->exists) {
      return lose(open, Outcome::kNoTarget, 0, "load balancer", causes::kNoLoadBalancer, 0);
    }
    const PhiloxBlock bits = source.service.block(open.index, 0);
    const std::size_t node_count = frontend->nodes.size();
    open.frontend = source.frontend_index;
    open.node = node_count == 1
                    ? std::uint16_t{0}
                    : static_cast<std::uint16_t>((std::uint64_t{bits[3]} * node_count) >> 32);
    NodeGroup& node = frontend->nodes[open.node];
    Departures& departures = states[open.frontend].nodes[open.node];
    const bool counts = node.algorithm->counts_outstanding();
    if (counts) departures.catch_up(now, *node.algorithm);
    if (node.candidates.empty()) {
      return lose(open, Outcome::kNoTarget, 503, "load balancer", node.empty_because,
                  frontend->group);
    }
    const bool classic = frontend->kind == elb::Kind::kClassic;
    std::size_t chosen = node.algorithm->choose();
    app::Reach reach = fleet.reach(node.candidates[chosen].endpoint);
    // Classic tries a refused connect again on other instances (elb.md 1.2); an ALB does not
    // (2.16).
    for (int retry = 0; reach == app::Reach::kRefused && retry < frontend->connect_retries &&
                        static_cast<std::size_t>(retry) + 1 < node.candidates.size();
         ++retry) {
      chosen = (chosen + 1) % node.candidates.size();
      reach = fleet.reach(node.candidates[chosen].endpoint);
    }
    const elb::RouteTarget& target = node.candidates[chosen];
    open.target = target.target;
    const SimTime patience =
        source.spec.timeout == SimDuration::max() ? kNever : now + source.spec.timeout;

    if (reach != app::Reach::kProcess) {
      note_target(target.target, target.endpoint, app::Fleet::kNone);
      if (reach == app::Reach::kRefused) {
        return lose(open, Outcome::kRefused, classic ? 504 : 502, "target",
                    why_refused(target.endpoint), frontend->group);
      }
      return into_the_dark(open, *frontend, node, departures, patience);
    }

    const ProcessId id = fleet.process_id_at(target.endpoint);
    Served& at = station_of(id);
    note_target(target.target, target.endpoint, id);
    open.version = at.version;
    prune(at, now);
    if (at.station.full(now)) {
      return lose(open, Outcome::kOverflow, classic ? 503 : 502, "target", causes::kBacklogFull,
                  frontend->group);
    }
    const app::AppModel& model = *at.model;
    const std::uint64_t word = (std::uint64_t{bits[1]} << 32) | bits[0];
    SimDuration work = model.service_time.sample(word);
    SimTime start = at.station.next_start(now);
    if (database.locked_until() > start && !(model.reads.empty() && model.writes.empty())) {
      work += database.locked_until() - start;
    }
    const SimTime done = start + work;
    at.station.take(now, start, done);
    at.station.held_ns += static_cast<Uint128>((done - now).count());
    ++at.station.answered;
    open.end = done;
    plan(open, at, model, *frontend, now, patience, bits[2]);
    if (counts) {
      node.algorithm->began(target.target);
      open.slot = departures.add(open.end, target.target);
    }
    at.station.open.push(open);
  }

  /// What the client will see of a request that a process has accepted.
  void plan(Open& open, Served& at, const app::AppModel& model, const Frontend& frontend,
            SimTime now, SimTime patience, std::uint32_t chance) {
    if (at.schema_version != database.version()) {
      at.schema_version = database.version();
      const auto missing = database.missing(model.reads, model.writes);
      at.missing =
          missing ? cause(Outcome::kAppError, 500, "database", *missing, 0, kNoTarget) : CauseId{0};
    }
    if (at.missing != 0) {
      open.outcome = Outcome::kAppError;
      open.cause = at.missing;
      open.expected = model.errors_expected;
    } else if (model.errors_per_million != 0 &&
               ((std::uint64_t{chance} * 1'000'000U) >> 32) < model.errors_per_million) {
      open.outcome = Outcome::kAppError;
      open.cause = cause(Outcome::kAppError, 500, "app", causes::kAppError, 0, kNoTarget);
      open.expected = model.errors_expected;
    }
    if (open.end - now > frontend.idle_timeout) {
      open.end = now + frontend.idle_timeout;
      open.outcome = Outcome::kTimeout;
      open.expected = false;
      open.cause = cause(Outcome::kTimeout, 504, "load balancer", causes::kIdleTimeout,
                         frontend.group, open.target);
    }
    if (open.end > patience) {
      open.end = patience;
      open.outcome = Outcome::kClientGaveUp;
      open.expected = false;
      open.cause = cause(Outcome::kClientGaveUp, 0, "client", causes::kClientTimeout,
                         frontend.group, open.target);
    }
  }

  /// The address is gone: the connect waits for its time-out.
  void into_the_dark(Open& open, Frontend& frontend, NodeGroup& node, Departures& departures,
                     SimTime patience) {
    open.end = open.sent + frontend.connect_timeout;
    open.outcome = Outcome::kTimeout;
    std::string_view text = causes::kBlackHole;
    int status = 504;
    if (open.end > patience) {
      open.end = patience;
      open.outcome = Outcome::kClientGaveUp;
      text = causes::kClientTimeout;
      status = 0;
    }
    open.cause = cause(open.outcome, status, "target", text, frontend.group, open.target);
    if (node.algorithm->counts_outstanding()) {
      node.algorithm->began(open.target);
      open.slot = departures.add(open.end, open.target);
    }
    lost.push(open);
  }

  // --- Revising ----------------------------------------------------------------------------------

  void cut(Open& open, app::Cut with, SimTime now) {
    FrontendState& state = states[open.frontend];
    const Frontend& frontend = *state.frontend;
    const bool classic = frontend.kind == elb::Kind::kClassic;
    SimTime end = now;
    Outcome outcome = Outcome::kReset;
    int status = classic ? 504 : 502;
    if (with.connection_vanishes) {
      // No reset arrives: the balancer waits for its idle time-out, the client for its patience.
      end = std::max(now, open.sent + frontend.idle_timeout);
      outcome = Outcome::kTimeout;
      status = 504;
      const SimDuration patience = sources[open.source].spec.timeout;
      if (patience != SimDuration::max() && open.sent + patience < end) {
        end = std::max(now, open.sent + patience);
        outcome = Outcome::kClientGaveUp;
        status = 0;
      }
    }
    open.outcome = outcome;
    open.expected = false;
    open.cause = cause(outcome, status, "target", with.cause, frontend.group, open.target);
    if (open.slot != Departures::kNoSlot) {
      Departures& departures = state.nodes[open.node];
      elb::Algorithm& algorithm = *frontend.nodes[open.node].algorithm;
      departures.catch_up(now, algorithm);
      departures.cancel(open.slot, algorithm);
      open.slot = Departures::kNoSlot;
      if (end > now) {
        algorithm.began(open.target);
        open.slot = departures.add(end, open.target);
      }
    }
    open.end = end;
  }

  /// Cuts the open requests of a ring for which `hit` holds.
  template <class Hit>
  void cut_in(Ring<Open>& ring, app::Cut with, SimTime now, Hit hit) {
    ring.keep_if([&](Open& open) {
      if (open.end <= now) {
        book(open);
        return false;
      }
      if (!hit(open)) return true;
      cut(open, with, now);
      if (open.end > now) return true;
      book(open);
      return false;
    });
  }

  void settle(SimTime now) {
    auto ended = [&](Open& open) {
      if (open.end > now) return true;
      book(open);
      return false;
    };
    for (auto& at : served) {
      if (at) at->station.open.keep_if(ended);
    }
    lost.keep_if(ended);
  }

  std::uint64_t open_count() {
    std::uint64_t n = lost.size();
    for (auto& at : served) {
      if (at) n += at->station.open.size();
    }
    return n;
  }

  /// Listeners changed: sources find theirs again. A frontend keeps its place once it has one.
  void find_frontends() {
    look_up = false;
    for (auto& source : sources) {
      source.frontend =
          frontends ? frontends(source.spec.load_balancer, source.spec.port) : nullptr;
      if (source.frontend == nullptr) continue;
      auto state = std::ranges::find(states, source.frontend, &FrontendState::frontend);
      if (state == states.end()) {
        states.push_back({source.frontend, {}});
        state = std::prev(states.end());
      }
      if (state->nodes.size() < source.frontend->nodes.size())
        state->nodes.resize(source.frontend->nodes.size());
      source.frontend_index = static_cast<std::uint16_t>(state - states.begin());
    }
  }

  void advance(SimTime until) {
    if (look_up) find_frontends();
    if (sources.size() == 1) {
      Source& source = sources.front();
      for (SimTime at = source.peek(until); at < until; at = source.peek(until)) {
        ++source.next;
        accept(0, source, at);
      }
      return;
    }
    for (;;) {
      std::size_t first = 0;
      SimTime at = kNever;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        const SimTime next = sources[i].peek(until);
        if (next < at) {
          at = next;
          first = i;
        }
      }
      if (at >= until) return;
      ++sources[first].next;
      accept(static_cast<std::uint16_t>(first), sources[first], at);
    }
  }
};

DataPlane::DataPlane(EventLoop& loop, app::Fleet& fleet, database::Database& database,
                     RandomSource random, Limits limits)
    : impl_(std::make_unique<Impl>(loop, fleet, database, random, limits, ledger_)) {}

DataPlane::~DataPlane() = default;

void DataPlane::set_lookups(FrontendLookup frontends, TargetStateLookup target_states) {
  impl_->frontends = std::move(frontends);
  impl_->target_states = std::move(target_states);
}

void DataPlane::add_source(const traffic::SourceSpec& spec) {
  Source source;
  source.spec = spec;
  source.shape =
      spec.arrivals == traffic::SourceSpec::Arrivals::kConstant
          ? traffic::make_constant(spec.profile)
          : traffic::make_poisson(spec.profile, impl_->random.stream(spec.name + "/arrivals"));
  source.service = impl_->random.stream(spec.name + "/requests");
  impl_->sources.push_back(std::move(source));
  impl_->look_up = true;
}

void DataPlane::observe(std::function<void(const RequestRecord&)> observer) {
  impl_->observer = std::move(observer);
}

void DataPlane::frontends_changed() { impl_->look_up = true; }
void DataPlane::advance(SimTime until) { impl_->advance(until); }
void DataPlane::settle(SimTime now) { impl_->settle(now); }

void DataPlane::finish() {
  impl_->settle(kNever);
  std::ranges::stable_sort(ledger_.drops, [](const RequestRecord& a, const RequestRecord& b) {
    return std::tie(a.ended_at, a.source, a.index) < std::tie(b.ended_at, b.source, b.index);
  });
}

std::uint64_t DataPlane::sent() const { return impl_->sent; }
std::uint64_t DataPlane::open() const { return impl_->open_count(); }
std::uint64_t DataPlane::digest() const { return impl_->digest; }

void DataPlane::check_conserved() const {
  const std::uint64_t booked = ledger_.total().total();
  STEADY_CHECK(booked == impl_->booked, "the ledger holds other requests than were booked");
  STEADY_CHECK(impl_->sent == booked + impl_->open_count(),
               "requests are not conserved: " + std::to_string(impl_->sent) + " sent, " +
                   std::to_string(booked) + " ended, " + std::to_string(impl_->open_count()) +
                   " open");
}

Page DataPlane::get(std::string_view load_balancer, std::uint16_t port) {
  Page page;
  const Frontend* frontend = impl_->frontends ? impl_->frontends(load_balancer, port) : nullptr;
  if (frontend == nullptr || !frontend->exists) return page;
  const RandomStream draw = impl_->random.stream("pages");
  const std::uint64_t entity = impl_->pages++;
  const NodeGroup& node = frontend->nodes[draw.below(frontend->nodes.size(), entity, 0)];
  page.status = 503;
  if (node.candidates.empty()) return page;
  const bool classic = frontend->kind == elb::Kind::kClassic;
  // It takes any of the candidates, so that a look does not move whose turn it is.
  const auto& target = node.candidates[draw.below(node.candidates.size(), entity, 1)];
  page.status = classic ? 504 : 502;
  if (impl_->fleet.reach(target.endpoint) != app::Reach::kProcess) return page;
  const app::AppModel& model = *impl_->fleet.process_at(target.endpoint)->model;
  page.version = model.revision;
  page.body = model.page;
  const bool error = impl_->database.missing(model.reads, model.writes).has_value() ||
                     draw.below(1'000'000, entity, 2) < model.errors_per_million;
  page.status = error ? 500 : 200;
  if (error) page.body = "Internal Server Error";
  return page;
}

DataPlane::StationSums DataPlane::station(ProcessId process) const {
  if (process >= impl_->served.size() || !impl_->served[process]) return {};
  return {impl_->served[process]->station.held_ns, impl_->served[process]->station.answered};
}

void DataPlane::cut_process(ProcessId process, app::Cut with) {
  if (process >= impl_->served.size() || !impl_->served[process]) return;
  impl_->cut_in(impl_->served[process]->station.open, with, impl_->loop.now(),
                [](const Open&) { return true; });
}

void DataPlane::cut_target(GroupId, TargetId target, app::Cut with) {
  if (target >= impl_->target_processes.size()) return;
  const auto hit = [target](const Open& open) { return open.target == target; };
  for (const ProcessId process : impl_->target_processes[target]) {
    if (process == app::Fleet::kNone) continue;
    impl_->cut_in(impl_->served[process]->station.open, with, impl_->loop.now(), hit);
  }
  impl_->cut_in(impl_->lost, with, impl_->loop.now(), hit);
}

SimTime DataPlane::process_idle_at(ProcessId process) {
  const SimTime now = impl_->loop.now();
  if (process >= impl_->served.size() || !impl_->served[process]) return now;
  return std::max(now, impl_->served[process]->station.idle_at());
}

SimTime DataPlane::target_idle_at(GroupId, TargetId target) {
  SimTime idle = impl_->loop.now();
  if (target >= impl_->target_processes.size()) return idle;
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

SimDuration DataPlane::queue_wait(ProcessId process) {
  const SimTime now = impl_->loop.now();
  if (process >= impl_->served.size() || !impl_->served[process]) return SimDuration{0};
  Station& station = impl_->served[process]->station;
  if (station.full(now)) return kNever - now;
  return station.next_start(now) - now;
}

}  // namespace steady::dataplane
