#include <algorithm>

#include "sim/dataplane/impl.h"

/// From a request's coming to its target to its planned end.
namespace steady::dataplane {

using elb::Frontend;
using elb::NodeGroup;

Served& DataPlane::Impl::new_station(app::ProcessId id) {
  if (served.size() <= id) served.resize(id + std::size_t{1});
  const app::AppModel* model = fleet.process(id).model;
  served[id] = std::make_unique<Served>(
      Served{Station(model->concurrency, model->backlog), model, ledger.version(model->revision)});
  if (speeds_change) served[id]->work = std::make_unique<Work>(fleet.process(id).speed);
  served[id]->special = speeds_change || !model->dependencies.empty() || model->shed_above ||
                        model->queue_timeout || model->memory;
  return *served[id];
}

void DataPlane::Impl::new_target_process(std::uint32_t target, app::EndpointId endpoint,
                                         app::ProcessId process) {
  if (target_processes.size() <= target) {
    target_processes.resize(target + std::size_t{1});
    endpoint_of_target.resize(target + std::size_t{1});
  }
  target_processes[target].push_back(process);
  endpoint_of_target[target] = endpoint;
}

/// The request goes to this target of its node, now.
void DataPlane::Impl::hand_over(Source& source, Open& open, const Draws& draws,
                                const PhiloxBlock& route, elb::RouteTarget target, app::Reach reach,
                                SimTime now, SimTime patience) {
  Frontend* frontend = states[open.frontend].frontend;
  NodeGroup& node = frontend->nodes[open.node];
  Departures& departures = states[open.frontend].nodes[open.node];
  open.target = target.target;
  open.fail_open = node.fail_open;

  if (reach != app::Reach::kProcess) {
    note_target(target.target, target.endpoint, app::Fleet::kNone);
    if (reach == app::Reach::kRefused) {
      return lose(open, Outcome::kRefused, reset_status(*frontend), "target",
                  why_refused(target.endpoint), frontend->group);
    }
    return into_the_dark(open, *frontend, node, departures, now, patience);
  }

  const app::ProcessId id = fleet.process_id_at(target.endpoint);
  Served& at = station_of(id);
  note_target(target.target, target.endpoint, id);
  open.process = id;
  prune(at, now);
  // Who tries again makes a new connection.
  if (frontend->reuse_gap && !draws.tried_again &&
      connection_is_stale(source, open, draws.attempt, *frontend, *at.model, route)) {
    return lose(open, Outcome::kReset, reset_status(*frontend), "target", causes::kKeepAliveRace,
                frontend->group);
  }
  if (frontend->surge_queue != 0 && !source.spec.stream && at.station.full(now)) {
    const auto place = std::ranges::find(node.candidates, open.target, &elb::RouteTarget::target);
    const auto after = static_cast<std::size_t>(place - node.candidates.begin()) + 1;
    const auto other = accepting(node, after, now);
    if (!other) return wait_at_node(open, *frontend, now);
    return send_to(source, open, *frontend, node, departures, *other, now, draws);
  }
  serve(source, open, draws, at, *frontend, node, departures, now, patience);
}

/// The process has the connection that carries the request.
void DataPlane::Impl::serve(Source& source, Open& open, const Draws& draws, Served& at,
                            const Frontend& frontend, NodeGroup& node, Departures& departures,
                            SimTime now, SimTime patience) {
  const app::AppModel& model = *at.model;
  if (!source.spec.stream && at.station.full(now)) return overflow(open, frontend);
  if (!source.spec.stream && at.special && sheds(at, now)) {
    open.end = now;
    open.expected = model.errors_expected;
    return lose(open, Outcome::kAppError, 503, "app", causes::kShed, frontend.group);
  }
  if (!frontend.app_cookie.empty()) keep_session(source, open, frontend, model, now);
  if (source.spec.stream) return carry_stream(open, at, node, departures, now, draws.life);
  SimDuration work = draws.place != Draws::kNowhere
                         ? source.service_time(draws.place, model.service_time)
                         : SimDuration{model.service_time.sample(draws.word)};
  if (at.station.answered < model.cold_requests)
    work = std::min(work, kLongestDuration / model.cold_factor) * model.cold_factor;
  const SimTime start = at.station.next_start(now);
  SimDuration hold{0};
  if (database.locked_until() > start && !(model.reads.empty() && model.writes.empty())) {
    hold = database.locked_until() - start;
  }
  SimTime done{};
  if (source.spec.transfer) {
    STEADY_CHECK(!at.special, "a body takes its time at a process whose work may be revised");
    done = plan_bodies(open, at, frontend, start, hold + work, open.queued ? open.sent : now,
                       patience, draws);
  } else {
    app_answers(open, at, draws.chance);
    done = at.special ? take_job(open, at, draws.attempt, now, start, hold, work)
                      : start + (hold + work);
    open.end = done;
    // The client's own connection was idle while the request waited at its node.
    plan_end(open, frontend, open.queued ? open.sent : now, patience);
  }
  at.station.take(now, start, done);
  if (open.flow != kNoFlow) flow_until(open);
  // One that waited had an end in view that it has no longer.
  if (source.follows || open.outcome != Outcome::kOk || open.queued) planned(open);
  depart(open, *node.algorithm, departures, now);
  if (watched.source == open.source && watched.index == open.index) {
    watched.started = start;
    watched.answered = done;
    watched.candidates = node.candidates.size();
    watched.fail_open = node.fail_open;
  }
  at.station.open.push(open);
}

void DataPlane::Impl::overflow(Open& open, const Frontend& frontend) {
  lose(open, Outcome::kOverflow, overflow_status(frontend), "target", causes::kBacklogFull,
       frontend.group);
}

/// What the app will answer to a request that it has accepted.
void DataPlane::Impl::app_answers(Open& open, Served& at, std::uint32_t chance) {
  const app::AppModel& model = *at.model;
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
  } else if (sources[open.source].follows && operations[open.operation].wants != 0) {
    const VersionId wants = operations[open.operation].wants;
    if (wants != at.version && std::ranges::find(model.keeps_assets_of, ledger.versions()[wants]) ==
                                   model.keeps_assets_of.end())
      open.cause = ledger.cause({Outcome::kOk, 404, "app", std::string(causes::kMissingAsset), ""});
  }
}

/// Who waits for the answer may have had enough before it comes.
void DataPlane::Impl::plan_end(Open& open, const Frontend& frontend, SimTime came,
                               SimTime patience) {
  if (frontend.kind == elb::Kind::kNetwork) return plan_flow(open, frontend, came, patience);
  if (open.end - came > frontend.idle_timeout) {
    open.end = came + frontend.idle_timeout;
    open.outcome = Outcome::kTimeout;
    open.expected = false;
    open.cause = cause(Outcome::kTimeout, 504, "load balancer", causes::kIdleTimeout,
                       frontend.group, open.target);
  }
  if (open.end > patience) {
    open.end = patience;
    open.outcome = Outcome::kClientGaveUp;
    open.expected = false;
    open.cause = cause(Outcome::kClientGaveUp, 0, "client", causes::kClientTimeout, frontend.group,
                       open.target);
  }
}

/// Nobody answers until the wait is over at `open.end`, or the client's patience before that.
void DataPlane::Impl::hear_nothing(Open& open, const Frontend& frontend, SimTime patience) {
  open.outcome = Outcome::kTimeout;
  std::string_view text = causes::kBlackHole;
  int status = silence_status(frontend);
  if (open.end > patience) {
    open.end = patience;
    open.outcome = Outcome::kClientGaveUp;
    text = causes::kClientTimeout;
    status = 0;
  }
  open.cause = cause(open.outcome, status, "target", text, frontend.group, open.target);
}

/// The address is gone: the connect waits for its time-out.
void DataPlane::Impl::into_the_dark(Open& open, Frontend& frontend, NodeGroup& node,
                                    Departures& departures, SimTime now, SimTime patience) {
  open.end = now + frontend.connect_timeout;
  hear_nothing(open, frontend, patience);
  depart(open, *node.algorithm, departures, now);
  planned(open);
  lost.push(open);
}

}  // namespace steady::dataplane
