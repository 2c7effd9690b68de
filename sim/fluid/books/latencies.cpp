#include "sim/fluid/books/latencies.h"

#include <algorithm>
#include <numeric>

namespace steady::fluid {
namespace {

double seconds(SimDuration d) { return static_cast<double>(d.count()) * 1e-9; }

/// The buckets into which ok latencies of a kind fall, over all that its wait may be.
struct Range {
  explicit Range(const Served& served)
      : first(Histogram::bucket_of((served.law->shortest() + served.least_wait).count())),
        last(Histogram::bucket_of(
            std::min(served.law->longest() + served.most_wait, served.patience).count())) {}
  std::uint32_t first, last;
};

/// The latency that stands for a bucket.
SimDuration value_of(const Served& served, std::uint32_t bucket) {
  const SimDuration last = std::min(served.law->longest() + served.most_wait, served.patience);
  return std::clamp(middle_of(bucket), std::min(served.law->shortest() + served.least_wait, last),
                    last);
}

void add_to(std::vector<double>& masses, std::uint32_t bucket, double mass) {
  if (masses.size() <= bucket) masses.resize(bucket + std::size_t{1});
  masses[bucket] += mass;
}

double at(const std::vector<double>& masses, std::size_t bucket) {
  return bucket < masses.size() ? masses[bucket] : 0;
}

}  // namespace

double Ages::reached(SimDuration age) const {
  if (age <= to) return 1;
  if (age >= from) return 0;
  return seconds(from - age) / seconds(from - to);
}

Latencies::Kind& Latencies::kind_of(const Served& served) {
  return kinds_.try_emplace(served.key(), Kind{served, 0, 0, {}, {}}).first->second;
}

void Latencies::add(const Served& served, double mass, double ok) {
  Kind& kind = kind_of(served);
  kind.whole += mass;
  kind.ok += ok;
}

void Latencies::add_cut(const Served& served, double mass, double ok, Ages ages) {
  const Range range(served);
  if (range.first > range.last || (ok <= 0 && ages.from < value_of(served, range.first))) return;
  Kind& kind = kind_of(served);
  kind.ok += ok;
  const std::size_t size = range.last - range.first + std::size_t{1};
  kind.reach.resize(size);
  kind.part.resize(size);
  std::uint32_t bucket = std::clamp(Histogram::bucket_of(ages.to.count()), range.first, range.last);
  // All have reached what lies below, and perhaps this bucket, too.
  if (value_of(served, bucket) <= ages.to) {
    kind.reach[bucket - range.first] += mass;
    ++bucket;
  } else if (bucket > range.first) {
    kind.reach[bucket - 1 - range.first] += mass;
  }
  for (; bucket <= range.last; ++bucket) {
    const double share = ages.reached(value_of(served, bucket));
    if (share <= 0) break;
    kind.part[bucket - range.first] += mass * share;
  }
}

void Latencies::spread() {
  for (const auto& [key, kind] : kinds_) spread(kind);
  kinds_.clear();
}

void Latencies::spread(const Kind& kind) {
  const Range range(kind.served);
  if (range.first > range.last) return;
  // How many would have been there to see each latency.
  std::vector<double> reached(range.last - range.first + std::size_t{1}, kind.whole);
  double longer = 0;
  for (std::size_t i = kind.reach.size(); i-- > 0;) {
    longer += kind.reach[i];
    reached[i] += longer + kind.part[i];
  }
  Of& to = of_[{kind.served.segment, kind.served.version}];
  for (std::size_t way = 0; way < (kind.served.is_certain() ? 1 : kWays); ++way)
    spread_way(kind, reached, way, to);
}

void Latencies::spread_way(const Kind& kind, const std::vector<double>& reached, std::size_t way,
                           Of& to) {
  const Served& served = kind.served;
  const Law& law = *served.law;
  const SimDuration wait = served.wait_of(way);
  const Range range(served);
  const double good = 1 - served.errors_per_million * 1e-6;
  std::vector<double> weights(reached.size());
  double total = 0;
  // The chances at the bounds of buckets; one bound is the next one's other side.
  double longer = law.at_least(SimDuration{Histogram::bucket_low(range.first)} - wait);
  for (std::uint32_t bucket = range.first; bucket <= range.last; ++bucket) {
    const SimDuration high{std::min(Histogram::bucket_high(bucket), served.patience.count())};
    const double beyond = law.at_least(high + SimDuration{1} - wait);
    const std::size_t i = bucket - range.first;
    weights[i] = std::max(0.0, longer - beyond) * reached[i] * good;
    total += weights[i];
    longer = beyond;
  }
  double scale = 1;
  if (way == kMost) {
    // Who would be late with the longest wait may just have been in time with a shorter one.
    const auto late = [&](SimDuration w) { return law.above(served.patience - w); };
    weights.back() += std::max(0.0, late(wait) - late(served.wait)) * reached.back() * good;
  }
  if (way == 0) {
    if (kind.ok <= 0) return;
    // As many as were booked. A hair may be left of those who had barely time to end.
    if (total <= 0) {
      weights.front() = total = 1;
    }
    scale = kind.ok / total;
  }
  std::vector<double>& masses = served.is_certain() ? to.sure : to.ways[way];
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double mass = weights[i] * scale;
    if (mass <= 0) continue;
    const SimDuration value = value_of(served, range.first + static_cast<std::uint32_t>(i));
    const std::uint32_t bucket = Histogram::bucket_of(value.count());
    add_to(masses, bucket, mass);
    if (way == 0) add_to(to.nanoseconds, bucket, mass * static_cast<double>(value.count()));
  }
}

double Latencies::Of::mass_of(std::size_t bucket) const {
  return at(sure, bucket) + at(ways[0], bucket);
}

std::size_t Latencies::Of::size() const { return std::max(sure.size(), ways[0].size()); }

double Latencies::Of::total() const {
  return std::accumulate(sure.begin(), sure.end(), 0.0) +
         std::accumulate(ways[0].begin(), ways[0].end(), 0.0);
}

std::vector<double> Latencies::masses(std::size_t way) const {
  std::vector<double> sum;
  for (const auto& [key, of] : of_) {
    const auto& more = of.ways[way];
    sum.resize(std::max({sum.size(), of.sure.size(), more.size()}));
    for (std::size_t i = 0; i < of.sure.size(); ++i) sum[i] += of.sure[i];
    for (std::size_t i = 0; i < more.size(); ++i) sum[i] += more[i];
  }
  return sum;
}

}  // namespace steady::fluid
