#pragma once

#include <cstdint>

#include "tests/sim/dataplane/oracle/script.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

namespace steady::dataplane::testing {

/// What becomes of a script's requests, and what is counted beside them.
struct Outcomes {
  ToldRequests told;
  PlainPlane::Beside beside;
  FlowCounts flows;
  /// Of every interval in which somebody counted: what each target's attempts came to (elb.md 2.9).
  std::vector<std::vector<app::TargetEnds>> by_target;
  bool weighed = false;  ///< Some target had less than its full weight.
};
/// `seed` is that of the requests' own draws.
Outcomes by_fast_path(const Script& script, std::uint64_t seed);
Outcomes by_plain_model(const Script& script, std::uint64_t seed);

}  // namespace steady::dataplane::testing
