#include "sim/fluid/books/books.h"

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

void Books::lose(SegmentId segment, VersionId version, End end, app::ProcessId process,
                 Amount amount) {
  if (end.outcome == Outcome::kOk || (amount.mass <= 0 && amount.doubt <= 0)) return;
  cells_[{segment, version, end}].add(amount);
  if (!end.expected) by_process_[{end.cause, process}] += amount.mass;
}

void Books::serve(const Served& served, app::ProcessId process, double mass) {
  if (mass <= 0) return;
  const auto late_if = [&](SimDuration wait) {
    return mass * served.law->above(served.patience - wait);
  };
  const double late = late_if(served.wait);
  const double doubt = served.is_certain() ? 0
                                           : std::max(late_if(served.most_wait) - late,
                                                      late - late_if(served.least_wait));
  const double errors = (mass - late) * (served.errors_per_million * 1e-6);
  lose(served.segment, served.version, served.late, process, {late, 0, doubt});
  lose(served.segment, served.version, served.error, process,
       {errors, 0, doubt * (served.errors_per_million * 1e-6)});
  latencies_.add(served, mass, mass - late - errors);
}

Amount Books::serve_until(const Served& served, app::ProcessId process, double mass, Ages ages) {
  if (mass <= 0) return {};
  const double length = seconds(ages.from - ages.to);
  const auto open_if = [&](SimDuration wait) {
    const double share =
        length <= 0 ? 1
                    : (filled(served, wait, ages.from) - filled(served, wait, ages.to)) / length;
    return mass * std::clamp(share, 0.0, 1.0);
  };
  const double left = open_if(served.wait);
  const double doubt = served.is_certain() ? 0
                                           : std::max(open_if(served.most_wait) - left,
                                                      left - open_if(served.least_wait));
  // Of those sent long ago nobody is left.
  constexpr double kNobody = 1e-6;
  if (left + doubt < kNobody) {
    serve(served, process, mass);
    return {};
  }
  const double impatient = mass * ages.reached(served.patience);
  const auto late_if = [&](SimDuration wait) {
    return impatient * served.law->above(served.patience - wait);
  };
  const double late = std::min(late_if(served.wait), mass - left);
  const double late_doubt = served.is_certain() ? 0
                                                : std::max(late_if(served.most_wait) - late,
                                                           late - late_if(served.least_wait));
  const double wrong = served.errors_per_million * 1e-6;
  const double errors = (mass - left - late) * wrong;
  lose(served.segment, served.version, served.late, process, {late, 0, late_doubt});
  lose(served.segment, served.version, served.error, process,
       {errors, 0, (doubt + late_doubt) * wrong});
  latencies_.add_cut(served, mass, mass - left - late - errors, ages);
  return {left, 0, doubt};
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
  latencies_.spread();
  const std::size_t segments = ledger.segment_count();
  for (std::size_t i = 0; i < segments; ++i)
    write_segment(ledger, static_cast<SegmentId>(i), i + 1 == segments, sent);
  write_processes(ledger);
  make_bound(arrivals);
  note_bound();
}

/// What a run promises of its errors is a result as its counts are.
void Books::note_bound() {
  constexpr std::uint64_t kOfBounds = ~std::uint64_t{0};
  std::uint64_t i = 0;
  const auto add = [&](auto value) { note(kOfBounds, i++, static_cast<std::uint64_t>(value)); };
  add(bound_.total);
  for (const std::uint64_t n : bound_.by_outcome) add(n);
  for (const auto& [cause, n] : bound_.by_cause) {
    add(cause);
    add(n);
  }
  for (const std::uint64_t n : bound_.by_version) add(n);
  for (const auto& quantile : bound_.latency) {
    add(quantile.least.count());
    add(quantile.most.count());
  }
  add(bound_.answers_in_doubt);
  add(bound_.time_in_doubt.count());
}

void Books::write_segment(dataplane::Ledger& ledger, SegmentId segment, bool last,
                          std::uint64_t sent) {
  // Everything of this segment, ok first where it is there.
  std::vector<std::pair<VersionId, End>> ends;
  std::vector<double> masses;
  for (auto at = latencies_.all().lower_bound({segment, 0});
       at != latencies_.all().end() && at->first.first == segment; ++at) {
    ends.emplace_back(at->first.second, End{});
    masses.push_back(at->second.total());
  }
  for (auto at = cells_.lower_bound({segment, 0, End{}});
       at != cells_.end() && std::get<0>(at->first) == segment; ++at) {
    ends.emplace_back(std::get<1>(at->first), std::get<2>(at->first));
    masses.push_back(at->second.mass);
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
  const Latencies::Of& of = latencies_.all().at({segment, version});
  const double total = of.total();
  const std::size_t size = of.size();
  // Rounded along the way, not bucket by bucket: a long tail of small parts keeps its sum.
  double sum = 0;
  std::uint64_t given = 0;
  for (std::size_t bucket = 0; bucket < size; ++bucket) {
    const double mass = of.mass_of(bucket);
    sum += mass;
    const bool last = bucket + 1 == size;
    const auto until = last
                           ? count
                           : std::min(count, static_cast<std::uint64_t>(
                                                 sum * (static_cast<double>(count) / total) + 0.5));
    const std::uint64_t here = until - given;
    given = until;
    if (here == 0) continue;
    const double mean =
        mass > 0 ? of.nanoseconds[bucket] / mass
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
