#include <charconv>

#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {
namespace {

namespace model = steady::elb;

Error invalid(std::string message) { return {"ValidationError", std::move(message)}; }

std::optional<int> whole(const std::string& text) {
  int number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "200", "200,202", "200-299" (elb.md 2.3).
Result<std::vector<std::pair<int, int>>> matcher_of(const std::string& text) {
  std::vector<std::pair<int, int>> ranges;
  std::size_t from = 0;
  while (from <= text.size()) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const std::string part = text.substr(from, comma - from);
    const auto dash = part.find('-');
    const auto low = whole(part.substr(0, dash));
    const auto high = dash == std::string::npos ? low : whole(part.substr(dash + 1));
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

Status apply_attributes(model::TargetGroupSpec& spec, const elbv2::Attributes& attributes) {
  for (const auto& [key, value] : attributes) {
    if (key == "deregistration_delay.timeout_seconds") {
      const auto seconds = whole(value);
      if (!seconds || *seconds < 0 || *seconds > 3600)
        return invalid("'" + key + "' value '" + value + "' must be between '0-3600' inclusive");
      spec.deregistration_delay = std::chrono::seconds{*seconds};
    } else if (key == "load_balancing.algorithm.type") {
      spec.algorithm = value;
    } else if ((key == "slow_start.duration_seconds" && value == "0") ||
               (key == "stickiness.enabled" && value == "false") ||
               (key == "load_balancing.cross_zone.enabled" && value != "false") ||
               key == "stickiness.type" || key.starts_with("stickiness.lb_cookie") ||
               (key == "load_balancing.algorithm.anomaly_mitigation" && value == "off") ||
               (key ==
                    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count" &&
                value == "1") ||
               (key.starts_with("target_group_health.") && (value == "off" || value == "1"))) {
      continue;  // neutral values of what is not modelled yet
    } else {
      return Error{
          "InvalidConfigurationRequest",
          "Target group attribute '" + key + "' with value '" + value + "' is not modelled yet"};
    }
  }
  return ok();
}

elbv2::Attributes attributes_of(const model::TargetGroupSpec& spec) {
  return {{"deregistration_delay.timeout_seconds",
           std::to_string(spec.deregistration_delay / std::chrono::seconds{1})},
          {"load_balancing.algorithm.type", spec.algorithm},
          {"slow_start.duration_seconds", "0"},
          {"stickiness.enabled", "false"}};
}

Result<model::TargetGroupSpec> spec_of(const elbv2::TargetGroup& input) {
  model::TargetGroupSpec spec;
  spec.name = input.name;
  if (input.protocol != "HTTP" && input.protocol != "HTTPS")
    return invalid("Protocol '" + input.protocol + "' of a target group is not modelled yet");
  spec.protocol = input.protocol == "HTTPS" ? model::Protocol::kHttps : model::Protocol::kHttp;
  if (input.port < 1 || input.port > 65535) return invalid("Port must be between 1 and 65535");
  spec.port = static_cast<std::uint16_t>(input.port);
  if (input.target_type != "instance" && input.target_type != "ip")
    return invalid("Target type '" + input.target_type + "' is not modelled yet");
  spec.target_type = input.target_type == "ip" ? model::TargetGroupSpec::TargetType::kIp
                                               : model::TargetGroupSpec::TargetType::kInstance;
  auto& check = spec.health_check;
  check.protocol =
      input.health_check_protocol == "HTTPS" ? model::Protocol::kHttps : model::Protocol::kHttp;
  if (input.health_check_port != "traffic-port") {
    const auto port = whole(input.health_check_port);
    if (!port || *port < 1 || *port > 65535)
      return invalid("Health check port must be 'traffic-port' or between 1 and 65535");
    check.port = static_cast<std::uint16_t>(*port);
  }
  check.path = input.health_check_path;
  check.interval = std::chrono::seconds{input.interval};
  check.timeout = std::chrono::seconds{input.timeout};
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

elbv2::TargetGroupShape shape_of(model::Elb& balancers, const model::TargetGroupSpec& spec) {
  elbv2::TargetGroupShape shape;
  const auto* group = balancers.find_group(spec.name);
  shape.target_group_arn = group != nullptr ? balancers.group_arn(*group) : "";
  shape.target_group_name = spec.name;
  auto& out = shape.settings;
  out.name = spec.name;
  out.protocol = spec.protocol == model::Protocol::kHttps ? "HTTPS" : "HTTP";
  out.port = spec.port;
  out.target_type = spec.target_type == model::TargetGroupSpec::TargetType::kIp ? "ip" : "instance";
  const auto& check = spec.health_check;
  out.health_check_protocol = check.protocol == model::Protocol::kHttps ? "HTTPS" : "HTTP";
  out.health_check_port = check.port == 0 ? "traffic-port" : std::to_string(check.port);
  out.health_check_path = check.path;
  out.interval = static_cast<int>(check.interval / std::chrono::seconds{1});
  out.timeout = static_cast<int>(check.timeout / std::chrono::seconds{1});
  out.healthy_threshold = check.healthy_threshold;
  out.unhealthy_threshold = check.unhealthy_threshold;
  out.matcher = elbv2::Matcher{matcher_text(check)};
  return shape;
}

Error no_group() { return {"TargetGroupNotFound", "The specified target group does not exist."}; }
Error no_balancer() {
  return {"LoadBalancerNotFound", "The specified load balancer does not exist."};
}

Status apply_balancer(model::LoadBalancerSpec& spec, const elbv2::Attributes& attributes) {
  for (const auto& [key, value] : attributes) {
    if (key == "idle_timeout.timeout_seconds") {
      const auto seconds = whole(value);
      if (!seconds || *seconds < 1 || *seconds > 4000)
        return invalid("'" + key + "' value '" + value + "' must be between '1-4000' inclusive");
      spec.idle_timeout = std::chrono::seconds{*seconds};
    } else if (key == "load_balancing.cross_zone.enabled" && value == "true") {
      continue;
    } else if (key.starts_with("access_logs.") || key.starts_with("connection_logs.") ||
               key.starts_with("health_check_logs.") || key == "deletion_protection.enabled" ||
               key.starts_with("routing.http.") || key.starts_with("routing.http2.") ||
               key.starts_with("waf.") || key == "client_keep_alive.seconds" ||
               key == "ipv6.deny_all_igw_traffic" || key == "zonal_shift.config.enabled") {
      continue;  // without effect on any result
    } else {
      return Error{
          "InvalidConfigurationRequest",
          "Load balancer attribute '" + key + "' with value '" + value + "' is not modelled yet"};
    }
  }
  return ok();
}

elbv2::LoadBalancerShape shape_of(model::Elb& balancers, const std::string& name) {
  elbv2::LoadBalancerShape shape;
  shape.load_balancer_arn = balancers.load_balancer_arn(name);
  shape.load_balancer_name = name;
  shape.dns_name = balancers.dns_name(name);
  return shape;
}

Result<model::ListenerSpec> listener_of(const elbv2::Listener& input) {
  model::ListenerSpec spec;
  if (input.port < 1 || input.port > 65535)
    return invalid("Listener port must be between 1 and 65535");
  spec.port = static_cast<std::uint16_t>(input.port);
  if (input.protocol != "HTTP" && input.protocol != "HTTPS")
    return Error{"UnsupportedProtocol", "Protocol '" + input.protocol +
                                            "' is not supported for an Application load balancer"};
  spec.protocol = input.protocol == "HTTPS" ? model::Protocol::kHttps : model::Protocol::kHttp;
  spec.target_group = input.forward;
  for (const auto& action : input.default_actions) {
    if (action.type != "forward")
      return Error{"InvalidConfigurationRequest",
                   "Listener actions of type '" + action.type + "' are not modelled yet"};
    spec.target_group = action.target_group_arn;
  }
  if (input.default_actions.size() > 1)
    return Error{"TooManyActions", "A listener takes one default action."};
  if (spec.target_group.empty())
    return invalid("A listener needs a default action that forwards to a target group");
  return spec;
}

elbv2::Listener shape_of(model::Elb& balancers, const model::Elb::ListenerInfo& info) {
  elbv2::Listener out;
  out.listener_arn = info.arn;
  out.load_balancer_arn = balancers.load_balancer_arn(info.load_balancer);
  out.port = info.spec.port;
  out.protocol = info.spec.protocol == model::Protocol::kHttps ? "HTTPS" : "HTTP";
  const auto* group = balancers.find_group(info.spec.target_group);
  out.default_actions.push_back(
      {"forward", group != nullptr ? balancers.group_arn(*group) : info.spec.target_group});
  return out;
}

/// The host of a target: an instance's id (aliases are read), or the address as it is.
std::string host_of(world::World& world, const std::string& id) {
  const auto* instance = world.ec2().find(id);
  return instance != nullptr ? instance->id : id;
}

}  // namespace

Result<elbv2::TargetGroupsOutput> Elbv2Api::do_create_target_group(
    const elbv2::TargetGroup& input) {
  auto spec = spec_of(input);
  if (!spec) return spec.error();
  if (auto made = door_.world.elb().create_target_group(*spec); !made) return made.error();
  return elbv2::TargetGroupsOutput{{shape_of(door_.world.elb(), *spec)}};
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
  if (input.health_check_protocol)
    check.protocol =
        *input.health_check_protocol == "HTTPS" ? model::Protocol::kHttps : model::Protocol::kHttp;
  if (input.health_check_port)
    check.port = static_cast<std::uint16_t>(whole(*input.health_check_port).value_or(0));
  if (input.matcher) {
    auto matcher = matcher_of(input.matcher->http_code);
    if (!matcher) return matcher.error();
    check.matcher = std::move(matcher).value();
  }
  if (auto done = balancers.modify_target_group(there->name, changed); !done) return done.error();
  return elbv2::TargetGroupsOutput{{shape_of(balancers, changed)}};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_modify_target_group_attributes(
    const elbv2::TargetGroupAttributesInput& input) {
  auto& balancers = door_.world.elb();
  const auto* there = balancers.target_group(input.target_group_arn);
  if (there == nullptr) return no_group();
  model::TargetGroupSpec changed = *there;
  if (auto done = apply_attributes(changed, input.attributes); !done) return done.error();
  if (auto done = balancers.modify_target_group(changed.name, changed); !done) return done.error();
  return elbv2::AttributesOutput{attributes_of(changed)};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_describe_target_group_attributes(
    const elbv2::TargetGroupArnInput& input) {
  const auto* there = door_.world.elb().target_group(input.target_group_arn);
  if (there == nullptr) return no_group();
  return elbv2::AttributesOutput{attributes_of(*there)};
}

Result<elbv2::TargetGroupsOutput> Elbv2Api::do_describe_target_groups(
    const elbv2::DescribeTargetGroupsInput& input) {
  auto& balancers = door_.world.elb();
  std::vector<std::string> names = input.names;
  names.insert(names.end(), input.arns.begin(), input.arns.end());
  if (names.empty()) names = balancers.target_groups();
  elbv2::TargetGroupsOutput out;
  for (const auto& name : names) {
    const auto* spec = balancers.target_group(name);
    if (spec == nullptr) return no_group();
    out.target_groups.push_back(shape_of(balancers, *spec));
  }
  return out;
}

Result<elbv2::Empty> Elbv2Api::do_delete_target_group(const elbv2::TargetGroupArnInput& input) {
  if (auto done = door_.world.elb().delete_target_group(input.target_group_arn); !done)
    return done.error();
  return elbv2::Empty{};
}

Result<elbv2::Empty> Elbv2Api::do_register_targets(const elbv2::TargetsInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_group(input.target_group_arn);
  if (group == nullptr) return no_group();
  const app::GroupId id = *group;
  for (const auto& target : input.targets) {
    const auto* instance = world.ec2().find(target.id);
    auto done = world.elb().register_target(id, host_of(world, target.id),
                                            static_cast<std::uint16_t>(target.port.value_or(0)),
                                            instance != nullptr ? instance->spec.zone : target.zone,
                                            instance != nullptr ? instance->spec.image_id : "");
    if (!done) return done.error();
  }
  return elbv2::Empty{};
}

Result<elbv2::Empty> Elbv2Api::do_deregister_targets(const elbv2::TargetsInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_group(input.target_group_arn);
  if (group == nullptr) return no_group();
  for (const auto& target : input.targets) {
    const std::string host = host_of(world, target.id);
    for (const auto there : world.elb().targets(*group)) {
      const auto& info = world.elb().target(there);
      if (info.host == host && (!target.port || info.port == *target.port) && !info.deregistering)
        world.elb().deregister_target(there);
    }
  }
  return elbv2::Empty{};
}

Result<elbv2::TargetHealthOutput> Elbv2Api::do_describe_target_health(
    const elbv2::TargetsInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_group(input.target_group_arn);
  if (group == nullptr) return no_group();
  elbv2::TargetHealthOutput out;
  auto add = [&](app::TargetId id) {
    const auto& info = world.elb().target(id);
    const auto health = world.elb().health(id);
    out.descriptions.push_back(
        {{info.host, info.zone, info.port}, {health.state, health.reason, health.description}});
  };
  if (input.targets.empty()) {
    for (const auto id : world.elb().targets(*group)) add(id);
    return out;
  }
  for (const auto& target : input.targets) {
    const std::string host = host_of(world, target.id);
    bool found = false;
    for (const auto id : world.elb().targets(*group)) {
      const auto& info = world.elb().target(id);
      if (info.host != host || (target.port && info.port != *target.port)) continue;
      add(id);
      found = true;
    }
    if (!found) {
      out.descriptions.push_back(
          {target,
           {"unused", "Target.NotRegistered", "Target is not registered to the target group"}});
    }
  }
  return out;
}

Result<elbv2::LoadBalancersOutput> Elbv2Api::do_create_load_balancer(
    const elbv2::CreateLoadBalancerInput& input) {
  if (input.type != "application")
    return Error{"InvalidConfigurationRequest",
                 "Load balancers of type '" + input.type + "' are not modelled yet"};
  auto& balancers = door_.world.elb();
  model::LoadBalancerSpec spec;
  spec.name = input.name;
  spec.zones = input.zones.empty() ? door_.world.settings().zones : input.zones;
  if (input.attributes) {
    if (auto done = apply_balancer(spec, *input.attributes); !done) return done.error();
  }
  if (auto done = balancers.create_load_balancer(spec); !done) return done.error();
  if (input.listeners) {
    for (const auto& listener : *input.listeners) {
      auto made = listener_of(listener);
      if (!made) return made.error();
      if (auto done = balancers.create_listener(spec.name, *made); !done) return done.error();
    }
  }
  return elbv2::LoadBalancersOutput{{shape_of(balancers, spec.name)}};
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
    out.load_balancers.push_back(shape_of(balancers, spec->name));
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
  return elbv2::AttributesOutput{
      {{"idle_timeout.timeout_seconds",
        std::to_string(changed.idle_timeout / std::chrono::seconds{1})}}};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_describe_load_balancer_attributes(
    const elbv2::LoadBalancerArnInput& input) {
  const auto* there = door_.world.elb().load_balancer(input.load_balancer_arn);
  if (there == nullptr) return no_balancer();
  return elbv2::AttributesOutput{{{"idle_timeout.timeout_seconds",
                                   std::to_string(there->idle_timeout / std::chrono::seconds{1})}}};
}

Result<elbv2::ListenersOutput> Elbv2Api::do_create_listener(const elbv2::Listener& input) {
  auto& balancers = door_.world.elb();
  auto spec = listener_of(input);
  if (!spec) return spec.error();
  auto made = balancers.create_listener(input.load_balancer_arn, *spec);
  if (!made) return made.error();
  elbv2::ListenersOutput out;
  for (const auto& info : balancers.listeners(input.load_balancer_arn)) {
    if (info.arn == *made) out.listeners.push_back(shape_of(balancers, info));
  }
  return out;
}

Result<elbv2::ListenersOutput> Elbv2Api::do_modify_listener(const elbv2::Listener& input) {
  auto& balancers = door_.world.elb();
  auto spec = listener_of(input);
  if (!spec) return spec.error();
  if (auto done = balancers.modify_listener(input.listener_arn, *spec); !done) return done.error();
  return elbv2::ListenersOutput{{input}};
}

Result<elbv2::Empty> Elbv2Api::do_delete_listener(const elbv2::ListenerArnInput& input) {
  if (auto done = door_.world.elb().delete_listener(input.listener_arn); !done) return done.error();
  return elbv2::Empty{};
}

Result<elbv2::ListenersOutput> Elbv2Api::do_describe_listeners(
    const elbv2::LoadBalancerArnInput& input) {
  auto& balancers = door_.world.elb();
  if (balancers.load_balancer(input.load_balancer_arn) == nullptr) return no_balancer();
  elbv2::ListenersOutput out;
  for (const auto& info : balancers.listeners(input.load_balancer_arn))
    out.listeners.push_back(shape_of(balancers, info));
  return out;
}

}  // namespace steady::api
