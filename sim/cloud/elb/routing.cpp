#include "sim/cloud/elb/routing.h"

#include <algorithm>

namespace steady::elb {

bool contains(std::span<const TargetId> targets, TargetId target) {
  return std::ranges::find(targets, target) != targets.end();
}

/// The first that may be chosen after the one whose turn it is.
std::size_t Algorithm::choose_other(Turn turn, std::span<const RouteTarget> candidates,
                                    std::span<const TargetId> not_these) {
  std::size_t chosen = choose(turn);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!contains(not_these, candidates[chosen].target)) break;
    chosen = (chosen + 1) % candidates.size();
  }
  return chosen;
}

}  // namespace steady::elb
