#pragma once

#include "sim/traffic/source.h"

namespace steady::traffic {

/// Walks the integral of a rate profile: where it reaches a given number of requests. The integral
/// over a linear piece is a quadratic, whose root needs a square root only, so the moments are the
/// same on every machine.
class Integral {
 public:
  explicit Integral(RateProfile profile);
  /// The first moment at which the integral is `requests` more than at the last call; kNever when
  /// the profile ends before.
  SimTime advance(double requests);

 private:
  RateProfile profile_;
  std::size_t piece_ = 0;
  double offset_ = 0;  ///< seconds into the piece
};

}  // namespace steady::traffic
