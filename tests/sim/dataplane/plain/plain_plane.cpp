#include "tests/sim/dataplane/plain/plain_plane.h"

#include <algorithm>

#include "sim/dataplane/causes.h"

/// Events, one after the other.
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
  source.tries = random_.stream(spec.name + "/tries");
  source.frontend = frontend;
  source.tokens = spec.retry.burst * 1000;
  std::vector<SimTime> first;
  source.shape->next(kNever, 1, first);
  sources_.push_back(std::move(source));
  const std::size_t number = sources_.size() - 1;
  if (!first.empty()) put(first[0], kArrive, number);
  if (!spec.users) return;
  for (std::uint32_t k = 0; k < spec.users->number; ++k) {
    const std::size_t person = new_person(sources_.back(), k);
    put_of(kStart + spec.users->ramp_up * k / spec.users->number, kNext,
           static_cast<std::uint16_t>(number), k, person);
  }
}

void PlainPlane::put(SimTime at, Kind kind, std::size_t number) {
  // Of arrivals at one instant the source that was named first comes first.
  if (kind == kArrive) return put_of(at, kind, static_cast<std::uint16_t>(number), 0, number);
  if (kind < kDecide) return put_of(at, kind, 0, sequence_++, number);
  const Request& of = requests_[number];
  put_of(at, kind, of.source, of.index, number, of.lane);
}

void PlainPlane::put_of(SimTime at, Kind kind, std::uint16_t source, std::uint64_t index,
                        std::size_t number, int lane) {
  events_.insert({at, kind, source, index, lane, number});
}

void PlainPlane::advance(SimTime until) {
  halt_ = kNever;
  // The control plane has acted: it may have made room.
  if (until > loop_.now() && somebody_waits()) put(loop_.now(), kDispatch, 0);
  for (const app::ProcessId process : fleet_.growing()) look_at_memory(process, loop_.now());
  while (!events_.empty() && events_.begin()->at < until && events_.begin()->at < halt_) {
    const Event event = *events_.begin();
    events_.erase(events_.begin());
    handle(event);
    if (halt_ <= event.at) break;
  }
  if (halt_ >= until) return;
  loop_.at(halt_, "out of memory", [this, process = halted_by_] { fleet_.out_of_memory(process); });
}

/// What ends at this very moment has ended before the control plane acts.
void PlainPlane::due(SimTime now) {
  while (!events_.empty() && events_.begin()->at <= now && events_.begin()->kind < kDispatch) {
    const Event event = *events_.begin();
    events_.erase(events_.begin());
    handle(event);
  }
}

void PlainPlane::finish() {
  finishing_ = true;
  std::erase_if(events_,
                [](const Event& event) { return event.kind == kArrive || event.kind == kNext; });
  while (!events_.empty() && events_.begin()->at < kNever) {
    const Event event = *events_.begin();
    events_.erase(events_.begin());
    handle(event);
  }
}

void PlainPlane::handle(const Event& event) {
  switch (event.kind) {
    case kArrive:
      return arrive(event.number, event.at);
    case kDecide:
      return decide(event.number, event.at);
    case kSend: {
      if (sources_[event.source].spec.follows()) return wish(event.number, event.at, true);
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
      if (requests_[event.number].bodies) return answered(event.number, event.at);
      return complete(event.number, event.at);
    case kDispatch:
      return dispatch(event.at);
    case kBroken:
    case kFree:
      return free_worker(event.number, event.at);
    case kRead: {
      const Request& request = requests_[event.number];
      const bool failed = request.failed;
      const std::string why = request.missing ? std::string(causes::kMissingAsset) : "";
      return end(event.number, event.at, failed ? Outcome::kAppError : Outcome::kOk,
                 failed ? request.error_cause : why,
                 failed            ? 500
                 : request.missing ? 404
                                   : 0);
    }
    case kTry: {
      Request& last = requests_[event.number];
      if (!last.waits) return;
      last.waits = false;
      return again_at(event.number, std::nullopt, event.at);
    }
    case kTired:
      return tired(event.number, event.at);
    case kHedge:
      return hedge(event.number, event.at);
    case kConnected:
      return transmit(event.number, 0, event.at);
    case kNext:
      return go_on(event.source, event.number, event.at);
    case kLate: {
      const Request& request = requests_[event.number];
      if (request.queued)
        return end(event.number, event.at, Outcome::kTimeout, std::string(causes::kSurgeTimeout),
                   504);
      if (request.bodies && !request.silent_until && event.at != request.late_at) return;
      if (request.stalls && !request.silent_until)
        return end(event.number, event.at, Outcome::kClientGaveUp,
                   std::string(causes::kUploadStalled), 408);
      if (request.reading && !request.silent_until) return;
      std::string_view why = request.muted ? causes::kFlowIdle : causes::kIdleTimeout;
      if (request.dark) why = causes::kBlackHole;
      const bool network = request.frontend->kind == elb::Kind::kNetwork;
      return end(event.number, event.at, Outcome::kTimeout, std::string(why), network ? 0 : 504);
    }
    case kImpatient: {
      if (requests_[event.number].waits) return gives_up_waiting(event.number, event.at);
      const bool in_vain = requests_[event.number].muted;
      return end(event.number, event.at, Outcome::kClientGaveUp,
                 std::string(in_vain ? causes::kFlowIdle : causes::kClientTimeout), 0);
    }
    case kMute:
      return mute(event.number, event.at);
    case kHangUp:
    case kClose:
    case kForget:
      return rested(event);
  }
}

}  // namespace steady::dataplane::testing
