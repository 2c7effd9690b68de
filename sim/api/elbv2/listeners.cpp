#include "sim/api/elbv2/common.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {

Result<steady::elb::ListenerSpec> elbv2::listener_of(const Listener& input) {
  ListenerChange change{input.listener_arn, input.protocol, input.port, input.default_actions, {}};
  if (!input.forward.empty() && input.default_actions.empty())
    change.default_actions = std::vector<Action>{{"forward", input.forward}};
  return changed(change, {});
}

Result<steady::elb::ListenerSpec> elbv2::changed(const ListenerChange& input,
                                                 steady::elb::ListenerSpec spec) {
  if (input.port) {
    if (*input.port < 1 || *input.port > 65535)
      return invalid("Listener port must be between 1 and 65535");
    spec.port = static_cast<std::uint16_t>(*input.port);
  }
  if (input.protocol) {
    if (*input.protocol != "HTTP" && *input.protocol != "HTTPS") {
      return Error{
          "UnsupportedProtocol",
          "Protocol '" + *input.protocol + "' is not supported for an Application load balancer"};
    }
    spec.protocol =
        *input.protocol == "HTTPS" ? steady::elb::Protocol::kHttps : steady::elb::Protocol::kHttp;
  }
  if (input.default_actions) {
    if (input.default_actions->size() > 1)
      return Error{"TooManyActions", "A listener takes one default action."};
    for (const auto& action : *input.default_actions) {
      if (action.type != "forward") {
        return Error{"InvalidConfigurationRequest",
                     "Listener actions of type '" + action.type + "' are not modelled yet"};
      }
      spec.target_group = action.target_group_arn;
    }
  }
  if (spec.target_group.empty())
    return invalid("A listener needs a default action that forwards to a target group");
  return spec;
}

namespace {

namespace model = steady::elb;
using elbv2::no_balancer;

elbv2::Listener shape_of(world::World& world, const model::Elb::ListenerInfo& info) {
  auto& balancers = world.elb();
  elbv2::Listener out;
  out.listener_arn = info.arn;
  out.load_balancer_arn = balancers.load_balancer_arn(info.load_balancer);
  out.port = info.spec.port;
  out.protocol = info.spec.protocol == model::Protocol::kHttps ? "HTTPS" : "HTTP";
  const auto* group = balancers.find_group(info.spec.target_group);
  out.default_actions.push_back(
      {"forward", group != nullptr ? balancers.group_arn(*group) : info.spec.target_group});
  out.kept = world.kept("listener/" + info.arn);
  return out;
}

std::optional<model::Elb::ListenerInfo> find(world::World& world, const std::string& arn) {
  for (const auto& balancer : world.elb().load_balancers()) {
    for (auto& info : world.elb().listeners(balancer)) {
      if (info.arn == arn) return info;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<elbv2::ListenersOutput> Elbv2Api::do_create_listener(const elbv2::Listener& input) {
  auto& balancers = door_.world.elb();
  auto spec = elbv2::listener_of(input);
  if (!spec) return spec.error();
  auto made = balancers.create_listener(input.load_balancer_arn, *spec);
  if (!made) return made.error();
  door_.world.kept("listener/" + *made) = input.kept;
  elbv2::ListenersOutput out;
  for (const auto& info : balancers.listeners(input.load_balancer_arn)) {
    if (info.arn == *made) out.listeners.push_back(shape_of(door_.world, info));
  }
  return out;
}

Result<elbv2::ListenersOutput> Elbv2Api::do_modify_listener(const elbv2::ListenerChange& input) {
  const auto there = find(door_.world, input.listener_arn);
  if (!there) return Error{"ListenerNotFound", "One or more listeners not found"};
  auto spec = elbv2::changed(input, there->spec);
  if (!spec) return spec.error();
  if (auto done = door_.world.elb().modify_listener(input.listener_arn, *spec); !done)
    return done.error();
  for (const auto& [name, value] : input.kept)
    door_.world.kept("listener/" + there->arn)[name] = value;
  return elbv2::ListenersOutput{{shape_of(door_.world, *find(door_.world, there->arn))}};
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
    out.listeners.push_back(shape_of(door_.world, info));
  return out;
}

}  // namespace steady::api
