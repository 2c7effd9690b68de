#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/app/request_plane.h"
#include "sim/cloud/elb/anomalies/target_anomaly.h"
#include "sim/cloud/elb/beliefs.h"
#include "sim/cloud/elb/node_set.h"
#include "sim/cloud/elb/routing.h"
#include "sim/cloud/elb/settings.h"
#include "sim/cloud/elb/target_info.h"
#include "sim/core/event_loop.h"
#include "sim/core/ids.h"
#include "sim/core/journal.h"

namespace steady::elb {

/// All load balancers and target groups: control plane, health checks, draining. Names are the
/// keys; ARNs are made here. It keeps the Frontends that the data plane reads.
///
/// A Classic load balancer is also a group: its instances are the targets of that group.
class Elb {
 public:
  Elb(EventLoop& loop, app::Fleet& fleet, Journal& journal, IdSource& ids, RandomSource random,
      Behaviour behaviour);
  ~Elb();
  void attach(app::RequestPlane& plane);
  /// Called after a listener was made, changed or deleted.
  void set_frontends_changed(std::function<void()> changed);

  /// Called for each health check whose connect failed.
  void set_check_refused(std::function<void(GroupId, std::size_t node)> refused);

  // --- Application: errors carry elbv2's codes (elb.md 7.2). ValidationError lists all faults.
  // Where a balancer, group or listener is named, its ARN will do as well.
  //
  // Changes hold at once for what begins later: thresholds, matcher, path and time-out from the
  // next health check on, the interval after that check, the deregistration delay and the draining
  // time-out for drains that begin later, the idle time-out for requests that are sent later. A
  // changed algorithm, or a listener's other group, takes the next request; its counters begin at
  // zero. Rules reach each node after a delay of its own (Behaviour::rule_propagation). Zones
  // cannot be changed ("NotModelled").
  Result<GroupId> create_target_group(
      const TargetGroupSpec& spec);  ///< idempotent for equal settings
  Status modify_target_group(std::string_view name, const TargetGroupSpec& changed);
  Status delete_target_group(std::string_view name);  ///< ResourceInUse; no error when missing
  Status create_load_balancer(const LoadBalancerSpec& spec);
  Status modify_load_balancer(std::string_view name, const LoadBalancerSpec& changed);
  /// No error when missing. Its targets are unused from now on; requests in flight go on.
  Status delete_load_balancer(std::string_view name);
  Result<std::string> create_listener(std::string_view load_balancer,
                                      const ListenerSpec& spec);  ///< ARN
  Status modify_listener(std::string_view arn, const ListenerSpec& changed);
  Status delete_listener(std::string_view arn);
  // Rules (elb.md 2.11). A listener may be named "front:80", a rule "front:80/10" (by priority).
  Result<std::string> create_rule(std::string_view listener, const RuleSpec& spec);  ///< ARN
  Status modify_rule(std::string_view rule, const RuleSpec& changed);  ///< but its priority
  Status delete_rule(std::string_view rule);
  /// All at once or none.
  Status set_rule_priorities(const std::vector<std::pair<std::string, int>>& priorities);

  // --- Classic: errors carry elb's codes (elb.md 7.3).
  Result<GroupId> create_classic(const ClassicSpec& spec);
  Status modify_classic(std::string_view name, const ClassicSpec& changed);
  /// No error when missing. Its registrations are over at once; requests in flight go on.
  Status delete_classic(std::string_view name);

  // --- Targets. `version` is what runs behind it, for the journal only.
  /// A target that is registered already (same host and port) is returned as it is; one that drains
  /// is registered again, under a new id (Classic and instance targets), or refused (ip,
  /// elb.md 2.1). Classic ignores `port`; a target group takes its own for 0.
  Status can_register(GroupId group, std::string_view host, std::uint16_t port) const;
  Result<TargetId> register_target(GroupId group, std::string_view host, std::uint16_t port,
                                   std::string_view zone, std::string_view version = {});
  /// Begins to drain it. Unknown targets succeed silently at the callers.
  void deregister_target(TargetId target);
  /// For many registrations at one moment: the balancers learn of them when it goes.
  class Hold {
   public:
    explicit Hold(Elb& elb);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Elb& elb_;
  };
  /// The registration of (host, port) that is not over, draining ones included; nullptr if none.
  const TargetInfo* find_target(GroupId group, std::string_view host, std::uint16_t port) const;
  const TargetInfo& target(TargetId id) const;
  TargetHealth health(TargetId target) const;
  /// healthy (target group) or InService and not draining (Classic).
  bool in_service(TargetId target) const;
  /// Failed its checks: unhealthy, or OutOfService for the Instance's sake.
  bool unhealthy(TargetId target) const;
  /// Nothing to wait for any more: the registration is over, or its host was terminated.
  bool drained(TargetId target) const;
  std::vector<TargetId> targets(GroupId group) const;  ///< registered or draining, in order
  /// What its failures say of it (elb.md 2.9); nothing where nobody looks: its group's mitigation
  /// is off, and watch_anomalies() was not called.
  std::optional<TargetAnomaly> anomaly(TargetId target) const;
  /// Looks for anomalies in all HTTP target groups from now on, whether they are mitigated or not.
  void watch_anomalies();
  /// An instance was terminated: its targets become unused / OutOfService, and it cannot be
  /// registered any more. Nodes stop sending as after a deregistration.
  void host_terminated(std::string_view host);

  // --- Look-ups (nullptr or npos when there is none).
  const GroupId* find_group(std::string_view target_group_name_or_arn) const;
  const GroupId* find_classic(std::string_view name) const;
  Kind kind(GroupId group) const;
  bool is_classic(GroupId group) const;
  const TargetGroupSpec* target_group(std::string_view name_or_arn) const;
  const ClassicSpec* classic(std::string_view name) const;
  const LoadBalancerSpec* load_balancer(std::string_view name_or_arn) const;
  std::string group_name(GroupId group) const;
  std::string group_arn(GroupId group) const;  ///< Classic: its name
  std::string load_balancer_arn(std::string_view name) const;
  std::string dns_name(std::string_view load_balancer) const;  ///< either kind
  /// The load balancer that has this DNS name, in any case of letters; "" when none has.
  std::string named(std::string_view dns_name) const;
  /// The rules of the balancer that sends to it, where it is to behave as another proxy (elb.md
  /// 6.6); else nullptr.
  const ProxyRules* proxy(GroupId group) const;
  /// Some listener forwards to it (else its targets are unused, and ECS refuses it).
  bool has_load_balancer(GroupId group) const;
  std::vector<std::string> target_groups() const, load_balancers() const, classics() const;
  struct RuleInfo {
    std::string arn;
    RuleSpec spec;
  };
  struct ListenerInfo {
    std::string arn, load_balancer;
    ListenerSpec spec;
    std::vector<RuleInfo> rules;  ///< In order of priority, without the default action.
  };
  std::vector<ListenerInfo> listeners(std::string_view load_balancer) const;

  Frontend* frontend(std::string_view load_balancer, std::uint16_t port);

  // --- For who looks at a run afterwards: what is deleted by then is still known.
  /// Every change of what any node believed of any target, in order of time.
  const std::vector<Belief>& beliefs() const;
  /// Every change of any target's anomaly, in order of time.
  const std::vector<AnomalyChange>& anomaly_changes() const;
  /// The load balancer that forwards to the group, or did last; "" when none ever did.
  std::string served_by(GroupId group) const;
  /// The zone in which a node of a load balancer stands; "" when there was no such node.
  std::string node_zone(std::string_view load_balancer, std::size_t node) const;
  /// "app/front/0123456789abcdef", as CloudWatch's dimension has it; Classic: the name.
  std::string metrics_name(std::string_view load_balancer) const;
  const Behaviour& behaviour() const { return behaviour_; }
  /// True while no target exists that ever drains or registers; for settling checks.
  bool quiet() const;

  /// For scenarios that begin in steady state: the target is healthy now, without checks so far.
  void assume_healthy(TargetId target);
  // --- What no API of AWS's that is modelled does.
  /// A node comes, goes, or takes the place of another (elb.md 4.4); says which. Error "fault".
  Result<std::string> change_node(const NodeChange& change);
  /// Shifts traffic away from a zone (elb.md 2.13), as StartZonalShift of arc-zonal-shift does,
  /// with its errors.
  Status start_zonal_shift(std::string_view load_balancer, std::string_view away_from);
  /// Nothing happens where none is active.
  void end_zonal_shift(std::string_view load_balancer);
  /// The target is in a zone from which its balancer is shifted away.
  bool zonal_shift_is_active(TargetId target) const;
  bool is_cross_zone(GroupId group) const;
  /// nullptr when there is no such balancer, of either kind.
  const NodeSet* nodes(std::string_view load_balancer) const;
  /// How long pooled connections of this load balancer rest between two requests; what no API of
  /// AWS's tells (stories.md S22).
  void set_reuse_gap(std::string_view load_balancer, const Distribution& gap);

 private:
  struct Impl;
  Behaviour behaviour_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace steady::elb
