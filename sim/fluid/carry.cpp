#include <algorithm>

#include "sim/fluid/impl.h"

/// What flows in a stretch of time in which no share and no rate changes.
namespace steady::fluid {
namespace {

/// Those who wait by chance wait exponentially; four parts of them, from the shortest on, with
/// their shares and mean waits.
struct Part {
  double share, wait;
};
constexpr Part kParts[] = {{0.5, 0.306853}, {0.3, 1.082272}, {0.15, 2.147354}, {0.05, 3.995732}};
/// Wide enough for what the mean wait's formula may be off.
constexpr double kWaitsInDoubt = 4;
constexpr double kNobodyWaits = 1e-9;

SimDuration rounded(double s) {
  return SimDuration{static_cast<std::int64_t>(std::min(s, 1e8) * 1e9 + 0.5)};
}

}  // namespace

double Source::sent(SimTime from, SimTime to) const {
  double sum = 0;
  auto piece = std::ranges::lower_bound(profile, from, {}, &traffic::RatePiece::end);
  for (; piece != profile.end() && piece->begin < to; ++piece) {
    const SimTime begin = std::max(from, piece->begin), end = std::min(to, piece->end);
    if (begin >= end) continue;
    const double length = seconds(piece->end - piece->begin);
    const double first = static_cast<double>(piece->from.per_1000_seconds) * 1e-3;
    const double last = static_cast<double>(piece->to.per_1000_seconds) * 1e-3;
    const double middle = seconds(begin - piece->begin) + seconds(end - begin) / 2;
    sum += seconds(end - begin) * (first + (last - first) * middle / length);
  }
  return sum;
}

SimTime Source::next_mark(SimTime from) const {
  const auto next = std::ranges::upper_bound(marks, from);
  return next == marks.end() ? kNever : *next;
}

void FluidPlane::Impl::carry_to(SimTime until) {
  while (carried < until) {
    SimTime next = until;
    for (const Source& source : sources) next = std::min(next, source.next_mark(carried));
    if (built) carry(carried, next);
    carried = next;
  }
}

void FluidPlane::Impl::carry(SimTime from, SimTime to) {
  const double length = seconds(to - from);
  std::vector<double> rates;
  for (const Source& source : sources) {
    const double mass = source.sent(from, to);
    rates.push_back(mass / length);
    arrivals += mass;
    arrivals_variance +=
        source.spec.arrivals == traffic::SourceSpec::Arrivals::kConstant ? 0 : mass;
  }
  Phase all;
  all.from = from;
  all.to = to;
  for (const Flow& flow : flows) {
    if (flow.process != app::Fleet::kNone) continue;
    const double mass = rates[flow.source] * flow.share * length;
    if (flow.lost.outcome != Outcome::kOk) {
      // A turn more or less for each node.
      if (mass > 0)
        books.lose(segment, 0, flow.lost, app::Fleet::kNone, {mass, std::max(1.0, flow.streams)});
    } else {
      open(dark, flow, flow.served, all, mass);
    }
  }
  retire(dark, app::Fleet::kNone, to);
  for (const app::ProcessId id : fed) carry_process(id, from, to, rates);
}

void FluidPlane::Impl::catch_up(Process& process, SimTime until) {
  if (process.flowed >= until) return;
  phases.clear();
  process.station.flow(process.flowed, until, 0, {}, settings.step, phases);
  process.flowed = until;
}

void FluidPlane::Impl::carry_process(app::ProcessId id, SimTime from, SimTime to,
                                     const std::vector<double>& rates) {
  Process& process = *processes[id];
  Unevenness unevenness{0, 0};
  process.rate = 0;
  for (const std::size_t i : process.flows) {
    const Flow& flow = flows[i];
    const double rate = rates[flow.source] * flow.share * (1 - flow.stale);
    process.rate += rate;
    unevenness.variation += rate * flow.variation;
    unevenness.streams += flow.streams;
  }
  unevenness.variation = process.rate > 0 ? unevenness.variation / process.rate : 1;
  catch_up(process, from);
  phases.clear();
  process.flowed = to;
  process.station.flow(from, to, process.rate, unevenness, settings.step, phases);
  for (const Phase& phase : phases) {
    for (const std::size_t i : process.flows) {
      const Flow& flow = flows[i];
      const double rate = rates[flow.source] * flow.share;
      if (rate > 0) carry_flow(process, id, flow, rate, phase);
    }
  }
  retire(process.open, id, to);
}

void FluidPlane::Impl::carry_flow(Process& process, app::ProcessId id, const Flow& flow,
                                  double rate, const Phase& phase) {
  double mass = rate * seconds(phase.to - phase.from);
  if (flow.stale > 0) {
    books.lose(segment, process.version, flow.race, id, {mass * flow.stale});
    mass *= 1 - flow.stale;
  }
  if (phase.most_full > 0) {
    const double doubt =
        std::max(phase.most_full - phase.full, phase.full - phase.least_full) * mass;
    books.lose(segment, process.version, flow.full, id,
               {mass * phase.full, mass * phase.spread, doubt});
    mass *= 1 - phase.full;
  }
  Served served = flow.served;
  if (phase.waiting <= kNobodyWaits) {
    served.wait = rounded(phase.wait);
    served.least_wait = rounded(phase.least_wait);
    served.most_wait = rounded(phase.most_wait);
    return open(process.open, flow, served, phase, mass);
  }
  open(process.open, flow, served, phase, mass * (1 - phase.waiting));
  // How many wait is known less well than how long.
  books.doubt_rank(std::min(1.0, 2 * phase.waiting) * mass);
  for (const Part& part : kParts) {
    served.wait = rounded(phase.mean_wait * part.wait);
    served.most_wait = rounded(kWaitsInDoubt * phase.mean_wait * part.wait);
    open(process.open, flow, served, phase, mass * phase.waiting * part.share);
  }
}

void FluidPlane::Impl::open(std::deque<Cohort>& open, const Flow& flow, const Served& served,
                            const Phase& phase, double mass) {
  if (mass <= 0) return;
  open.push_back(
      {phase.from, phase.to, mass, flow.source, flow.frontend, flow.target, false, served});
}

/// Books the oldest as soon as nothing can become of them but what is planned.
void FluidPlane::Impl::retire(std::deque<Cohort>& open, app::ProcessId id, SimTime until) {
  constexpr double kNobody = 1e-3;
  while (!open.empty()) {
    const Cohort& oldest = open.front();
    const SimDuration age = until - oldest.to;
    if (age <= oldest.served.patience && age <= oldest.served.law->longest() + oldest.served.wait)
      return;
    // Its process may work on for longer than its clients wait.
    if (oldest.mass * oldest.served.at_least(age) > kNobody) return;
    if (!oldest.cut) books.serve(oldest.served, id, oldest.mass);
    open.pop_front();
  }
}

}  // namespace steady::fluid
