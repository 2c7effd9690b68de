#pragma once

#include <cstdint>
#include <optional>

#include "sim/core/distribution.h"
#include "sim/core/time.h"

namespace steady::traffic {

/// How each client of a population keeps its connections where that changes an outcome: to a
/// Network load balancer, which binds every connection to one target (elb.md 3.1).
struct ConnectionPolicy {
  /// Kept at once by one client, at least 1. A request that finds all of them busy opens one for
  /// itself.
  std::uint32_t each = 1;
  /// A connection that is older is closed by its client before the next request; unset: never.
  std::optional<Distribution> life{};
  SimDuration idle = SimDuration::max();  ///< The client closes one that rests for so long.
  bool tcp_keep_alive = false;  ///< Probes go out while it rests: to the balancer it never does.
};

}  // namespace steady::traffic
