#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/time.h"

namespace steady {

/// Counts durations in log-linear buckets of integer bounds: 128 per octave, so the relative error
/// of a bucket is below 0.8 %. Holds integers only, hence any order of merging gives the same bits
/// (experiments.md 9).
class Histogram {
 public:
  /// The bucket of a value; values below 128 ns have one of their own. Negative values count as 0.
  static std::uint32_t bucket_of(std::int64_t ns);
  /// Smallest value of a bucket, and the largest.
  static std::int64_t bucket_low(std::uint32_t bucket);
  static std::int64_t bucket_high(std::uint32_t bucket);

  void add(SimDuration value, std::uint64_t count = 1);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  SimDuration min() const { return SimDuration{count_ ? min_ : 0}; }
  SimDuration max() const { return SimDuration{count_ ? max_ : 0}; }
  /// Exact sum of what was added, in nanoseconds.
  unsigned __int128 sum() const { return sum_; }
  /// Mean in nanoseconds, rounded down; 0 when empty.
  SimDuration mean() const;
  /// The value at or below which at least per_million / 1,000,000 of the values lie (nearest rank),
  /// reported as the upper bound of its bucket but never above max(). 0 when empty.
  SimDuration quantile(std::uint32_t per_million) const;

  const std::vector<std::uint64_t>& buckets() const { return buckets_; }

 private:
  std::vector<std::uint64_t> buckets_;  ///< grown on demand by whole octaves
  std::uint64_t count_ = 0;
  std::int64_t min_ = INT64_MAX, max_ = 0;
  unsigned __int128 sum_ = 0;
};

}  // namespace steady
