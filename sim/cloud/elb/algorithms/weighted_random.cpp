#include "sim/cloud/elb/routing.h"

namespace steady::elb {
namespace {

/// Any healthy target with equal chance (elb.md 2.9); anomaly mitigation, which would change the
/// weights, is refused until it is modelled.
class WeightedRandom final : public Algorithm {
 public:
  WeightedRandom() { draws_ = true; }
  std::size_t choose(Turn turn) override {
    return static_cast<std::size_t>((std::uint64_t{turn.bits} * count_) >> 32);
  }
  std::size_t choose_other(Turn turn, std::span<const RouteTarget> candidates,
                           std::span<const TargetId> not_these) override {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!contains(not_these, candidates[i].target)) others.push_back(i);
    }
    return others[static_cast<std::size_t>((std::uint64_t{turn.bits} * others.size()) >> 32)];
  }
  bool shares(SimTime, std::vector<double>& out) const override {
    out.insert(out.end(), count_, 1.0 / static_cast<double>(count_));
    return true;
  }

 private:
  void use(std::span<const RouteTarget> candidates) override { count_ = candidates.size(); }
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Algorithm> make_weighted_random() { return std::make_unique<WeightedRandom>(); }

}  // namespace steady::elb
