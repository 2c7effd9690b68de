#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/ec2/ec2.h"
#include "sim/cloud/elb/elb.h"
#include "sim/core/calendar.h"

namespace steady::asg {

/// What CreateAutoScalingGroup takes (ecs.md 5.4), with the launch template resolved.
struct GroupSpec {
  std::string name{};
  int min = 0, max = 0, desired = 0;
  ec2::LaunchSpec launch{};  ///< zone is chosen by the group
  std::vector<std::string> zones{};
  std::vector<std::string> classic_load_balancers{}, target_groups{};  ///< names
  std::vector<std::string> termination_policies{"Default"};
  std::string health_check_type = "EC2";  ///< EC2 or ELB
  SimDuration health_check_grace{0};
  bool new_instances_protected = false;
  bool never_launches = false;  ///< A scenario's "launch": "never".
};

/// One instance of a group: LifecycleState is AWS's word (Pending, InService, Terminating). It
/// leaves the list when it is terminated.
struct GroupInstance {
  std::string id, lifecycle, health = "Healthy";
  std::string zone;
  bool protected_from_scale_in = false;
  SimTime in_service_at = kNever;
};

struct Activity {
  std::string id, status, cause, description;  ///< status: AWS's StatusCode
  std::string status_message;                  ///< Why it failed.
  SimTime started_at{}, ended_at = kNever;
};

struct Group {
  GroupSpec spec;
  std::vector<GroupInstance> instances;
  std::vector<Activity> activities;  ///< newest last, the last 100
  bool deleting = false;
};

/// EC2 Auto Scaling: keeps each group at its desired capacity, balanced over its zones
/// (ecs.md 5.4).
///
/// A group is reconciled at the instant at which something changed: a call, or an instance that
/// runs or is gone. It launches in the zone with the fewest of its instances, and registers an
/// instance with the attached load balancers when it is InService. Before it terminates one, it
/// deregisters it there and waits until it is drained (elb.md 1.6), at most kDrainBound.
///
/// Unhealthy instances are replaced, terminate first, then launch: one that somebody terminated at
/// once, one that crashed after kCrashNotice, one that SetInstanceHealth or (health check type ELB,
/// looked at every kElbPoll, after the grace period) a load balancer calls unhealthy at most a
/// tenth of the group at a time, but one always.
///
/// Without capacity in a zone it tries the others; without any it tries again after kRetry, and
/// then after twice as long each time, kRetryMost at most, until something could be launched.
class AutoScaling {
 public:
  static constexpr SimDuration kCrashNotice{std::chrono::seconds{60}};  ///< assumed
  static constexpr SimDuration kElbPoll{std::chrono::seconds{10}};      ///< assumed
  static constexpr SimDuration kDrainPoll{std::chrono::seconds{1}};     ///< assumed
  static constexpr SimDuration kDrainBound{std::chrono::hours{2}};
  static constexpr SimDuration kRetry{std::chrono::minutes{1}};      ///< assumed
  static constexpr SimDuration kRetryMost{std::chrono::minutes{5}};  ///< assumed
  static constexpr SimDuration kCooldown{std::chrono::seconds{300}};

  /// With a calendar, causes of activities say dates; without one, seconds of the run.
  AutoScaling(EventLoop& loop, ec2::Ec2& ec2, elb::Elb& elb, Journal& journal, RandomSource random,
              std::optional<Calendar> calendar = std::nullopt);

  /// With `running`, the instances are there and InService at time 0 (scenarios begin so).
  Status create(const GroupSpec& spec, bool running);  ///< AlreadyExists, ValidationError
  /// The desired capacity follows new bounds; an own value outside of them is an error. A new
  /// launch template holds for instances launched from now on.
  Status update(std::string_view name, const GroupSpec& changed);
  Status set_desired(std::string_view name, int desired, bool honor_cooldown = false);
  Status remove(std::string_view name, bool force);  ///< ResourceInUse, ScalingActivityInProgress
  Status terminate_instance(std::string_view instance, bool decrement_desired);
  Status set_instance_health(std::string_view instance, std::string_view health);
  Status set_protection(std::string_view name, const std::vector<std::string>& instances, bool on);
  Status attach_load_balancers(std::string_view name, const std::vector<std::string>& classic);
  Status detach_load_balancers(std::string_view name, const std::vector<std::string>& classic);
  Status attach_target_groups(std::string_view name, const std::vector<std::string>& groups);
  Status detach_target_groups(std::string_view name, const std::vector<std::string>& groups);
  Status attach_instances(std::string_view name, const std::vector<std::string>& instances);

  const Group* find(std::string_view name) const;
  std::vector<const Group*> groups() const;
  /// True when every group has its desired capacity in service and nothing moves. A group that
  /// never launches has what it has.
  bool quiet() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace steady::asg
