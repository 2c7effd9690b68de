#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/api/ec2/types.h"

/// EC2 Auto Scaling (2011-01-01).
namespace steady::api::autoscaling {

using elb::Empty;
using steady::ecs::KeptFields;

struct CreateGroupInput {
  static constexpr const char* kShape = "AutoScalingGroup";
  std::string name;
  int min_size = 0, max_size = 0;
  std::optional<int> desired_capacity;
  std::vector<std::string> zones, load_balancer_names, target_group_arns, termination_policies;
  std::string health_check_type = "EC2";
  int health_check_grace = 0;
  bool protected_from_scale_in = false;
  // What a launch template would hold, in short.
  std::string instance_type = "m5.large", image_id;
  ec2::Machine machine;
  std::optional<std::string> launch;  ///< "never", for groups that get no machines
  KeptFields kept;
};
template <class V>
void fields(V& v, CreateGroupInput& x) {
  v("AutoScalingGroupName", x.name);
  v("MinSize", x.min_size);
  v("MaxSize", x.max_size);
  v("DesiredCapacity", x.desired_capacity);
  v("AvailabilityZones", x.zones);
  v("LoadBalancerNames", x.load_balancer_names);
  v("TargetGroupARNs", x.target_group_arns);
  v("TerminationPolicies", x.termination_policies);
  v("HealthCheckType", x.health_check_type);
  v("HealthCheckGracePeriod", x.health_check_grace);
  v("NewInstancesProtectedFromScaleIn", x.protected_from_scale_in);
  v.alias("instanceType", x.instance_type);
  v.alias("ImageId", x.image_id);
  v.alias("launch", x.launch);
  machine_fields(v, x.machine);
  v.kept(x.kept);
}
struct UpdateGroupInput {
  static constexpr const char* kShape = "UpdateAutoScalingGroup";
  std::string name;
  std::optional<int> min_size, max_size, desired_capacity, health_check_grace;
  std::optional<std::string> health_check_type;
  std::optional<std::vector<std::string>> termination_policies;
  KeptFields kept;
};
template <class V>
void fields(V& v, UpdateGroupInput& x) {
  v("AutoScalingGroupName", x.name);
  v("MinSize", x.min_size);
  v("MaxSize", x.max_size);
  v("DesiredCapacity", x.desired_capacity);
  v("HealthCheckType", x.health_check_type);
  v("HealthCheckGracePeriod", x.health_check_grace);
  v("TerminationPolicies", x.termination_policies);
  v.kept(x.kept);
}
struct SetDesiredCapacityInput {
  static constexpr const char* kShape = "SetDesiredCapacity";
  std::string name;
  int desired_capacity = 0;
  bool honor_cooldown = false;
};
template <class V>
void fields(V& v, SetDesiredCapacityInput& x) {
  v("AutoScalingGroupName", x.name);
  v("DesiredCapacity", x.desired_capacity);
  v("HonorCooldown", x.honor_cooldown);
}
struct DeleteGroupInput {
  static constexpr const char* kShape = "DeleteAutoScalingGroup";
  std::string name;
  bool force = false;
};
template <class V>
void fields(V& v, DeleteGroupInput& x) {
  v("AutoScalingGroupName", x.name);
  v("ForceDelete", x.force);
}
struct TerminateInput {
  static constexpr const char* kShape = "TerminateInstanceInAutoScalingGroup";
  std::string instance_id;
  bool decrement = false;
};
template <class V>
void fields(V& v, TerminateInput& x) {
  v("InstanceId", x.instance_id);
  v("ShouldDecrementDesiredCapacity", x.decrement);
}
struct SetInstanceHealthInput {
  static constexpr const char* kShape = "SetInstanceHealth";
  std::string instance_id, health_status;
};
template <class V>
void fields(V& v, SetInstanceHealthInput& x) {
  v("InstanceId", x.instance_id);
  v("HealthStatus", x.health_status);
}
/// For the actions that take a group and a list of one kind.
struct GroupListInput {
  static constexpr const char* kShape = "AutoScalingGroupList";
  std::string name;
  std::vector<std::string> load_balancer_names, target_group_arns, instance_ids;
  bool protected_from_scale_in = false;
};
template <class V>
void fields(V& v, GroupListInput& x) {
  v("AutoScalingGroupName", x.name);
  v("LoadBalancerNames", x.load_balancer_names);
  v("TargetGroupARNs", x.target_group_arns);
  v("InstanceIds", x.instance_ids);
  v("ProtectedFromScaleIn", x.protected_from_scale_in);
}
struct DescribeGroupsInput {
  static constexpr const char* kShape = "DescribeAutoScalingGroups";
  std::vector<std::string> names;
};
template <class V>
void fields(V& v, DescribeGroupsInput& x) {
  v("AutoScalingGroupNames", x.names);
}
struct GroupInstance {
  static constexpr const char* kShape = "GroupInstance";
  std::string instance_id, lifecycle_state, health_status, zone;
  bool protected_from_scale_in = false;
};
template <class V>
void fields(V& v, GroupInstance& x) {
  v("InstanceId", x.instance_id);
  v("AvailabilityZone", x.zone);
  v("LifecycleState", x.lifecycle_state);
  v("HealthStatus", x.health_status);
  v("ProtectedFromScaleIn", x.protected_from_scale_in);
}
struct GroupShape {
  static constexpr const char* kShape = "GroupShape";
  CreateGroupInput settings;
  std::vector<GroupInstance> instances;
};
template <class V>
void fields(V& v, GroupShape& x) {
  fields(v, x.settings);
  v("Instances", x.instances);
}
struct GroupsOutput {
  static constexpr const char* kShape = "GroupsOutput";
  std::vector<GroupShape> groups;
};
template <class V>
void fields(V& v, GroupsOutput& x) {
  v("AutoScalingGroups", x.groups);
}
struct NameInput {
  static constexpr const char* kShape = "AutoScalingGroupName";
  std::string name;
};
template <class V>
void fields(V& v, NameInput& x) {
  v("AutoScalingGroupName", x.name);
}
struct ActivityShape {
  static constexpr const char* kShape = "Activity";
  std::string id, status, cause, description;
};
template <class V>
void fields(V& v, ActivityShape& x) {
  v("ActivityId", x.id);
  v("StatusCode", x.status);
  v("Cause", x.cause);
  v("Description", x.description);
}
struct ActivitiesOutput {
  static constexpr const char* kShape = "Activities";
  std::vector<ActivityShape> activities;
};
template <class V>
void fields(V& v, ActivitiesOutput& x) {
  v("Activities", x.activities);
}

}  // namespace steady::api::autoscaling
