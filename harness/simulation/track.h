#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/core/time.h"
#include "sim/core/wide.h"

namespace steady::simulation {

/// A stretch of a run: [from, to).
struct Span {
  SimTime from = kStart, to = kNever;
  bool operator==(const Span&) const = default;
};
using Spans = std::vector<Span>;

/// A whole number that changes in steps over a run: tasks running, healthy targets, desired
/// capacity. Several changes at one instant count as one, to the last value.
class Track {
 public:
  void set(SimTime at, std::int64_t value);
  void add(SimTime at, std::int64_t delta) { set(at, last() + delta); }

  std::int64_t last() const { return steps_.empty() ? 0 : steps_.back().second; }
  /// The value at a moment, after what happened at that moment.
  std::int64_t at(SimTime moment) const;
  std::int64_t max(const Spans& spans) const;
  std::int64_t min(const Spans& spans) const;
  /// The first moment at or after `from` from which the value is `value`.
  std::optional<SimTime> first(std::int64_t value, SimTime from = kStart) const;
  /// Value times nanoseconds over the spans, up to `end`.
  Int128 integral(const Spans& spans, SimTime end) const;
  /// Where the value meets the condition, up to `end`.
  template <class Condition>
  Spans where(Condition condition, SimTime end) const {
    Spans spans;
    auto note = [&](SimTime from, SimTime to, std::int64_t value) {
      if (!condition(value) || from >= to) return;
      if (!spans.empty() && spans.back().to == from) {
        spans.back().to = to;
      } else {
        spans.push_back({from, to});
      }
    };
    SimTime from = kStart;
    std::int64_t value = 0;
    for (const auto& [at, next] : steps_) {
      note(from, at, value);
      from = at;
      value = next;
    }
    note(from, end, value);
    return spans;
  }
  const std::vector<std::pair<SimTime, std::int64_t>>& steps() const { return steps_; }

 private:
  std::vector<std::pair<SimTime, std::int64_t>> steps_;
};

}  // namespace steady::simulation
