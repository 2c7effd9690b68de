#include "sim/core/batch.h"
#include "sim/traffic/profile.h"

namespace steady::traffic {
namespace {

class Poisson final : public Shape {
 public:
  Poisson(RateProfile profile, RandomStream stream)
      : integral_(std::move(profile)), stream_(stream) {
    step();
  }

  void next(SimTime until, std::size_t most, std::vector<SimTime>& out) override {
    while (most-- > 0 && next_ < until) {
      out.push_back(next_);
      step();
    }
  }

 private:
  static constexpr std::size_t kBatch = 128;

  void step() {
    if (next_ == kNever) return;
    // Unit exponential between two requests in the integral of the rate.
    if (at_ == kBatch) refill();
    next_ = integral_.advance(gaps_[at_++]);
  }
  void refill() {
    std::uint64_t words[kBatch];
    std::uint32_t third[kBatch], fourth[kBatch];
    batch::blocks(stream_, index_, 0, kBatch, {words, third, fourth});
    // -log(1 - ~u) is -log(u): the complement makes larger bits shorter gaps, as ever.
    for (auto& word : words) word = ~word;
    batch::unit_exponentials(words, kBatch, gaps_);
    index_ += kBatch;
    at_ = 0;
  }
  Integral integral_;
  RandomStream stream_;
  std::uint64_t index_ = 0;
  double gaps_[kBatch];
  std::size_t at_ = kBatch;
  SimTime next_{};
};

}  // namespace

std::unique_ptr<Shape> make_poisson(RateProfile profile, RandomStream stream) {
  return std::make_unique<Poisson>(std::move(profile), stream);
}

}  // namespace steady::traffic
