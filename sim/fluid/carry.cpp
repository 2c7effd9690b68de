#include <algorithm>
#include <bit>

#include "sim/fluid/impl.h"
#include "sim/fluid/supported.h"

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
constexpr int kWaitsInDoubt = 4;
constexpr double kNobodyWaits = 1e-9;

SimDuration rounded(double s) {
  return SimDuration{static_cast<std::int64_t>(std::min(s, 1e8) * 1e9 + 0.5)};
}

/// The wait of a whole class of waits: 0.4 % off at most. So the number of kinds of requests that
/// the books have to tell apart does not grow with the length of a run.
SimDuration rounded_wait(double s) { return middle_of(Histogram::bucket_of(rounded(s).count())); }

/// Upwards, to one of eight values an octave.
SimDuration rounded_doubt(SimDuration doubt) {
  const auto value = static_cast<std::uint64_t>(doubt.count());
  const int shift = std::max(4, static_cast<int>(std::bit_width(value))) - 4;
  const std::uint64_t step = std::uint64_t{1} << shift;
  return SimDuration{static_cast<std::int64_t>((value + step - 1) / step * step)};
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
  if (phase.most_full > 0 && flow.frontend->surge_queue > 0) {
    constexpr double kNobodySurges = 1e-3;
    if (phase.most_full * mass > kNobodySurges)
      throw NotCarried("at " + format_seconds(phase.from) + " the backlog of a target of " +
                       flow.frontend->load_balancer +
                       " may be full, and the surge queue of a Classic load balancer is not "
                       "carried by the fluid mode");
    books.doubt_rank(phase.most_full * mass);
  } else if (phase.most_full > 0) {
    const double doubt =
        std::max(phase.most_full - phase.full, phase.full - phase.least_full) * mass;
    books.lose(segment, process.version, flow.full, id,
               {mass * phase.full, mass * phase.spread, doubt});
    mass *= 1 - phase.full;
    books.vary_served(mass * flow.served.law->variation());
  }
  Served served = flow.served;
  if (phase.waiting <= kNobodyWaits) {
    served.wait = rounded_wait(phase.wait);
    const SimDuration doubt =
        rounded_doubt(std::max({rounded(phase.most_wait) - served.wait,
                                served.wait - rounded(phase.least_wait), SimDuration{0}}));
    served.least_wait = std::max(SimDuration{0}, served.wait - doubt);
    served.most_wait = served.wait + doubt;
    return open(process.open, flow, served, phase, mass);
  }
  // As many again may wait, or nobody; and for longer.
  const double perhaps = std::min(phase.waiting, 1 - phase.waiting);
  open(process.open, flow, served, phase, mass * (1 - phase.waiting - perhaps));
  for (const Part& part : kParts) {
    served.wait = rounded_wait(phase.mean_wait * part.wait);
    served.most_wait = kWaitsInDoubt * served.wait;
    open(process.open, flow, served, phase, mass * phase.waiting * part.share);
    served.wait = SimDuration{0};
    open(process.open, flow, served, phase, mass * perhaps * part.share);
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
