#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/core/random.h"
#include "sim/core/result.h"
#include "sim/core/time.h"

namespace steady::asg {

/// What a termination policy sees of an instance.
struct Candidate {
  std::string id, zone;
  SimTime launched_at{};
  int generation = 0;  ///< Of the launch template: it grows with each change.
};

/// Names that TerminationPolicies may hold; error code ValidationError.
Status check_termination_policies(const std::vector<std::string>& policies);

/// Which of the candidates (none is protected, there is at least one) scale-in takes: index. First
/// the zones that the group has left, then those with the most instances; in
/// them the policies in their order; then chance (ecs.md 5.4).
std::size_t choose_to_terminate(std::span<const Candidate> candidates,
                                const std::vector<std::string>& zones_of_all,
                                const std::vector<std::string>& group_zones,
                                const std::vector<std::string>& policies, SimTime now,
                                const RandomStream& stream, std::uint64_t entity);

}  // namespace steady::asg
