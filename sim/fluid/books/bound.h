#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/dataplane/ledger.h"

namespace steady::fluid {

/// How far the counts of a fluid run may be from those of one run that sends every request of the
/// same scenario, as long as the control plane does the same at the same moments. Five standard
/// deviations of what is drawn, and the model's own error.
struct Bound {
  std::uint64_t total = 0;  ///< requests sent
  std::array<std::uint64_t, dataplane::kOutcomes> by_outcome{};
  std::map<dataplane::CauseId, std::uint64_t> by_cause;
  std::vector<std::uint64_t> by_version;  ///< requests of each version
  /// The latency of ok requests below which so many per million lie: between two values.
  struct Quantile {
    std::uint32_t per_million = 0;
    SimDuration least{0}, most{0};  ///< most: kLongestDuration where nothing can be said
  };
  std::vector<Quantile> latency;
  /// Answers to the control plane ("when is this process idle?") that chance decides in an exact
  /// run, and how much time lies between early and late ones, summed. 0: the control plane does the
  /// same in both runs.
  std::uint64_t answers_in_doubt = 0;
  SimDuration time_in_doubt{0};
};

}  // namespace steady::fluid
