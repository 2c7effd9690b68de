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
  halt_ = kNever;
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
  while (!events_.empty() && events_.begin()->at <= now && events_.begin()->kind < kDecide) {
    const Event event = *events_.begin();
    events_.erase(events_.begin());
    handle(event);
  }
}

void PlainPlane::finish() {
  std::erase_if(events_, [](const Event& event) { return event.kind == kArrive; });
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
      Request next;
      Request& last = requests_[event.number];
      if (last.balancer_sends) {
        if (!last.waits) return;
        last.waits = false;
        return again_at(event.number, std::nullopt, event.at);
      }
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
