#include <algorithm>

#include "sim/core/batch.h"
#include "sim/traffic/profile.h"

namespace steady::traffic {
namespace {

class Poisson final : public Shape {
 public:
  Poisson(RateProfile profile, RandomStream stream)
      : integral_(std::move(profile)), stream_(stream) {
    refill();
  }

  void next(SimTime until, std::size_t most, std::vector<SimTime>& out) override {
    while (most > 0 && moments_[at_] < until) {
      const std::size_t first = at_;
      const std::size_t last = std::min(kBatch, first + most);
      at_ = moments_[last - 1] < until
                ? last
                : static_cast<std::size_t>(
                      std::lower_bound(moments_ + first, moments_ + last, until) - moments_);
      out.insert(out.end(), moments_ + first, moments_ + at_);
      most -= at_ - first;
      if (at_ == kBatch) refill();
    }
  }

 private:
  static constexpr std::size_t kBatch = 128;

  /// The moments of the next requests; kNever for those that the profile does not reach.
  void refill() {
    std::uint64_t words[kBatch];
    std::uint32_t third[kBatch], fourth[kBatch];
    double gaps[kBatch];
    batch::blocks(stream_, index_, 0, kBatch, {words, third, fourth});
    // -log(1 - ~u) is -log(u): the complement makes larger bits shorter gaps, as ever.
    for (auto& word : words) word = ~word;
    // Unit exponentials between two requests in the integral of the rate.
    batch::unit_exponentials(words, kBatch, gaps);
    integral_.advance(gaps, kBatch, moments_);
    index_ += kBatch;
    at_ = 0;
  }
  Integral integral_;
  RandomStream stream_;
  std::uint64_t index_ = 0;
  SimTime moments_[kBatch];
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Shape> make_poisson(RateProfile profile, RandomStream stream) {
  return std::make_unique<Poisson>(std::move(profile), stream);
}

}  // namespace steady::traffic
