#include "tests/sim/dataplane/plain_plane.h"

#include <algorithm>

#include "sim/dataplane/causes.h"

namespace steady::dataplane::testing {

std::string Told::words() const {
  return format_seconds(sent) + " to " + format_seconds(ended) + " " + std::string(name(outcome)) +
         " " + std::to_string(status) + " '" + cause + "' by '" + version + "' at " + target +
         (before.empty() ? "" : " after " + before);
}

PlainPlane::PlainPlane(EventLoop& loop, app::Fleet& fleet, database::Database& database,
                       RandomSource random)
    : loop_(loop), fleet_(fleet), database_(database), random_(random) {}

void PlainPlane::add_source(const traffic::SourceSpec& spec, elb::Frontend* frontend) {
  Source source;
  source.spec = spec;
  source.shape = traffic::make_shape(spec, random_);
  source.service = random_.stream(spec.name + "/requests");
  source.frontend = frontend;
  source.tokens = spec.retry.burst * 1000;
  std::vector<SimTime> first;
  source.shape->next(kNever, 1, first);
  sources_.push_back(std::move(source));
  if (!first.empty()) put(first[0], kArrive, sources_.size() - 1);
}

void PlainPlane::put(SimTime at, Kind kind, std::size_t number) {
  // Of arrivals at one instant the source that was named first comes first.
  std::uint64_t order = kind == kArrive ? number : sequence_++;
  if (kind == kDecide || kind == kSend)
    order = (std::uint64_t{requests_[number].source} << 48) | requests_[number].index;
  events_.insert({at, kind, order, number});
}

void PlainPlane::advance(SimTime until) {
  while (!events_.empty() && events_.begin()->at < until) {
    const Event event = *events_.begin();
    events_.erase(events_.begin());
    handle(event);
  }
}

/// What ends at this very moment has ended before the control plane acts.
void PlainPlane::due(SimTime now) {
  advance(now);
  while (!events_.empty() && events_.begin()->at == now && events_.begin()->kind < kDecide) {
    const Event event = *events_.begin();
    events_.erase(events_.begin());
    handle(event);
  }
}

void PlainPlane::finish() {
  std::erase_if(events_, [](const Event& event) { return event.kind == kArrive; });
  advance(kNever);
}

void PlainPlane::handle(const Event& event) {
  switch (event.kind) {
    case kArrive:
      return arrive(event.number, event.at);
    case kDecide:
      return decide(event.number, event.at);
    case kSend: {
      Request next;
      const Request& last = requests_[event.number];
      if (last.stream) {
        next.source = last.source;
        next.index = last.index + (std::uint64_t{1} << 40);
        next.life = last.life;
        next.first = event.at;
        next.so_far.sent = event.at;
        requests_.push_back(std::move(next));
        return attempt(requests_.size() - 1, event.at);
      }
      next.source = last.source;
      next.index = last.index;
      next.first = last.first;
      next.attempts = last.attempts + 1;
      next.waited = last.waited;
      next.so_far.before = last.so_far.before;
      next.so_far.sent = event.at;
      requests_.push_back(std::move(next));
      return attempt(requests_.size() - 1, event.at);
    }
    case kComplete:
      return complete(event.number, event.at);
    case kLate: {
      const Request& request = requests_[event.number];
      const bool dark = request.process == app::Fleet::kNone;
      return end(event.number, event.at, Outcome::kTimeout,
                 std::string(dark ? causes::kBlackHole : causes::kIdleTimeout), 504);
    }
    case kImpatient:
      return end(event.number, event.at, Outcome::kClientGaveUp,
                 std::string(causes::kClientTimeout), 0);
  }
}

std::size_t PlainPlane::client(const Source& source, const Request& request) {
  const PhiloxBlock who = source.service.block(request.index % (std::uint64_t{1} << 40), 1);
  return static_cast<std::size_t>((std::uint64_t{who[2]} * source.spec.clients) >> 32);
}

/// The client's own group while its cookie lasts and the rule names it, else one by weight; nobody
/// when all weights are 0.
const elb::Frontend* PlainPlane::by_weight(Source& source, const Request& request,
                                           const elb::Route& route, SimTime now) {
  const bool sticky = route.sticky_for.count() > 0 && source.spec.clients > 0;
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
    const PhiloxBlock bits = source.service.block(request.index, (request.attempts - 1) * 4 + 3);
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
  const PhiloxBlock bits = source.service.block(request.index, (request.attempts - 1) * 4 + 1);
  const bool sticky = frontend.sticky_for.count() > 0 && source.spec.clients > 0;
  const std::size_t who = client(source, request);
  std::optional<std::size_t> chosen;
  if (const auto known = source.bound.find(who); sticky && known != source.bound.end()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].target == known->second.first && now < known->second.second) chosen = i;
    }
  }
  if (!chosen) chosen = by_algorithm(frontend, request.node, now, bits[3]);
  if (sticky) source.bound[who] = {candidates[*chosen].target, now + frontend.sticky_for};
  return *chosen;
}

std::size_t PlainPlane::by_algorithm(const elb::Frontend& frontend, std::size_t node, SimTime now,
                                     std::uint32_t bits) {
  const auto& candidates = frontend.nodes[node].candidates;
  if (weighted_random)
    return static_cast<std::size_t>((std::uint64_t{bits} * candidates.size()) >> 32);
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

void PlainPlane::arrive(std::size_t number, SimTime now) {
  Source& source = sources_[number];
  std::vector<SimTime> following;
  source.shape->next(kNever, 1, following);
  if (!following.empty()) put(following[0], kArrive, number);

  const std::size_t id = requests_.size();
  Request& request = requests_.emplace_back();
  request.source = static_cast<std::uint16_t>(number);
  request.index = source.made++;
  request.so_far.sent = now;
  request.first = now;
  const auto& retry = source.spec.retry;
  if (retry.budgeted())
    source.tokens = std::min(retry.burst * 1000, source.tokens + retry.budget_per_mille);
  attempt(id, now);
}

SimTime PlainPlane::patience(const Request& request) const {
  const auto& spec = sources_[request.source].spec;
  SimTime until = kNever;
  if (spec.timeout != SimDuration::max()) until = request.so_far.sent + spec.timeout;
  if (spec.retry.deadline != SimDuration::max())
    until = std::min(until, request.first + spec.retry.deadline);
  return until;
}

/// elb.md 8.5: the client looks at a failed attempt.
void PlainPlane::decide(std::size_t number, SimTime now) {
  Request& request = requests_[number];
  Source& source = sources_[request.source];
  const auto& retry = source.spec.retry;
  const PhiloxBlock bits = source.service.block(request.index, (request.attempts - 1) * 4 + 2);
  const SimDuration wait =
      retry.wait(request.attempts, request.waited, (std::uint64_t{bits[1]} << 32) | bits[0]);
  bool may = true;
  if (retry.deadline != SimDuration::max() && now + wait >= request.first + retry.deadline)
    may = false;
  if (may && retry.budgeted()) {
    may = source.tokens >= 1000;
    if (may) source.tokens -= 1000;
  }
  if (!may) {
    request.so_far.sent = request.first;
    told[{request.source, request.index}] = request.so_far;
    return;
  }
  Told failed = request.so_far;
  failed.before.clear();
  request.so_far.before += failed.words() + "; ";
  request.waited = wait;
  put(now + wait, kSend, number);
}

void PlainPlane::attempt(std::size_t id, SimTime now) {
  Request& request = requests_[id];
  Source& source = sources_[request.source];
  const std::uint32_t block = (request.attempts - 1) * 4;
  const elb::Frontend& listener = *source.frontend;
  if (!listener.exists)
    return end(id, now, Outcome::kNoTarget, std::string(causes::kNoLoadBalancer), 0);
  const PhiloxBlock bits = source.service.block(request.index, block);
  request.node = static_cast<std::size_t>((std::uint64_t{bits[3]} * listener.nodes.size()) >> 32);
  request.frontend = &listener;
  if (!listener.routes.empty()) {
    const elb::Route* route = nullptr;
    for (const elb::Route& each : *listener.routes[request.node]) {
      bool all = true;
      for (const auto& condition : each.conditions)
        all = all && elb::holds(condition, source.spec.request);
      if (all && route == nullptr) route = &each;
    }
    if (route->type != elb::ActionSpec::Type::kForward)
      return end(id, now, Outcome::kOk, std::string(causes::kFixedResponse), route->status);
    request.frontend = by_weight(source, request, *route, now);
    if (request.frontend == nullptr)
      return end(id, now, Outcome::kNoTarget, std::string(causes::kNoWeight), 503);
  }
  const elb::Frontend& frontend = *request.frontend;
  const auto& node = frontend.nodes[request.node];
  if (node.candidates.empty())
    return end(id, now, Outcome::kNoTarget, std::string(node.empty_because), 503);
  const bool classic = frontend.kind == elb::Kind::kClassic;
  std::size_t chosen = choose(source, request, now);
  for (int retry = 0; retry < frontend.connect_retries &&
                      static_cast<std::size_t>(retry) + 1 < node.candidates.size() &&
                      fleet_.reach(node.candidates[chosen].endpoint) == app::Reach::kRefused;
       ++retry) {
    chosen = (chosen + 1) % node.candidates.size();
  }
  const elb::RouteTarget target = node.candidates[chosen];
  request.target = target.target;
  request.so_far.target = fleet_.endpoint_name(target.endpoint);
  const app::Reach reach = fleet_.reach(target.endpoint);
  const SimTime bored = patience(request);
  if (reach == app::Reach::kRefused) {
    const app::Process* process = fleet_.process_at(target.endpoint);
    std::string_view why = causes::kNobodyListens;
    if (process != nullptr)
      why = process->state == app::ProcessState::kStopping ? causes::kStopping : causes::kNotReady;
    return end(id, now, Outcome::kRefused, std::string(why), classic ? 504 : 502);
  }
  if (reach == app::Reach::kBlackHole) {
    request.outstanding = true;
    put(now + frontend.connect_timeout, kLate, id);
    if (bored != kNever) put(bored, kImpatient, id);
    return;
  }
  request.process = fleet_.process_id_at(target.endpoint);
  const app::AppModel& model = *fleet_.process(request.process).model;
  request.so_far.version = model.revision;
  Station& station = stations_[request.process];
  if (frontend.reuse_gap) {
    const PhiloxBlock more = source.service.block(request.index, block + 1);
    const SimDuration gap = frontend.reuse_gap->sample((std::uint64_t{more[1]} << 32) | more[0]);
    // The balancer closes what rests for its idle time-out, the app what rests for its keep-alive.
    const bool open = gap < frontend.idle_timeout;
    if (open && gap >= model.keep_alive && gap < model.keep_alive + model.close_race) {
      return end(id, now, Outcome::kReset, std::string(causes::kKeepAliveRace),
                 classic ? 504 : 502);
    }
  }
  if (const auto& stream = source.spec.stream) {
    if (request.life.count() == 0)
      request.life = stream->life.sample((std::uint64_t{bits[1]} << 32) | bits[0]);
    request.stream = true;
    request.outstanding = true;
    station.streams.insert(id);
    station.done_at[id] = now + request.life;
    return put(now + request.life, kComplete, id);
  }
  const bool busy = station.serving.size() >= model.concurrency;
  if (busy && station.waiting.size() >= model.backlog) {
    return end(id, now, Outcome::kOverflow, std::string(causes::kBacklogFull), classic ? 503 : 502);
  }
  request.outstanding = true;
  request.work = model.service_time.sample((std::uint64_t{bits[1]} << 32) | bits[0]);
  if (station.taken++ < model.cold_requests) request.work *= model.cold_factor;
  // What a request finds in the database is settled when it is accepted (known deviations).
  if (const auto missing = database_.missing(model.reads, model.writes)) {
    request.failed = true;
    request.error_cause = *missing;
  } else if (((std::uint64_t{bits[2]} * 1'000'000U) >> 32) < model.errors_per_million) {
    request.failed = true;
    request.error_cause = causes::kAppError;
  }
  if (busy) {
    station.waiting.push_back(id);
  } else {
    start(id, now);
  }
  // It may be held up to the time-out itself; an answer at that moment still counts.
  put(now + frontend.idle_timeout, kLate, id);
  if (bored != kNever) put(bored, kImpatient, id);
}

void PlainPlane::start(std::size_t number, SimTime now) {
  Request& request = requests_[number];
  Station& station = stations_[request.process];
  station.serving.insert(number);
  station.done_at[number] = now + request.work;
  put(now + request.work, kComplete, number);
}

void PlainPlane::complete(std::size_t number, SimTime now) {
  Request& request = requests_[number];
  Station& station = stations_[request.process];
  if (request.stream) {
    // Of a connection that broke in silence its process hears as late as the balancer.
    if (request.over || request.silent_until) return;
    station.streams.erase(number);
    station.done_at.erase(number);
    return end(number, now, Outcome::kOk, "", 0);
  }
  if (station.dead) return;
  station.serving.erase(number);
  station.done_at.erase(number);
  if (request.failed) {
    end(number, now, Outcome::kAppError, request.error_cause, 500);
  } else {
    end(number, now, Outcome::kOk, "", 0);
  }
  if (station.waiting.empty()) return;
  const std::size_t next = station.waiting.front();
  station.waiting.pop_front();
  start(next, now);
}

void PlainPlane::end(std::size_t number, SimTime at, Outcome outcome, std::string cause,
                     int status) {
  Request& request = requests_[number];
  if (request.over) return;
  if (request.silent_until) {
    // Nobody answers any more: only its own end ends it, for the cause of the silence.
    if (outcome != Outcome::kReset && at < *request.silent_until) return;
    if (outcome == Outcome::kOk || outcome == Outcome::kAppError) return;
    if (outcome != Outcome::kReset) cause = request.error_cause;
  }
  if (request.stream && outcome != Outcome::kOk) {
    outcome = Outcome::kReset;
    status = 0;
    cause = "stream cut: " + cause;
  }
  request.over = true;
  request.outstanding = false;
  request.so_far.ended = at;
  request.so_far.outcome = outcome;
  request.so_far.cause = std::move(cause);
  request.so_far.status = status;
  const auto& retry = sources_[request.source].spec.retry;
  if (retry.on[static_cast<std::size_t>(outcome)] && request.attempts < retry.attempts)
    return put(at, kDecide, number);
  request.so_far.sent = request.first;
  told[{request.source, request.index}] = request.so_far;
}

/// A stream ended before its client wanted.
void PlainPlane::again(std::size_t number, SimTime ended) {
  Request& request = requests_[number];
  const Source& source = sources_[request.source];
  const SimTime wanted = request.so_far.sent + request.life;
  if (!source.spec.stream->reconnect || wanted <= ended) return;
  request.life = wanted - ended;
  const PhiloxBlock bits = source.service.block(request.index, 2);
  const SimDuration wait =
      source.spec.stream->reconnect->sample((std::uint64_t{bits[1]} << 32) | bits[0]);
  // The order among those of one moment is that of the connections that will be.
  request.index += std::uint64_t{1} << 40;
  put(ended + wait, kSend, number);
  request.index -= std::uint64_t{1} << 40;
}

void PlainPlane::close_streams(app::ProcessId process) {
  const SimTime now = loop_.now();
  due(now);
  Station& station = stations_[process];
  for (const std::size_t number : std::set<std::size_t>(station.streams)) {
    if (requests_[number].over || requests_[number].silent_until) continue;
    end(number, now, Outcome::kOk, "", 0);
    again(number, now);
    station.streams.erase(number);
    station.done_at.erase(number);
  }
}

/// The connection breaks: at once with a reset, or in silence.
void PlainPlane::cut(std::size_t number, app::Cut with) {
  Request& request = requests_[number];
  if (request.over) return;
  const bool classic = request.frontend->kind == elb::Kind::kClassic;
  const SimTime now = loop_.now();
  const bool first = !request.silent_until;
  if (!with.connection_vanishes) {
    end(number, now, Outcome::kReset, std::string(with.cause), classic ? 504 : 502);
    if (request.stream && first) again(number, now);
    return;
  }
  // Nobody will answer: the idle time-out or the client ends it, for the cause of the cut.
  const SimTime busy_until = request.stream ? now : request.so_far.sent;
  const SimTime late = std::max(now, busy_until + request.frontend->idle_timeout);
  const SimTime bored = request.stream ? kNever : std::max(now, patience(request));
  const bool impatient = bored < late;
  request.silent_until = std::min(bored, late);
  request.error_cause = with.cause;
  if (request.stream && first) again(number, late);
  if (*request.silent_until > now)
    return put(*request.silent_until, impatient ? kImpatient : kLate, number);
  end(number, now, impatient ? Outcome::kClientGaveUp : Outcome::kTimeout, "", impatient ? 0 : 504);
}

void PlainPlane::cut_process(app::ProcessId process, app::Cut with) {
  due(loop_.now());
  Station& station = stations_[process];
  station.dead = true;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].process == process) cut(i, with);
  }
}

void PlainPlane::cut_target(app::GroupId, app::TargetId target, app::Cut with) {
  due(loop_.now());
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].outstanding && requests_[i].target == target) cut(i, with);
  }
}

SimTime PlainPlane::process_idle_at(app::ProcessId process) {
  due(loop_.now());
  Station station = stations_[process];
  SimTime idle = loop_.now();
  // Let the queue run dry on paper.
  std::multiset<SimTime> workers;
  for (const auto& [number, at] : station.done_at) {
    const Request& request = requests_[number];
    if (!request.stream) {
      workers.insert(at);
    } else if (!request.over) {
      idle = std::max(idle, request.silent_until.value_or(at));
    }
  }
  for (const SimTime at : workers) idle = std::max(idle, at);
  for (const std::size_t number : station.waiting) {
    const SimTime begin = *workers.begin();
    workers.erase(workers.begin());
    workers.insert(begin + requests_[number].work);
    idle = std::max(idle, begin + requests_[number].work);
  }
  return idle;
}

SimTime PlainPlane::target_idle_at(app::GroupId, app::TargetId) { return loop_.now(); }
SimDuration PlainPlane::queue_wait(app::ProcessId) { return SimDuration{0}; }

}  // namespace steady::dataplane::testing
