#include "sim/cloud/elb/anomalies/anomaly_rule.h"

#include <algorithm>
#include <vector>

namespace steady::elb {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
/// A rate may be so many times the normal one, and so many millionths more.
constexpr std::uint64_t kTimes = 3, kMore = 20'000;

std::uint64_t rate(const Compared& target) { return target.failed * kMillion / target.ended; }

}  // namespace

void compare(std::span<Compared> healthy) {
  if (healthy.size() < kFewestCompared) {
    for (Compared& target : healthy) target.anomalous = false;
    return;
  }
  std::vector<std::uint64_t> rates;
  for (const Compared& target : healthy) {
    if (target.ended > 0) rates.push_back(rate(target));
  }
  if (rates.size() < kFewestCompared) return;
  const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
  std::ranges::nth_element(rates, middle);
  const std::uint64_t bound = kTimes * *middle + kMore;
  for (Compared& target : healthy) {
    if (target.ended == 0) continue;
    target.anomalous =
        rate(target) > bound && (target.anomalous || target.failed >= kFewestFailures);
  }
}

std::uint32_t next_weight(std::uint32_t weight, bool anomalous) {
  return anomalous ? kLeastWeight : std::min(2 * weight, kFullWeight);
}

}  // namespace steady::elb
