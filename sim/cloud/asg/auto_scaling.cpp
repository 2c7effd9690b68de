#include "sim/cloud/asg/auto_scaling.h"

#include <algorithm>
#include <utility>

#include "sim/cloud/asg/state.h"
#include "sim/cloud/asg/validation.h"
#include "sim/core/check.h"

namespace steady::asg {
namespace {

Error no_group(std::string_view name) {
  return {"ValidationError",
          "AutoScalingGroup name not found - no such group: " + std::string(name),
          std::string(name)};
}

Error no_instance(std::string_view instance) {
  return {
      "ValidationError",
      "Instance Id not found - No managed instance found for instance ID: " + std::string(instance),
      std::string(instance)};
}

Error being_deleted(std::string_view name) {
  return {"ScalingActivityInProgress",
          "AutoScalingGroup " + std::string(name) + " is pending delete.", std::string(name)};
}

void add_new(std::vector<std::string>& into, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (std::ranges::find(into, name) == into.end()) into.push_back(name);
  }
}

}  // namespace

AutoScaling::AutoScaling(EventLoop& loop, ec2::Ec2& ec2, elb::Elb& elb, Journal& journal,
                         RandomSource random, std::optional<Calendar> calendar)
    : impl_(std::make_shared<Impl>(Impl{.loop = loop,
                                        .ec2 = ec2,
                                        .elb = elb,
                                        .journal = journal,
                                        .choices = random.stream("asg/choices"),
                                        .uuids = random.stream("asg/activities"),
                                        .calendar = std::move(calendar),
                                        .groups = {}})) {
  impl_->observe();
}

GroupState* AutoScaling::Impl::find(std::string_view name) {
  for (const auto& state : groups) {
    if (state->group.spec.name == name) return state.get();
  }
  return nullptr;
}

GroupState* AutoScaling::Impl::group_of(std::string_view instance) {
  const ec2::Instance* machine = ec2.find(instance);
  if (machine == nullptr || machine->spec.group.empty()) return nullptr;
  GroupState* state = find(machine->spec.group);
  return state != nullptr && state->find(machine->id) != nullptr ? state : nullptr;
}

Status AutoScaling::create(const GroupSpec& spec, bool running) {
  if (impl_->find(spec.name) != nullptr) {
    return Error{"AlreadyExists",
                 "AutoScalingGroup by this name already exists - A group with the "
                 "name " +
                     spec.name + " already exists",
                 spec.name};
  }
  if (auto good = check_group(spec, impl_->ec2, impl_->elb); !good) return good;
  impl_->groups.push_back(std::make_shared<GroupState>());
  GroupState& state = *impl_->groups.back();
  state.group.spec = spec;
  impl_->write(state);
  if (running && !spec.never_launches) {
    for (int i = 0; i < spec.desired; ++i) {
      ec2::LaunchSpec launch = spec.launch;
      launch.zone = impl_->emptiest_zone(state, {});
      launch.group = spec.name;
      launch.name_hint.clear();
      const std::string id = impl_->ec2.begin_running(launch);
      impl_->add_member(state, id, launch.zone);
      impl_->in_service(state, *state.find(id));
      const auto assume = [&](const app::GroupId* group) {
        for (const app::TargetId target : impl_->elb.targets(*group)) {
          if (impl_->elb.target(target).host == id) impl_->elb.assume_healthy(target);
        }
      };
      for (const auto& name : spec.classic_load_balancers) assume(impl_->elb.find_classic(name));
      for (const auto& name : spec.target_groups) assume(impl_->elb.find_group(name));
    }
    impl_->write(state);
    return ok();
  }
  state.request = impl_->stamp() +
                  "a user request created an AutoScalingGroup changing the desired capacity from 0 "
                  "to " +
                  std::to_string(spec.desired) + ".";
  impl_->soon(state);
  return ok();
}

Status AutoScaling::update(std::string_view name, const GroupSpec& changed) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  if (state->group.deleting) return being_deleted(name);
  GroupSpec spec = changed;
  GroupSpec& old = state->group.spec;
  spec.name = old.name;
  // A desired capacity that nobody set follows the bounds.
  if (spec.desired == old.desired && spec.min <= spec.max) {
    spec.desired = std::clamp(spec.desired, spec.min, spec.max);
  }
  if (auto good = check_group(spec, impl_->ec2, impl_->elb); !good) return good;
  const auto same_template = [](const ec2::LaunchSpec& a, const ec2::LaunchSpec& b) {
    return a.instance_type == b.instance_type && a.image_id == b.image_id && a.cpu == b.cpu &&
           a.memory == b.memory && a.enis == b.enis && a.attributes == b.attributes;
  };
  if (!same_template(spec.launch, old.launch)) ++state->generation;
  state->request =
      impl_->stamp() +
      "a user request update of AutoScalingGroup constraints to min: " + std::to_string(spec.min) +
      ", max: " + std::to_string(spec.max) + ", desired: " + std::to_string(spec.desired) +
      " changing the desired capacity from " + std::to_string(old.desired) + " to " +
      std::to_string(spec.desired) + ".";
  spec.classic_load_balancers = old.classic_load_balancers;
  spec.target_groups = old.target_groups;
  old = std::move(spec);
  state->retry = SimDuration{0};
  state->retry_at = impl_->loop.now();
  impl_->write(*state);
  impl_->want_elb_poll();
  impl_->soon(*state);
  return ok();
}

Status AutoScaling::set_desired(std::string_view name, int desired, bool honor_cooldown) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  if (state->group.deleting) return being_deleted(name);
  GroupSpec& spec = state->group.spec;
  const std::string value = "New SetDesiredCapacity value " + std::to_string(desired);
  if (desired > spec.max) {
    return Error{"ValidationError", value + " is above max value " + std::to_string(spec.max) +
                                        " for the AutoScalingGroup."};
  }
  if (desired < spec.min) {
    return Error{"ValidationError", value + " is below min value " + std::to_string(spec.min) +
                                        " for the AutoScalingGroup."};
  }
  if (honor_cooldown && impl_->loop.now() < state->last_activity + kCooldown) {
    return Error{"ScalingActivityInProgress",
                 "Scaling activity is in cooldown for " + spec.name + " and blocks this action"};
  }
  state->request = impl_->stamp() +
                   "a user request explicitly set group desired capacity changing the desired "
                   "capacity from " +
                   std::to_string(spec.desired) + " to " + std::to_string(desired) + ".";
  spec.desired = desired;
  state->retry = SimDuration{0};
  state->retry_at = impl_->loop.now();
  impl_->write(*state);
  impl_->soon(*state);
  return ok();
}

Status AutoScaling::remove(std::string_view name, bool force) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  const Group& group = state->group;
  if (!force) {
    if (state->staying() > 0) {
      return Error{"ResourceInUse",
                   "You cannot delete an AutoScalingGroup while there are instances "
                   "or pending Spot instance request(s) still in the group."};
    }
    if (!group.instances.empty()) {
      return Error{"ScalingActivityInProgress",
                   "You cannot delete an AutoScalingGroup while there are scaling activities in "
                   "progress for that group."};
    }
  }
  state->group.deleting = true;
  state->group.spec.min = state->group.spec.max = state->group.spec.desired = 0;
  state->request = impl_->stamp() +
                   "a user request force deleted AutoScalingGroup changing the "
                   "desired capacity to 0.";
  impl_->write(*state);
  impl_->soon(*state);
  return ok();
}

Status AutoScaling::terminate_instance(std::string_view instance, bool decrement_desired) {
  GroupState* state = impl_->group_of(instance);
  const ec2::Instance* machine = impl_->ec2.find(instance);
  if (state == nullptr) return no_instance(instance);
  GroupInstance& found = *state->find(machine->id);
  if (found.lifecycle == "Terminating") return ok();
  GroupSpec& spec = state->group.spec;
  const int from = state->staying();
  if (decrement_desired) {
    if (spec.desired <= spec.min) {
      return Error{"ValidationError",
                   "Currently, desiredSize equals minSize (" + std::to_string(spec.min) +
                       "). Terminating instance without replacement will violate group's min size "
                       "constraint. Either set shouldDecrementDesiredCapacity flag to false or "
                       "lower group's min size."};
    }
    --spec.desired;
  }
  impl_->terminate(
      *state, found, decrement_desired ? Leaving::kScaleIn : Leaving::kReplacement,
      impl_->stamp() + "instance " + machine->id +
          " was taken out of service in response to a user request" +
          (decrement_desired ? ", shrinking the capacity from " + std::to_string(from) + " to " +
                                   std::to_string(from - 1)
                             : "") +
          ".");
  impl_->soon(*state);
  return ok();
}

Status AutoScaling::set_instance_health(std::string_view instance, std::string_view health) {
  GroupState* state = impl_->group_of(instance);
  if (state == nullptr) return no_instance(instance);
  if (health != "Healthy" && health != "Unhealthy") {
    return Error{"ValidationError", "Health status '" + std::string(health) +
                                        "' is invalid; known: Healthy, Unhealthy."};
  }
  GroupInstance& found = *state->find(impl_->ec2.find(instance)->id);
  const bool in_grace =
      found.lifecycle == "Pending" ||
      (found.lifecycle == "InService" &&
       impl_->loop.now() < found.in_service_at + state->group.spec.health_check_grace);
  // ShouldRespectGracePeriod is true by default.
  if (health == "Unhealthy" && in_grace) return ok();
  found.health = health;
  impl_->soon(*state);
  return ok();
}

Status AutoScaling::set_protection(std::string_view name, const std::vector<std::string>& instances,
                                   bool on) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  std::vector<GroupInstance*> found;
  for (const auto& id : instances) {
    const ec2::Instance* machine = impl_->ec2.find(id);
    found.push_back(machine == nullptr ? nullptr : state->find(machine->id));
    if (found.back() == nullptr) {
      return Error{
          "ValidationError",
          "The instance " + id + " is not part of Auto Scaling group " + std::string(name) + ".",
          id};
    }
    if (found.back()->lifecycle != "InService") {
      return Error{"ValidationError",
                   "The instance " + id +
                       " is not in InService or "
                       "EnteringStandby or Standby.",
                   id};
    }
  }
  for (GroupInstance* instance : found) instance->protected_from_scale_in = on;
  impl_->soon(*state);
  return ok();
}

Status AutoScaling::attach_load_balancers(std::string_view name,
                                          const std::vector<std::string>& classic) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  if (auto good = check_load_balancers(classic, impl_->elb); !good) return good;
  add_new(state->group.spec.classic_load_balancers, classic);
  for (const auto& instance : state->group.instances) {
    if (instance.lifecycle == "InService") impl_->attach(*state, instance);
  }
  impl_->want_elb_poll();
  return ok();
}

Status AutoScaling::attach_target_groups(std::string_view name,
                                         const std::vector<std::string>& target_groups) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  if (auto good = check_target_groups(target_groups, impl_->elb); !good) return good;
  add_new(state->group.spec.target_groups, target_groups);
  for (const auto& instance : state->group.instances) {
    if (instance.lifecycle == "InService") impl_->attach(*state, instance);
  }
  impl_->want_elb_poll();
  return ok();
}

Status AutoScaling::detach_load_balancers(std::string_view name,
                                          const std::vector<std::string>& classic) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  for (const auto& instance : state->group.instances) {
    (void)impl_->deregister(instance.id, classic, {});
  }
  std::erase_if(state->group.spec.classic_load_balancers, [&](const auto& attached) {
    return std::ranges::find(classic, attached) != classic.end();
  });
  return ok();
}

Status AutoScaling::detach_target_groups(std::string_view name,
                                         const std::vector<std::string>& target_groups) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  for (const auto& instance : state->group.instances) {
    (void)impl_->deregister(instance.id, {}, target_groups);
  }
  std::erase_if(state->group.spec.target_groups, [&](const auto& attached) {
    return std::ranges::find(target_groups, attached) != target_groups.end();
  });
  return ok();
}

Status AutoScaling::attach_instances(std::string_view name,
                                     const std::vector<std::string>& instances) {
  GroupState* state = impl_->find(name);
  if (state == nullptr) return no_group(name);
  if (state->group.deleting) return being_deleted(name);
  GroupSpec& spec = state->group.spec;
  std::vector<const ec2::Instance*> machines;
  for (const auto& id : instances) {
    const ec2::Instance* machine = impl_->ec2.find(id);
    if (machine == nullptr || machine->state != ec2::InstanceState::kRunning) {
      return Error{"ValidationError", "Invalid Instance ID(s): [" + id + "] specified", id};
    }
    const bool twice = std::ranges::find(machines, machine) != machines.end();
    if (twice || (!machine->spec.group.empty() && impl_->find(machine->spec.group) != nullptr)) {
      return Error{"ValidationError",
                   "Instance " + machine->id + " is already part of an AutoScalingGroup.", id};
    }
    machines.push_back(machine);
  }
  const int after = spec.desired + static_cast<int>(machines.size());
  if (after > spec.max) {
    return Error{"ValidationError", "AutoScalingGroup " + spec.name + " would grow to " +
                                        std::to_string(after) + " instances, above its max size " +
                                        std::to_string(spec.max) + "."};
  }
  const std::string why = impl_->stamp() +
                          "an instance was attached in response to a user request, increasing the "
                          "capacity from " +
                          std::to_string(spec.desired) + " to " + std::to_string(after) + ".";
  spec.desired = after;
  for (const ec2::Instance* machine : machines) {
    impl_->ec2.set_group(machine->id, spec.name);
    impl_->add_member(*state, machine->id, machine->spec.zone);
    impl_->in_service(*state, *state->find(machine->id));
    const auto activity =
        impl_->begin(*state, "Attaching an existing EC2 instance: " + machine->id, why);
    impl_->set_status(*state, activity, "Successful");
  }
  impl_->soon(*state);
  return ok();
}

const Group* AutoScaling::find(std::string_view name) const {
  const GroupState* state = impl_->find(name);
  return state == nullptr ? nullptr : &state->group;
}

std::vector<const Group*> AutoScaling::groups() const {
  std::vector<const Group*> all;
  for (const auto& state : impl_->groups) all.push_back(&state->group);
  return all;
}

bool AutoScaling::quiet() const {
  return std::ranges::all_of(impl_->groups, [](const auto& state) {
    const Group& group = state->group;
    if (group.deleting || state->surplus > 0 || state->reconcile_due) return false;
    const bool at_rest = std::ranges::all_of(group.instances, [](const auto& instance) {
      return instance.lifecycle == "InService" && instance.health == "Healthy";
    });
    const int there = state->staying();
    const bool too_few = there < group.spec.desired && !group.spec.never_launches;
    const bool too_many =
        there > group.spec.desired &&
        !std::ranges::all_of(group.instances, &GroupInstance::protected_from_scale_in);
    return at_rest && !too_few && !too_many;
  });
}

}  // namespace steady::asg
