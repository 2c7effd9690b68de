#include "sim/fluid/bound.h"

#include <algorithm>
#include <numeric>

#include "sim/core/dmath.h"
#include "sim/fluid/books.h"

/// How far an exact run may be from the expected numbers.
namespace steady::fluid {
namespace {

/// Five standard deviations: one count in two million is outside by chance alone, were it normal.
constexpr double kDeviations = 5;

/// Of a number with this variance; one request more for what is rounded.
std::uint64_t within(double variance, double doubt) {
  return static_cast<std::uint64_t>(kDeviations * dmath::sqrt(variance + 1) + doubt) + 1;
}

/// The least latency at or below which `share` of the masses lie; nothing when none does.
SimDuration quantile(const std::vector<double>& masses, double share) {
  if (share <= 0) return SimDuration{0};
  const double total = std::accumulate(masses.begin(), masses.end(), 0.0);
  double sum = 0;
  for (std::size_t bucket = 0; bucket < masses.size(); ++bucket) {
    sum += masses[bucket];
    if (sum >= share * total)
      return SimDuration{Histogram::bucket_high(static_cast<std::uint32_t>(bucket))};
  }
  return kLongestDuration;
}

void add_up(std::vector<double>& to, const std::vector<double>& from) {
  if (to.size() < from.size()) to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace

void Books::make_bound(double arrivals) {
  std::map<CauseId, Amount> by_cause;
  std::array<Amount, dataplane::kOutcomes> by_outcome{};
  std::vector<double> by_version;
  Amount lost;
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
    version(of) += amount.mass;
  }
  for (const auto& [key, latencies] : latencies_)
    version(key.second) += std::accumulate(latencies.mass[0].begin(), latencies.mass[0].end(), 0.0);
  bound_.total = within(arrivals, 0);
  for (const auto& [cause, amount] : by_cause)
    bound_.by_cause[cause] = within(amount.variance, amount.doubt + moved_);
  for (std::size_t i = 1; i < by_outcome.size(); ++i)
    bound_.by_outcome[i] = within(by_outcome[i].variance, by_outcome[i].doubt + moved_);
  bound_.by_outcome[0] = within(arrivals + lost.variance, lost.doubt + moved_);
  for (const double mass : by_version)
    bound_.by_version.push_back(within(mass + lost.variance + corners_, lost.doubt + moved_));
  bound_latency(lost.variance, lost.doubt + moved_ + rank_doubt_);
}

void Books::bound_latency(double variance, double doubt) {
  std::vector<double> masses[kWays];
  for (const auto& [key, latencies] : latencies_) {
    for (std::size_t way = 0; way < kWays; ++way) add_up(masses[way], latencies.mass[way]);
  }
  const double total = std::accumulate(masses[0].begin(), masses[0].end(), 0.0);
  for (const std::uint32_t per_million : {500'000U, 900'000U, 990'000U, 999'000U}) {
    const double share = per_million * 1e-6;
    const double off =
        total <= 0 ? 1
                   : (doubt + kDeviations * (dmath::sqrt(variance) +
                                             dmath::sqrt(total * share * (1 - share) + 1))) /
                         total;
    Bound::Quantile quantile_bound;
    quantile_bound.per_million = per_million;
    // A bucket on either side: 0.8 % for the straight lines of the table, as much for the ledger's.
    // Longer waits make more time-outs, so any of the three may have the shortest.
    SimDuration least = kLongestDuration, most{0};
    for (const auto& way : masses) {
      least = std::min(least, quantile(way, share - off));
      most = std::max(most, share + off >= 1 ? kLongestDuration : quantile(way, share + off));
    }
    quantile_bound.least = least - least / 64;
    quantile_bound.most = most == kLongestDuration ? most : most + most / 64;
    bound_.latency.push_back(quantile_bound);
  }
}

}  // namespace steady::fluid
