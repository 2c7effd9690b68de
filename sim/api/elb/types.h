#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cloud/ecs/model.h"

/// Classic Load Balancing (2012-06-01).
namespace steady::api::elb {

using steady::ecs::KeptFields;

struct Empty {
  static constexpr const char* kShape = "Empty";
};
template <class V>
void fields(V&, Empty&) {}

struct Listener {
  static constexpr const char* kShape = "ClassicListener";
  std::string protocol = "HTTP", instance_protocol;
  int load_balancer_port = 0, instance_port = 0;
  KeptFields kept;
  std::vector<std::string>
      policy_names;  ///< Short form: what SetLoadBalancerPoliciesOfListener sets.
};
template <class V>
void fields(V& v, Listener& x) {
  v("Protocol", x.protocol);
  v("LoadBalancerPort", x.load_balancer_port);
  v("InstanceProtocol", x.instance_protocol);
  v("InstancePort", x.instance_port);
  v.alias("PolicyNames", x.policy_names);
  v.kept(x.kept);
}
struct HealthCheck {
  static constexpr const char* kShape = "ClassicHealthCheck";
  std::string target = "TCP:80";
  int interval = 30, timeout = 5, unhealthy_threshold = 2, healthy_threshold = 10;
};
template <class V>
void fields(V& v, HealthCheck& x) {
  v("Target", x.target);
  v("Interval", x.interval);
  v("Timeout", x.timeout);
  v("UnhealthyThreshold", x.unhealthy_threshold);
  v("HealthyThreshold", x.healthy_threshold);
}
struct ConnectionDraining {
  static constexpr const char* kShape = "ConnectionDraining";
  bool enabled = false;
  int timeout = 300;
};
template <class V>
void fields(V& v, ConnectionDraining& x) {
  v("Enabled", x.enabled);
  v("Timeout", x.timeout);
}
struct ConnectionSettings {
  static constexpr const char* kShape = "ConnectionSettings";
  int idle_timeout = 60;
};
template <class V>
void fields(V& v, ConnectionSettings& x) {
  v("IdleTimeout", x.idle_timeout);
}
struct CrossZone {
  static constexpr const char* kShape = "CrossZoneLoadBalancing";
  bool enabled = false;
};
template <class V>
void fields(V& v, CrossZone& x) {
  v("Enabled", x.enabled);
}
struct Attributes {
  static constexpr const char* kShape = "ClassicAttributes";
  std::optional<ConnectionDraining> draining;
  std::optional<ConnectionSettings> settings;
  std::optional<CrossZone> cross_zone;
  KeptFields kept;
};
template <class V>
void fields(V& v, Attributes& x) {
  v("ConnectionDraining", x.draining);
  v("ConnectionSettings", x.settings);
  v("CrossZoneLoadBalancing", x.cross_zone);
  v.kept(x.kept);
}
struct AppCookiePolicy {
  static constexpr const char* kShape = "AppCookieStickinessPolicy";
  std::string policy_name, cookie_name;
};
template <class V>
void fields(V& v, AppCookiePolicy& x) {
  v("PolicyName", x.policy_name);
  v("CookieName", x.cookie_name);
}
struct LbCookiePolicy {
  static constexpr const char* kShape = "LBCookieStickinessPolicy";
  std::string policy_name;
  std::optional<int> period;
};
template <class V>
void fields(V& v, LbCookiePolicy& x) {
  v("PolicyName", x.policy_name);
  v("CookieExpirationPeriod", x.period);
}
struct Policies {
  static constexpr const char* kShape = "ClassicPolicies";
  std::vector<AppCookiePolicy> app_cookie;
  std::vector<LbCookiePolicy> lb_cookie;
};
template <class V>
void fields(V& v, Policies& x) {
  v("AppCookieStickinessPolicies", x.app_cookie);
  v("LBCookieStickinessPolicies", x.lb_cookie);
}
struct AppCookiePolicyInput {
  static constexpr const char* kShape = "CreateAppCookieStickinessPolicy";
  std::string load_balancer_name, policy_name, cookie_name;
};
template <class V>
void fields(V& v, AppCookiePolicyInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("PolicyName", x.policy_name);
  v("CookieName", x.cookie_name);
}
struct LbCookiePolicyInput {
  static constexpr const char* kShape = "CreateLBCookieStickinessPolicy";
  std::string load_balancer_name, policy_name;
  std::optional<int> period;
};
template <class V>
void fields(V& v, LbCookiePolicyInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("PolicyName", x.policy_name);
  v("CookieExpirationPeriod", x.period);
}
struct PolicyInput {
  static constexpr const char* kShape = "DeleteLoadBalancerPolicy";
  std::string load_balancer_name, policy_name;
};
template <class V>
void fields(V& v, PolicyInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("PolicyName", x.policy_name);
}
struct ListenerPoliciesInput {
  static constexpr const char* kShape = "SetLoadBalancerPoliciesOfListener";
  std::string load_balancer_name;
  int load_balancer_port = 0;
  std::vector<std::string> policy_names;
};
template <class V>
void fields(V& v, ListenerPoliciesInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("LoadBalancerPort", x.load_balancer_port);
  v("PolicyNames", x.policy_names);
}
struct CreateLoadBalancerInput {
  static constexpr const char* kShape = "ClassicLoadBalancer";
  std::string load_balancer_name;
  std::vector<Listener> listeners;
  std::vector<std::string> zones;
  KeptFields kept;
  // Short forms of scenarios: what ConfigureHealthCheck and ModifyLoadBalancerAttributes set.
  std::optional<HealthCheck> health_check;
  std::optional<Attributes> attributes;
  std::optional<Policies> policies;  ///< As Describe prints them.
};
template <class V>
void fields(V& v, CreateLoadBalancerInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("Listeners", x.listeners);
  v("AvailabilityZones", x.zones);
  v.alias("HealthCheck", x.health_check);
  v.alias("attributes", x.attributes);
  v.alias("Policies", x.policies);
  v.kept(x.kept);
}
struct CreateLoadBalancerOutput {
  static constexpr const char* kShape = "ClassicLoadBalancer";
  std::string dns_name;
};
template <class V>
void fields(V& v, CreateLoadBalancerOutput& x) {
  v("DNSName", x.dns_name);
}
struct NameInput {
  static constexpr const char* kShape = "ClassicName";
  std::string load_balancer_name;
};
template <class V>
void fields(V& v, NameInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
}
struct ConfigureHealthCheckInput {
  static constexpr const char* kShape = "ConfigureHealthCheck";
  std::string load_balancer_name;
  HealthCheck health_check;
};
template <class V>
void fields(V& v, ConfigureHealthCheckInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("HealthCheck", x.health_check);
}
struct ConfigureHealthCheckOutput {
  static constexpr const char* kShape = "ConfigureHealthCheck";
  HealthCheck health_check;
};
template <class V>
void fields(V& v, ConfigureHealthCheckOutput& x) {
  v("HealthCheck", x.health_check);
}
struct Instance {
  static constexpr const char* kShape = "ClassicInstance";
  std::string instance_id;
};
template <class V>
void fields(V& v, Instance& x) {
  v("InstanceId", x.instance_id);
}
struct InstancesInput {
  static constexpr const char* kShape = "ClassicInstances";
  std::string load_balancer_name;
  std::vector<Instance> instances;
};
template <class V>
void fields(V& v, InstancesInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("Instances", x.instances);
}
struct InstancesOutput {
  static constexpr const char* kShape = "ClassicInstances";
  std::vector<Instance> instances;
};
template <class V>
void fields(V& v, InstancesOutput& x) {
  v("Instances", x.instances);
}
struct InstanceState {
  static constexpr const char* kShape = "ClassicInstanceState";
  std::string instance_id, state, reason_code, description;
};
template <class V>
void fields(V& v, InstanceState& x) {
  v("InstanceId", x.instance_id);
  v("State", x.state);
  v("ReasonCode", x.reason_code);
  v("Description", x.description);
}
struct InstanceHealthOutput {
  static constexpr const char* kShape = "ClassicInstanceHealth";
  std::vector<InstanceState> instance_states;
};
template <class V>
void fields(V& v, InstanceHealthOutput& x) {
  v("InstanceStates", x.instance_states);
}
struct ModifyAttributesInput {
  static constexpr const char* kShape = "ModifyClassicAttributes";
  std::string load_balancer_name;
  Attributes attributes;
};
template <class V>
void fields(V& v, ModifyAttributesInput& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("LoadBalancerAttributes", x.attributes);
}
struct AttributesOutput {
  static constexpr const char* kShape = "ClassicAttributesOutput";
  Attributes attributes;
};
template <class V>
void fields(V& v, AttributesOutput& x) {
  v("LoadBalancerAttributes", x.attributes);
}
struct DescribeInput {
  static constexpr const char* kShape = "DescribeClassic";
  std::vector<std::string> load_balancer_names;
};
template <class V>
void fields(V& v, DescribeInput& x) {
  v("LoadBalancerNames", x.load_balancer_names);
}
struct ListenerDescription {
  static constexpr const char* kShape = "ListenerDescription";
  Listener listener;
  std::vector<std::string> policy_names;
};
template <class V>
void fields(V& v, ListenerDescription& x) {
  v("Listener", x.listener);
  v("PolicyNames", x.policy_names);
}
struct Description {
  static constexpr const char* kShape = "ClassicDescription";
  std::string load_balancer_name, dns_name;
  std::vector<ListenerDescription> listeners;
  std::vector<std::string> zones;
  std::vector<Instance> instances;
  HealthCheck health_check;
  Policies policies;
  KeptFields kept;
};
template <class V>
void fields(V& v, Description& x) {
  v("LoadBalancerName", x.load_balancer_name);
  v("DNSName", x.dns_name);
  v("ListenerDescriptions", x.listeners);
  v("AvailabilityZones", x.zones);
  v("Instances", x.instances);
  v("HealthCheck", x.health_check);
  v("Policies", x.policies);
  v.kept(x.kept);
}
struct DescribeOutput {
  static constexpr const char* kShape = "DescribeClassic";
  std::vector<Description> descriptions;
};
template <class V>
void fields(V& v, DescribeOutput& x) {
  v("LoadBalancerDescriptions", x.descriptions);
}

}  // namespace steady::api::elb
