#include <algorithm>

#include "sim/cloud/elb/routing.h"

namespace steady::elb {
namespace {

/// Any healthy target at random (elb.md 2.9): with equal chances, or in proportion to the weights
/// that anomaly mitigation gives them.
class WeightedRandom final : public Algorithm {
 public:
  WeightedRandom() { draws_ = true; }
  std::size_t choose(Turn turn) override {
    if (up_to_.empty()) return static_cast<std::size_t>(part(turn, count_));
    const std::uint64_t point = part(turn, up_to_.back());
    return static_cast<std::size_t>(std::ranges::upper_bound(up_to_, point) - up_to_.begin());
  }
  std::size_t choose_other(Turn turn, std::span<const RouteTarget> candidates,
                           std::span<const TargetId> not_these) override {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!contains(not_these, candidates[i].target)) total += weight(i);
    }
    std::uint64_t left = part(turn, total);
    for (std::size_t i = 0;; ++i) {
      if (contains(not_these, candidates[i].target)) continue;
      if (left < weight(i)) return i;
      left -= weight(i);
    }
  }
  bool shares(SimTime, std::vector<double>& out) const override {
    const std::uint64_t total = up_to_.empty() ? count_ : up_to_.back();
    for (std::size_t i = 0; i < count_; ++i)
      out.push_back(static_cast<double>(weight(i)) / static_cast<double>(total));
    return true;
  }

 private:
  void use(std::span<const RouteTarget> candidates) override {
    count_ = candidates.size();
    up_to_.clear();
  }
  void weigh(std::span<const std::uint32_t> weights) override {
    up_to_.clear();
    std::uint64_t total = 0;
    for (const std::uint32_t each : weights) up_to_.push_back(total += each);
  }
  static std::uint64_t part(Turn turn, std::uint64_t of) {
    return (std::uint64_t{turn.bits} * of) >> 32;
  }
  std::uint64_t weight(std::size_t place) const {
    if (up_to_.empty()) return 1;
    return up_to_[place] - (place == 0 ? 0 : up_to_[place - 1]);
  }
  std::size_t count_ = 0;
  std::vector<std::uint64_t> up_to_;  ///< Sums of the weights; empty where all are alike.
};

}  // namespace

std::unique_ptr<Algorithm> make_weighted_random() { return std::make_unique<WeightedRandom>(); }

}  // namespace steady::elb
