#include "sim/api/elbv2/common.h"
#include "sim/api/services.h"
#include "sim/cloud/elb/validation.h"
#include "sim/core/numbers.h"
#include "sim/world/world.h"

namespace steady::api {

Result<steady::elb::ListenerSpec> elbv2::listener_of(const Listener& input) {
  ListenerChange change{input.listener_arn, input.protocol, input.port, input.default_actions, {}};
  steady::elb::ListenerSpec spec;
  if (input.attributes) {
    if (auto done = apply_attributes(spec, *input.attributes); !done) return done.error();
  }
  if (!input.forward.empty() && input.default_actions.empty())
    change.default_actions = std::vector<Action>{{"forward", input.forward, {}, {}, {}}};
  return changed(change, spec);
}

Status elbv2::apply_attributes(steady::elb::ListenerSpec& spec, const Attributes& attributes) {
  for (const auto& [key, value] : attributes) {
    if (key != kFlowIdleTimeout) {
      return Error{"InvalidConfigurationRequest", "Listener attribute '" + key + "' with value '" +
                                                      value + "' is not modelled yet"};
    }
    const auto seconds = whole_number<int>(value);
    if (!seconds || *seconds < 60 || *seconds > 6000)
      return invalid("'" + key + "' value '" + value + "' must be between '60-6000' inclusive");
    spec.tcp_idle_timeout = std::chrono::seconds{*seconds};
  }
  return ok();
}

Result<steady::elb::ListenerSpec> elbv2::changed(const ListenerChange& input,
                                                 steady::elb::ListenerSpec spec) {
  if (input.port) {
    if (*input.port < 1 || *input.port > 65535)
      return invalid("Listener port must be between 1 and 65535");
    spec.port = static_cast<std::uint16_t>(*input.port);
  }
  if (input.protocol) {
    using steady::elb::Protocol;
    std::optional<Protocol> known;
    for (const auto one : {Protocol::kHttp, Protocol::kHttps, Protocol::kTcp, Protocol::kTls}) {
      if (steady::elb::name(one) == *input.protocol) known = one;
    }
    if (!known) {
      return Error{"UnsupportedProtocol",
                   "Protocol '" + *input.protocol + "' of a listener is not modelled yet"};
    }
    spec.protocol = *known;
  }
  if (input.default_actions) {
    auto action = action_of(*input.default_actions);
    if (!action) return action.error();
    spec.action = std::move(*action);
  }
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
  out.protocol = model::name(info.spec.protocol);
  out.default_actions = elbv2::shape_of(balancers, info.spec.action);
  out.kept = world.kept("listener/" + info.arn);
  return out;
}

Error not_of_tcp() {
  return {"InvalidConfigurationRequest",
          "'" + std::string(elbv2::kFlowIdleTimeout) + "' is an attribute of TCP listeners"};
}

elbv2::Attributes attributes_of(const model::ListenerSpec& spec) {
  elbv2::Attributes all;
  if (spec.protocol == model::Protocol::kTcp)
    all[elbv2::kFlowIdleTimeout] = std::to_string(spec.tcp_idle_timeout / std::chrono::seconds{1});
  return all;
}

std::optional<model::Elb::ListenerInfo> find(world::World& world, const std::string& arn) {
  for (const auto& balancer : world.elb().load_balancers()) {
    for (auto& info : world.elb().listeners(balancer)) {
      const bool named = balancer + ":" + std::to_string(info.spec.port) == arn;
      if (info.arn == arn || named) return info;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<elbv2::ListenersOutput> Elbv2Api::do_create_listener(const elbv2::Listener& input) {
  auto& balancers = door_.world.elb();
  auto spec = elbv2::listener_of(input);
  if (!spec) return spec.error();
  if (input.attributes && !is_network(spec->protocol)) return not_of_tcp();
  auto made = balancers.create_listener(input.load_balancer_arn, *spec);
  if (!made) return made.error();
  door_.world.kept("listener/" + *made) = input.kept;
  // A rule that is refused takes the listener with it: nothing is made half.
  for (auto rule : input.rules.value_or(std::vector<elbv2::CreateRuleInput>{})) {
    rule.listener_arn = *made;
    if (auto done = do_create_rule(rule); !done) {
      static_cast<void>(balancers.delete_listener(*made));
      return done.error();
    }
  }
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
  if (auto done = door_.world.elb().modify_listener(there->arn, *spec); !done) return done.error();
  for (const auto& [name, value] : input.kept)
    door_.world.kept("listener/" + there->arn)[name] = value;
  return elbv2::ListenersOutput{{shape_of(door_.world, *find(door_.world, there->arn))}};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_modify_listener_attributes(
    const elbv2::ListenerAttributesInput& input) {
  const auto there = find(door_.world, input.listener_arn);
  if (!there) return Error{"ListenerNotFound", "One or more listeners not found"};
  if (!is_network(there->spec.protocol)) return not_of_tcp();
  model::ListenerSpec spec = there->spec;
  if (auto done = elbv2::apply_attributes(spec, input.attributes); !done) return done.error();
  if (auto done = door_.world.elb().modify_listener(there->arn, spec); !done) return done.error();
  return elbv2::AttributesOutput{attributes_of(spec)};
}

Result<elbv2::AttributesOutput> Elbv2Api::do_describe_listener_attributes(
    const elbv2::ListenerArnInput& input) {
  const auto there = find(door_.world, input.listener_arn);
  if (!there) return Error{"ListenerNotFound", "One or more listeners not found"};
  return elbv2::AttributesOutput{attributes_of(there->spec)};
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
