#pragma once

#include <functional>

#include "sim/cloud/elb/target_group.h"

namespace steady::elb {

/// Sends health checks, each node its own to each target, and counts their results against the
/// thresholds (elb.md 1.3, 2.3, 2.4). Settings are read when a check is sent or judged, so a change
/// holds from the next check on; a new interval begins after that one.
class HealthChecker {
 public:
  /// A check was sent or judged: `decided` when the node now sends requests to it, or no longer.
  using Checked = std::function<void(Target&, std::size_t node, bool decided)>;

  HealthChecker(Context& context, Groups& groups, Checked checked)
      : context_(context), groups_(groups), checked_(std::move(checked)) {}

  /// The node's checks of this target begin after `first` and go on every interval.
  void begin(Target& target, std::size_t node, SimDuration first);
  /// When the first check of a newly registered target comes: at a random phase in
  /// [0, min(interval, 10 s)), or at once (elb.md 2.4).
  SimDuration first_check(const Target& target, std::size_t node) const;
  /// A random phase in [0, interval), for targets that were checked before the run began.
  SimDuration phase(const Target& target, std::size_t node) const;
  void stop(Target& target, std::size_t node);

 private:
  void send(Target& target, std::size_t node);
  /// The node knows the result after `delay`.
  void answer(Target& target, std::size_t node, SimDuration delay, std::optional<Failure> failure);
  bool begins_slowly(const Target& target, std::size_t node) const;
  void judge(Target& target, std::size_t node, const std::optional<Failure>& failure);

  Context& context_;
  Groups& groups_;
  Checked checked_;
};

}  // namespace steady::elb
