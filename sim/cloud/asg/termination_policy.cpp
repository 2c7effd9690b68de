#include "sim/cloud/asg/termination_policy.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>

#include "sim/core/nearest.h"

namespace steady::asg {
namespace {

const std::vector<std::string>& known_policies() {
  static const std::vector<std::string> kKnown = {"Default",
                                                  "AllocationStrategy",
                                                  "OldestLaunchTemplate",
                                                  "OldestLaunchConfiguration",
                                                  "ClosestToNextInstanceHour",
                                                  "NewestInstance",
                                                  "OldestInstance"};
  return kKnown;
}

template <class Key>
void keep_least(std::vector<std::size_t>& left, Key key_of) {
  auto best = key_of(left.front());
  for (const std::size_t i : left) best = std::min(best, key_of(i));
  std::erase_if(left, [&](std::size_t i) { return key_of(i) != best; });
}

/// One policy of the list. All groups here have one launch template, so AllocationStrategy, which
/// looks at mixes of types, keeps everybody.
void apply(const std::string& policy, std::span<const Candidate> candidates, SimTime now,
           std::vector<std::size_t>& left) {
  const auto oldest_template = [&] {
    keep_least(left, [&](std::size_t i) { return candidates[i].generation; });
  };
  const auto closest_to_hour = [&] {
    keep_least(left, [&](std::size_t i) -> SimDuration {
      const SimDuration age = now - candidates[i].launched_at;
      return std::chrono::hours{1} - age % std::chrono::hours{1};
    });
  };
  if (policy == "OldestLaunchTemplate" || policy == "OldestLaunchConfiguration") oldest_template();
  if (policy == "ClosestToNextInstanceHour") closest_to_hour();
  if (policy == "OldestInstance") {
    keep_least(left, [&](std::size_t i) { return candidates[i].launched_at; });
  }
  if (policy == "NewestInstance") {
    keep_least(left, [&](std::size_t i) { return now - candidates[i].launched_at; });
  }
  if (policy == "Default") {
    oldest_template();
    closest_to_hour();
  }
}

}  // namespace

Status check_termination_policies(const std::vector<std::string>& policies) {
  for (const auto& policy : policies) {
    if (std::ranges::find(known_policies(), policy) != known_policies().end()) continue;
    if (policy.starts_with("arn:")) {
      return Error{"ValidationError",
                   "Termination policies of your own (Lambda) are not modelled yet.", policy};
    }
    const std::string nearest = nearest_name(policy, known_policies());
    return Error{"ValidationError",
                 "Invalid termination policy '" + policy + "'" +
                     (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"),
                 policy};
  }
  return ok();
}

std::size_t choose_to_terminate(std::span<const Candidate> candidates,
                                const std::vector<std::string>& zones_of_all,
                                const std::vector<std::string>& group_zones,
                                const std::vector<std::string>& policies, SimTime now,
                                const RandomStream& stream, std::uint64_t entity) {
  std::vector<std::size_t> left(candidates.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  keep_least(left, [&](std::size_t i) {
    return std::ranges::find(group_zones, candidates[i].zone) == group_zones.end() ? 0 : 1;
  });
  keep_least(left,
             [&](std::size_t i) { return -std::ranges::count(zones_of_all, candidates[i].zone); });
  for (const auto& policy : policies) apply(policy, candidates, now, left);
  return left[stream.below(left.size(), entity, 0)];
}

}  // namespace steady::asg
