#include "sim/cloud/elb/routing.h"

namespace steady::elb {
namespace {

/// One after the other (elb.md 2.9). When candidates change, the turn goes on after the target that
/// was served last.
class RoundRobin final : public Algorithm {
 public:
  void set_candidates(std::span<const RouteTarget> candidates) override {
    std::size_t turn = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (served_ && candidates[i].target <= last_) turn = i + 1;
    }
    candidates_.assign(candidates.begin(), candidates.end());
    turn_ = turn < candidates_.size() ? turn : 0;
  }
  std::size_t choose() override {
    const std::size_t chosen = turn_;
    last_ = candidates_[chosen].target;
    served_ = true;
    if (++turn_ == candidates_.size()) turn_ = 0;
    return chosen;
  }

 private:
  std::vector<RouteTarget> candidates_;
  std::size_t turn_ = 0;
  TargetId last_ = 0;
  bool served_ = false;
};

}  // namespace

std::unique_ptr<Algorithm> make_round_robin() { return std::make_unique<RoundRobin>(); }

}  // namespace steady::elb
