#include "sim/cloud/elb/load_balancer.h"

#include <algorithm>

#include "sim/cloud/elb/validation.h"

namespace steady::elb {
namespace {

constexpr int kSuffixDigits = 16;

Error no_load_balancer() {
  return {"LoadBalancerNotFound", "The specified load balancer does not exist."};
}

Error no_target_group() {
  return {"TargetGroupNotFound", "The specified target group does not exist."};
}

}  // namespace

std::string make_network_dns_name(std::string_view name, std::string_view suffix) {
  return std::string(name) + "-" + std::string(suffix) + ".elb." + std::string(kRegion) +
         ".amazonaws.com";
}

std::string make_dns_name(const RandomSource& random, std::string_view name) {
  const RandomStream stream = random.stream("elb/" + std::string(name) + "/dns");
  const std::uint64_t number = 100'000'000 + stream.below(2'000'000'000, 0, 0);
  return std::string(name) + "-" + std::to_string(number) + "." + std::string(kRegion) +
         ".elb.amazonaws.com";
}

Result<GroupId> Applications::create_target_group(const TargetGroupSpec& spec) {
  if (auto done = refuse(faults_of(spec)); !done) return done.error();
  if (const GroupId* id = groups_.find(Kind::kApplication, spec.name)) {
    if (groups_[*id].spec == spec) return *id;
    return Error{"DuplicateTargetGroupName", "A target group with the same name '" + spec.name +
                                                 "' exists, but with different settings"};
  }
  const std::string suffix = context_.ids.hex("target-group", groups_made_++, kSuffixDigits);
  Group& group =
      groups_.add(Kind::kApplication, spec.name, IdSource::target_group_arn(spec.name, suffix));
  group.spec = spec;
  return group.id;
}

Status Applications::modify_target_group(std::string_view name, const TargetGroupSpec& changed) {
  const GroupId* id = groups_.find(Kind::kApplication, name);
  if (id == nullptr) return no_target_group();
  Group& group = groups_[*id];
  TargetGroupSpec next = changed;
  next.name = group.name;
  if (next.protocol != group.spec.protocol || next.port != group.spec.port ||
      next.target_type != group.spec.target_type) {
    return Error{"InvalidConfigurationRequest", "Protocol, port and target type of target group '" +
                                                    group.name + "' cannot be changed"};
  }
  if (auto done = refuse(faults_of(next)); !done) return done;
  const bool other_algorithm = next.algorithm != group.spec.algorithm;
  const bool was_cross_zone = group.cross_zone();
  group.spec = std::move(next);
  if (other_algorithm) frontends_.set_algorithm(group, group.spec.algorithm);
  frontends_.refresh(group);
  if (was_cross_zone != group.cross_zone()) membership_.scope_changed(group);
  if (group.in_use()) nodes_.touch(*group.set);
  return ok();
}

Status Applications::delete_target_group(std::string_view name) {
  const GroupId* id = groups_.find(Kind::kApplication, name);
  if (id == nullptr) return ok();  // elb.md 7.2 lists ResourceInUse as the only error.
  Group& group = groups_[*id];
  if (group.in_use()) {
    return Error{"ResourceInUse", "The target group '" + group.arn +
                                      "' is currently in use by a listener or a rule"};
  }
  const std::vector<TargetId> live = group.live;
  for (const TargetId target : live) draining_.abandon(groups_.target(target));
  groups_.remove(group);
  return ok();
}

Status Applications::create(const LoadBalancerSpec& spec) {
  if (auto done = refuse(faults_of(spec)); !done) return done;
  if (const LoadBalancer* known = find(spec.name)) {
    if (known->spec == spec) return ok();
    return Error{"DuplicateLoadBalancerName", "A load balancer with the same name '" + spec.name +
                                                  "' exists, but with different settings"};
  }
  LoadBalancer balancer;
  balancer.spec = spec;
  balancer.suffix = context_.ids.load_balancer_suffix(balancers_made_++);
  balancer.arn = IdSource::load_balancer_arn(spec.name, balancer.suffix, spec.is_network());
  balancer.dns_name = spec.is_network() ? make_network_dns_name(spec.name, balancer.suffix)
                                        : make_dns_name(context_.random, spec.name);
  nodes_.make(spec.name, spec.zones).cross_zone = spec.cross_zone;
  balancers_.emplace(spec.name, std::move(balancer));
  order_.push_back(spec.name);
  return ok();
}

Status Applications::modify(std::string_view name, const LoadBalancerSpec& changed) {
  LoadBalancer* balancer = find(name);
  if (balancer == nullptr) return no_load_balancer();
  LoadBalancerSpec next = changed;
  next.name = balancer->spec.name;
  if (next.zones != balancer->spec.zones) {
    return Error{"NotModelled", "Changing the Availability Zones of load balancer '" + next.name +
                                    "' is not modelled yet"};
  }
  if (auto done = refuse(faults_of(next)); !done) return done;
  const bool other_scope = next.cross_zone != balancer->spec.cross_zone;
  balancer->spec = std::move(next);
  if (other_scope) set_cross_zone(*nodes_.find(balancer->spec.name), balancer->spec.cross_zone);
  if (!balancer->spec.is_network())
    frontends_.set_idle_timeout(balancer->spec.name, balancer->spec.idle_timeout);
  return ok();
}

void Applications::set_cross_zone(NodeSet& set, bool on) {
  set.cross_zone = on;
  for (Group& group : groups_.all()) {
    if (!group.exists || group.set != &set || group.spec.cross_zone) continue;
    frontends_.refresh(group);
    membership_.scope_changed(group);
  }
  nodes_.touch(set);
}

Status Applications::remove(std::string_view name) {
  LoadBalancer* balancer = find(name);
  if (balancer == nullptr) return ok();  // "missing LB succeeds" (elb.md 7.2)
  const std::string key = balancer->spec.name;
  while (!balancer->listeners.empty()) {
    frontends_.close(key, balancer->listeners.back().spec.port);
    balancer->listeners.pop_back();
  }
  detach_unused(key);
  nodes_.remove(key);
  std::erase(order_, key);
  balancers_.erase(key);
  return ok();
}

const LoadBalancer* Applications::find(std::string_view name_or_arn) const {
  if (const auto found = balancers_.find(name_or_arn); found != balancers_.end()) {
    return &found->second;
  }
  for (const auto& [name, balancer] : balancers_) {
    if (balancer.arn == name_or_arn) return &balancer;
  }
  return nullptr;
}

LoadBalancer* Applications::find(std::string_view name_or_arn) {
  return const_cast<LoadBalancer*>(std::as_const(*this).find(name_or_arn));
}

std::vector<std::string> Applications::names() const { return order_; }

}  // namespace steady::elb
