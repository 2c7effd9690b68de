#include "sim/traffic/retries.h"

#include <algorithm>

#include "sim/core/wide.h"

namespace steady::traffic {
namespace {

/// Uniform in [low, high], in whole nanoseconds.
SimDuration between(SimDuration low, SimDuration high, std::uint64_t bits) {
  const auto width = static_cast<std::uint64_t>((high - low).count()) + 1;
  const auto part = static_cast<std::uint64_t>((static_cast<Uint128>(bits) * width) >> 64);
  return low + SimDuration{static_cast<std::int64_t>(part)};
}

}  // namespace

SimDuration RetryPolicy::wait(std::uint32_t failed, SimDuration before, std::uint64_t bits) const {
  if (!exponential) return base;
  if (jitter == Jitter::kDecorrelated) {
    const SimDuration last = std::max(before, base);
    return std::min(cap, between(base, last > cap / 3 ? std::max(cap, base) : last * 3, bits));
  }
  SimDuration step = std::min(base, cap);
  for (std::uint32_t i = 1; i < failed && step < cap; ++i) step = std::min(step * 2, cap);
  if (jitter == Jitter::kFull) return between(SimDuration{0}, step, bits);
  if (jitter == Jitter::kEqual) return between(step / 2, step, bits);
  return step;
}

}  // namespace steady::traffic
