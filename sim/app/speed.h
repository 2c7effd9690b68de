#pragma once

#include <cstdint>

#include "sim/core/time.h"
#include "sim/core/wide.h"

namespace steady::app {

/// Speed of a process in millionths: with this its work takes as long as its model says.
inline constexpr std::int64_t kFullSpeed = 1'000'000;

/// How long so much work takes, rounded up; `work` is in nanoseconds at full speed, `speed` is
/// above 0. Never more than ten years.
inline SimDuration time_of(std::int64_t work, std::int64_t speed) {
  if (speed == kFullSpeed) return SimDuration{work};
  const Int128 time = (Int128{work} * kFullSpeed + (speed - 1)) / speed;
  return time > kLongestDuration.count() ? kLongestDuration
                                         : SimDuration{static_cast<std::int64_t>(time)};
}

/// How much work is done in so long, rounded down: work that has not ended has something left.
inline std::int64_t work_in(SimDuration time, std::int64_t speed) {
  return static_cast<std::int64_t>(Int128{time.count()} * speed / kFullSpeed);
}

}  // namespace steady::app
