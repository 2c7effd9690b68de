#include "sim/fluid/queues/law.h"

#include <algorithm>

namespace steady::fluid {
namespace {

constexpr double kNothing = 1e-12;

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

}  // namespace

Law::Law(const Distribution& service) {
  if (service.is_constant()) {
    constant_ = true;
    shortest_ = longest_ = service.sample(0);
    mean_ = seconds(shortest_.count());
    return;
  }
  // The first bucket that something may fall into, and the first that nothing reaches.
  const auto at = [&service](std::uint32_t bucket) {
    return service.above(SimDuration{Histogram::bucket_low(bucket) - 1});
  };
  std::uint32_t low = 0, high = Histogram::bucket_of(kLongestDuration.count()) + 1;
  const std::uint32_t last = high;
  while (low + 1 < high) {
    const std::uint32_t middle = (low + high) / 2;
    (at(middle) >= 1.0 - kNothing ? low : high) = middle;
  }
  first_ = low;
  for (std::uint32_t bucket = first_; bucket <= last; ++bucket) {
    at_least_.push_back(bucket == first_ ? 1.0 : at(bucket));
    if (at_least_.back() < kNothing) break;
  }
  at_least_.back() = 0.0;
  shortest_ = SimDuration{Histogram::bucket_low(first_)};
  longest_ =
      SimDuration{Histogram::bucket_low(first_ + static_cast<std::uint32_t>(at_least_.size()) - 1)};
  // Straight lines between the bounds: E[S] is the area, E[S^2] twice the first moment of it.
  double area = seconds(shortest_.count()), moment = area * area;
  for (std::size_t i = 0; i < at_least_.size(); ++i) {
    filled_.push_back(area);
    if (i + 1 == at_least_.size()) break;
    const auto bucket = first_ + static_cast<std::uint32_t>(i);
    const double from = seconds(Histogram::bucket_low(bucket));
    const double to = seconds(Histogram::bucket_low(bucket + 1));
    const double a = at_least_[i], b = at_least_[i + 1];
    area += (to - from) * (a + b) / 2;
    moment += (to - from) * (from * (2 * a + b) + to * (a + 2 * b)) / 3;
  }
  mean_ = area;
  variation_ = mean_ > 0 ? std::max(0.0, moment / (mean_ * mean_) - 1) : 0;
}

double Law::at_least(SimDuration x) const {
  if (x <= shortest_) return 1.0;
  if (constant_ || x >= longest_) return 0.0;
  const std::uint32_t bucket = Histogram::bucket_of(x.count());
  const std::size_t i = bucket - first_;
  const std::int64_t from = Histogram::bucket_low(bucket);
  const auto width = static_cast<double>(Histogram::bucket_low(bucket + 1) - from);
  const double along = static_cast<double>(x.count() - from) / width;
  return at_least_[i] + (at_least_[i + 1] - at_least_[i]) * along;
}

double Law::filled(SimDuration x) const {
  if (x <= SimDuration{0}) return 0;
  if (x <= shortest_) return seconds(x.count());
  if (constant_ || x >= longest_) return mean_;
  const std::uint32_t bucket = Histogram::bucket_of(x.count());
  const std::size_t i = bucket - first_;
  const std::int64_t from = Histogram::bucket_low(bucket);
  return filled_[i] + seconds(x.count() - from) * (at_least_[i] + at_least(x)) / 2;
}

}  // namespace steady::fluid
