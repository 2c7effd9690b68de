#include <algorithm>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// From an arrival to a worker.
namespace steady::dataplane::testing {

void PlainPlane::arrive(std::size_t number, SimTime now) {
  Source& source = sources_[number];
  std::vector<SimTime> following;
  source.shape->next(kNever, 1, following);
  if (!following.empty()) put(following[0], kArrive, number);

  if (source.spec.follows()) {
    const std::uint64_t serial = source.made++;
    Request first;
    first.index = serial;
    const std::size_t person =
        source.spec.clients > 0 ? client(source, first) : new_person(source, serial);
    if (source.spec.sessions) {
      const PhiloxBlock bits = source.service.block(serial, kClient);
      source.people[person].left =
          source.spec.sessions->requests.sample((std::uint64_t{bits[3]} << 32) | bits[2]) - 1;
    }
    return ask(static_cast<std::uint16_t>(number), person, serial, now, "");
  }
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
  if (spec.timeout != SimDuration::max())
    until = (spec.follows() ? request.wanted : request.so_far.sent) + spec.timeout;
  if (spec.retry.deadline != SimDuration::max())
    until = std::min(until, request.first + spec.retry.deadline);
  return until;
}

/// elb.md 8.5: the client looks at a failed attempt.
void PlainPlane::decide(std::size_t number, SimTime now) {
  if (requests_[number].given_up) return;
  ended_at_target(requests_[number], now, false);
  if (const Request& failed = requests_[number]; counts_against(failed))
    failures_[{failed.frontend, failed.node, failed.target}].push_back(now);
  if (balancer_would(requests_[number], now) && balancer_tries(number, now)) return;
  Request& request = requests_[number];
  Source& source = sources_[request.source];
  if (source.spec.follows()) return look(number, now);
  if (!client_would(request)) return over(request);
  const auto& retry = source.spec.retry;
  const PhiloxBlock bits =
      source.service.block(request.index, (request.attempts - 1) * kBlocks + kWait);
  const SimDuration wait =
      retry.wait(request.attempts, request.waited, (std::uint64_t{bits[1]} << 32) | bits[0]);
  bool may = true;
  if (retry.deadline != SimDuration::max() && now + wait >= request.first + retry.deadline)
    may = false;
  if (may && retry.budgeted()) {
    may = source.tokens >= 1000;
    if (may) source.tokens -= 1000;
  }
  if (!may) return over(request);
  Told failed = request.so_far;
  failed.before.clear();
  request.so_far.before += failed.words() + "; ";
  request.waited = wait;
  put(now + wait, kSend, number);
}

void PlainPlane::attempt(std::size_t id, SimTime now) {
  Request& request = requests_[id];
  Source& source = sources_[request.source];
  const std::string wants = source.spec.follows() ? wholes_[request.whole].wants : "";
  const std::uint32_t block = (request.attempts - 1) * kBlocks;
  const Whole* led = source.spec.follows() ? &wholes_[request.whole] : nullptr;
  const bool elsewhere = led != nullptr && led->elsewhere;
  const elb::Frontend* there = elsewhere ? *led->elsewhere : source.frontend;
  if (there == nullptr || (elsewhere && there->kind == elb::Kind::kNetwork))
    return end(id, now, Outcome::kNoTarget, std::string(causes::kNoLoadBalancer), 0);
  const elb::Frontend& listener = *there;
  if (!listener.exists)
    return end(id, now, Outcome::kNoTarget, std::string(causes::kNoLoadBalancer), 0);
  const PhiloxBlock bits = source.service.block(request.index, block);
  request.node = static_cast<std::size_t>((std::uint64_t{bits[3]} * listener.nodes.size()) >> 32);
  request.frontend = &listener;
  if (listener.dns != nullptr) {
    request.node = resolve(source, request, *listener.dns, now, bits[3]);
    if (listener.nodes[request.node].gone)
      return end(id, now, Outcome::kRefused, std::string(causes::kNodeGone), 0);
  }
  if (!listener.routes.empty()) {
    const elb::Route* route = nullptr;
    const HttpRequest& asks = elsewhere       ? led->asks
                              : wants.empty() ? source.spec.request
                                              : source.spec.page->request;
    for (const elb::Route& each : *listener.routes[request.node]) {
      bool all = true;
      for (const auto& condition : each.conditions) all = all && elb::holds(condition, asks);
      if (all && route == nullptr) route = &each;
    }
    if (route->type == elb::ActionSpec::Type::kRedirect) {
      request.redirect = &route->redirect;
      return end(id, now, Outcome::kOk, std::string(causes::kRedirect), route->status);
    }
    if (route->type != elb::ActionSpec::Type::kForward)
      return end(id, now, Outcome::kOk, std::string(causes::kFixedResponse), route->status);
    request.frontend = by_weight(source, request, *route, now);
    if (request.frontend == nullptr)
      return end(id, now, Outcome::kNoTarget, std::string(causes::kNoWeight), 503);
  }
  const elb::Frontend& frontend = *request.frontend;
  if (frontend.kind == elb::Kind::kNetwork) return attempt_flow(id, now);
  const auto& node = frontend.nodes[request.node];
  if (const auto bound = kept(source, request, now)) return offer(id, *bound, now);
  if (node.candidates.empty())
    return end(id, now, Outcome::kNoTarget, std::string(node.empty_because), 503);
  if (failing(request, now).size() == node.candidates.size())
    return end(id, now, Outcome::kNoTarget, std::string(causes::kAllFailed), 502);
  if (frontend.surge_queue > 0 && !source.spec.stream && !queue_of(request).empty())
    return queue_up(id, now);
  std::size_t chosen = choose(source, request, now);
  for (int retry = 0; retry < frontend.connect_retries &&
                      static_cast<std::size_t>(retry) + 1 < node.candidates.size() &&
                      fleet_.reach(node.candidates[chosen].endpoint) == app::Reach::kRefused;
       ++retry) {
    chosen = (chosen + 1) % node.candidates.size();
  }
  offer(id, node.candidates[chosen], now);
}

/// The balancer sends the request to this target.
void PlainPlane::offer(std::size_t id, const elb::RouteTarget& target, SimTime now) {
  Request& request = requests_[id];
  Source& source = sources_[request.source];
  const std::uint32_t block = (request.attempts - 1) * kBlocks;
  const elb::Frontend& frontend = *request.frontend;
  const bool classic = frontend.kind == elb::Kind::kClassic;
  request.tried = now;
  request.dark = false;
  request.endpoint = target.endpoint;
  request.target = target.target;
  request.so_far.target = fleet_.endpoint_name(target.endpoint);
  const app::Reach reach = fleet_.reach(target.endpoint);
  if (reach == app::Reach::kRefused)
    return end(id, now, Outcome::kRefused, why_refused(target.endpoint), classic ? 504 : 502);
  if (reach == app::Reach::kBlackHole) return dark(id, now, frontend.connect_timeout);
  request.process = fleet_.process_id_at(target.endpoint);
  const app::AppModel& model = *fleet_.process(request.process).model;
  request.so_far.version = model.revision;
  if (frontend.reuse_gap && request.tries == 0) {
    const PhiloxBlock more = source.service.block(request.index, block + kRoute);
    const SimDuration gap = frontend.reuse_gap->sample((std::uint64_t{more[1]} << 32) | more[0]);
    // The balancer closes what rests for its idle time-out, the app what rests for its keep-alive.
    const bool open = gap < frontend.idle_timeout;
    if (open && gap >= model.keep_alive && gap < model.keep_alive + model.close_race) {
      return end(id, now, Outcome::kReset, std::string(causes::kKeepAliveRace),
                 classic ? 504 : 502);
    }
  }
  admit(id, now);
}

std::string PlainPlane::why_refused(app::EndpointId endpoint) const {
  const app::Process* process = fleet_.process_at(endpoint);
  if (process == nullptr) return std::string(causes::kNobodyListens);
  return std::string(process->state == app::ProcessState::kStopping ? causes::kStopping
                                                                    : causes::kNotReady);
}

/// The process has its connection.
void PlainPlane::admit(std::size_t id, SimTime now) {
  Request& request = requests_[id];
  request.came = now;
  Source& source = sources_[request.source];
  const elb::Frontend& frontend = *request.frontend;
  const app::AppModel& model = *fleet_.process(request.process).model;
  request.so_far.version = model.revision;
  Station& station = stations_[request.process];
  const PhiloxBlock bits =
      source.service.block(request.index, (request.attempts - 1) * kBlocks + kMain);
  if (const auto& stream = source.spec.stream) {
    answered_with_cookie(source, request, model, now);
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
    if (frontend.surge_queue == 0) {
      int status = frontend.kind == elb::Kind::kClassic ? 503 : 502;
      if (frontend.kind == elb::Kind::kNetwork) status = 0;
      return end(id, now, Outcome::kOverflow, std::string(causes::kBacklogFull), status);
    }
    const auto& candidates = frontend.nodes[request.node].candidates;
    std::size_t at = 0;
    while (candidates[at].target != request.target) ++at;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      const auto& other = candidates[(at + i) % candidates.size()];
      if (has_room(other)) {
        go_to(id, other, now);
        return put_deadlines(id, now);
      }
    }
    return queue_up(id, now);
  }
  take_in(id, now);
  put_deadlines(id, now);
}

/// It may be held up to the time-out itself; an answer at that moment still counts.
void PlainPlane::put_deadlines(std::size_t id, SimTime now) {
  const Request& request = requests_[id];
  const elb::Frontend& frontend = *request.frontend;
  if (frontend.kind != elb::Kind::kNetwork) {
    if (!request.bodies) put(now + frontend.idle_timeout, kLate, id);
  } else if (!sources_[request.source].spec.connections.tcp_keep_alive) {
    put(now + frontend.idle_timeout, kMute, id);
  }
  if (const SimTime bored = patience(request); bored != kNever) put(bored, kImpatient, id);
}

/// What an attempt draws, or a balancer's further try of it.
PhiloxBlock PlainPlane::drawn(const Source& source, const Request& request, Block block) {
  const auto attempt = static_cast<std::uint32_t>(request.attempts - 1);
  if (request.tries == 0) return source.service.block(request.index, attempt * kBlocks + block);
  return source.tries.block(request.index, block_of_try(attempt, request.tries, block));
}

/// A process with room takes it, unless its app sheds.
void PlainPlane::take_in(std::size_t id, SimTime now) {
  Request& request = requests_[id];
  Source& source = sources_[request.source];
  const std::string wants = source.spec.follows() ? wholes_[request.whole].wants : "";
  const app::AppModel& model = *fleet_.process(request.process).model;
  Station& station = stations_[request.process];
  const PhiloxBlock bits = drawn(source, request, kMain);
  const bool busy = station.serving.size() >= model.concurrency;
  if (busy && station.speed > 0 && model.shed_above && station.waiting.size() >= *model.shed_above)
    return end(id, now, Outcome::kAppError, std::string(causes::kShed), 503);
  answered_with_cookie(source, request, model, now);
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
  } else if (!wants.empty()) {
    request.missing = wants != model.revision;
    for (const auto& kept : model.keeps_assets_of) {
      if (kept == wants) request.missing = false;
    }
  }
  call_others(source, request, model);
  if (model.memory) look_at_memory(request.process, now);
  if (source.spec.transfer) bodies(id, (request.attempts - 1) * kBlocks);
  if (busy) {
    station.waiting.push_back(id);
  } else {
    start(id, now);
  }
}

}  // namespace steady::dataplane::testing
