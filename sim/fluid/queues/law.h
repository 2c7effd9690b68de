#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/distribution.h"
#include "sim/core/histogram.h"

namespace steady::fluid {

/// A service time as a table over the buckets of a histogram: how likely it is to last longer than
/// something, and the integrals of that. Between two bounds of buckets (0.8 % apart) it is taken as
/// a straight line; at them it is exact.
class Law {
 public:
  explicit Law(const Distribution& service);

  /// The chance of `x` or more, 0 to 1; 1 at 0 and below.
  double at_least(SimDuration x) const;
  /// The chance of more than `x`.
  double above(SimDuration x) const { return at_least(x + SimDuration{1}); }
  /// The integral of above() from 0 to `x`, in seconds: what of `x` a service fills on average.
  double filled(SimDuration x) const;
  double mean() const { return mean_; }  ///< seconds
  /// Squared coefficient of variation.
  double variation() const { return variation_; }
  /// Nothing shorter, and (but for a chance of 1e-12) nothing longer.
  SimDuration shortest() const { return shortest_; }
  SimDuration longest() const { return longest_; }

 private:
  std::uint32_t first_ = 0;       ///< bucket to which entry 0 belongs
  std::vector<double> at_least_;  ///< at the low bound of each bucket
  std::vector<double> filled_;    ///< up to there
  double mean_ = 0, variation_ = 0;
  SimDuration shortest_{0}, longest_{0};
  bool constant_ = false;
};

}  // namespace steady::fluid
