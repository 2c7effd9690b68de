#pragma once

#include "sim/app/request_plane.h"
#include "sim/core/time.h"

namespace steady::elb {

/// What DescribeTargetHealth says of a target as AnomalyDetection (elb.md 2.2).
struct TargetAnomaly {
  bool anomalous = false;  ///< Result: anomalous, or normal.
  bool mitigated = false;  ///< MitigationInEffect: it has less than its full weight.
  bool operator==(const TargetAnomaly&) const = default;
};

/// From a moment on.
struct AnomalyChange {
  SimTime at{};
  app::TargetId target = 0;
  TargetAnomaly to;
};

}  // namespace steady::elb
