#include "harness/simulation/track.h"

#include <algorithm>

#include "sim/core/check.h"

namespace steady::simulation {

void Track::set(SimTime at, std::int64_t value) {
  STEADY_CHECK(steps_.empty() || steps_.back().first <= at, "a track goes back in time");
  if (!steps_.empty() && steps_.back().first == at) {
    steps_.back().second = value;
  } else if (last() != value || steps_.empty()) {
    steps_.emplace_back(at, value);
  }
}

std::int64_t Track::at(SimTime moment) const {
  const auto after =
      std::ranges::upper_bound(steps_, moment, {}, &std::pair<SimTime, std::int64_t>::first);
  return after == steps_.begin() ? 0 : std::prev(after)->second;
}

std::int64_t Track::max(const Spans& spans) const {
  std::optional<std::int64_t> best;
  for (const auto& span : spans) {
    best = std::max(best.value_or(at(span.from)), at(span.from));
    for (const auto& [moment, value] : steps_) {
      if (moment >= span.from && moment < span.to) best = std::max(*best, value);
    }
  }
  return best.value_or(0);
}

std::int64_t Track::min(const Spans& spans) const {
  std::optional<std::int64_t> best;
  for (const auto& span : spans) {
    best = std::min(best.value_or(at(span.from)), at(span.from));
    for (const auto& [moment, value] : steps_) {
      if (moment >= span.from && moment < span.to) best = std::min(*best, value);
    }
  }
  return best.value_or(0);
}

std::optional<SimTime> Track::first(std::int64_t value, SimTime from) const {
  if (at(from) == value) return from;
  for (const auto& [moment, v] : steps_) {
    if (moment > from && v == value) return moment;
  }
  return std::nullopt;
}

Int128 Track::integral(const Spans& spans, SimTime end) const {
  Int128 sum = 0;
  for (const auto& span : spans) {
    SimTime from = span.from;
    const SimTime to = std::min(span.to, end);
    std::int64_t value = at(from);
    for (const auto& [moment, next] : steps_) {
      if (moment <= from) continue;
      if (moment >= to) break;
      sum += static_cast<Int128>(value) * (moment - from).count();
      from = moment;
      value = next;
    }
    if (to > from) sum += static_cast<Int128>(value) * (to - from).count();
  }
  return sum;
}

}  // namespace steady::simulation
