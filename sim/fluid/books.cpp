#include "sim/fluid/books.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "sim/core/check.h"
#include "sim/core/dmath.h"
#include "sim/core/histogram.h"
#include "sim/core/random.h"

/// What was served and lost, in expected numbers.
namespace steady::fluid {
namespace {

/// A latency in the middle of its bucket, which is nowhere wrong by more than 0.4 %.
SimDuration middle_of(std::uint32_t bucket) {
  return SimDuration{(Histogram::bucket_low(bucket) + Histogram::bucket_high(bucket)) / 2};
}

/// So many requests at once, which ended alike.
void add(dataplane::Sums& sums, const End& end, std::uint64_t count) {
  sums.by_outcome[static_cast<std::size_t>(end.outcome)] += count;
  if (end.outcome == Outcome::kOk) return;
  sums.by_cause[end.cause] += count;
  if (end.expected) sums.expected_errors += count;
}

double seconds(SimDuration d) { return static_cast<double>(d.count()) * 1e-9; }

/// The integral of the chance of a latency above a, over a from 0 to `x`, in seconds.
double filled(const Served& served, SimDuration wait, SimDuration x) {
  const SimDuration until = std::min(x, served.patience);
  return seconds(std::min(until, wait)) + served.law->filled(until - wait);
}

}  // namespace

double Books::Ages::reached(SimDuration age) const {
  if (all_ended || age <= to) return 1;
  if (age >= from) return 0;
  return seconds(from - age) / seconds(from - to);
}

void Books::lose(SegmentId segment, VersionId version, End end, app::ProcessId process,
                 Amount amount) {
  if (amount.mass <= 0 && amount.doubt <= 0) return;
  cells_[{segment, version, end}].add(amount);
  if (!end.expected) by_process_[{end.cause, process}] += amount.mass;
}

void Books::serve(const Served& served, app::ProcessId process, double mass) {
  if (mass <= 0) return;
  Kept& kept = kept_.try_emplace(served.key(), Kept{served, 0, {}}).first->second;
  kept.mass += mass;
  kept.by_process[process] += mass;
}

double Books::serve_until(const Served& served, app::ProcessId process, double mass,
                          SimDuration age_from, SimDuration age_to) {
  if (mass <= 0) return 0;
  const auto open = [&](SimDuration wait) {
    const double length = seconds(age_from - age_to);
    const double share =
        length <= 0 ? 1 : (filled(served, wait, age_from) - filled(served, wait, age_to)) / length;
    return mass * std::clamp(share, 0.0, 1.0);
  };
  const double left = open(served.wait);
  const double doubt = std::max(open(served.most_wait) - left, left - open(served.least_wait));
  // Of those sent long ago nobody is left: they are kept together with all who ended alike.
  constexpr double kNobody = 1e-6;
  if (left + doubt < kNobody) {
    serve(served, process, mass);
    return 0;
  }
  const Spread lost = spread(served, mass - left, {age_from, age_to, false});
  lose_parts(served, lost, {{process, mass}}, mass);
  // Whoever is doubtful may have ended, or not: the other parts know it by this.
  cells_[{served.segment, served.version, served.late}].doubt += doubt;
  moved_ += doubt;
  return left;
}

void Books::lose_parts(const Served& served, const Spread& lost,
                       const std::map<app::ProcessId, double>& by_process, double mass) {
  for (const auto& [process, part] : by_process) {
    lose(served.segment, served.version, served.late, process, {lost.late * part / mass});
    lose(served.segment, served.version, served.error, process, {lost.errors * part / mass});
  }
}

Books::Spread Books::spread_way(const Served& served, SimDuration wait, std::size_t way,
                                double mass, const Ages& ages) {
  const Law& law = *served.law;
  const auto at_least = [&](SimDuration x) { return law.at_least(x - wait); };
  const SimDuration shortest = law.shortest() + wait, longest = law.longest() + wait;
  const SimDuration last = std::min(longest, served.patience);
  const std::uint32_t begin = Histogram::bucket_of(shortest.count());
  const std::uint32_t end = Histogram::bucket_of(last.count());
  const double late = at_least(served.patience + SimDuration{1}) * ages.reached(served.patience);
  // First the weights, so that they can be made to add up to the mass.
  std::vector<double> weights;
  double total = late;
  if (shortest <= served.patience) {
    for (std::uint32_t bucket = begin; bucket <= end; ++bucket) {
      const SimDuration low{Histogram::bucket_low(bucket)};
      const SimDuration high{std::min(Histogram::bucket_high(bucket), served.patience.count())};
      const double weight = std::max(0.0, at_least(low) - at_least(high + SimDuration{1})) *
                            ages.reached(middle_of(bucket));
      weights.push_back(weight);
      total += weight;
    }
  }
  Spread lost;
  if (total <= 0) {
    // A hair of mass of those who had barely time to end.
    lost.late = mass;
    return lost;
  }
  const double scale = mass / total;
  const double errors = served.errors_per_million * 1e-6;
  auto& latencies = latencies_[{served.segment, served.version}];
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const SimDuration value = std::clamp(middle_of(begin + static_cast<std::uint32_t>(i)),
                                         std::min(shortest, last), last);
    lost.errors += weights[i] * scale * errors;
    add_latency(latencies, way, value, weights[i] * scale * (1 - errors));
  }
  lost.late = late * scale;
  return lost;
}

Books::Spread Books::spread(const Served& served, double mass, const Ages& ages) {
  if (mass <= 0) return {};
  const Spread expected = spread_way(served, served.wait, 0, mass, ages);
  const Spread least = spread_way(served, served.least_wait, 1, mass, ages);
  const Spread most = spread_way(served, served.most_wait, 2, mass, ages);
  const double doubt = std::max(most.late - expected.late, expected.late - least.late);
  if (doubt > 0) cells_[{served.segment, served.version, served.late}].doubt += doubt;
  return expected;
}

void Books::add_latency(Latencies& to, std::size_t way, SimDuration value, double mass) {
  if (mass <= 0) return;
  const std::uint32_t bucket = Histogram::bucket_of(value.count());
  auto& masses = to.mass[way];
  if (masses.size() <= bucket) masses.resize(bucket + std::size_t{1});
  masses[bucket] += mass;
  if (way != 0) return;
  if (to.nanoseconds.size() <= bucket) to.nanoseconds.resize(bucket + std::size_t{1});
  to.nanoseconds[bucket] += mass * static_cast<double>(value.count());
}

void Books::doubt_answers(SimDuration width, double mass) {
  ++bound_.answers_in_doubt;
  bound_.time_in_doubt += width;
  moved_ += mass;
}

std::vector<std::uint64_t> apportion(const std::vector<double>& shares, std::uint64_t sum) {
  std::vector<std::uint64_t> whole(shares.size());
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < shares.size(); ++i)
    given += whole[i] = static_cast<std::uint64_t>(std::max(shares[i], 0.0));
  const auto fraction = [&](std::size_t i) {
    return std::max(shares[i], 0.0) - static_cast<double>(whole[i]);
  };
  if (given < sum) {
    std::ranges::stable_sort(order, [&](auto a, auto b) { return fraction(a) > fraction(b); });
    for (std::size_t i = 0; i < order.size() && given < sum; ++i, ++given) ++whole[order[i]];
  }
  if (given != sum && !whole.empty()) {
    // What is left comes from the rounding of large sums: the largest part takes it.
    const auto largest = std::ranges::max_element(whole);
    STEADY_CHECK(given < sum || *largest >= given - sum, "parts are larger than their sum");
    *largest = *largest + sum - given;
  }
  return whole;
}

void Books::note(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  digest_ += mix64(mix64(a) ^ mix64(b + 1) ^ c);
}

void Books::close(dataplane::Ledger& ledger, std::uint64_t sent, double arrivals) {
  for (const auto& [key, kept] : kept_)
    lose_parts(kept.served, spread(kept.served, kept.mass, {}), kept.by_process, kept.mass);
  kept_.clear();
  const std::size_t segments = ledger.segment_count();
  for (std::size_t i = 0; i < segments; ++i)
    write_segment(ledger, static_cast<SegmentId>(i), i + 1 == segments, sent);
  write_processes(ledger);
  make_bound(arrivals);
}

void Books::write_segment(dataplane::Ledger& ledger, SegmentId segment, bool last,
                          std::uint64_t sent) {
  // Everything of this segment, ok first where it is there.
  std::vector<std::pair<VersionId, End>> ends;
  std::vector<double> masses;
  for (const auto& [key, latencies] : latencies_) {
    if (key.first != segment) continue;
    ends.emplace_back(key.second, End{});
    masses.push_back(std::accumulate(latencies.mass[0].begin(), latencies.mass[0].end(), 0.0));
  }
  for (const auto& [key, amount] : cells_) {
    if (std::get<0>(key) != segment) continue;
    ends.emplace_back(std::get<1>(key), std::get<2>(key));
    masses.push_back(amount.mass);
  }
  for (const double mass : masses) summed_ += mass;
  const auto until =
      last ? sent : std::min(sent, static_cast<std::uint64_t>(std::max(0.0, summed_) + 0.5));
  STEADY_CHECK(!last || ends.empty() || summed_ - static_cast<double>(sent) < 2 + summed_ * 1e-9,
               "the fluid plane has served more than was sent");
  if (ends.empty() || until < given_) return;
  for (std::size_t i = 0; i < ends.size(); ++i) masses[i] += carried_[ends[i]];
  const auto whole = apportion(masses, until - given_);
  given_ = until;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto& [version, end] = ends[i];
    carried_[ends[i]] = masses[i] - static_cast<double>(whole[i]);
    if (whole[i] == 0) continue;
    note(segment * std::uint64_t{65536} + version,
         end.cause * std::uint64_t{16} + static_cast<std::uint64_t>(end.outcome), whole[i]);
    dataplane::Sums& sums = ledger.sums_of(segment, version);
    add(sums, end, whole[i]);
    if (end.outcome == Outcome::kOk) {
      write_latencies(sums.latency, segment, version, whole[i]);
    } else if (!end.expected) {
      written_[end.cause] += whole[i];
    }
  }
}

void Books::write_latencies(Histogram& latency, SegmentId segment, VersionId version,
                            std::uint64_t count) {
  const Latencies& latencies = latencies_.at({segment, version});
  const auto& masses = latencies.mass[0];
  const double total = std::accumulate(masses.begin(), masses.end(), 0.0);
  // Rounded along the way, not bucket by bucket: a long tail of small parts keeps its sum.
  double sum = 0;
  std::uint64_t given = 0;
  for (std::size_t bucket = 0; bucket < masses.size(); ++bucket) {
    sum += masses[bucket];
    const bool last = bucket + 1 == masses.size();
    const auto until = last
                           ? count
                           : std::min(count, static_cast<std::uint64_t>(
                                                 sum * (static_cast<double>(count) / total) + 0.5));
    const std::uint64_t here = until - given;
    given = until;
    if (here == 0) continue;
    const double mean =
        masses[bucket] > 0
            ? latencies.nanoseconds[bucket] / masses[bucket]
            : static_cast<double>(middle_of(static_cast<std::uint32_t>(bucket)).count());
    latency.add(SimDuration{static_cast<std::int64_t>(mean + 0.5)}, here);
    note(segment * std::uint64_t{65536} + version, bucket, here);
  }
}

/// The dropped of each cause over the processes that had them.
void Books::write_processes(dataplane::Ledger& ledger) const {
  for (const auto& [cause, count] : written_) {
    std::vector<app::ProcessId> processes;
    std::vector<double> masses;
    double total = 0;
    for (auto at = by_process_.lower_bound({cause, 0});
         at != by_process_.end() && at->first.first == cause; ++at) {
      processes.push_back(at->first.second);
      masses.push_back(at->second);
      total += at->second;
    }
    if (total <= 0) continue;
    for (double& mass : masses) mass *= static_cast<double>(count) / total;
    const auto whole = apportion(masses, count);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (whole[i] > 0) ledger.dropped_by_process[{processes[i], cause}] += whole[i];
    }
  }
}

}  // namespace steady::fluid
