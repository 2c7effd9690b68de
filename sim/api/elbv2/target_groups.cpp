#include <algorithm>

#include "sim/api/elbv2/common.h"
#include "sim/api/services.h"
#include "sim/cloud/elb/validation.h"
#include "sim/core/numbers.h"
#include "sim/world/world.h"

namespace steady::api {
namespace {

namespace model = steady::elb;
using elbv2::invalid;
using elbv2::no_group;

/// "200", "200,202", "200-299" (elb.md 2.3).
Result<std::vector<std::pair<int, int>>> matcher_of(const std::string& text) {
  std::vector<std::pair<int, int>> ranges;
  std::size_t from = 0;
  while (from <= text.size()) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const std::string part = text.substr(from, comma - from);
    const auto dash = part.find('-');
    const auto low = whole_number<int>(part.substr(0, dash));
    const auto high = dash == std::string::npos ? low : whole_number<int>(part.substr(dash + 1));
    if (!low || !high || *low > *high)
      return invalid("Health check matcher HTTP code '" + text + "' must be between 200 and 499");
    ranges.emplace_back(*low, *high);
    from = comma + 1;
  }
  return ranges;
}

std::string matcher_text(const model::HealthCheck& check) {
  std::string text;
  for (const auto& [low, high] : check.matcher) {
    text += (text.empty() ? "" : ",") + std::to_string(low) +
            (low == high ? "" : "-" + std::to_string(high));
  }
  return text;
}

/// "traffic-port" is 0.
Result<std::uint16_t> check_port(const std::string& text) {
  if (text == "traffic-port") return std::uint16_t{0};
  const auto port = whole_number<int>(text);
  if (!port || *port < 1 || *port > 65535)
    return invalid("Health check port must be 'traffic-port' or between 1 and 65535");
  return static_cast<std::uint16_t>(*port);
}

Result<bool> truth(const std::string& key, const std::string& value) {
  if (value == "true" || value == "false") return value == "true";
  return invalid("'" + key + "' value '" + value + "' must be true or false");
}

constexpr const char* kEndAfterDelay = "deregistration_delay.connection_termination.enabled";
constexpr const char* kEndUnhealthy =
    "target_health_state.unhealthy.connection_termination.enabled";
constexpr const char* kUnhealthyDraining =
    "target_health_state.unhealthy.draining_interval_seconds";

/// Attributes of TCP and TLS groups (elb.md 3.2, 3.3); false when it is none of them.
Result<bool> apply_flow_attribute(model::FlowSettings& flows, const std::string& key,
                                  const std::string& value) {
  if (key == kEndAfterDelay || key == kEndUnhealthy) {
    const auto on = truth(key, value);
    if (!on) return on.error();
    (key == kEndAfterDelay ? flows.end_after_delay : flows.end_unhealthy) = *on;
    return true;
  }
  if (key == kUnhealthyDraining) {
    const auto seconds = whole_number<int>(value);
    if (!seconds || *seconds < 0 || *seconds > 360'000)
      return invalid("'" + key + "' value '" + value + "' must be between '0-360000' inclusive");
    flows.unhealthy_draining = std::chrono::seconds{*seconds};
    return true;
  }
  // Without effect on any result.
  return key == "preserve_client_ip.enabled" || key == "proxy_protocol_v2.enabled";
}

Status apply_attributes(model::TargetGroupSpec& spec, const elbv2::Attributes& attributes) {
  for (const auto& [key, value] : attributes) {
    if (is_network(spec.protocol)) {
      const auto done = apply_flow_attribute(spec.flows, key, value);
      if (!done) return done.error();
      if (*done) continue;
    }
    if (key == "deregistration_delay.timeout_seconds") {
      const auto seconds = whole_number<int>(value);
      if (!seconds || *seconds < 0 || *seconds > 3600)
        return invalid("'" + key + "' value '" + value + "' must be between '0-3600' inclusive");
      spec.deregistration_delay = std::chrono::seconds{*seconds};
    } else if (key == "load_balancing.algorithm.type") {
      spec.algorithm = value;
    } else if (key == "slow_start.duration_seconds") {
      const auto seconds = whole_number<int>(value);
      if (!seconds || (*seconds != 0 && (*seconds < 30 || *seconds > 900)))
        return invalid("'" + key + "' value '" + value +
                       "' must be 0 or between '30-900' inclusive");
      spec.slow_start = std::chrono::seconds{*seconds};
    } else if (key == "stickiness.enabled") {
      if (value != "true" && value != "false")
        return invalid("'" + key + "' value '" + value + "' must be true or false");
      spec.sticky = value == "true";
    } else if (key == "stickiness.lb_cookie.duration_seconds") {
      const auto seconds = whole_number<int>(value);
      if (!seconds || *seconds < 1 || *seconds > 604'800)
        return invalid("'" + key + "' value '" + value + "' must be between '1-604800' inclusive");
      spec.sticky_for = std::chrono::seconds{*seconds};
    } else if (const auto done = elbv2::apply_zone_attribute(spec, key, value)) {
      if (!*done) return *done;
    } else if (key == "stickiness.type") {
      if (value != "lb_cookie" && value != "app_cookie")
        return invalid("'" + key + "' value '" + value + "' must be lb_cookie or app_cookie");
      spec.sticky_by_app = value == "app_cookie";
    } else if (key == "stickiness.app_cookie.cookie_name") {
      spec.app_cookie = value;
    } else if (key == "stickiness.app_cookie.duration_seconds") {
      const auto seconds = whole_number<int>(value);
      if (!seconds || *seconds < 1 || *seconds > 604'800)
        return invalid("'" + key + "' value '" + value + "' must be between '1-604800' inclusive");
      spec.app_sticky_for = std::chrono::seconds{*seconds};
    } else if (key == "load_balancing.algorithm.anomaly_mitigation") {
      if (value != "on" && value != "off")
        return invalid("'" + key + "' value '" + value + "' must be on or off");
      spec.mitigates_anomalies = value == "on";
    } else {
      return Error{
          "InvalidConfigurationRequest",
          "Target group attribute '" + key + "' with value '" + value + "' is not modelled yet"};
    }
  }
  return ok();
}

elbv2::Attributes attributes_of(world::World& world, const model::TargetGroupSpec& spec) {
  elbv2::Attributes all;
  for (const auto& [key, value] : world.kept("targetgroup-attributes/" + spec.name))
    all[key] = value;
  all["deregistration_delay.timeout_seconds"] =
      std::to_string(spec.deregistration_delay / std::chrono::seconds{1});
  if (is_network(spec.protocol)) {
    all[kEndAfterDelay] = spec.flows.end_after_delay ? "true" : "false";
    all[kEndUnhealthy] = spec.flows.end_unhealthy ? "true" : "false";
    all[kUnhealthyDraining] =
        std::to_string(spec.flows.unhealthy_draining / std::chrono::seconds{1});
    all["stickiness.enabled"] = "false";
    return all;
  }
  all["load_balancing.algorithm.type"] = spec.algorithm;
  all["load_balancing.algorithm.anomaly_mitigation"] = spec.mitigates_anomalies ? "on" : "off";
  all["slow_start.duration_seconds"] = std::to_string(spec.slow_start / std::chrono::seconds{1});
  all["stickiness.enabled"] = spec.sticky ? "true" : "false";
  all["stickiness.type"] = spec.sticky_by_app ? "app_cookie" : "lb_cookie";
  all["stickiness.app_cookie.cookie_name"] = spec.app_cookie;
  all["stickiness.app_cookie.duration_seconds"] =
      std::to_string(spec.app_sticky_for / std::chrono::seconds{1});
  all["stickiness.lb_cookie.duration_seconds"] =
      std::to_string(spec.sticky_for / std::chrono::seconds{1});
  elbv2::add_zone_attributes(spec, all);
  return all;
}

std::optional<model::Protocol> protocol_of(const std::string& name) {
  for (const auto protocol : {model::Protocol::kHttp, model::Protocol::kHttps,
                              model::Protocol::kTcp, model::Protocol::kTls}) {
    if (model::name(protocol) == name) return protocol;
  }
  return std::nullopt;
}

/// A check that only connects asks for nothing.
Status fits_check(const model::HealthCheck& check, bool asks) {
  if (check.protocol != model::Protocol::kTcp || !asks) return ok();
  return invalid("HealthCheckPath and Matcher are not supported for health checks of protocol TCP");
}

Result<model::TargetGroupSpec> spec_of(const elbv2::TargetGroup& input) {
  model::TargetGroupSpec spec;
  spec.name = input.name;
  const auto protocol = protocol_of(input.protocol);
  if (!protocol)
    return invalid("Protocol '" + input.protocol + "' of a target group is not modelled yet");
  spec.protocol = *protocol;
  const bool network = is_network(*protocol);
  if (input.port < 1 || input.port > 65535) return invalid("Port must be between 1 and 65535");
  spec.port = static_cast<std::uint16_t>(input.port);
  if (input.target_type != "instance" && input.target_type != "ip")
    return invalid("Target type '" + input.target_type + "' is not modelled yet");
  spec.target_type = input.target_type == "ip" ? model::TargetGroupSpec::TargetType::kIp
                                               : model::TargetGroupSpec::TargetType::kInstance;
  auto& check = spec.health_check;
  check.protocol = network ? model::Protocol::kTcp : model::Protocol::kHttp;
  if (input.health_check_protocol) {
    const auto asked = protocol_of(*input.health_check_protocol);
    if (!asked || *asked == model::Protocol::kTls)
      return invalid("Health check protocol '" + *input.health_check_protocol +
                     "' must be one of '[HTTP, HTTPS, TCP]'");
    check.protocol = *asked;
  }
  auto port = check_port(input.health_check_port);
  if (!port) return port.error();
  check.port = *port;
  if (input.health_check_path) check.path = *input.health_check_path;
  if (auto fits = fits_check(check, input.health_check_path.has_value() || input.matcher); !fits)
    return fits.error();
  check.interval = std::chrono::seconds{input.interval};
  check.timeout = std::chrono::seconds{5};
  // elb.md 3.2
  if (network) {
    check.timeout = check.protocol == model::Protocol::kHttp ? 6s : 10s;
    check.matcher = {{200, 399}};
  }
  if (input.timeout) check.timeout = std::chrono::seconds{*input.timeout};
  check.healthy_threshold = input.healthy_threshold;
  check.unhealthy_threshold = input.unhealthy_threshold;
  if (input.matcher) {
    auto matcher = matcher_of(input.matcher->http_code);
    if (!matcher) return matcher.error();
    check.matcher = std::move(matcher).value();
  }
  if (input.attributes) {
    if (auto done = apply_attributes(spec, *input.attributes); !done) return done.error();
  }
  return spec;
}

/// The load balancers with a listener that forwards to the group.
std::vector<std::string> forwarding(world::World& world, const std::string& group) {
  const auto leads = [&group](const model::ActionSpec& action) {
    return std::ranges::find(action.groups, group, &model::WeightedGroup::target_group) !=
           action.groups.end();
  };
  std::vector<std::string> names;
  for (const auto& balancer : world.elb().load_balancers()) {
    const auto listeners = world.elb().listeners(balancer);
    const bool leads_here = std::ranges::any_of(listeners, [&](const auto& listener) {
      return leads(listener.spec.action) ||
             std::ranges::any_of(listener.rules,
                                 [&](const auto& rule) { return leads(rule.spec.action); });
    });
    if (leads_here) names.push_back(balancer);
  }
  return names;
}

elbv2::TargetGroupShape shape_of(world::World& world, const model::TargetGroupSpec& spec) {
  auto& balancers = world.elb();
  elbv2::TargetGroupShape shape;
  const auto* group = balancers.find_group(spec.name);
  shape.target_group_arn = group != nullptr ? balancers.group_arn(*group) : "";
  shape.target_group_name = spec.name;
  auto& out = shape.settings;
  out.name = spec.name;
  out.protocol = model::name(spec.protocol);
  out.port = spec.port;
  out.target_type = spec.target_type == model::TargetGroupSpec::TargetType::kIp ? "ip" : "instance";
  const auto& check = spec.health_check;
  out.health_check_protocol = std::string(model::name(check.protocol));
  out.health_check_port = check.port == 0 ? "traffic-port" : std::to_string(check.port);
  const bool connects = check.protocol == model::Protocol::kTcp;
  if (!connects) out.health_check_path = check.path;
  out.interval = static_cast<int>(check.interval / std::chrono::seconds{1});
  out.timeout = static_cast<int>(check.timeout / std::chrono::seconds{1});
  out.healthy_threshold = check.healthy_threshold;
  out.unhealthy_threshold = check.unhealthy_threshold;
  if (!connects) out.matcher = elbv2::Matcher{matcher_text(check)};
  out.kept = world.kept("targetgroup/" + spec.name);
  for (const auto& name : forwarding(world, spec.name))
    shape.load_balancer_arns.push_back(balancers.load_balancer_arn(name));
  return shape;
}

}  // namespace

Result<elbv2::TargetGroupsOutput> Elbv2Api::do_create_target_group(
    const elbv2::TargetGroup& input) {
  auto spec = spec_of(input);
  if (!spec) return spec.error();
  if (auto made = door_.world.elb().create_target_group(*spec); !made) return made.error();
  door_.world.kept("targetgroup/" + spec->name) = input.kept;
  if (input.attributes)
    door_.world.kept("targetgroup-attributes/" + spec->name) = *input.attributes;
  return elbv2::TargetGroupsOutput{{shape_of(door_.world, *spec)}};
}

Result<elbv2::TargetGroupsOutput> Elbv2Api::do_modify_target_group(
    const elbv2::ModifyTargetGroupInput& input) {
  auto& balancers = door_.world.elb();
  const auto* there = balancers.target_group(input.target_group_arn);
  if (there == nullptr) return no_group();
  model::TargetGroupSpec changed = *there;
  auto& check = changed.health_check;
  if (input.health_check_path) check.path = *input.health_check_path;
  if (input.interval) check.interval = std::chrono::seconds{*input.interval};
  if (input.timeout) check.timeout = std::chrono::seconds{*input.timeout};
  if (input.healthy_threshold) check.healthy_threshold = *input.healthy_threshold;
  if (input.unhealthy_threshold) check.unhealthy_threshold = *input.unhealthy_threshold;
  if (input.health_check_protocol) {
    const auto asked = protocol_of(*input.health_check_protocol);
    if (!asked || *asked == model::Protocol::kTls)
      return invalid("Health check protocol '" + *input.health_check_protocol +
                     "' must be one of '[HTTP, HTTPS, TCP]'");
    check.protocol = *asked;
  }
  if (auto fits = fits_check(check, input.health_check_path || input.matcher); !fits)
    return fits.error();
  if (input.health_check_port) {
    auto port = check_port(*input.health_check_port);
    if (!port) return port.error();
    check.port = *port;
  }
  if (input.matcher) {
    auto matcher = matcher_of(input.matcher->http_code);
    if (!matcher) return matcher.error();
    check.matcher = std::move(matcher).value();
  }
  if (auto done = balancers.modify_target_group(there->name, changed); !done) return done.error();
  return elbv2::TargetGroupsOutput{{shape_of(door_.world, changed)}};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_modify_target_group_attributes(
    const elbv2::TargetGroupAttributesInput& input) {
  auto& balancers = door_.world.elb();
  const auto* there = balancers.target_group(input.target_group_arn);
  if (there == nullptr) return no_group();
  model::TargetGroupSpec changed = *there;
  if (auto done = apply_attributes(changed, input.attributes); !done) return done.error();
  if (auto done = balancers.modify_target_group(changed.name, changed); !done) return done.error();
  for (const auto& [key, value] : input.attributes)
    door_.world.kept("targetgroup-attributes/" + changed.name)[key] = value;
  return elbv2::AttributesOutput{attributes_of(door_.world, changed)};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_describe_target_group_attributes(
    const elbv2::TargetGroupArnInput& input) {
  const auto* there = door_.world.elb().target_group(input.target_group_arn);
  if (there == nullptr) return no_group();
  return elbv2::AttributesOutput{attributes_of(door_.world, *there)};
}

Result<elbv2::TargetGroupsOutput> Elbv2Api::do_describe_target_groups(
    const elbv2::DescribeTargetGroupsInput& input) {
  auto& balancers = door_.world.elb();
  std::vector<std::string> names = input.names;
  names.insert(names.end(), input.arns.begin(), input.arns.end());
  const std::string& balancer = input.load_balancer_arn;
  if (!balancer.empty() && balancers.load_balancer(balancer) == nullptr)
    return elbv2::no_balancer();
  if (names.empty()) names = balancers.target_groups();
  elbv2::TargetGroupsOutput out;
  for (const auto& name : names) {
    const auto* spec = balancers.target_group(name);
    if (spec == nullptr) return no_group();
    const auto by = forwarding(door_.world, spec->name);
    if (balancer.empty() || std::ranges::find(by, balancer) != by.end())
      out.target_groups.push_back(shape_of(door_.world, *spec));
  }
  return out;
}

Result<elbv2::Empty> Elbv2Api::do_delete_target_group(const elbv2::TargetGroupArnInput& input) {
  if (auto done = door_.world.elb().delete_target_group(input.target_group_arn); !done)
    return done.error();
  return elbv2::Empty{};
}

}  // namespace steady::api
