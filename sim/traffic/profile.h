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
  SimTime advance(double requests) {
    while (piece_ < profile_.size()) {
      if (slope_ != 0) {
        if (on_slope(requests))
          return begin_ + SimDuration{static_cast<std::int64_t>(offset_ * 1e9)};
        next_piece();
        continue;
      }
      // The general form gives these very bits: the root of a square is the number itself.
      const double all = rate0_ * (length_ - offset_);
      if (all > requests) {
        offset_ += requests / rate0_;
        return begin_ + SimDuration{static_cast<std::int64_t>(offset_ * 1e9)};
      }
      requests -= all;
      next_piece();
    }
    return kNever;
  }
  /// advance(requests[0]), advance(requests[1]), ...
  void advance(const double* requests, std::size_t count, SimTime* out);

 private:
  /// Whether the moment lies in this piece; else what is left of the requests.
  bool on_slope(double& requests);
  void next_piece() {
    ++piece_;
    offset_ = 0;
    look();
  }
  void look();

  // What the current piece says.
  double length_ = 0, rate0_ = 0, slope_ = 0;
  SimTime begin_{};
  RateProfile profile_;
  std::size_t piece_ = 0;
  double offset_ = 0;  ///< seconds into the piece
};

}  // namespace steady::traffic
