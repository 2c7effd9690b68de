#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/context.h"
#include "sim/cloud/elb/node_set.h"
#include "sim/cloud/elb/routing.h"
#include "sim/cloud/elb/target.h"

namespace steady::elb {

/// A set of targets with one health check: a target group, or the instances of a Classic balancer.
struct Group {
  GroupId id = 0;
  Kind kind = Kind::kApplication;
  std::string name;
  std::string arn;  ///< Classic: the name.
  bool exists = true;
  TargetGroupSpec spec;  ///< Application only.
  ClassicSpec classic;   ///< Classic only.

  NodeSet* set = nullptr;  ///< The nodes of the load balancer that forwards to it, if one does.
  std::string served;      ///< The last balancer that forwarded to it, also after its end.
  const ProxyRules* proxy = nullptr;  ///< Of that load balancer; none: AWS's rules.

  /// Targets that are registered, drain, or are still sent to by a node; in order of registration.
  std::vector<TargetId> live;
  struct Latest {
    TargetId target = 0;
    std::uint32_t registrations = 0;
  };
  std::map<std::string, Latest, std::less<>> latest;  ///< By Target::name.

  bool is_classic() const { return kind == Kind::kClassic; }
  bool is_network() const { return !is_classic() && elb::is_network(spec.protocol); }
  bool in_use() const { return set != nullptr; }
  SimDuration slow_start() const {
    return proxy != nullptr && proxy->slow_start ? *proxy->slow_start : spec.slow_start;
  }
  std::size_t nodes() const { return set == nullptr ? 0 : set->nodes.size(); }
  /// The load balancer that forwards to it, or "".
  std::string_view load_balancer() const {
    return set == nullptr ? std::string_view() : std::string_view(set->load_balancer);
  }
  /// Every node uses the targets of all zones (elb.md 1.7, 2.13, 3.1).
  bool cross_zone() const {
    if (is_classic()) return classic.cross_zone;
    return spec.cross_zone.value_or(set == nullptr || set->cross_zone);
  }
  /// The node counts the target among its own.
  bool in_scope(std::size_t node, const Target& target) const {
    return !set->gone(node) && (cross_zone() || set->in_zone(node, target.info.zone));
  }
  /// A zonal shift keeps new traffic from the target. With cross-zone off DNS does that alone.
  bool overridden(const Target& target) const {
    return set != nullptr && set->shifted == target.info.zone && cross_zone();
  }
  const HealthCheck& health_check() const {
    return is_classic() ? classic.health_check : spec.health_check;
  }
  /// An unknown zone ("" or "all", as ip targets outside the VPC have) counts as enabled.
  bool zone_enabled(std::string_view zone) const;
  /// "elb/NAME/WHAT": the stream of one kind of draw about this group's targets.
  RandomStream stream(const RandomSource& random, std::string_view what) const;
};

/// All groups and all targets that ever were; addresses stay good for the whole run. The only code
/// that writes a target's state, so that each move is legal and in the journal.
class Groups {
 public:
  explicit Groups(Context& context) : context_(context) {}

  Group& add(Kind kind, const std::string& name, const std::string& arn);
  void remove(Group& group);
  Group& operator[](GroupId id);
  const Group& operator[](GroupId id) const;
  std::deque<Group>& all() { return groups_; }
  const std::deque<Group>& all() const { return groups_; }
  const GroupId* find(Kind kind, std::string_view name_or_arn) const;
  std::vector<std::string> names(Kind kind) const;

  Target& target(TargetId id);
  const Target& target(TargetId id) const;
  Group& group_of(const Target& target) { return (*this)[target.info.group]; }
  /// What a target of this host and port is called in the group.
  static std::string target_name(const Group& group, std::string_view host, std::uint16_t port);
  /// The registration has ended for good. Classic forgets a terminated instance; a target group
  /// keeps it as unused until it is deregistered.
  bool is_over(const Target& target) const;
  /// The registration of that name that is not over, or nullptr.
  const Target* find_target(const Group& group, std::string_view name) const;
  /// A new registration, without a state yet: call set_state() next.
  Target& add_target(Group& group, std::string_view host, std::uint16_t port, std::string_view zone,
                     std::string_view version);
  /// The registration is over, and no node sends to it: nobody needs to look at it any more.
  void drop_from_live(Target& target);

  /// Moves to `state` and writes the journal when what is reported changes.
  void set_state(Target& target, TargetState state);
  /// A new registration of the same name takes over, so the end of this one is not reported.
  void supersede(Target& target);

 private:
  void report(Target& target);

  Context& context_;
  std::deque<Group> groups_;
  std::deque<Target> targets_;
  std::map<std::string, GroupId, std::less<>> target_groups_, classics_;
};

}  // namespace steady::elb
