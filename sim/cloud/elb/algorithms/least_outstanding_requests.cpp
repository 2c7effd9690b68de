#include "sim/cloud/elb/algorithms/least_outstanding_requests.h"

#include <memory>

namespace steady::elb {

void LowestCount::reset(std::size_t places) {
  counts_.assign(places, 0);
  levels_.clear();
  lowest_ = 0;
  make_level(0);
  for (std::size_t i = 0; i < places; ++i) set_bit(0, i);
}

void LowestCount::make_level(std::uint32_t at) {
  if (at >= levels_.size()) levels_.resize(at + std::size_t{1});
  const std::size_t words = counts_.size() / 64 + 1;
  levels_[at].words.assign(words, 0);
  levels_[at].summary.assign(words / 64 + 1, 0);
}

std::size_t LowestCount::scan() const {
  return static_cast<std::size_t>(std::ranges::min_element(counts_) - counts_.begin());
}

void LeastOutstandingRequests::use(std::span<const RouteTarget> candidates) {
  std::map<TargetId, std::uint32_t> counts = std::move(counts_elsewhere_);
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (counts_.count(i) > 0) counts[candidates_[i]] = counts_.count(i);
  counts_.reset(candidates.size());
  candidates_.clear();
  slots_.clear();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const TargetId target = candidates[i].target;
    const auto known = counts.find(target);
    if (known != counts.end()) {
      counts_.set(i, known->second);
      counts.erase(known);
    }
    candidates_.push_back(target);
    if (slots_.size() <= target) slots_.resize(target + std::size_t{1}, kNoSlot);
    slots_[target] = static_cast<std::uint32_t>(i);
  }
  // A target that comes back must find what it still holds.
  counts_elsewhere_ = std::move(counts);
}

std::size_t LeastOutstandingRequests::choose_other(Turn, std::span<const RouteTarget> candidates,
                                                   std::span<const TargetId> not_these) {
  std::size_t least = candidates.size();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (contains(not_these, candidates[i].target)) continue;
    if (least == candidates.size() || counts_.count(i) < counts_.count(least)) least = i;
  }
  return least;
}

void LeastOutstandingRequests::change_elsewhere(TargetId target, int by) {
  std::uint32_t& n = counts_elsewhere_[target];
  n = static_cast<std::uint32_t>(static_cast<int>(n) + by);
  if (n == 0) counts_elsewhere_.erase(target);
}

std::unique_ptr<Algorithm> make_least_outstanding_requests() {
  return std::make_unique<LeastOutstandingRequests>();
}

}  // namespace steady::elb
