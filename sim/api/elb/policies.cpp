#include "sim/api/elb/policies.h"

#include <algorithm>

#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {

namespace model = steady::elb;

namespace {

constexpr std::size_t kMostPolicies = 100;

std::optional<SimDuration> expiry_of(std::optional<int> period) {
  if (!period) return std::nullopt;
  return std::chrono::seconds{*period};
}

Error no_balancer(const std::string& name) {
  return {"LoadBalancerNotFound", "There is no ACTIVE Load Balancer named '" + name + "'"};
}

Error no_policy(const std::string& name) {
  return {"PolicyNotFound", "There is no policy with name '" + name + "'"};
}

bool has(const model::ClassicSpec& spec, const std::string& policy) {
  return std::ranges::find(spec.policies, policy, &model::CookiePolicy::name) !=
         spec.policies.end();
}

Result<elb::Empty> create(world::World& world, const std::string& load_balancer,
                          model::CookiePolicy policy) {
  const auto* spec = world.elb().classic(load_balancer);
  if (spec == nullptr) return no_balancer(load_balancer);
  if (has(*spec, policy.name)) {
    return Error{"DuplicatePolicyName",
                 "The policy name '" + policy.name + "' exists already for this load balancer"};
  }
  if (spec->policies.size() >= kMostPolicies)
    return Error{"TooManyPolicies", "The quota of policies of this load balancer is reached"};
  model::ClassicSpec changed = *spec;
  changed.policies.push_back(std::move(policy));
  if (auto done = world.elb().modify_classic(load_balancer, changed); !done) return done.error();
  return elb::Empty{};
}

}  // namespace

std::vector<model::CookiePolicy> elb::policies_of(const Policies& input) {
  std::vector<model::CookiePolicy> policies;
  for (const auto& policy : input.app_cookie)
    policies.push_back({policy.policy_name, policy.cookie_name, std::nullopt});
  for (const auto& policy : input.lb_cookie)
    policies.push_back({policy.policy_name, "", expiry_of(policy.period)});
  return policies;
}

elb::Policies elb::shape_of(const std::vector<model::CookiePolicy>& policies) {
  Policies out;
  for (const auto& policy : policies) {
    if (!policy.app_cookie.empty()) {
      out.app_cookie.push_back({policy.name, policy.app_cookie});
      continue;
    }
    LbCookiePolicy& shape = out.lb_cookie.emplace_back();
    shape.policy_name = policy.name;
    if (policy.expires) shape.period = static_cast<int>(*policy.expires / std::chrono::seconds{1});
  }
  return out;
}

Result<elb::Empty> ElbApi::do_create_app_cookie_policy(const elb::AppCookiePolicyInput& input) {
  if (input.cookie_name.empty())
    return Error{"InvalidConfigurationRequest", "CookieName cannot be empty"};
  return create(door_.world, input.load_balancer_name,
                {input.policy_name, input.cookie_name, std::nullopt});
}

Result<elb::Empty> ElbApi::do_create_lb_cookie_policy(const elb::LbCookiePolicyInput& input) {
  return create(door_.world, input.load_balancer_name,
                {input.policy_name, "", expiry_of(input.period)});
}

Result<elb::Empty> ElbApi::do_delete_policy(const elb::PolicyInput& input) {
  const auto* spec = door_.world.elb().classic(input.load_balancer_name);
  if (spec == nullptr) return no_balancer(input.load_balancer_name);
  model::ClassicSpec changed = *spec;
  for (const auto& listener : changed.listeners) {
    const auto& names = listener.policies;
    if (std::ranges::find(names, input.policy_name) == names.end()) continue;
    return Error{"InvalidConfigurationRequest", "The policy '" + input.policy_name +
                                                    "' is enabled on the listener of port " +
                                                    std::to_string(listener.load_balancer_port)};
  }
  std::erase_if(changed.policies, [&](const model::CookiePolicy& policy) {
    return policy.name == input.policy_name;
  });
  if (auto done = door_.world.elb().modify_classic(changed.name, changed); !done)
    return done.error();
  return elb::Empty{};
}

Result<elb::Empty> ElbApi::do_set_listener_policies(const elb::ListenerPoliciesInput& input) {
  const auto* spec = door_.world.elb().classic(input.load_balancer_name);
  if (spec == nullptr) return no_balancer(input.load_balancer_name);
  model::ClassicSpec changed = *spec;
  const auto listener =
      std::ranges::find(changed.listeners, input.load_balancer_port,
                        [](const auto& one) { return int{one.load_balancer_port}; });
  if (listener == changed.listeners.end()) {
    return Error{"ListenerNotFound",
                 "There is no listener on port " + std::to_string(input.load_balancer_port)};
  }
  for (const auto& name : input.policy_names) {
    if (!has(*spec, name)) return no_policy(name);
  }
  listener->policies = input.policy_names;
  if (auto done = door_.world.elb().modify_classic(changed.name, changed); !done) {
    // Policies that do not go with the listener, or with one another (elb.md 7.3).
    return Error{"InvalidConfigurationRequest", done.error().message};
  }
  return elb::Empty{};
}

}  // namespace steady::api
