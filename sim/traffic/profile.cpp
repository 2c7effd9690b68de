#include "sim/traffic/profile.h"

#include "sim/core/dmath.h"

namespace steady::traffic {

Integral::Integral(RateProfile profile) : profile_(std::move(profile)) { look(); }

void Integral::look() {
  if (piece_ == profile_.size()) return;
  const RatePiece& piece = profile_[piece_];
  begin_ = piece.begin;
  length_ = static_cast<double>((piece.end - piece.begin).count()) * 1e-9;
  rate0_ = static_cast<double>(piece.from.per_1000_seconds) * 1e-3;
  const double rate1 = static_cast<double>(piece.to.per_1000_seconds) * 1e-3;
  slope_ = length_ > 0 ? (rate1 - rate0_) / length_ : 0;
}

void Integral::advance(const double* requests, std::size_t count, SimTime* out) {
  std::size_t i = 0;
  while (i < count) {
    if (piece_ < profile_.size() && slope_ == 0) {
      // As long as the rate stays as it is: the steps of advance() for one.
      double offset = offset_;
      for (; i < count && rate0_ * (length_ - offset) > requests[i]; ++i) {
        offset += requests[i] / rate0_;
        out[i] = begin_ + SimDuration{static_cast<std::int64_t>(offset * 1e9)};
      }
      offset_ = offset;
      if (i == count) return;
    }
    out[i] = advance(requests[i]);
    ++i;
  }
}

bool Integral::on_slope(double& requests) {
  const double rate = rate0_ + slope_ * offset_;
  const double left = length_ - offset_;
  const double available = (rate + slope_ * left * 0.5) * left;
  if (available <= requests) {
    requests -= available;
    return false;
  }
  // rate x + slope x^2 / 2 = requests, in the form that stays exact when slope is nearly 0.
  const double root = dmath::sqrt(rate * rate + 2 * slope_ * requests);
  offset_ += 2 * requests / (rate + root);
  return true;
}

}  // namespace steady::traffic
