#include "sim/traffic/retries.h"

#include <set>

#include "tests/support/catch.h"

using namespace steady;
using traffic::RetryPolicy;

namespace {

constexpr std::uint64_t kLow = 0, kHigh = ~std::uint64_t{0};

RetryPolicy policy(RetryPolicy::Jitter jitter) {
  RetryPolicy retry;
  retry.attempts = 10;
  retry.base = 100ms;
  retry.cap = 5s;
  retry.jitter = jitter;
  return retry;
}

}  // namespace

// The four shapes of "Exponential Backoff And Jitter" (AWS Architecture Blog), which elb.md 8.5
// names by "exponential backoff x random, cap": their bounds at both ends of the random number.
TEST_CASE("an exponential wait doubles up to its cap, and jitter spreads it within bounds",
          "[traffic]") {
  using Jitter = RetryPolicy::Jitter;
  const RetryPolicy none = policy(Jitter::kNone), full = policy(Jitter::kFull),
                    equal = policy(Jitter::kEqual), own = policy(Jitter::kDecorrelated);
  const SimDuration steps[] = {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5s, 5s};
  for (std::uint32_t failed = 1; failed <= 8; ++failed) {
    const SimDuration step = steps[failed - 1];
    CHECK(none.wait(failed, 0s, kHigh) == step);
    CHECK(full.wait(failed, 0s, kLow) == 0s);
    CHECK(full.wait(failed, 0s, kHigh) == step);
    CHECK(equal.wait(failed, 0s, kLow) == step / 2);
    CHECK(equal.wait(failed, 0s, kHigh) == step);
  }
  CHECK(own.wait(1, 0s, kLow) == 100ms);
  CHECK(own.wait(1, 0s, kHigh) == 300ms);
  CHECK(own.wait(2, 300ms, kHigh) == 900ms);
  CHECK(own.wait(9, 4s, kHigh) == 5s);
  CHECK(own.wait(9, 4s, kLow) == 100ms);
}

// A fixed wait is what scripts with `sleep` between two attempts do: no cap, no spread.
TEST_CASE("a fixed wait is always the same", "[traffic]") {
  RetryPolicy retry = policy(RetryPolicy::Jitter::kFull);
  retry.exponential = false;
  for (std::uint32_t failed = 1; failed <= 5; ++failed) {
    CHECK(retry.wait(failed, 7s, kLow) == 100ms);
    CHECK(retry.wait(failed, 7s, kHigh) == 100ms);
  }
}
