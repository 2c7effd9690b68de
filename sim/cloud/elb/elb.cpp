#include "sim/cloud/elb/elb.h"

#include <algorithm>
#include <map>
#include <set>

#include "sim/cloud/elb/anomalies/anomalies.h"
#include "sim/cloud/elb/classic.h"
#include "sim/cloud/elb/load_balancer.h"
#include "sim/cloud/elb/node_changes.h"

namespace steady::elb {

struct Elb::Impl {
  Impl(EventLoop& loop, app::Fleet& fleet, Journal& journal, IdSource& ids, RandomSource random,
       const Behaviour& behaviour)
      : context{loop, fleet, journal, ids, random, behaviour} {
    frontends.set_changed([this] {
      if (frontends_changed) frontends_changed();
    });
    nodes.set_answered([this](const NodeSet& set) { frontends.dns_changed(set); });
  }

  Context context;
  Groups groups{context};
  Nodes nodes{context, groups};
  Frontends frontends{context, groups, nodes};
  Membership membership{context, groups, frontends, nodes};
  Draining draining{context, groups, membership};
  Anomalies anomalies{context, groups, frontends};
  Applications applications{context, groups, nodes, frontends, membership, draining};
  Classics classics{context, groups, nodes, frontends, membership, draining};
  NodeChanges changes{context, groups, nodes, frontends, membership};
  std::set<std::string, std::less<>> terminated_hosts;
  /// Of every load balancer that ever was.
  struct Known {
    std::vector<std::string> zones;
    std::string arn;
  };
  std::map<std::string, Known, std::less<>> known;
  std::function<void()> frontends_changed;
};

Elb::Elb(EventLoop& loop, app::Fleet& fleet, Journal& journal, IdSource& ids, RandomSource random,
         Behaviour behaviour)
    : behaviour_(std::move(behaviour)),
      impl_(std::make_unique<Impl>(loop, fleet, journal, ids, random, behaviour_)) {}

Elb::~Elb() = default;

void Elb::attach(app::RequestPlane& plane) { impl_->context.plane = &plane; }

Elb::Hold::Hold(Elb& elb) : elb_(elb) { elb_.impl_->frontends.hold(); }
Elb::Hold::~Hold() { elb_.impl_->frontends.release(); }

void Elb::set_frontends_changed(std::function<void()> changed) {
  impl_->frontends_changed = std::move(changed);
}

void Elb::set_check_refused(std::function<void(GroupId, std::size_t)> refused) {
  impl_->context.check_refused = std::move(refused);
}

Result<GroupId> Elb::create_target_group(const TargetGroupSpec& spec) {
  auto made = impl_->applications.create_target_group(spec);
  if (made) impl_->anomalies.settings_changed(impl_->groups[*made]);
  return made;
}

Status Elb::modify_target_group(std::string_view name, const TargetGroupSpec& changed) {
  const Status done = impl_->applications.modify_target_group(name, changed);
  if (done) impl_->anomalies.settings_changed(impl_->groups[*find_group(name)]);
  return done;
}

Status Elb::delete_target_group(std::string_view name) {
  return impl_->applications.delete_target_group(name);
}

Status Elb::create_load_balancer(const LoadBalancerSpec& spec) {
  // Look-ups here are by name alone, so both kinds share one set of names.
  if (find_classic(spec.name) != nullptr) {
    return Error{"DuplicateLoadBalancerName",
                 "A Classic load balancer with the name '" + spec.name + "' exists"};
  }
  const Status made = impl_->applications.create(spec);
  if (made) impl_->known[spec.name] = {spec.zones, load_balancer_arn(spec.name)};
  return made;
}

Status Elb::modify_load_balancer(std::string_view name, const LoadBalancerSpec& changed) {
  return impl_->applications.modify(name, changed);
}

Status Elb::delete_load_balancer(std::string_view name) { return impl_->applications.remove(name); }

Result<std::string> Elb::create_listener(std::string_view load_balancer, const ListenerSpec& spec) {
  return impl_->applications.create_listener(load_balancer, spec);
}

Status Elb::modify_listener(std::string_view arn, const ListenerSpec& changed) {
  return impl_->applications.modify_listener(arn, changed);
}

Status Elb::delete_listener(std::string_view arn) {
  // A copy: the ARN may be that of the listener itself.
  return impl_->applications.delete_listener(std::string(arn));
}

Result<std::string> Elb::create_rule(std::string_view listener, const RuleSpec& spec) {
  return impl_->applications.create_rule(listener, spec);
}

Status Elb::modify_rule(std::string_view rule, const RuleSpec& changed) {
  return impl_->applications.modify_rule(rule, changed);
}

Status Elb::delete_rule(std::string_view rule) {
  return impl_->applications.delete_rule(std::string(rule));
}

Status Elb::set_rule_priorities(const std::vector<std::pair<std::string, int>>& priorities) {
  return impl_->applications.set_priorities(priorities);
}

Result<GroupId> Elb::create_classic(const ClassicSpec& spec) {
  if (load_balancer(spec.name) != nullptr) {
    return Error{"DuplicateLoadBalancerName",
                 "The specified load balancer name already exists for this account."};
  }
  auto made = impl_->classics.create(spec);
  if (made) impl_->known[spec.name] = {spec.zones, ""};
  return made;
}

Status Elb::modify_classic(std::string_view name, const ClassicSpec& changed) {
  return impl_->classics.modify(name, changed);
}

Status Elb::delete_classic(std::string_view name) { return impl_->classics.remove(name); }

Status Elb::can_register(GroupId group_id, std::string_view host, std::uint16_t port) const {
  const Group& group = impl_->groups[group_id];
  if (!group.exists) {
    if (group.is_classic()) {
      return Error{"LoadBalancerNotFound",
                   "There is no ACTIVE Load Balancer named '" + group.name + "'"};
    }
    return Error{"TargetGroupNotFound", "The specified target group does not exist."};
  }
  if (impl_->terminated_hosts.contains(host)) {
    if (group.is_classic()) {
      return Error{"InvalidInstance", "Instance '" + std::string(host) + "' is terminated"};
    }
    return Error{"InvalidTarget",
                 "The following targets are not in a running state and cannot be registered: '" +
                     std::string(host) + "'"};
  }
  if (group.is_classic()) return ok();
  const TargetInfo* known = find_target(group_id, host, port == 0 ? group.spec.port : port);
  if (known != nullptr && group.spec.target_type == TargetGroupSpec::TargetType::kIp &&
      impl_->groups.target(known->id).state == TargetState::kDraining) {
    return Error{"InvalidTarget",
                 "The following targets cannot be registered before their deregistration delay is "
                 "over: '" +
                     impl_->groups.target(known->id).name + "'"};
  }
  return ok();
}

Result<TargetId> Elb::register_target(GroupId group_id, std::string_view host, std::uint16_t port,
                                      std::string_view zone, std::string_view version) {
  if (const auto fine = can_register(group_id, host, port); !fine) return fine.error();
  Group& group = impl_->groups[group_id];
  if (group.is_classic()) {
    const auto& listeners = group.classic.listeners;
    port = listeners.empty() ? group.classic.health_check.port : listeners.front().instance_port;
  } else if (port == 0) {
    port = group.spec.port;
  }
  if (const TargetInfo* known = find_target(group_id, host, port)) {
    Target& target = impl_->groups.target(known->id);
    if (target.state != TargetState::kDraining) {
      if (!version.empty()) target.version = std::string(version);
      return target.info.id;
    }
    impl_->draining.supersede(target);
  }
  Target& target = impl_->groups.add_target(group, host, port, zone, version);
  impl_->membership.join(target);
  return target.info.id;
}

void Elb::deregister_target(TargetId target) {
  impl_->draining.begin(impl_->groups.target(target));
}

const TargetInfo* Elb::find_target(GroupId group_id, std::string_view host,
                                   std::uint16_t port) const {
  const Groups& groups = impl_->groups;
  const Group& group = groups[group_id];
  const Target* target = groups.find_target(group, Groups::target_name(group, host, port));
  return target == nullptr ? nullptr : &target->info;
}

const TargetInfo& Elb::target(TargetId id) const {
  return std::as_const(impl_->groups).target(id).info;
}

TargetHealth Elb::health(TargetId target) const {
  return std::as_const(impl_->groups).target(target).reported;
}

bool Elb::in_service(TargetId target) const {
  return std::as_const(impl_->groups).target(target).state == TargetState::kHealthy;
}

bool Elb::unhealthy(TargetId target) const {
  const TargetState state = std::as_const(impl_->groups).target(target).state;
  return state == TargetState::kUnhealthy || state == TargetState::kUnhealthyDraining;
}

bool Elb::drained(TargetId target) const {
  const TargetState state = std::as_const(impl_->groups).target(target).state;
  return state == TargetState::kNotRegistered || state == TargetState::kInvalidState;
}

std::vector<TargetId> Elb::targets(GroupId group) const {
  const Groups& groups = impl_->groups;
  std::vector<TargetId> result;
  for (const TargetId id : groups[group].live) {
    if (!groups.is_over(groups.target(id))) result.push_back(id);
  }
  return result;
}

void Elb::host_terminated(std::string_view host) {
  impl_->terminated_hosts.emplace(host);
  for (Group& group : impl_->groups.all()) {
    const std::vector<TargetId> live = group.live;
    for (const TargetId id : live) {
      Target& target = impl_->groups.target(id);
      if (target.info.host != host || impl_->groups.is_over(target)) continue;
      if (target.state == TargetState::kDraining) {
        impl_->draining.abandon(target);
      } else {
        impl_->groups.set_state(target, TargetState::kInvalidState);
        impl_->membership.leave(target);
      }
    }
  }
}

const GroupId* Elb::find_group(std::string_view target_group_name_or_arn) const {
  return impl_->groups.find(Kind::kApplication, target_group_name_or_arn);
}

const GroupId* Elb::find_classic(std::string_view name) const {
  return impl_->groups.find(Kind::kClassic, name);
}

Kind Elb::kind(GroupId group) const {
  if (is_classic(group)) return Kind::kClassic;
  return impl_->groups[group].is_network() ? Kind::kNetwork : Kind::kApplication;
}

bool Elb::is_classic(GroupId group) const { return impl_->groups[group].is_classic(); }

const TargetGroupSpec* Elb::target_group(std::string_view name_or_arn) const {
  const GroupId* id = find_group(name_or_arn);
  return id == nullptr ? nullptr : &impl_->groups[*id].spec;
}

const ClassicSpec* Elb::classic(std::string_view name) const {
  const GroupId* id = find_classic(name);
  return id == nullptr ? nullptr : &impl_->groups[*id].classic;
}

const LoadBalancerSpec* Elb::load_balancer(std::string_view name_or_arn) const {
  const LoadBalancer* balancer = std::as_const(impl_->applications).find(name_or_arn);
  return balancer == nullptr ? nullptr : &balancer->spec;
}

std::string Elb::group_name(GroupId group) const { return impl_->groups[group].name; }

std::string Elb::group_arn(GroupId group) const { return impl_->groups[group].arn; }

std::string Elb::load_balancer_arn(std::string_view name) const {
  const LoadBalancer* balancer = std::as_const(impl_->applications).find(name);
  return balancer == nullptr ? "" : balancer->arn;
}

std::string Elb::dns_name(std::string_view load_balancer) const {
  if (const auto* balancer = std::as_const(impl_->applications).find(load_balancer)) {
    return balancer->dns_name;
  }
  const std::string* classic = impl_->classics.dns_name(load_balancer);
  return classic == nullptr ? "" : *classic;
}

std::string Elb::named(std::string_view wanted) const {
  for (const auto& names : {load_balancers(), classics()}) {
    for (const auto& name : names) {
      if (matches(dns_name(name), wanted, true)) return name;
    }
  }
  return "";
}

const ProxyRules* Elb::proxy(GroupId group) const { return impl_->groups[group].proxy; }

bool Elb::has_load_balancer(GroupId group) const { return impl_->groups[group].in_use(); }

std::vector<std::string> Elb::target_groups() const {
  return impl_->groups.names(Kind::kApplication);
}

std::vector<std::string> Elb::load_balancers() const { return impl_->applications.names(); }

std::vector<std::string> Elb::classics() const { return impl_->groups.names(Kind::kClassic); }

std::vector<Elb::ListenerInfo> Elb::listeners(std::string_view load_balancer) const {
  std::vector<ListenerInfo> result;
  const LoadBalancer* balancer = std::as_const(impl_->applications).find(load_balancer);
  if (balancer == nullptr) return result;
  for (const Listener& listener : balancer->listeners) {
    ListenerInfo& info =
        result.emplace_back(ListenerInfo{listener.arn, balancer->spec.name, listener.spec, {}});
    for (const Rule& rule : listener.rules) info.rules.push_back({rule.arn, rule.spec});
  }
  return result;
}

Frontend* Elb::frontend(std::string_view load_balancer, std::uint16_t port) {
  if (const auto* application = std::as_const(impl_->applications).find(load_balancer)) {
    load_balancer = application->spec.name;
  }
  return impl_->frontends.find(load_balancer, port);
}

std::optional<TargetAnomaly> Elb::anomaly(TargetId target) const {
  return impl_->anomalies.of(impl_->groups.target(target));
}

void Elb::watch_anomalies() { impl_->anomalies.watch_all(); }

const std::vector<AnomalyChange>& Elb::anomaly_changes() const {
  return impl_->anomalies.changes();
}

const std::vector<Belief>& Elb::beliefs() const { return impl_->membership.beliefs().changes(); }

std::string Elb::served_by(GroupId group) const { return impl_->groups[group].served; }

std::string Elb::node_zone(std::string_view load_balancer, std::size_t node) const {
  // Nodes that came later are where they were put.
  if (const NodeSet* set = nodes(load_balancer); set != nullptr && node < set->nodes.size())
    return set->nodes[node].zone;
  const auto found = impl_->known.find(load_balancer);
  if (found == impl_->known.end()) return "";
  const auto& zones = found->second.zones;
  const auto per_zone = static_cast<std::size_t>(std::max(behaviour_.nodes_per_zone, 1));
  return node / per_zone < zones.size() ? zones[node / per_zone] : "";
}

std::string Elb::metrics_name(std::string_view load_balancer) const {
  const auto found = impl_->known.find(load_balancer);
  if (found == impl_->known.end() || found->second.arn.empty()) return std::string(load_balancer);
  constexpr std::string_view kMark = "loadbalancer/";
  return found->second.arn.substr(found->second.arn.find(kMark) + kMark.size());
}

bool Elb::quiet() const {
  const Groups& groups = impl_->groups;
  for (const Group& group : groups.all()) {
    for (const TargetId id : group.live) {
      const Target& target = groups.target(id);
      if (target.state == TargetState::kRegistering || target.state == TargetState::kChecking ||
          target.state == TargetState::kDraining) {
        return false;
      }
      const auto moving = [](const NodeView& node) { return node.telling.has_value(); };
      if (std::ranges::any_of(target.nodes, moving)) return false;
    }
  }
  return true;
}

Result<std::string> Elb::change_node(const NodeChange& change) {
  return impl_->changes.begin(change);
}

Status Elb::start_zonal_shift(std::string_view load_balancer, std::string_view away_from) {
  if (const LoadBalancer* balancer = std::as_const(impl_->applications).find(load_balancer)) {
    if (!balancer->spec.zonal_shift) {
      return Error{"ValidationException", "Zonal shift is not enabled for load balancer '" +
                                              balancer->spec.name +
                                              "': set its attribute zonal_shift.config.enabled"};
    }
    return impl_->changes.shift(balancer->spec.name, away_from);
  }
  if (find_classic(load_balancer) != nullptr)
    return Error{"ValidationException", "A Classic load balancer has no zonal shift"};
  return Error{"ResourceNotFoundException",
               "There is no load balancer '" + std::string(load_balancer) + "'"};
}

void Elb::end_zonal_shift(std::string_view load_balancer) {
  impl_->changes.end_shift(load_balancer);
}

bool Elb::zonal_shift_is_active(TargetId target) const {
  const Target& known = std::as_const(impl_->groups).target(target);
  const NodeSet* set = std::as_const(impl_->groups)[known.info.group].set;
  return set != nullptr && set->shifted == known.info.zone;
}

bool Elb::is_cross_zone(GroupId group) const {
  return std::as_const(impl_->groups)[group].cross_zone();
}

const NodeSet* Elb::nodes(std::string_view load_balancer) const {
  if (const auto* balancer = std::as_const(impl_->applications).find(load_balancer))
    load_balancer = balancer->spec.name;
  return impl_->nodes.find(load_balancer);
}

void Elb::set_reuse_gap(std::string_view load_balancer, const Distribution& gap) {
  impl_->frontends.set_reuse_gap(load_balancer, gap);
}

void Elb::assume_healthy(TargetId target) {
  impl_->membership.assume_healthy(impl_->groups.target(target));
}

}  // namespace steady::elb
