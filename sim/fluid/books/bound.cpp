#include "sim/fluid/books/bound.h"

#include <algorithm>
#include <numeric>

#include "sim/core/dmath.h"
#include "sim/fluid/books/books.h"

/// How far an exact run may be from the expected numbers.
namespace steady::fluid {
namespace {

/// Five standard deviations: one count in two million is outside by chance alone, were it normal.
constexpr double kDeviations = 5;

/// Of a number with this variance; one request more for what is rounded.
std::uint64_t within(double variance, double doubt) {
  return static_cast<std::uint64_t>(kDeviations * dmath::sqrt(variance + 1) + doubt) + 1;
}

/// All but what rounding leaves of a sum.
constexpr double kAll = 1 - 1e-12;

/// The least latency at or below which `share` of the masses lie; nothing when none does.
SimDuration quantile(const std::vector<double>& masses, double share) {
  const double total = std::accumulate(masses.begin(), masses.end(), 0.0);
  double sum = 0;
  for (std::size_t bucket = 0; bucket < masses.size(); ++bucket) {
    sum += masses[bucket];
    if (sum >= share * total)
      return SimDuration{Histogram::bucket_high(static_cast<std::uint32_t>(bucket))};
  }
  return kLongestDuration;
}

}  // namespace

void Books::make_bound(double arrivals) {
  std::map<CauseId, Amount> by_cause;
  std::array<Amount, dataplane::kOutcomes> by_outcome{};
  std::vector<double> by_version;
  Amount lost;
  double rank_variance = served_variance_;
  const auto version = [&by_version](VersionId id) -> double& {
    if (by_version.size() <= id) by_version.resize(id + std::size_t{1});
    return by_version[id];
  };
  for (const auto& [key, amount] : cells_) {
    const auto& [segment, of, end] = key;
    Amount drawn = amount;
    drawn.variance += amount.mass;
    by_cause[end.cause].add(drawn);
    by_outcome[static_cast<std::size_t>(end.outcome)].add(drawn);
    lost.add(drawn);
    // Who overflows leaves as many to be served as the workers can take.
    if (end.outcome != Outcome::kOverflow) rank_variance += drawn.variance;
    version(of) += amount.mass;
  }
  for (const auto& [key, latencies] : latencies_.all()) version(key.second) += latencies.total();
  bound_.total = within(arrivals, 0);
  for (const auto& [cause, amount] : by_cause)
    bound_.by_cause[cause] = within(amount.variance, amount.doubt + moved_);
  for (std::size_t i = 1; i < by_outcome.size(); ++i)
    bound_.by_outcome[i] = within(by_outcome[i].variance, by_outcome[i].doubt + moved_);
  bound_.by_outcome[0] = within(arrivals + lost.variance, lost.doubt + moved_);
  for (const double mass : by_version)
    bound_.by_version.push_back(within(mass + lost.variance + corners_, lost.doubt + moved_));
  bound_latency(rank_variance, lost.doubt + moved_ + rank_doubt_);
}

void Books::bound_latency(double variance, double doubt) {
  std::vector<double> masses[kWays];
  for (std::size_t way = 0; way < kWays; ++way) masses[way] = latencies_.masses(way);
  const double total = std::accumulate(masses[0].begin(), masses[0].end(), 0.0);
  for (const std::uint32_t per_million : {500'000U, 900'000U, 990'000U, 999'000U}) {
    Bound::Quantile between{per_million, SimDuration{0}, kLongestDuration};
    if (total > 0) {
      const double share = per_million * 1e-6;
      const double drawn = dmath::sqrt(variance) + dmath::sqrt(total * share * (1 - share) + 1);
      const double off = (doubt + kDeviations * drawn) / total;
      // Longer waits make more time-outs, so any of the three may have the shortest. Nobody takes
      // longer than the longest of those who wait the most.
      SimDuration least = kLongestDuration, most{0};
      for (const auto& way : masses) {
        least = std::min(least, quantile(way, std::max(share - off, 1 - kAll)));
        most = std::max(most, quantile(way, std::min(share + off, kAll)));
      }
      // A bucket on either side: 0.8 % for the straight lines of the table, as much for the
      // ledger's.
      between.least = least - least / 64;
      if (most != kLongestDuration) between.most = most + most / 64;
    }
    bound_.latency.push_back(between);
  }
}

}  // namespace steady::fluid
