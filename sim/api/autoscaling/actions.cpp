#include "sim/api/autoscaling/spec.h"
#include "sim/api/ec2/machine.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {

Result<steady::asg::GroupSpec> autoscaling::spec_of(const CreateGroupInput& input,
                                                    const std::vector<std::string>& zones) {
  steady::asg::GroupSpec spec;
  spec.name = input.name;
  spec.min = input.min_size;
  spec.max = input.max_size;
  spec.desired = input.desired_capacity.value_or(input.min_size);
  spec.launch = ec2::launch_of(input.machine);
  spec.launch.instance_type = input.instance_type;
  spec.launch.image_id = input.image_id;
  spec.launch.group = input.name;
  spec.zones = input.zones.empty() ? zones : input.zones;
  spec.classic_load_balancers = input.load_balancer_names;
  spec.target_groups = input.target_group_arns;
  if (!input.termination_policies.empty()) spec.termination_policies = input.termination_policies;
  spec.health_check_type = input.health_check_type;
  spec.health_check_grace = std::chrono::seconds{input.health_check_grace};
  spec.new_instances_protected = input.protected_from_scale_in;
  if (input.launch) {
    if (*input.launch == "never") {
      spec.never_launches = true;
    } else {
      auto boot = parse_duration(*input.launch);
      if (!boot) return Error{"ValidationError", "launch: " + boot.error().message};
      spec.launch.boot = *boot;
    }
  }
  return spec;
}

namespace {

template <class Done>
Result<autoscaling::Empty> empty(const Done& done) {
  if (!done) return done.error();
  return autoscaling::Empty{};
}

/// A group as Describe gives it back.
autoscaling::CreateGroupInput settings_of(world::World& world, const steady::asg::GroupSpec& spec) {
  autoscaling::CreateGroupInput out;
  out.name = spec.name;
  out.min_size = spec.min;
  out.max_size = spec.max;
  out.desired_capacity = spec.desired;
  out.zones = spec.zones;
  out.load_balancer_names = spec.classic_load_balancers;
  for (const auto& name : spec.target_groups) {
    const auto* group = world.elb().find_group(name);
    out.target_group_arns.push_back(group != nullptr ? world.elb().group_arn(*group) : name);
  }
  out.termination_policies = spec.termination_policies;
  out.health_check_type = spec.health_check_type;
  out.health_check_grace = static_cast<int>(spec.health_check_grace / std::chrono::seconds{1});
  out.protected_from_scale_in = spec.new_instances_protected;
  out.kept = world.kept("asg/" + spec.name);
  return out;
}

/// Instances may be named by their aliases.
std::vector<std::string> ids_of(world::World& world, const std::vector<std::string>& names) {
  std::vector<std::string> ids;
  for (const auto& name : names) {
    const auto* instance = world.ec2().find(name);
    ids.push_back(instance != nullptr ? instance->id : name);
  }
  return ids;
}

}  // namespace

Result<autoscaling::Empty> AutoScalingApi::do_create_group(
    const autoscaling::CreateGroupInput& input) {
  auto spec = autoscaling::spec_of(input, door_.world.settings().zones);
  if (!spec) return spec.error();
  if (auto done = door_.world.auto_scaling().create(*spec, false); !done) return done.error();
  door_.world.kept("asg/" + input.name) = input.kept;
  return autoscaling::Empty{};
}

Result<autoscaling::Empty> AutoScalingApi::do_update_group(
    const autoscaling::UpdateGroupInput& input) {
  auto& groups = door_.world.auto_scaling();
  const auto* there = groups.find(input.name);
  if (there == nullptr)
    return Error{"ValidationError", "AutoScalingGroup name not found - AutoScalingGroup '" +
                                        input.name + "' not found"};
  auto changed = there->spec;
  if (input.min_size) changed.min = *input.min_size;
  if (input.max_size) changed.max = *input.max_size;
  if (input.desired_capacity) changed.desired = *input.desired_capacity;
  if (input.health_check_type) changed.health_check_type = *input.health_check_type;
  if (input.health_check_grace)
    changed.health_check_grace = std::chrono::seconds{*input.health_check_grace};
  if (input.termination_policies) changed.termination_policies = *input.termination_policies;
  if (auto done = groups.update(input.name, changed); !done) return done.error();
  for (const auto& [name, value] : input.kept) door_.world.kept("asg/" + input.name)[name] = value;
  return autoscaling::Empty{};
}

Result<autoscaling::Empty> AutoScalingApi::do_delete_group(
    const autoscaling::DeleteGroupInput& input) {
  return empty(door_.world.auto_scaling().remove(input.name, input.force));
}

Result<autoscaling::Empty> AutoScalingApi::do_set_desired_capacity(
    const autoscaling::SetDesiredCapacityInput& input) {
  return empty(door_.world.auto_scaling().set_desired(input.name, input.desired_capacity,
                                                      input.honor_cooldown));
}

Result<autoscaling::GroupsOutput> AutoScalingApi::do_describe_groups(
    const autoscaling::DescribeGroupsInput& input) {
  autoscaling::GroupsOutput out;
  for (const auto* group : door_.world.auto_scaling().groups()) {
    bool named = input.names.empty();
    for (const auto& name : input.names) named = named || name == group->spec.name;
    if (!named) continue;
    autoscaling::GroupShape shape;
    shape.settings = settings_of(door_.world, group->spec);
    for (const auto& instance : group->instances) {
      shape.instances.push_back({instance.id, instance.lifecycle, instance.health, instance.zone,
                                 instance.protected_from_scale_in});
    }
    out.groups.push_back(std::move(shape));
  }
  return out;
}

Result<autoscaling::ActivitiesOutput> AutoScalingApi::do_describe_scaling_activities(
    const autoscaling::NameInput& input) {
  const auto* group = door_.world.auto_scaling().find(input.name);
  if (group == nullptr)
    return Error{"ValidationError", "AutoScalingGroup name not found - AutoScalingGroup '" +
                                        input.name + "' not found"};
  autoscaling::ActivitiesOutput out;
  for (auto activity = group->activities.rbegin(); activity != group->activities.rend();
       ++activity) {
    out.activities.push_back(
        {activity->id, activity->status, activity->cause, activity->description});
  }
  return out;
}

Result<autoscaling::Empty> AutoScalingApi::do_terminate_instance(
    const autoscaling::TerminateInput& input) {
  return empty(door_.world.auto_scaling().terminate_instance(
      ids_of(door_.world, {input.instance_id}).front(), input.decrement));
}

Result<autoscaling::Empty> AutoScalingApi::do_set_instance_health(
    const autoscaling::SetInstanceHealthInput& input) {
  return empty(door_.world.auto_scaling().set_instance_health(
      ids_of(door_.world, {input.instance_id}).front(), input.health_status));
}

Result<autoscaling::Empty> AutoScalingApi::do_set_instance_protection(
    const autoscaling::GroupListInput& input) {
  return empty(door_.world.auto_scaling().set_protection(
      input.name, ids_of(door_.world, input.instance_ids), input.protected_from_scale_in));
}

Result<autoscaling::Empty> AutoScalingApi::do_attach_load_balancers(
    const autoscaling::GroupListInput& input) {
  return empty(
      door_.world.auto_scaling().attach_load_balancers(input.name, input.load_balancer_names));
}

Result<autoscaling::Empty> AutoScalingApi::do_detach_load_balancers(
    const autoscaling::GroupListInput& input) {
  return empty(
      door_.world.auto_scaling().detach_load_balancers(input.name, input.load_balancer_names));
}

Result<autoscaling::Empty> AutoScalingApi::do_attach_target_groups(
    const autoscaling::GroupListInput& input) {
  return empty(
      door_.world.auto_scaling().attach_target_groups(input.name, input.target_group_arns));
}

Result<autoscaling::Empty> AutoScalingApi::do_detach_target_groups(
    const autoscaling::GroupListInput& input) {
  return empty(
      door_.world.auto_scaling().detach_target_groups(input.name, input.target_group_arns));
}

Result<autoscaling::Empty> AutoScalingApi::do_attach_instances(
    const autoscaling::GroupListInput& input) {
  return empty(door_.world.auto_scaling().attach_instances(
      input.name, ids_of(door_.world, input.instance_ids)));
}

}  // namespace steady::api
