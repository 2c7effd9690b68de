#include "sim/core/dmath.h"
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
  void step() {
    if (next_ == kNever) return;
    // Unit exponential between two requests in the integral of the rate.
    next_ = integral_.advance(-dmath::log(dmath::open_unit(stream_.bits(index_++, 0))));
  }
  Integral integral_;
  RandomStream stream_;
  std::uint64_t index_ = 0;
  SimTime next_{};
};

}  // namespace

std::unique_ptr<Shape> make_poisson(RateProfile profile, RandomStream stream) {
  return std::make_unique<Poisson>(std::move(profile), stream);
}

}  // namespace steady::traffic
