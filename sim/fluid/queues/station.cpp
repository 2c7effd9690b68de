#include "sim/fluid/queues/station.h"

#include <algorithm>

#include "sim/core/dmath.h"
#include "sim/fluid/queues/queueing.h"

namespace steady::fluid {
namespace {

/// Standard deviations within which chance is taken to stay (books.h has the same).
constexpr double kDeviations = 5;

double seconds(SimDuration d) { return static_cast<double>(d.count()) * 1e-9; }

SimTime after(SimTime from, double s, SimTime to) {
  const double left = seconds(to - from);
  if (!(s < left)) return to;
  return from + SimDuration{static_cast<std::int64_t>(std::max(s, 0.0) * 1e9)};
}

}  // namespace

/// Whitt's weights for streams that come together (The Queueing Network Analyzer, 1983, 4.3): the
/// lighter the load and the more the streams, the nearer to Poisson.
double Station::arrival_variation(double rate, Unevenness unevenness) const {
  const double free = std::max(0.0, 1 - rate * law_->mean() / workers_);
  const double weight = 1 / (1 + 4 * free * free * (unevenness.streams - 1));
  return weight * unevenness.variation + 1 - weight;
}

Station::Full Station::chances(double rate, Unevenness unevenness) const {
  const double load = rate * law_->mean(), spread = law_->variation();
  const auto workers = static_cast<std::uint32_t>(workers_);
  const auto backlog = static_cast<std::uint32_t>(backlog_);
  Full full;
  full.expected =
      chance_of_full(workers, backlog, load, arrival_variation(rate, unevenness) + spread - 1);
  full.most = std::max(chance_of_full(workers, backlog, load, std::max(1.0, 2 * spread + 1)),
                       full.expected);
  return full;
}

/// Workers suffice, or are not all busy yet.
void Station::light(SimTime from, SimTime to, double rate, Unevenness unevenness,
                    std::vector<Phase>& out) const {
  Phase phase;
  phase.from = from;
  phase.to = to;
  const double service = law_->mean(), load = rate * service;
  if (load < workers_) {
    const auto workers = static_cast<std::uint32_t>(workers_);
    phase.waiting = erlang_c(workers, load);
    if (phase.waiting > 0) {
      phase.mean_wait = std::min(
          mean_wait(workers, load, service, arrival_variation(rate, unevenness), law_->variation()),
          backlog_ * service / workers_);
      const Full full = chances(rate, unevenness);
      phase.full = full.expected;
      phase.most_full = full.most;
      phase.spread = full.most > 0 ? (1 + law_->variation()) * std::min(1.0, 4 * full.most) : 0;
    }
  }
  out.push_back(phase);
}

/// All workers are busy: the queue goes from what it is to `to_waiting`, evenly.
void Station::queue(SimTime from, SimTime to, double rate, double to_waiting, Unevenness unevenness,
                    SimDuration step, std::vector<Phase>& out) {
  constexpr std::int64_t kMostPieces = 128;
  const double service = law_->mean(), per_request = service / workers_, load = rate * service;
  const double before = waiting();
  const bool steady = before == to_waiting;
  const std::int64_t pieces =
      steady ? 1 : std::clamp<std::int64_t>((to - from) / step, 1, kMostPieces);
  const bool full = steady && to_waiting >= backlog_ && load > workers_;
  const Full chance = chances(rate, unevenness);
  for (std::int64_t i = 0; i < pieces; ++i) {
    Phase phase;
    phase.from = from + (to - from) / pieces * i;
    phase.to = i + 1 == pieces ? to : from + (to - from) / pieces * (i + 1);
    const double done = static_cast<double>(i) / static_cast<double>(pieces);
    const double a = before + (to_waiting - before) * done;
    const double b = before + (to_waiting - before) * (done + 1.0 / static_cast<double>(pieces));
    phase.wait = (a + b) / 2 * per_request;
    // Those in front take their own times. What came since is known to the root of it; at a full
    // backlog what counts is how far below it the queue stays. And how evenly the workers become
    // free: to one service time.
    since_queued_ += rate * seconds(phase.to - phase.from);
    const double noise = 1 + law_->variation();
    double off = kDeviations * dmath::sqrt(law_->variation() * (std::max(a, b) + 1));
    off += full ? kDeviations * noise / (2 * (1 - workers_ / load))
                : kDeviations * dmath::sqrt(noise * since_queued_);
    const double doubt =
        std::min(off, backlog_) * per_request + service + std::max(b - a, a - b) / 2 * per_request;
    phase.least_wait = std::max(0.0, phase.wait - doubt);
    phase.most_wait = phase.wait + doubt;
    phase.full = full ? chance.expected : 0;
    phase.least_full = full ? 1 - workers_ / load : 0;
    phase.most_full = chance.most;
    phase.spread = noise;
    out.push_back(phase);
  }
  held_ = workers_ + to_waiting;
}

void Station::flow(SimTime from, SimTime to, double rate, Unevenness unevenness, SimDuration step,
                   std::vector<Phase>& out) {
  const double service = law_->mean();
  if (service <= 0) {
    held_ = 0;
    return out.push_back({.from = from, .to = to});
  }
  const double load = rate * service, outflow = workers_ / service;
  while (from < to) {
    if (held_ < workers_) {
      // It nears the load as 1 - exp(-t / E[S]).
      since_queued_ = 0;
      SimTime until = to;
      if (load > workers_)
        until = after(from, service * dmath::log((load - held_) / (load - workers_)), to);
      if (until > from) light(from, until, rate, unevenness, out);
      held_ =
          until < to ? workers_ : load + (held_ - load) * dmath::exp(-seconds(to - from) / service);
      // A hair below its workers for ever: the load is theirs.
      if (load > workers_ && until == to) held_ = std::min(held_, workers_ * (1 - 1e-9));
      from = until;
      continue;
    }
    const double before = waiting();
    if (load > workers_ && before >= backlog_) {
      queue(from, to, rate, backlog_, unevenness, step, out);
      return;
    }
    if (load == workers_) {
      queue(from, to, rate, before, unevenness, step, out);
      return;
    }
    const double change = rate - outflow;
    const double end = change > 0 ? backlog_ : 0;
    const SimTime until = after(from, (end - before) / change, to);
    if (until > from)
      queue(from, until, rate, until < to ? end : before + change * seconds(to - from), unevenness,
            step, out);
    if (until < to) held_ = change > 0 ? workers_ + backlog_ : workers_ * (1 - 1e-9);
    from = until;
  }
}

}  // namespace steady::fluid
