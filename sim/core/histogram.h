#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/time.h"
#include "sim/core/wide.h"

namespace steady {

/// Counts durations in log-linear buckets of integer bounds: 128 per octave, so the relative error
/// of a bucket is below 0.8 %. Holds integers only, hence any order of merging gives the same bits
/// (experiments.md 9).
class Histogram {
 public:
  /// The bucket of a value; values below 256 ns have one of their own. Negative values count as 0.
  static std::uint32_t bucket_of(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    const auto shift = static_cast<std::uint32_t>(std::bit_width(value | 128U)) - 8U;
    return (shift << 7) + static_cast<std::uint32_t>(value >> shift);
  }
  /// Smallest value of a bucket, and the largest.
  static std::int64_t bucket_low(std::uint32_t bucket);
  static std::int64_t bucket_high(std::uint32_t bucket);

  void add(SimDuration value, std::uint64_t count = 1) {
    if (count == 0) return;
    const std::int64_t ns = std::max<std::int64_t>(value.count(), 0);
    const std::uint32_t bucket = bucket_of(ns);
    if (bucket >= buckets_.size()) grow(bucket);
    buckets_[bucket] += count;
    count_ += count;
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
    sum_ += Uint128{static_cast<std::uint64_t>(ns)} * count;
  }
  /// add() for each of them.
  void add_many(const std::int64_t* ns, std::size_t count);
  void merge(const Histogram& other);
  /// Forgets all values, and keeps the room that they took.
  void clear();

  std::uint64_t count() const { return count_; }
  SimDuration min() const { return SimDuration{count_ ? min_ : 0}; }
  SimDuration max() const { return SimDuration{count_ ? max_ : 0}; }
  /// Exact sum of what was added, in nanoseconds.
  Uint128 sum() const { return sum_; }
  /// Mean in nanoseconds, rounded down; 0 when empty.
  SimDuration mean() const;
  /// The value at or below which at least per_million / 1,000,000 of the values lie (nearest rank),
  /// reported as the upper bound of its bucket but never above max(). 0 when empty.
  SimDuration quantile(std::uint32_t per_million) const;

  const std::vector<std::uint64_t>& buckets() const { return buckets_; }

  /// Equal when the same values were added, up to the width of a bucket, in any order.
  bool operator==(const Histogram&) const = default;

 private:
  /// Makes room for `bucket` and the rest of its octave.
  void grow(std::uint32_t bucket);

  std::vector<std::uint64_t> buckets_;  ///< grown on demand by whole octaves
  std::uint64_t count_ = 0;
  std::int64_t min_ = INT64_MAX, max_ = 0;
  Uint128 sum_ = 0;
};

}  // namespace steady
