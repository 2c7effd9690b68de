#include <algorithm>

#include "sim/cloud/elb/routing.h"

namespace steady::elb {
namespace {

constexpr std::int64_t kWhole = 1'000'000;  ///< the weight of a target at its full share
constexpr std::int64_t kLeast = 50'000;     ///< of one that has just begun (elb.md 2.8: 0.01-0.1)

/// One after the other (elb.md 2.9). When candidates change, the turn goes on after the target that
/// was served last. While targets are in slow start their share rises linearly (2.8): the turns are
/// then given out in proportion to the weights, as evenly as whole turns can be.
class RoundRobin final : public Algorithm {
 public:
  void set_slow_start(SimDuration duration) override { duration_ = duration; }
  std::size_t choose(Turn turn) override {
    const std::size_t chosen = turn.now < slow_until_ ? by_weight(turn.now) : turn_;
    last_ = candidates_[chosen].target;
    served_ = true;
    turn_ = chosen + 1 == candidates_.size() ? 0 : chosen + 1;
    return chosen;
  }
  std::size_t* rotation(SimTime now) override { return now < slow_until_ ? nullptr : &turn_; }
  bool shares(SimTime now, std::vector<double>& out) const override {
    std::int64_t total = 0;
    for (const auto& candidate : candidates_) total += weight(candidate, now);
    for (const auto& candidate : candidates_)
      out.push_back(static_cast<double>(weight(candidate, now)) / static_cast<double>(total));
    return true;
  }
  SimTime shares_settled() const override { return slow_until_; }
  void rotated() override {
    last_ = candidates_[(turn_ == 0 ? candidates_.size() : turn_) - 1].target;
    served_ = true;
  }
  /// Whoever may not be chosen loses the turn.
  std::size_t choose_other(Turn turn, std::span<const RouteTarget> candidates,
                           std::span<const TargetId> not_these) override {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const std::size_t chosen = choose(turn);
      if (!contains(not_these, candidates[chosen].target)) return chosen;
    }
    return Algorithm::choose_other(turn, candidates, not_these);
  }
  bool takes_turns() const override { return true; }

 private:
  void use(std::span<const RouteTarget> candidates) override {
    std::size_t turn = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (served_ && candidates[i].target <= last_) turn = i + 1;
    }
    // Credit stays with those who stay; both lists rise by target.
    std::vector<std::int64_t> credit(candidates.size(), 0);
    for (std::size_t i = 0, j = 0; i < candidates.size(); ++i) {
      while (j < candidates_.size() && candidates_[j].target < candidates[i].target) ++j;
      if (j < candidates_.size() && candidates_[j].target == candidates[i].target)
        credit[i] = credit_[j];
    }
    credit_ = std::move(credit);
    candidates_.assign(candidates.begin(), candidates.end());
    turn_ = turn < candidates_.size() ? turn : 0;
    slow_until_ = SimTime{};
    for (const auto& candidate : candidates_) {
      if (candidate.slow_since != kNever && duration_.count() > 0)
        slow_until_ = std::max(slow_until_, candidate.slow_since + duration_);
    }
  }
  std::int64_t weight(const RouteTarget& candidate, SimTime now) const {
    if (candidate.slow_since == kNever) return kWhole;
    const SimDuration since = now - candidate.slow_since;
    if (since >= duration_) return kWhole;
    return std::max<std::int64_t>(kLeast, since.count() / (duration_.count() / kWhole));
  }
  /// Every target earns its weight at each turn, the richest is served and pays for all.
  std::size_t by_weight(SimTime now) {
    std::int64_t total = 0;
    std::size_t richest = 0;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const std::int64_t earned = weight(candidates_[i], now);
      credit_[i] += earned;
      total += earned;
      if (credit_[i] > credit_[richest]) richest = i;
    }
    credit_[richest] -= total;
    return richest;
  }
  std::vector<RouteTarget> candidates_;
  std::vector<std::int64_t> credit_;
  std::size_t turn_ = 0;
  TargetId last_ = 0;
  bool served_ = false;
  SimDuration duration_{0};
  SimTime slow_until_{};
};

}  // namespace

std::unique_ptr<Algorithm> make_round_robin() { return std::make_unique<RoundRobin>(); }

}  // namespace steady::elb
