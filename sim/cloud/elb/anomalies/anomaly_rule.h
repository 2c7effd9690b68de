#pragma once

#include <cstdint>
#include <span>

#include "sim/core/time.h"

/// When a target stands out, and what share it gets then: Automatic Target Weights (elb.md 2.9).
/// AWS publishes neither formula nor numbers but these two: three healthy targets, and every 5 s.
/// The rest is this model's own (known deviations), in whole numbers only.
namespace steady::elb {

/// Targets are compared, and weights computed, at whole multiples of this from the start of the
/// run.
inline constexpr SimDuration kAnomalyInterval = std::chrono::seconds{5};
/// Fewer healthy targets are not compared.
inline constexpr std::size_t kFewestCompared = 3;
/// A target with fewer failures in an interval does not become anomalous.
inline constexpr std::uint64_t kFewestFailures = 5;

/// Weights: of a normal target, and of an anomalous one, which has to be seen to recover.
inline constexpr std::uint32_t kFullWeight = 1000, kLeastWeight = 20;

/// One healthy target of a group, as it is seen at the end of an interval.
struct Compared {
  std::uint64_t ended = 0;   ///< Attempts that it had and that ended in the interval.
  std::uint64_t failed = 0;  ///< Of them: 5xx of its own, and connects that failed.
  bool anomalous = false;    ///< Before; and what compare() found.
};

/// Finds who stands out among all healthy targets of a group. The median of their rates of failure,
/// of two in the middle the higher one, is what is normal: so never more than half of them are
/// anomalous, and a group that is broken as a whole has no anomaly. A target becomes anomalous with
/// more than three times that rate and two percent more, and at least kFewestFailures; it is normal
/// again after an interval in which it was not above that. Where it, or all but two, had nothing to
/// do in the interval, nothing is known and all stays as it was.
void compare(std::span<Compared> healthy);

/// An anomalous target gets the least weight at once; one that is normal again twice its weight at
/// each look, until it has its full one.
std::uint32_t next_weight(std::uint32_t weight, bool anomalous);

}  // namespace steady::elb
