#include <algorithm>

#include "sim/dataplane/causes.h"
#include "sim/dataplane/routing/flows.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// What the control plane does to requests, and asks of them.
namespace steady::dataplane::testing {

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
  if (request.over || request.muted) return;
  const bool network = request.frontend->kind == elb::Kind::kNetwork;
  const bool classic = request.frontend->kind == elb::Kind::kClassic;
  const SimTime now = loop_.now();
  const bool first = !request.silent_until;
  if (!with.connection_vanishes) {
    if (request.reading)
      return end(number, now, Outcome::kReset, "answer cut: " + std::string(with.cause),
                 status_of(request));
    const int status = network || with.without_answer || with.node_closes ? 0 : classic ? 504 : 502;
    end(number, now, Outcome::kReset, std::string(with.cause), status);
    if (request.stream && first) again(number, now);
    return;
  }
  // Nobody will answer: the idle time-out or the client ends it, for the cause of the cut.
  SimTime busy_until = request.stream || request.reading ? now : request.tried;
  if (request.bodies && !request.reading) {
    const SimDuration comes = request.stalls ? request.upload / 2 : request.upload;
    busy_until = std::max(busy_until, std::min(now, request.so_far.sent + comes));
  }
  const SimTime late =
      network ? now + kSilenceGivesUp : std::max(now, busy_until + request.frontend->idle_timeout);
  const SimTime bored = request.stream ? kNever : std::max(now, patience(request));
  const bool impatient = bored < late;
  request.silent_until = std::min(bored, late);
  request.error_cause = with.cause;
  if (request.stream && first) again(number, late);
  if (*request.silent_until > now)
    return put(*request.silent_until, impatient ? kImpatient : kLate, number);
  end(number, now, impatient ? Outcome::kClientGaveUp : Outcome::kTimeout, "",
      impatient || network ? 0 : 504);
}

void PlainPlane::cut_process(app::ProcessId process, app::Cut with) {
  due(loop_.now());
  Station& station = stations_[process];
  station.dead = true;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].process != process || requests_[i].over) continue;
    requests_[i].cut_by_balancer = false;
    cut(i, with);
  }
  process_left(process, with.connection_vanishes);
}

void PlainPlane::cut_target(app::GroupId, app::TargetId target, app::Cut with) {
  due(loop_.now());
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (!requests_[i].outstanding || requests_[i].target != target) continue;
    requests_[i].cut_by_balancer = true;
    cut(i, with);
  }
}

void PlainPlane::cut_node(std::string_view load_balancer, std::uint16_t node) {
  due(loop_.now());
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    Request& request = requests_[i];
    if (!request.outstanding || request.node != node ||
        request.frontend->load_balancer != load_balancer)
      continue;
    request.cut_by_balancer = true;
    cut(i, {.cause = causes::kNodeCloses, .node_closes = true});
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
  // Answers that are being read, or will be.
  for (const Request& request : requests_) {
    if (request.process != process || !request.bodies || request.over) continue;
    if (request.reading)
      idle = std::max(idle,
                      request.silent_until.value_or(std::min(*request.read_at, patience(request))));
  }
  for (const SimTime at : workers) idle = std::max(idle, at);
  for (const std::size_t number : station.waiting) {
    Request on_paper = requests_[number];
    begin(on_paper, *workers.begin());
    const SimTime done = done_from(on_paper, station, on_paper.began);
    workers.erase(workers.begin());
    const Foreseen ahead = foresee(on_paper, on_paper.began);
    const SimTime free = on_paper.bodies ? ahead.free : done;
    workers.insert(free);
    idle = std::max(idle, free);
    if (ahead.read && !on_paper.over && !on_paper.silent_until) idle = std::max(idle, *ahead.read);
  }
  for (const std::size_t number : station.serving) {
    const Request& request = requests_[number];
    if (!request.bodies || request.over || request.silent_until || request.reading) continue;
    const Foreseen ahead = foresee(request, request.began);
    if (ahead.read) idle = std::max(idle, *ahead.read);
  }
  return idle;
}

SimTime PlainPlane::target_idle_at(app::GroupId, app::TargetId) { return loop_.now(); }
app::QueuedCheck PlainPlane::queued_check(app::ProcessId) { return {}; }

}  // namespace steady::dataplane::testing
