#include <algorithm>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// How requests end by themselves, and what their clients do then.
namespace steady::dataplane::testing {

void PlainPlane::start(std::size_t number, SimTime now) {
  Request& request = requests_[number];
  Station& station = stations_[request.process];
  station.serving.insert(number);
  begin(request, now);
  if (!request.bodies) return serve(number, now);
  station.done_at[number] = foresee(request, now).free;
  if (!request.broken_at) {
    put(std::max(now, request.so_far.sent + request.upload) + request.work, kComplete, number);
  } else if (now >= *request.broken_at) {
    put(now, kBroken, number);
  }
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
  // Planned before the process got slower or faster, or done already.
  if (const auto at = station.done_at.find(number);
      at == station.done_at.end() || at->second != now)
    return;
  station.serving.erase(number);
  station.done_at.erase(number);
  if (request.muted) {
    // Nobody hears the answer.
  } else if (request.late) {
    end(number, now, Outcome::kAppError, std::string(causes::kQueueTimeout), 503);
  } else if (request.failed) {
    end(number, now, Outcome::kAppError, request.error_cause, 500);
  } else if (request.missing) {
    end(number, now, Outcome::kOk, std::string(causes::kMissingAsset), 404);
  } else {
    end(number, now, Outcome::kOk, "", 0);
  }
  if (somebody_waits()) put(now, kDispatch, 0);
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
  if (request.reading && request.silent_until && outcome == Outcome::kTimeout) {
    outcome = Outcome::kReset;
    status = status_of(request);
    cause = "answer cut: " + cause;
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
  if (request.flow) count_resets(request, at);
  if (request.flow && !request.connection) close_flow(*request.flow, at);
  if (request.connection)
    rest(*request.connection, at, outcome == Outcome::kOk || outcome == Outcome::kAppError);
  if (sources_[request.source].spec.follows()) return put(at, kDecide, number);
  if (balancer_would(request, at) || client_would(request) || counts_against(request))
    return put(at, kDecide, number);
  ended_at_target(request, at, false);
  over(request);
}

/// elb.md 2.9: what an Application balancer sees of a target.
void PlainPlane::ended_at_target(const Request& request, SimTime now, bool given_up) {
  if (request.frontend == nullptr || request.frontend->kind != elb::Kind::kApplication) return;
  const Told& told_last = request.so_far;
  if (told_last.target.empty()) return;
  bool failed = false;
  if (!given_up) {
    const bool answer_cut = told_last.cause.starts_with("answer cut: ");
    failed = told_last.outcome == Outcome::kAppError || told_last.outcome == Outcome::kRefused ||
             told_last.outcome == Outcome::kOverflow || told_last.cause == causes::kBlackHole ||
             (answer_cut && told_last.status == 500);
  }
  ended_.push_back({now, request.target, failed});
}

std::vector<app::TargetEnds> PlainPlane::target_ends() {
  std::vector<app::TargetEnds> all;
  const SimTime now = loop_.now();
  for (const EndAtTarget& one : ended_) {
    if (one.at < now - every_ || one.at >= now) continue;
    if (all.size() <= one.target) all.resize(one.target + std::size_t{1});
    ++all[one.target].all;
    all[one.target].failed += one.failed ? 1 : 0;
  }
  return all;
}

/// A stream ended before its client wanted.
void PlainPlane::again(std::size_t number, SimTime ended) {
  Request& request = requests_[number];
  const Source& source = sources_[request.source];
  const SimTime wanted = request.tried + request.life;
  if (!source.spec.stream->reconnect || wanted <= ended) return;
  request.life = wanted - ended;
  const PhiloxBlock bits = source.service.block(request.index, kWait);
  const SimDuration wait =
      source.spec.stream->reconnect->sample((std::uint64_t{bits[1]} << 32) | bits[0]);
  // The order among those of one moment is that of the connections that will be.
  request.index += std::uint64_t{1} << 40;
  put(ended + wait, kSend, number);
  request.index -= std::uint64_t{1} << 40;
}

}  // namespace steady::dataplane::testing
