#include <algorithm>

#include "sim/api/elbv2/common.h"
#include "sim/api/services.h"
#include "sim/core/check.h"
#include "sim/core/numbers.h"
#include "sim/world/world.h"

namespace steady::api {
namespace {

namespace model = steady::elb;
using elbv2::invalid;
using elbv2::no_balancer;

bool is_kept(const std::string& key) {
  return key.starts_with("access_logs.") || key.starts_with("connection_logs.") ||
         key.starts_with("health_check_logs.") || key == "deletion_protection.enabled" ||
         key.starts_with("routing.http.") || key.starts_with("routing.http2.") ||
         key.starts_with("waf.") || key == "ipv6.deny_all_igw_traffic";
}

/// A Network load balancer writes access logs of TLS listeners only, and says of a client's zone
/// what DNS does.
/// Always on, of an Application balancer (elb.md 2.13).
constexpr const char* kCrossZone = "load_balancing.cross_zone.enabled";

bool is_kept_of_network(const std::string& key, const std::string& value) {
  return key.starts_with("access_logs.") || key == "deletion_protection.enabled" ||
         key == "ipv6.deny_all_igw_traffic" || key == "zonal_shift.config.enabled" ||
         (key == "dns_record.client_routing_policy" && value == "any_availability_zone");
}

Status apply_balancer(model::LoadBalancerSpec& spec, const elbv2::Attributes& attributes) {
  for (const auto& [key, value] : attributes) {
    if (key == "idle_timeout.timeout_seconds" && !spec.is_network()) {
      const auto seconds = whole_number<int>(value);
      if (!seconds || *seconds < 1 || *seconds > 4000)
        return invalid("'" + key + "' value '" + value + "' must be between '1-4000' inclusive");
      spec.idle_timeout = std::chrono::seconds{*seconds};
    } else if (key == "client_keep_alive.seconds" && !spec.is_network()) {
      // The balancer closes politely, so that no request is lost by it (elb.md 2.14).
      const auto seconds = whole_number<int>(value);
      if (!seconds || *seconds < 60 || *seconds > 604'800)
        return invalid("'" + key + "' value '" + value + "' must be between '60-604800' inclusive");
    } else if (key == kCrossZone && (value == "true" || (spec.is_network() && value == "false"))) {
      spec.cross_zone = value == "true";
    } else if (key == kCrossZone && value == "false") {
      return invalid("An Application load balancer's '" + key +
                     "' is always true; a target group can turn it off");
    } else if (!spec.is_network() && key == "zonal_shift.config.enabled") {
      if (value != "true" && value != "false")
        return invalid("'" + key + "' value '" + value + "' must be true or false");
      spec.zonal_shift = value == "true";
    } else if (spec.is_network() ? is_kept_of_network(key, value) : is_kept(key)) {
      continue;  // without effect on any result
    } else {
      return Error{
          "InvalidConfigurationRequest",
          "Load balancer attribute '" + key + "' with value '" + value + "' is not modelled yet"};
    }
  }
  return ok();
}

elbv2::LoadBalancerShape shape_of(world::World& world, const std::string& name) {
  auto& balancers = world.elb();
  elbv2::LoadBalancerShape shape;
  shape.load_balancer_arn = balancers.load_balancer_arn(name);
  shape.load_balancer_name = name;
  shape.dns_name = balancers.dns_name(name);
  const auto& spec = *balancers.load_balancer(name);
  shape.type = spec.is_network() ? "network" : "application";
  for (const auto& zone : spec.zones) shape.zones.push_back({zone});
  shape.kept = world.kept("loadbalancer/" + name);
  return shape;
}

elbv2::Attributes attributes_of(world::World& world, const model::LoadBalancerSpec& spec) {
  elbv2::Attributes all = world.kept("loadbalancer-attributes/" + spec.name);
  all[kCrossZone] = spec.cross_zone ? "true" : "false";
  if (spec.is_network()) return all;
  all["idle_timeout.timeout_seconds"] = std::to_string(spec.idle_timeout / std::chrono::seconds{1});
  all["zonal_shift.config.enabled"] = spec.zonal_shift ? "true" : "false";
  return all;
}

}  // namespace

Result<elbv2::LoadBalancersOutput> Elbv2Api::do_create_load_balancer(
    const elbv2::CreateLoadBalancerInput& input) {
  if (input.type != "application" && input.type != "network")
    return Error{"InvalidConfigurationRequest",
                 "Load balancers of type '" + input.type + "' are not modelled yet"};
  auto& balancers = door_.world.elb();
  model::LoadBalancerSpec spec;
  spec.name = input.name;
  if (input.type == "network") {
    spec.type = model::LoadBalancerSpec::Type::kNetwork;
    spec.cross_zone = false;
  }
  spec.zones = input.zones;
  // A subnet is a zone's name; others may be anywhere.
  const auto& known = door_.world.settings().zones;
  for (const auto& subnet : input.subnets) {
    if (std::ranges::find(known, subnet) != known.end()) spec.zones.push_back(subnet);
  }
  if (spec.zones.empty()) spec.zones = known;
  if (input.attributes) {
    if (auto done = apply_balancer(spec, *input.attributes); !done) return done.error();
  }
  const bool was_there = balancers.load_balancer(spec.name) != nullptr;
  if (auto done = balancers.create_load_balancer(spec); !done) return done.error();
  for (auto listener : input.listeners.value_or(std::vector<elbv2::Listener>{})) {
    listener.load_balancer_arn = spec.name;
    if (auto made = do_create_listener(listener); !made) {
      if (!was_there)
        STEADY_CHECK(balancers.delete_load_balancer(spec.name), "it was made just now");
      return made.error();
    }
  }
  door_.world.kept("loadbalancer/" + spec.name) = input.kept;
  if (input.attributes)
    door_.world.kept("loadbalancer-attributes/" + spec.name) = *input.attributes;
  return elbv2::LoadBalancersOutput{{shape_of(door_.world, spec.name)}};
}

Result<elbv2::Empty> Elbv2Api::do_delete_load_balancer(const elbv2::LoadBalancerArnInput& input) {
  if (auto done = door_.world.elb().delete_load_balancer(input.load_balancer_arn); !done)
    return done.error();
  return elbv2::Empty{};
}

Result<elbv2::LoadBalancersOutput> Elbv2Api::do_describe_load_balancers(
    const elbv2::DescribeLoadBalancersInput& input) {
  auto& balancers = door_.world.elb();
  std::vector<std::string> names = input.names;
  names.insert(names.end(), input.arns.begin(), input.arns.end());
  if (names.empty()) names = balancers.load_balancers();
  elbv2::LoadBalancersOutput out;
  for (const auto& name : names) {
    const auto* spec = balancers.load_balancer(name);
    if (spec == nullptr) return no_balancer();
    out.load_balancers.push_back(shape_of(door_.world, spec->name));
  }
  return out;
}

Result<elbv2::AttributesOutput> Elbv2Api::do_modify_load_balancer_attributes(
    const elbv2::LoadBalancerAttributesInput& input) {
  auto& balancers = door_.world.elb();
  const auto* there = balancers.load_balancer(input.load_balancer_arn);
  if (there == nullptr) return no_balancer();
  model::LoadBalancerSpec changed = *there;
  if (auto done = apply_balancer(changed, input.attributes); !done) return done.error();
  if (auto done = balancers.modify_load_balancer(changed.name, changed); !done) return done.error();
  for (const auto& [key, value] : input.attributes)
    door_.world.kept("loadbalancer-attributes/" + changed.name)[key] = value;
  return elbv2::AttributesOutput{attributes_of(door_.world, changed)};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_describe_load_balancer_attributes(
    const elbv2::LoadBalancerArnInput& input) {
  const auto* there = door_.world.elb().load_balancer(input.load_balancer_arn);
  if (there == nullptr) return no_balancer();
  return elbv2::AttributesOutput{attributes_of(door_.world, *there)};
}

}  // namespace steady::api
