#include <algorithm>

#include "sim/core/batch.h"
#include "sim/dataplane/batched.h"
#include "sim/dataplane/impl.h"

/// From a request's sending to its planned end.
namespace steady::dataplane {

using elb::Frontend;
using elb::NodeGroup;

namespace {

constexpr std::size_t kBatch = 256;

}  // namespace

SimTime Source::refill() {
  if (!begin_batch(kBatch)) return kNever;
  draw_arrivals(kBatch);
  if (!follows) draw_words(0, batch.size());  // else each of their requests draws for itself
  if (!follows && !bindings.empty()) draw_routes();
  return batch.empty() ? kNever : batch[0];
}

bool Source::begin_batch(std::size_t most) {
  if (exhausted) return false;
  batch.clear();
  next = 0;
  ++batches;
  words.resize(most);
  chances.resize(most);
  nodes.resize(most);
  for (auto& known : samples) known.of = nullptr;
  routes.first = made;
  return true;
}

void Source::draw_arrivals(std::size_t most) {
  shape->next(kNever, most, batch);
  exhausted = batch.empty();
}

void Source::draw_words(std::size_t begin, std::size_t end) {
  batch::blocks(service, made + begin, kMain, end - begin,
                {words.data() + begin, chances.data() + begin, nodes.data() + begin});
}

void Source::draw_routes() {
  routes.batch = batches;
  routes.words.resize(batch.size());
  routes.clients.resize(batch.size());
  routes.choices.resize(batch.size());
  batch::blocks(service, routes.first, kRoute, batch.size(),
                {routes.words.data(), routes.clients.data(), routes.choices.data()});
  routes.gaps.of = nullptr;
}

SimDuration Source::reuse_gap(const Distribution& distribution, std::uint64_t index,
                              std::uint32_t attempt, const PhiloxBlock& bits) {
  const std::size_t i = place_of(index, attempt);
  if (i >= batch.size()) return distribution.sample(word(bits));
  if (routes.gaps.of != &distribution) {
    routes.gaps.of = &distribution;
    routes.gaps.ns.resize(batch.size());
    distribution.sample_many(routes.words.data(), batch.size(), routes.gaps.ns.data());
  }
  return SimDuration{routes.gaps.ns[i]};
}

SimDuration Source::sample_batch(std::size_t i, const Distribution& distribution) {
  // A third revision takes the place of the one that was asked for first.
  Samples& fresh = samples[next_samples];
  next_samples = (next_samples + 1) % samples.size();
  fresh.of = &distribution;
  fresh.ns.resize(words.size());
  distribution.sample_many(words.data(), batch.size(), fresh.ns.data());
  return SimDuration{fresh.ns[i]};
}

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

std::uint32_t Source::client(std::uint64_t index) const {
  if (spec.users) return static_cast<std::uint32_t>(index % spec.users->number);
  if (!has_population()) return follows ? static_cast<std::uint32_t>(index % kAgain) : 0;
  if (spec.trace) return spec.trace->peers[spec.trace->requests[index % kAgain].peer].client;
  const std::size_t i = place_of(index % kAgain, 0);
  const std::uint64_t bits = i < batch.size() && routes.batch == batches
                                 ? routes.clients[i]
                                 : service.block(index % kAgain, kRoute)[2];
  return static_cast<std::uint32_t>((bits * spec.clients) >> 32);
}

/// The target to which the client's session is bound, or the algorithm's choice.
std::size_t DataPlane::Impl::choose(Source& source, Open& open, const Frontend& frontend,
                                    NodeGroup& node, const PhiloxBlock& route) {
  const elb::Turn turn{open.sent, route[3]};
  if (frontend.sticky_for.count() == 0 || source.bindings.empty())
    return node.algorithm->choose(turn);
  Binding& binding = source.bindings[who(source, open)];
  std::size_t chosen = node.candidates.size();
  if (open.sent < binding.until) {
    if (binding.place < node.candidates.size() &&
        node.candidates[binding.place].target == binding.target) {
      chosen = binding.place;  // nothing has moved
    } else {
      const auto found =
          std::ranges::lower_bound(node.candidates, binding.target, {}, &elb::RouteTarget::target);
      if (found != node.candidates.end() && found->target == binding.target)
        chosen = static_cast<std::size_t>(found - node.candidates.begin());
    }
  }
  const bool fresh = chosen == node.candidates.size();
  if (fresh) {
    chosen = node.algorithm->choose(turn);
    open.unsticky = true;
  }
  bind(binding, frontend, node.candidates[chosen].target, chosen, open.sent, fresh);
  return chosen;
}

/// The balancer's own cookie: each response renews it (elb.md 2.10), but Classic's (1.8). An app's
/// has to be set by the app.
void DataPlane::Impl::bind(Binding& binding, const Frontend& frontend, app::TargetId target,
                           std::size_t place, SimTime now, bool fresh) {
  if (!frontend.app_cookie.empty() || !(fresh || frontend.sticky_renews)) return;
  binding = {target, static_cast<std::uint32_t>(place), after(now, frontend.sticky_for)};
}

/// A process has taken the request: its answer sets the app's cookie where the client has none of
/// this process's, and the balancer binds the client then (elb.md 1.8, 2.10).
void DataPlane::Impl::keep_session(Source& source, const Open& open, const Frontend& frontend,
                                   const app::AppModel& model, SimTime now) {
  if (source.bindings.empty() || !model.cookie || model.cookie->name != frontend.app_cookie) return;
  source.sessions.resize(source.bindings.size());
  const std::uint32_t client = who(source, open);
  AppSession& session = source.sessions[client];
  const bool sets = session.process != open.process || now >= session.until;
  if (sets) session = {open.process, after(now, model.cookie->life)};
  Binding& binding = source.bindings[client];
  const bool bound = binding.target == open.target && now < binding.until;
  if (sets || (bound && frontend.sticky_renews)) {
    binding = {open.target, binding.place,
               std::min(after(now, frontend.sticky_for), session.until)};
  }
}

/// The keep-alive race (elb.md 2.14): the app closes an idle connection while the balancer sends on
/// it. Longer gaps cost nothing, for the balancer has seen the close or closed it itself.
bool DataPlane::Impl::connection_is_stale(Source& source, const Open& open, std::uint32_t attempt,
                                          const Frontend& frontend, const app::AppModel& model,
                                          const PhiloxBlock& route) {
  if (model.keep_alive >= frontend.idle_timeout) return false;
  const SimDuration gap = source.reuse_gap(*frontend.reuse_gap, open.index, attempt, route);
  return gap >= model.keep_alive && gap < model.keep_alive + model.close_race &&
         gap < frontend.idle_timeout;
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
  if (frontend == nullptr || !frontend->exists) {
    return lose(open, Outcome::kNoTarget, 0, "load balancer", causes::kNoLoadBalancer, 0);
  }
  const std::size_t node_count = frontend->nodes.size();
  open.frontend = source.frontend_index;
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
  Departures& departures = states[open.frontend].nodes[open.node];
  const bool counts = node.algorithm->fewest() != nullptr || node.algorithm->counts_outstanding();
  if (counts) catch_up(departures, *node.algorithm, now);
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
  if (node.algorithm->fewest() != nullptr || node.algorithm->counts_outstanding()) {
    depart(open, *node.algorithm, departures);
  }
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
  if (node.algorithm->fewest() != nullptr || node.algorithm->counts_outstanding()) {
    depart(open, *node.algorithm, departures);
  }
  planned(open);
  lost.push(open);
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
