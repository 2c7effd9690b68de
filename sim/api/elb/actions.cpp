#include <charconv>

#include "sim/api/elb/policies.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {
namespace {

namespace model = steady::elb;

std::optional<model::Protocol> protocol_of(const std::string& name) {
  if (name == "HTTP" || name == "http") return model::Protocol::kHttp;
  if (name == "HTTPS" || name == "https") return model::Protocol::kHttps;
  if (name == "TCP" || name == "tcp") return model::Protocol::kTcp;
  if (name == "SSL" || name == "ssl") return model::Protocol::kSsl;
  return std::nullopt;
}

const char* name_of(model::Protocol protocol) {
  static constexpr const char* kNames[] = {"HTTP", "HTTPS", "TCP", "SSL"};
  return kNames[static_cast<std::size_t>(protocol)];
}

/// "HTTP:80/path", "TCP:80" (elb.md 1.3).
Result<model::HealthCheck> check_of(const elb::HealthCheck& input) {
  model::HealthCheck check;
  const auto colon = input.target.find(':');
  const auto protocol = protocol_of(input.target.substr(0, colon));
  if (!protocol || colon == std::string::npos) {
    return Error{"ValidationError",
                 "HealthCheck Target must begin with one of HTTP, TCP, HTTPS, SSL"};
  }
  check.protocol = *protocol;
  int port = 0;
  const char* end = input.target.data() + input.target.size();
  const auto parsed = std::from_chars(input.target.data() + colon + 1, end, port);
  if (parsed.ec != std::errc() || port < 1 || port > 65535)
    return Error{"ValidationError", "HealthCheck Target port must be between 1 and 65535"};
  check.port = static_cast<std::uint16_t>(port);
  check.path = std::string(parsed.ptr, end);
  const bool http = *protocol == model::Protocol::kHttp || *protocol == model::Protocol::kHttps;
  if (http && check.path.empty())
    return Error{"ValidationError",
                 "HealthCheck HTTP Target must specify a port followed by a path"};
  check.interval = std::chrono::seconds{input.interval};
  check.timeout = std::chrono::seconds{input.timeout};
  check.healthy_threshold = input.healthy_threshold;
  check.unhealthy_threshold = input.unhealthy_threshold;
  return check;
}

elb::HealthCheck shape_of(const model::HealthCheck& check) {
  elb::HealthCheck out;
  out.target = std::string(name_of(check.protocol)) + ":" + std::to_string(check.port);
  if (check.protocol == model::Protocol::kHttp || check.protocol == model::Protocol::kHttps)
    out.target += check.path;
  out.interval = static_cast<int>(check.interval / std::chrono::seconds{1});
  out.timeout = static_cast<int>(check.timeout / std::chrono::seconds{1});
  out.healthy_threshold = check.healthy_threshold;
  out.unhealthy_threshold = check.unhealthy_threshold;
  return out;
}

Status apply(model::ClassicSpec& spec, const elb::Attributes& attributes) {
  if (attributes.draining) {
    spec.draining_enabled = attributes.draining->enabled;
    spec.draining_timeout = std::chrono::seconds{attributes.draining->timeout};
  }
  if (attributes.settings)
    spec.idle_timeout = std::chrono::seconds{attributes.settings->idle_timeout};
  if (attributes.cross_zone) spec.cross_zone = attributes.cross_zone->enabled;
  return ok();
}

elb::Attributes shape_of(world::World& world, const model::ClassicSpec& spec) {
  elb::Attributes out;
  out.kept = world.kept("elb-attributes/" + spec.name);
  out.draining = elb::ConnectionDraining{
      spec.draining_enabled, static_cast<int>(spec.draining_timeout / std::chrono::seconds{1})};
  out.settings =
      elb::ConnectionSettings{static_cast<int>(spec.idle_timeout / std::chrono::seconds{1})};
  out.cross_zone = elb::CrossZone{spec.cross_zone};
  return out;
}

std::string listener_key(const std::string& name, int port) {
  return "elb/" + name + "/listener/" + std::to_string(port);
}

Error missing(const std::string& name) {
  return {"LoadBalancerNotFound", "Cannot find Load Balancer " + name};
}

std::vector<elb::Instance> instances_of(world::World& world, app::GroupId group) {
  std::vector<elb::Instance> out;
  for (const auto target : world.elb().targets(group)) {
    if (!world.elb().target(target).deregistering) out.push_back({world.elb().target(target).host});
  }
  return out;
}

}  // namespace

Result<elb::CreateLoadBalancerOutput> ElbApi::do_create_load_balancer(
    const elb::CreateLoadBalancerInput& input) {
  model::ClassicSpec spec;
  spec.name = input.load_balancer_name;
  spec.zones = input.zones;
  for (const auto& listener : input.listeners) {
    const auto protocol = protocol_of(listener.protocol);
    const auto instance =
        listener.instance_protocol.empty() ? protocol : protocol_of(listener.instance_protocol);
    if (!protocol || !instance)
      return Error{"ValidationError", "Listener protocol must be one of HTTP, HTTPS, TCP, SSL"};
    if (listener.load_balancer_port < 1 || listener.load_balancer_port > 65535 ||
        listener.instance_port < 1 || listener.instance_port > 65535) {
      return Error{"ValidationError", "Listener ports must be between 1 and 65535"};
    }
    spec.listeners.push_back({*protocol, static_cast<std::uint16_t>(listener.load_balancer_port),
                              *instance, static_cast<std::uint16_t>(listener.instance_port),
                              listener.policy_names});
  }
  if (input.policies) spec.policies = elb::policies_of(*input.policies);
  // The API's own default checks TCP on the first instance port's usual number, 80 (elb.md 1.3).
  if (input.health_check) {
    auto check = check_of(*input.health_check);
    if (!check) return check.error();
    spec.health_check = *check;
  }
  if (input.attributes) {
    if (auto done = apply(spec, *input.attributes); !done) return done.error();
  }
  auto made = door_.world.elb().create_classic(spec);
  if (!made) return made.error();
  auto& world = door_.world;
  world.kept("elb/" + spec.name) = input.kept;
  for (const auto& listener : input.listeners)
    world.kept(listener_key(spec.name, listener.load_balancer_port)) = listener.kept;
  if (input.attributes) world.kept("elb-attributes/" + spec.name) = input.attributes->kept;
  return elb::CreateLoadBalancerOutput{door_.world.elb().dns_name(spec.name)};
}

Result<elb::Empty> ElbApi::do_delete_load_balancer(const elb::NameInput& input) {
  if (auto done = door_.world.elb().delete_classic(input.load_balancer_name); !done)
    return done.error();
  return elb::Empty{};
}

Result<elb::DescribeOutput> ElbApi::do_describe_load_balancers(const elb::DescribeInput& input) {
  auto& balancers = door_.world.elb();
  elb::DescribeOutput out;
  for (const auto& name :
       input.load_balancer_names.empty() ? balancers.classics() : input.load_balancer_names) {
    const auto* spec = balancers.classic(name);
    if (spec == nullptr) return missing(name);
    elb::Description description;
    description.load_balancer_name = name;
    description.dns_name = balancers.dns_name(name);
    description.zones = spec->zones;
    for (const auto& listener : spec->listeners) {
      description.listeners.push_back(
          {{name_of(listener.protocol),
            name_of(listener.instance_protocol),
            listener.load_balancer_port,
            listener.instance_port,
            door_.world.kept(listener_key(name, listener.load_balancer_port)),
            {}},
           listener.policies});
    }
    description.instances = instances_of(door_.world, *balancers.find_classic(name));
    description.health_check = shape_of(spec->health_check);
    description.policies = elb::shape_of(spec->policies);
    description.kept = door_.world.kept("elb/" + name);
    out.descriptions.push_back(std::move(description));
  }
  return out;
}

Result<elb::ConfigureHealthCheckOutput> ElbApi::do_configure_health_check(
    const elb::ConfigureHealthCheckInput& input) {
  const auto* spec = door_.world.elb().classic(input.load_balancer_name);
  if (spec == nullptr) return missing(input.load_balancer_name);
  auto check = check_of(input.health_check);
  if (!check) return check.error();
  model::ClassicSpec changed = *spec;
  changed.health_check = *check;
  if (auto done = door_.world.elb().modify_classic(input.load_balancer_name, changed); !done)
    return done.error();
  return elb::ConfigureHealthCheckOutput{input.health_check};
}

Result<elb::InstancesOutput> ElbApi::do_register_instances(const elb::InstancesInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_classic(input.load_balancer_name);
  if (group == nullptr) return missing(input.load_balancer_name);
  for (const auto& given : input.instances) {
    const auto* instance = world.ec2().find(given.instance_id);
    if (instance == nullptr || instance->state == steady::ec2::InstanceState::kTerminated) {
      return Error{"InvalidInstance", "Could not find EC2 instance " + given.instance_id + "."};
    }
    if (const auto fine = world.elb().can_register(*group, instance->id, 0); !fine)
      return fine.error();
  }
  const app::GroupId id = *group;
  for (const auto& given : input.instances) {
    const auto* instance = world.ec2().find(given.instance_id);
    auto done = world.elb().register_target(id, instance->id, 0, instance->spec.zone,
                                            instance->spec.image_id);
    if (!done) return done.error();
  }
  return elb::InstancesOutput{instances_of(world, id)};
}

Result<elb::InstancesOutput> ElbApi::do_deregister_instances(const elb::InstancesInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_classic(input.load_balancer_name);
  if (group == nullptr) return missing(input.load_balancer_name);
  const app::GroupId id = *group;
  for (const auto& given : input.instances) {
    if (world.ec2().find(given.instance_id) == nullptr)
      return Error{"InvalidInstance", "Could not find EC2 instance " + given.instance_id + "."};
  }
  for (const auto& given : input.instances) {
    const auto* instance = world.ec2().find(given.instance_id);
    const auto* target = world.elb().find_target(id, instance->id, 0);
    for (const auto there : world.elb().targets(id)) {
      if (world.elb().target(there).host == instance->id && target == nullptr)
        target = &world.elb().target(there);
    }
    if (target != nullptr && !target->deregistering) world.elb().deregister_target(target->id);
  }
  return elb::InstancesOutput{instances_of(world, id)};
}

Result<elb::InstanceHealthOutput> ElbApi::do_describe_instance_health(
    const elb::InstancesInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_classic(input.load_balancer_name);
  if (group == nullptr) return missing(input.load_balancer_name);
  elb::InstanceHealthOutput out;
  auto add = [&](const std::string& host) {
    for (const auto target : world.elb().targets(*group)) {
      if (world.elb().target(target).host != host) continue;
      const auto health = world.elb().health(target);
      out.instance_states.push_back({host, health.state, health.reason, health.description});
      return;
    }
    out.instance_states.push_back({host, "OutOfService", "N/A",
                                   "Instance is not currently registered with the LoadBalancer."});
  };
  if (input.instances.empty()) {
    for (const auto target : world.elb().targets(*group)) add(world.elb().target(target).host);
    return out;
  }
  for (const auto& given : input.instances) {
    const auto* instance = world.ec2().find(given.instance_id);
    if (instance == nullptr)
      return Error{"InvalidInstance", "Could not find EC2 instance " + given.instance_id + "."};
    add(instance->id);
  }
  return out;
}

Result<elb::AttributesOutput> ElbApi::do_modify_load_balancer_attributes(
    const elb::ModifyAttributesInput& input) {
  const auto* spec = door_.world.elb().classic(input.load_balancer_name);
  if (spec == nullptr) return missing(input.load_balancer_name);
  model::ClassicSpec changed = *spec;
  if (auto done = apply(changed, input.attributes); !done) return done.error();
  if (auto done = door_.world.elb().modify_classic(input.load_balancer_name, changed); !done)
    return done.error();
  for (const auto& [name, value] : input.attributes.kept)
    door_.world.kept("elb-attributes/" + changed.name)[name] = value;
  return elb::AttributesOutput{shape_of(door_.world, changed)};
}

Result<elb::AttributesOutput> ElbApi::do_describe_load_balancer_attributes(
    const elb::NameInput& input) {
  const auto* spec = door_.world.elb().classic(input.load_balancer_name);
  if (spec == nullptr) return missing(input.load_balancer_name);
  return elb::AttributesOutput{shape_of(door_.world, *spec)};
}

}  // namespace steady::api
