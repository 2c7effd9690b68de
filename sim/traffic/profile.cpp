#include "sim/traffic/profile.h"

#include "sim/core/dmath.h"

namespace steady::traffic {

Integral::Integral(RateProfile profile) : profile_(std::move(profile)) {}

SimTime Integral::advance(double requests) {
  while (piece_ < profile_.size()) {
    const RatePiece& piece = profile_[piece_];
    const double length = static_cast<double>((piece.end - piece.begin).count()) * 1e-9;
    const double rate0 = static_cast<double>(piece.from.per_1000_seconds) * 1e-3;
    const double rate1 = static_cast<double>(piece.to.per_1000_seconds) * 1e-3;
    const double slope = length > 0 ? (rate1 - rate0) / length : 0;
    const double rate = rate0 + slope * offset_;
    const double left = length - offset_;
    if (slope == 0) {
      // The general form below gives these very bits: the root of a square is the number itself.
      const double all = rate * left;
      if (all > requests) {
        offset_ += requests / rate;
        return piece.begin + SimDuration{static_cast<std::int64_t>(offset_ * 1e9)};
      }
      requests -= all;
      ++piece_;
      offset_ = 0;
      continue;
    }
    const double available = (rate + slope * left * 0.5) * left;
    if (available > requests) {
      // rate x + slope x^2 / 2 = requests, in the form that stays exact when slope is nearly 0.
      const double root = dmath::sqrt(rate * rate + 2 * slope * requests);
      offset_ += 2 * requests / (rate + root);
      return piece.begin + SimDuration{static_cast<std::int64_t>(offset_ * 1e9)};
    }
    requests -= available;
    ++piece_;
    offset_ = 0;
  }
  return kNever;
}

}  // namespace steady::traffic
