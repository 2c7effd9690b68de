#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/asg/auto_scaling.h"
#include "sim/core/event_loop.h"

namespace steady::asg {

/// Why an instance leaves its group.
enum class Leaving : std::uint8_t {
  kNo,
  kScaleIn,      ///< There are too many.
  kReplacement,  ///< Another one comes when it is gone.
  kHealth,       ///< The same, for its health: a tenth of the group at a time.
  kLost,         ///< It is gone or going by itself; its successor need not wait.
};

/// What the group knows of an instance beyond what it shows.
struct Member {
  int generation = 0;  ///< Of the launch template.
  std::uint64_t activity = 0;
  Leaving leaving = Leaving::kNo;
  bool successor = false;  ///< Of an unhealthy one.
  bool told_ec2 = false;   ///< TerminateInstances was called.
  std::vector<app::TargetId> draining;
  SimTime drain_bound = kNever;
};

struct GroupState {
  Group group;
  std::map<std::string, Member> members;
  int generation = 0;
  int successors_due = 0;  ///< Unhealthy ones gone whose successors are not launched yet.
  int surplus = 0;         ///< Launched above the desired capacity to even out the zones.
  bool reconcile_due = false;
  bool gone = false;
  std::string request;  ///< The sentence about the latest request, while it is carried out.
  SimDuration retry{0};
  SimTime retry_at{};  ///< No launch before it.
  SimTime last_activity = kStart - AutoScaling::kCooldown;
  std::uint64_t first_activity = 0;  ///< Number of group.activities.front().

  GroupInstance* find(std::string_view id);
  int count(std::string_view lifecycle) const;
  int count(Leaving leaving) const;
  /// Pending and InService.
  int staying() const { return count("Pending") + count("InService"); }
};

/// All groups, and the steps by which they are kept as they should be.
struct AutoScaling::Impl {
  EventLoop& loop;
  ec2::Ec2& ec2;
  elb::Elb& elb;
  Journal& journal;
  RandomStream choices, uuids;
  std::optional<Calendar> calendar;
  std::vector<std::shared_ptr<GroupState>> groups;
  std::uint64_t choices_made = 0, activities_made = 0;
  bool polls_drains = false, polls_elb = false;

  GroupState* find(std::string_view name);
  GroupState* group_of(std::string_view instance);
  void observe();

  // Reconciliation (reconcile.cpp): look, do what can be done now, return.
  void soon(GroupState& state);
  void reconcile(GroupState& state);
  void replace_unhealthy(GroupState& state);
  void launch_missing(GroupState& state, int missing);
  void terminate_surplus(GroupState& state, int surplus);
  void even_out_zones(GroupState& state);
  std::optional<std::size_t> choose(const GroupState& state);
  std::string emptiest_zone(const GroupState& state, const std::set<std::string>& without) const;

  // One instance (instances.cpp).
  bool launch(GroupState& state, const std::string& zone, const std::string& cause);
  void add_member(GroupState& state, const std::string& id, const std::string& zone);
  void in_service(GroupState& state, GroupInstance& instance);
  void attach(const GroupState& state, const GroupInstance& instance);
  void terminate(GroupState& state, GroupInstance& instance, Leaving why, const std::string& cause);
  void drained_or_wait(GroupState& state, const std::string& id);
  void is_running(const ec2::Instance& machine);
  void shuts_down(const ec2::Instance& machine);
  void is_terminated(const ec2::Instance& machine);
  void lost(GroupState& state, GroupInstance& instance);
  void try_again_later(GroupState& state);
  void leave(GroupState& state, const std::string& id);
  std::vector<app::TargetId> deregister(std::string_view id,
                                        const std::vector<std::string>& classic,
                                        const std::vector<std::string>& target_groups);
  void poll_drains();
  void poll_elb();
  void want_elb_poll();

  // Activities (activities.cpp).
  std::uint64_t begin(GroupState& state, std::string description, const std::string& cause);
  void set_status(GroupState& state, std::uint64_t activity, std::string status,
                  std::string message = {});
  void write(const GroupState& state, std::string activity = {});
  std::string stamp() const;  ///< "At 2015-04-17T18:44:18Z "
  /// The latest request and what follows from it.
  std::string cause(const GroupState& state, const std::string& what) const;
};

}  // namespace steady::asg
