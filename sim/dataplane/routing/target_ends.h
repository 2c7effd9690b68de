#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/core/time.h"
#include "sim/dataplane/ledger.h"

namespace steady::dataplane {

/// How attempts at targets of Application balancers ended, by target, in the interval of time that
/// runs and in the one before: what their anomalies are found by (elb.md 2.9). Each stands in the
/// interval in which it ended, whenever it is booked.
class TargetEndCounts {
 public:
  explicit TargetEndCounts(SimDuration every) : every_(every) {}

  void ended(app::TargetId target, SimTime at, CauseId cause, const Ledger& ledger);
  /// Those of the interval that ends at `now`.
  std::vector<app::TargetEnds> before(SimTime now) const;

 private:
  /// A 5xx of the target's own, or a connect that failed.
  bool is_failure(CauseId cause, const Ledger& ledger);

  struct Interval {
    std::int64_t number = -1;
    std::vector<app::TargetEnds> by_target;
  };
  SimDuration every_;
  std::array<Interval, 2> intervals_;
  std::vector<bool> failures_;  ///< by cause, as far as they were met
};

}  // namespace steady::dataplane
