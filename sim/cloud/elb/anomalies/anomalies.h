#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sim/cloud/elb/anomalies/anomaly_rule.h"
#include "sim/cloud/elb/anomalies/target_anomaly.h"
#include "sim/cloud/elb/frontends.h"
#include "sim/cloud/elb/target_group.h"

namespace steady::elb {

/// Looks every 5 s for targets of HTTP target groups that fail more often than their peers, and,
/// where a group's mitigation is on, gives them less to do (elb.md 2.9). A group's counts are those
/// of all nodes together. No target's health state changes by it.
///
/// Nothing happens, and nothing is counted, while no group has its mitigation on and nobody wants
/// to know (watch_all).
class Anomalies {
 public:
  Anomalies(Context& context, Groups& groups, Frontends& frontends)
      : context_(context), groups_(groups), frontends_(frontends) {}

  /// From now on every group is looked at. Those without mitigation leave nothing in the journal,
  /// so that a run does not depend on who looks at it.
  void watch_all();
  /// The group was made, or its settings were changed.
  void settings_changed(Group& group);

  /// What is known of a target; nothing where its group is not looked at.
  std::optional<TargetAnomaly> of(const Target& target) const;
  /// Every change of any target, in order of time.
  const std::vector<AnomalyChange>& changes() const { return changes_; }

 private:
  bool is_looked_at(const Group& group) const;
  void schedule();
  void look();
  void look_at(Group& group, const std::vector<app::TargetEnds>& ends);
  /// Writes down what has changed since the target was `before`.
  void note(const Group& group, const Target& target, TargetAnomaly before,
            const Compared* seen = nullptr);
  static TargetAnomaly state(const Target& target);
  /// Those of the group that are anomalous or have less than their full weight.
  std::vector<TargetId> marked(const Group& group) const;
  /// It has its full weight again; true when it had not.
  bool forget(const Group& group, Target& target);

  Context& context_;
  Groups& groups_;
  Frontends& frontends_;
  bool all_ = false;
  bool running_ = false;  ///< The next look is scheduled, and requests are counted.
  /// By group: since when whole intervals are counted.
  std::map<GroupId, SimTime> counted_since_;
  std::map<GroupId, std::set<TargetId>> marked_;
  std::vector<AnomalyChange> changes_;
};

}  // namespace steady::elb
