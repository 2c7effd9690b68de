#include "sim/core/wide.h"
#include "sim/traffic/profile.h"

namespace steady::traffic {
namespace {

/// Where the rate does not change the k-th moment is a quotient of integers, so no error adds up
/// over hours; ramps go through the integral.
class Constant final : public Shape {
 public:
  explicit Constant(RateProfile profile) : profile_(std::move(profile)) { find(); }

  void next(SimTime until, std::size_t most, std::vector<SimTime>& out) override {
    while (most-- > 0 && next_ < until) {
      out.push_back(next_);
      ++k_;
      find();
    }
  }

 private:
  void find() {
    while (piece_ < profile_.size()) {
      const RatePiece& piece = profile_[piece_];
      SimTime at = kNever;
      if (piece.from == piece.to) {
        if (piece.from.per_1000_seconds > 0) {
          const auto ns = static_cast<Uint128>(k_) * 1'000'000'000'000U /
                          static_cast<std::uint64_t>(piece.from.per_1000_seconds);
          at = piece.begin + SimDuration{static_cast<std::int64_t>(ns)};
        }
      } else {
        if (k_ == 0) ramp_ = std::make_unique<Integral>(RateProfile{piece});
        at = ramp_->advance(1);
      }
      if (at < piece.end) {
        next_ = at;
        return;
      }
      ++piece_;
      k_ = 0;
    }
    next_ = kNever;
  }
  RateProfile profile_;
  std::size_t piece_ = 0;
  std::uint64_t k_ = 0;
  std::unique_ptr<Integral> ramp_;
  SimTime next_{};
};

}  // namespace

std::unique_ptr<Shape> make_constant(RateProfile profile) {
  return std::make_unique<Constant>(std::move(profile));
}

}  // namespace steady::traffic
