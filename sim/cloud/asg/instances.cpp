#include <algorithm>

#include "sim/cloud/asg/state.h"
#include "sim/core/check.h"

namespace steady::asg {

GroupInstance* GroupState::find(std::string_view id) {
  const auto found = std::ranges::find(group.instances, id, &GroupInstance::id);
  return found == group.instances.end() ? nullptr : &*found;
}

int GroupState::count(std::string_view lifecycle) const {
  return static_cast<int>(
      std::ranges::count(group.instances, lifecycle, &GroupInstance::lifecycle));
}

int GroupState::count(Leaving leaving) const {
  return static_cast<int>(std::ranges::count_if(
      members, [&](const auto& member) { return member.second.leaving == leaving; }));
}

void AutoScaling::Impl::observe() {
  ec2.observe({.running = [this](const ec2::Instance& machine) { is_running(machine); },
               .shutting_down = [this](const ec2::Instance& machine) { shuts_down(machine); },
               .terminated = [this](const ec2::Instance& machine) { is_terminated(machine); }});
}

void AutoScaling::Impl::add_member(GroupState& state, const std::string& id,
                                   const std::string& zone) {
  GroupInstance instance;
  instance.id = id;
  instance.zone = zone;
  instance.lifecycle = "Pending";
  instance.protected_from_scale_in = state.group.spec.new_instances_protected;
  state.group.instances.push_back(std::move(instance));
  state.members[id].generation = state.generation;
}

bool AutoScaling::Impl::launch(GroupState& state, const std::string& zone, const std::string& why) {
  ec2::LaunchSpec spec = state.group.spec.launch;
  spec.zone = zone;
  spec.group = state.group.spec.name;
  spec.name_hint.clear();
  const auto launched = ec2.run_instances(spec, 1);
  if (!launched) {
    const std::string message = launched.error().message + " Launching EC2 instance failed.";
    const auto activity =
        begin(state, "Launching a new EC2 instance.  Status Reason: " + message, why);
    set_status(state, activity, "Failed", message);
    return false;
  }
  add_member(state, launched->front(), zone);
  Member& member = state.members[launched->front()];
  if (state.successors_due > 0) {
    --state.successors_due;
    member.successor = true;
  }
  member.activity = begin(state, "Launching a new EC2 instance: " + launched->front(), why);
  return true;
}

void AutoScaling::Impl::is_running(const ec2::Instance& machine) {
  GroupState* state = group_of(machine.id);
  if (state == nullptr) return;
  GroupInstance* instance = state->find(machine.id);
  if (instance->lifecycle != "Pending") return;
  in_service(*state, *instance);
  set_status(*state, state->members[machine.id].activity, "Successful");
  soon(*state);
}

void AutoScaling::Impl::in_service(GroupState& state, GroupInstance& instance) {
  instance.lifecycle = "InService";
  instance.in_service_at = loop.now();
  state.members[instance.id].successor = false;
  attach(state, instance);
  want_elb_poll();
}

// A load balancer that was deleted meanwhile is passed over.
void AutoScaling::Impl::attach(const GroupState& state, const GroupInstance& instance) {
  const ec2::Instance* machine = ec2.find(instance.id);
  const auto add = [&](const app::GroupId* group) {
    if (group == nullptr) return;
    (void)elb.register_target(*group, instance.id, 0, instance.zone, machine->spec.image_id);
  };
  for (const auto& name : state.group.spec.classic_load_balancers) add(elb.find_classic(name));
  for (const auto& name : state.group.spec.target_groups) add(elb.find_group(name));
}

std::vector<app::TargetId> AutoScaling::Impl::deregister(
    std::string_view id, const std::vector<std::string>& classic,
    const std::vector<std::string>& target_groups) {
  std::vector<app::TargetId> targets;
  const auto take_out = [&](const app::GroupId* group) {
    if (group == nullptr) return;
    for (const app::TargetId target : elb.targets(*group)) {
      // Only what the group registered: tasks of ECS stand at other ports of the same host.
      const elb::TargetInfo& info = elb.target(target);
      if (info.host != id) continue;
      const elb::TargetInfo* own = elb.find_target(
          *group, id,
          elb.is_classic(*group) ? info.port : elb.target_group(elb.group_name(*group))->port);
      if (own == nullptr || own->id != target) continue;
      if (!info.deregistering) elb.deregister_target(target);
      if (!elb.drained(target)) targets.push_back(target);
    }
  };
  for (const auto& name : classic) take_out(elb.find_classic(name));
  for (const auto& name : target_groups) take_out(elb.find_group(name));
  return targets;
}

// ecs.md 5.4: deregistered from the attached load balancers first and drained there.
void AutoScaling::Impl::terminate(GroupState& state, GroupInstance& instance, Leaving why,
                                  const std::string& cause) {
  const bool was_pending = instance.lifecycle == "Pending";
  Member& member = state.members[instance.id];
  if (was_pending) set_status(state, member.activity, "Cancelled");
  instance.lifecycle = "Terminating";
  member.leaving = why;
  member.activity = begin(state, "Terminating EC2 instance: " + instance.id, cause);
  const GroupSpec& spec = state.group.spec;
  member.draining = deregister(instance.id, spec.classic_load_balancers, spec.target_groups);
  member.drain_bound = loop.now() + kDrainBound;
  if (!member.draining.empty()) {
    set_status(state, member.activity, "WaitingForELBConnectionDraining");
  }
  drained_or_wait(state, instance.id);
}

void AutoScaling::Impl::drained_or_wait(GroupState& state, const std::string& id) {
  Member& member = state.members[id];
  if (member.told_ec2 || member.leaving == Leaving::kNo) return;
  std::erase_if(member.draining, [&](app::TargetId target) { return elb.drained(target); });
  if (member.draining.empty() || loop.now() >= member.drain_bound) {
    member.told_ec2 = true;
    const auto done = ec2.terminate(id);
    STEADY_CHECK(done.has_value(), "an instance of a group is unknown to EC2: " + id);
    return;
  }
  if (polls_drains) return;
  polls_drains = true;
  loop.after(kDrainPoll, "auto scaling looks for drained instances", [this] { poll_drains(); });
}

void AutoScaling::Impl::poll_drains() {
  polls_drains = false;
  const auto all = groups;
  for (const auto& state : all) {
    std::vector<std::string> waiting;
    for (const auto& [id, member] : state->members) {
      if (member.leaving != Leaving::kNo && !member.told_ec2) waiting.push_back(id);
    }
    for (const auto& id : waiting) drained_or_wait(*state, id);
  }
}

// Somebody else terminated it: not running, so replaced at once (ecs.md 5.4).
void AutoScaling::Impl::shuts_down(const ec2::Instance& machine) {
  GroupState* state = group_of(machine.id);
  if (state == nullptr || state->members[machine.id].told_ec2) return;
  lost(*state, *state->find(machine.id));
}

void AutoScaling::Impl::lost(GroupState& state, GroupInstance& instance) {
  Member& member = state.members[instance.id];
  const bool was_leaving = member.leaving != Leaving::kNo;
  if (instance.lifecycle == "Pending") {
    set_status(state, member.activity, "Failed",
               "Instance became unhealthy while waiting for instance to be in InService state.");
  }
  instance.lifecycle = "Terminating";
  instance.health = "Unhealthy";
  member.told_ec2 = true;
  deregister(instance.id, state.group.spec.classic_load_balancers, state.group.spec.target_groups);
  if (!was_leaving) {
    member.leaving = Leaving::kLost;
    member.activity =
        begin(state, "Terminating EC2 instance: " + instance.id,
              stamp() +
                  "an instance was taken out of service in response to an EC2 health check "
                  "indicating it has been terminated or stopped.");
  }
  soon(state);
}

void AutoScaling::Impl::is_terminated(const ec2::Instance& machine) {
  GroupState* state = group_of(machine.id);
  if (state == nullptr) return;
  if (state->members[machine.id].told_ec2) return leave(*state, machine.id);
  // It crashed without a word; its status checks tell later.
  loop.after(kCrashNotice, "auto scaling notices a crash", [this, id = machine.id] {
    GroupState* there = group_of(id);
    if (there == nullptr) return;
    lost(*there, *there->find(id));
    leave(*there, id);
  });
}

void AutoScaling::Impl::leave(GroupState& state, const std::string& id) {
  const Member member = state.members[id];
  if (member.leaving == Leaving::kHealth) ++state.successors_due;
  state.members.erase(id);
  std::erase_if(state.group.instances, [&](const auto& instance) { return instance.id == id; });
  set_status(state, member.activity, "Successful");
  soon(state);
}

// Health check type ELB: what the load balancers say, once the grace period is over.
void AutoScaling::Impl::poll_elb() {
  polls_elb = false;
  for (const auto& state : groups) {
    const GroupSpec& spec = state->group.spec;
    if (spec.health_check_type != "ELB") continue;
    for (auto& instance : state->group.instances) {
      if (instance.lifecycle != "InService" || instance.health != "Healthy" ||
          loop.now() < instance.in_service_at + spec.health_check_grace) {
        continue;
      }
      const auto says_unhealthy = [&](const app::GroupId* group) {
        return group != nullptr &&
               std::ranges::any_of(elb.targets(*group), [&](app::TargetId target) {
                 return elb.target(target).host == instance.id && elb.unhealthy(target);
               });
      };
      const bool unhealthy =
          std::ranges::any_of(spec.classic_load_balancers,
                              [&](const auto& n) { return says_unhealthy(elb.find_classic(n)); }) ||
          std::ranges::any_of(spec.target_groups,
                              [&](const auto& n) { return says_unhealthy(elb.find_group(n)); });
      if (!unhealthy) continue;
      instance.health = "Unhealthy";
      soon(*state);
    }
  }
  want_elb_poll();
}

void AutoScaling::Impl::want_elb_poll() {
  const bool wanted = std::ranges::any_of(groups, [](const auto& state) {
    const GroupSpec& spec = state->group.spec;
    return spec.health_check_type == "ELB" && state->count("InService") > 0 &&
           !(spec.classic_load_balancers.empty() && spec.target_groups.empty());
  });
  if (!wanted || polls_elb) return;
  polls_elb = true;
  loop.after(kElbPoll, "auto scaling asks load balancers", [this] { poll_elb(); });
}

}  // namespace steady::asg
