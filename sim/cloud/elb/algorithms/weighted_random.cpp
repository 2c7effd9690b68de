#include "sim/cloud/elb/routing.h"

namespace steady::elb {
namespace {

/// Any healthy target with equal chance (elb.md 2.9); anomaly mitigation, which would change the
/// weights, is refused until it is modelled.
class WeightedRandom final : public Algorithm {
 public:
  std::size_t choose(Turn turn) override {
    return static_cast<std::size_t>((std::uint64_t{turn.bits} * count_) >> 32);
  }
  bool draws() const override { return true; }

 private:
  void use(std::span<const RouteTarget> candidates) override { count_ = candidates.size(); }
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Algorithm> make_weighted_random() { return std::make_unique<WeightedRandom>(); }

}  // namespace steady::elb
