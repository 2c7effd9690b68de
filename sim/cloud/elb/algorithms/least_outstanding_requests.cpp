#include <map>

#include "sim/cloud/elb/routing.h"

namespace steady::elb {
namespace {

/// The fewest requests in progress, counted by this node alone; the earliest registered wins a tie
/// (elb.md 2.9). A tournament tree over the candidates keeps the choice at the root, so a thousand
/// targets cost ten comparisons a change.
class LeastOutstandingRequests final : public Algorithm {
 public:
  void set_candidates(std::span<const RouteTarget> candidates) override {
    std::map<TargetId, std::uint32_t> counts = counts_elsewhere_;
    for (std::size_t i = 0; i < candidates_.size(); ++i) counts[candidates_[i].target] = count(i);
    candidates_.assign(candidates.begin(), candidates.end());
    leaves_ = 1;
    while (leaves_ < candidates_.size()) leaves_ *= 2;
    tree_.assign(2 * leaves_, kEmpty);
    slots_.clear();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const TargetId target = candidates_[i].target;
      const auto known = counts.find(target);
      const std::uint64_t n = known == counts.end() ? 0 : known->second;
      if (known != counts.end()) counts.erase(known);
      tree_[leaves_ + i] = n << 32 | i;
      if (slots_.size() <= target) slots_.resize(target + 1, kNoSlot);
      slots_[target] = static_cast<std::uint32_t>(i);
    }
    for (std::size_t i = leaves_ - 1; i >= 1; --i)
      tree_[i] = std::min(tree_[2 * i], tree_[2 * i + 1]);
    // A target that comes back must find what it still holds.
    counts_elsewhere_ = std::move(counts);
  }
  std::size_t choose(Turn) override { return static_cast<std::size_t>(tree_[1] & 0xFFFFFFFFU); }
  bool counts_outstanding() const override { return true; }
  void began(TargetId target) override { change(target, 1); }
  void ended(TargetId target) override { change(target, -1); }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  static constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

  std::uint32_t count(std::size_t i) const {
    return static_cast<std::uint32_t>(tree_[leaves_ + i] >> 32);
  }
  void change(TargetId target, int by) {
    if (target >= slots_.size() || slots_[target] == kNoSlot) {
      std::uint32_t& n = counts_elsewhere_[target];
      n = static_cast<std::uint32_t>(static_cast<int>(n) + by);
      if (n == 0) counts_elsewhere_.erase(target);
      return;
    }
    std::size_t i = leaves_ + slots_[target];
    tree_[i] = by > 0 ? tree_[i] + (std::uint64_t{1} << 32) : tree_[i] - (std::uint64_t{1} << 32);
    for (i /= 2; i >= 1; i /= 2) tree_[i] = std::min(tree_[2 * i], tree_[2 * i + 1]);
  }

  std::vector<RouteTarget> candidates_;
  std::vector<std::uint64_t> tree_{kEmpty,
                                   kEmpty};  ///< count << 32 | index; the root is the choice
  std::vector<std::uint32_t> slots_;         ///< by target: its leaf
  std::size_t leaves_ = 1;
  std::map<TargetId, std::uint32_t> counts_elsewhere_;
};

}  // namespace

std::unique_ptr<Algorithm> make_least_outstanding_requests() {
  return std::make_unique<LeastOutstandingRequests>();
}

}  // namespace steady::elb
