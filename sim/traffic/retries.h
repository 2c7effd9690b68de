#pragma once

#include <array>
#include <cstdint>

#include "sim/core/random.h"
#include "sim/core/time.h"

namespace steady::traffic {

/// How a client sends again what failed (elb.md 8.5). One request of a user is then several
/// attempts: the ledger counts the request once, by its last attempt, and the others apart.
struct RetryPolicy {
  /// Spread of an exponential wait, in the words of "Exponential Backoff And Jitter" (AWS
  /// Architecture Blog, 2015).
  enum class Jitter : std::uint8_t {
    kNone,          ///< the whole step
    kFull,          ///< uniform in [0, step]
    kEqual,         ///< half the step, and uniform in the other half
    kDecorrelated,  ///< uniform in [base, 3 x the wait before], at most the cap
  };
  std::uint32_t attempts = 1;  ///< In all, the first one too; 1: no retry.
  bool exponential = true;     ///< else each wait is `base`
  SimDuration base{std::chrono::milliseconds{100}}, cap{std::chrono::seconds{20}};
  Jitter jitter = Jitter::kFull;
  /// By Outcome: which failures are sent again. All, as AWS's SDKs do with connection errors,
  /// time-outs and 500 to 504.
  std::array<bool, 16> on = [] {
    std::array<bool, 16> all{};
    all.fill(true);
    all[0] = false;
    return all;
  }();
  /// A request that has been answered by nobody by then is given up; max(): never.
  SimDuration deadline = SimDuration::max();
  /// Token bucket of the whole population: each first attempt pays in `budget_per_mille`
  /// thousandths of a retry, a retry takes one; it holds `burst` at most and begins full. 0 and 0:
  /// no budget.
  std::int64_t budget_per_mille = 0, burst = 0;

  bool retries() const { return attempts > 1; }
  bool budgeted() const { return budget_per_mille > 0 || burst > 0; }
  /// How long the client waits after its `failed`-th failure (1, 2, ...); `before` is the wait that
  /// came before, `bits` are random.
  SimDuration wait(std::uint32_t failed, SimDuration before, std::uint64_t bits) const;
};

}  // namespace steady::traffic
