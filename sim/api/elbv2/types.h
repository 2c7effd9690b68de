#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/elb/types.h"
#include "sim/api/elbv2/rule_types.h"

/// Elastic Load Balancing v2 (2015-12-01): Application and Network load balancers, target groups.
namespace steady::api::elbv2 {

struct Matcher {
  static constexpr const char* kShape = "Matcher";
  std::string http_code = "200";
};
template <class V>
void fields(V& v, Matcher& x) {
  v("HttpCode", x.http_code);
}

/// Attributes: a Key/Value list on the wire, an object in scenarios.
using Attributes = std::map<std::string, std::string>;

struct TargetGroup {
  static constexpr const char* kShape = "TargetGroup";
  std::string name, protocol = "HTTP", target_type = "instance";
  int port = 80;
  std::string health_check_port = "traffic-port";
  /// Their defaults depend on the protocol (elb.md 2.3, 3.2).
  std::optional<std::string> health_check_protocol, health_check_path;
  std::optional<int> timeout;
  int interval = 30, healthy_threshold = 5, unhealthy_threshold = 2;
  std::optional<Matcher> matcher;
  KeptFields kept;
  std::optional<Attributes> attributes;  ///< short form of ModifyTargetGroupAttributes
};
template <class V>
void fields(V& v, TargetGroup& x) {
  v("Name", x.name);
  v("Protocol", x.protocol);
  v("Port", x.port);
  v("TargetType", x.target_type);
  v("HealthCheckProtocol", x.health_check_protocol);
  v("HealthCheckPort", x.health_check_port);
  v("HealthCheckPath", x.health_check_path);
  v("HealthCheckIntervalSeconds", x.interval);
  v("HealthCheckTimeoutSeconds", x.timeout);
  v("HealthyThresholdCount", x.healthy_threshold);
  v("UnhealthyThresholdCount", x.unhealthy_threshold);
  v("Matcher", x.matcher);
  v.alias("attributes", x.attributes);
  v.kept(x.kept);
}
struct TargetGroupShape {
  static constexpr const char* kShape = "TargetGroup";
  std::string target_group_arn, target_group_name;
  std::vector<std::string> load_balancer_arns;
  TargetGroup settings;
};
template <class V>
void fields(V& v, TargetGroupShape& x) {
  v("TargetGroupArn", x.target_group_arn);
  v("TargetGroupName", x.target_group_name);
  v("LoadBalancerArns", x.load_balancer_arns);
  fields(v, x.settings);
}
struct TargetGroupsOutput {
  static constexpr const char* kShape = "TargetGroups";
  std::vector<TargetGroupShape> target_groups;
};
template <class V>
void fields(V& v, TargetGroupsOutput& x) {
  v("TargetGroups", x.target_groups);
}
struct ModifyTargetGroupInput {
  static constexpr const char* kShape = "ModifyTargetGroup";
  std::string target_group_arn;
  std::optional<std::string> health_check_path, health_check_port, health_check_protocol;
  std::optional<int> interval, timeout, healthy_threshold, unhealthy_threshold;
  std::optional<Matcher> matcher;
};
template <class V>
void fields(V& v, ModifyTargetGroupInput& x) {
  v("TargetGroupArn", x.target_group_arn);
  v("HealthCheckProtocol", x.health_check_protocol);
  v("HealthCheckPort", x.health_check_port);
  v("HealthCheckPath", x.health_check_path);
  v("HealthCheckIntervalSeconds", x.interval);
  v("HealthCheckTimeoutSeconds", x.timeout);
  v("HealthyThresholdCount", x.healthy_threshold);
  v("UnhealthyThresholdCount", x.unhealthy_threshold);
  v("Matcher", x.matcher);
}
struct TargetGroupAttributesInput {
  static constexpr const char* kShape = "TargetGroupAttributes";
  std::string target_group_arn;
  Attributes attributes;
};
template <class V>
void fields(V& v, TargetGroupAttributesInput& x) {
  v("TargetGroupArn", x.target_group_arn);
  v("Attributes", x.attributes);
}
struct AttributesOutput {
  static constexpr const char* kShape = "AttributesOutput";
  Attributes attributes;
};
template <class V>
void fields(V& v, AttributesOutput& x) {
  v("Attributes", x.attributes);
}
struct TargetGroupArnInput {
  static constexpr const char* kShape = "TargetGroupArn";
  std::string target_group_arn;
};
template <class V>
void fields(V& v, TargetGroupArnInput& x) {
  v("TargetGroupArn", x.target_group_arn);
}
struct DescribeTargetGroupsInput {
  static constexpr const char* kShape = "DescribeTargetGroups";
  std::vector<std::string> names, arns;
  std::string load_balancer_arn;
};
template <class V>
void fields(V& v, DescribeTargetGroupsInput& x) {
  v("Names", x.names);
  v("TargetGroupArns", x.arns);
  v("LoadBalancerArn", x.load_balancer_arn);
}
struct Target {
  static constexpr const char* kShape = "TargetDescription";
  std::string id, zone;
  std::optional<int> port;
};
template <class V>
void fields(V& v, Target& x) {
  v("Id", x.id);
  v("Port", x.port);
  v("AvailabilityZone", x.zone);
}
struct TargetsInput {
  static constexpr const char* kShape = "Targets";
  std::string target_group_arn;
  std::vector<Target> targets;
};
template <class V>
void fields(V& v, TargetsInput& x) {
  v("TargetGroupArn", x.target_group_arn);
  v("Targets", x.targets);
}
struct DescribeTargetHealthInput {
  static constexpr const char* kShape = "DescribeTargetHealth";
  std::string target_group_arn;
  std::vector<Target> targets;
  std::vector<std::string> include;  ///< "AnomalyDetection", "All"
};
template <class V>
void fields(V& v, DescribeTargetHealthInput& x) {
  v("TargetGroupArn", x.target_group_arn);
  v("Targets", x.targets);
  v("Include", x.include);
}
struct TargetHealthShape {
  static constexpr const char* kShape = "TargetHealth";
  std::string state, reason, description;
};
template <class V>
void fields(V& v, TargetHealthShape& x) {
  v("State", x.state);
  v("Reason", x.reason);
  v("Description", x.description);
}
struct AdministrativeOverride {
  static constexpr const char* kShape = "AdministrativeOverride";
  std::string state, reason, description;
};
template <class V>
void fields(V& v, AdministrativeOverride& x) {
  v("State", x.state);
  v("Reason", x.reason);
  v("Description", x.description);
}
struct AnomalyDetection {
  static constexpr const char* kShape = "AnomalyDetection";
  std::string result, mitigation;
};
template <class V>
void fields(V& v, AnomalyDetection& x) {
  v("Result", x.result);
  v("MitigationInEffect", x.mitigation);
}
struct TargetHealthDescription {
  static constexpr const char* kShape = "TargetHealthDescription";
  Target target;
  TargetHealthShape health;
  std::optional<AnomalyDetection> anomaly_detection;              ///< Where it is asked for.
  std::optional<AdministrativeOverride> administrative_override;  ///< While its zone is shifted.
};
template <class V>
void fields(V& v, TargetHealthDescription& x) {
  v("Target", x.target);
  v("TargetHealth", x.health);
  v("AnomalyDetection", x.anomaly_detection);
  v("AdministrativeOverride", x.administrative_override);
}
struct TargetHealthOutput {
  static constexpr const char* kShape = "TargetHealthOutput";
  std::vector<TargetHealthDescription> descriptions;
};
template <class V>
void fields(V& v, TargetHealthOutput& x) {
  v("TargetHealthDescriptions", x.descriptions);
}
struct Listener {
  static constexpr const char* kShape = "Listener";
  std::string load_balancer_arn, listener_arn, protocol = "HTTP";
  int port = 80;
  std::vector<Action> default_actions;
  std::string forward;                                ///< short form: the group to forward to
  std::optional<std::vector<CreateRuleInput>> rules;  ///< short form of CreateRule
  std::optional<Attributes> attributes;               ///< short form of ModifyListenerAttributes
  KeptFields kept;
};
template <class V>
void fields(V& v, Listener& x) {
  v("LoadBalancerArn", x.load_balancer_arn);
  v("ListenerArn", x.listener_arn);
  v("Protocol", x.protocol);
  v("Port", x.port);
  v("DefaultActions", x.default_actions);
  v.alias("forward", x.forward);
  v.alias("rules", x.rules);
  v.alias("attributes", x.attributes);
  v.kept(x.kept);
}
/// ModifyListener: only what is set is changed.
struct ListenerChange {
  static constexpr const char* kShape = "ModifyListener";
  std::string listener_arn;
  std::optional<std::string> protocol;
  std::optional<int> port;
  std::optional<std::vector<Action>> default_actions;
  KeptFields kept;
};
template <class V>
void fields(V& v, ListenerChange& x) {
  v("ListenerArn", x.listener_arn);
  v("Protocol", x.protocol);
  v("Port", x.port);
  v("DefaultActions", x.default_actions);
  v.kept(x.kept);
}
struct ListenersOutput {
  static constexpr const char* kShape = "Listeners";
  std::vector<Listener> listeners;
};
template <class V>
void fields(V& v, ListenersOutput& x) {
  v("Listeners", x.listeners);
}
struct ListenerArnInput {
  static constexpr const char* kShape = "ListenerArn";
  std::string listener_arn;
};
template <class V>
void fields(V& v, ListenerArnInput& x) {
  v("ListenerArn", x.listener_arn);
}
struct ListenerAttributesInput {
  static constexpr const char* kShape = "ListenerAttributes";
  std::string listener_arn;
  Attributes attributes;
};
template <class V>
void fields(V& v, ListenerAttributesInput& x) {
  v("ListenerArn", x.listener_arn);
  v("Attributes", x.attributes);
}
struct LoadBalancerArnInput {
  static constexpr const char* kShape = "LoadBalancerArn";
  std::string load_balancer_arn;
};
template <class V>
void fields(V& v, LoadBalancerArnInput& x) {
  v("LoadBalancerArn", x.load_balancer_arn);
}

struct CreateLoadBalancerInput {
  static constexpr const char* kShape = "LoadBalancerV2";
  std::string name, type = "application";
  std::vector<std::string> subnets, zones;
  KeptFields kept;
  std::optional<Attributes> attributes;            ///< short form of ModifyLoadBalancerAttributes
  std::optional<std::vector<Listener>> listeners;  ///< short form of CreateListener
};
template <class V>
void fields(V& v, CreateLoadBalancerInput& x) {
  v("Name", x.name);
  v("Type", x.type);
  v("Subnets", x.subnets);
  v.alias("AvailabilityZones", x.zones);
  v.alias("attributes", x.attributes);
  v.alias("listeners", x.listeners);
  v.kept(x.kept);
}
struct State {
  static constexpr const char* kShape = "LoadBalancerState";
  std::string code = "active";
};
template <class V>
void fields(V& v, State& x) {
  v("Code", x.code);
}
struct AvailabilityZone {
  static constexpr const char* kShape = "AvailabilityZone";
  std::string zone_name;
};
template <class V>
void fields(V& v, AvailabilityZone& x) {
  v("ZoneName", x.zone_name);
}
struct LoadBalancerShape {
  static constexpr const char* kShape = "LoadBalancerShape";
  std::string load_balancer_arn, load_balancer_name, dns_name, type = "application";
  State state;
  std::vector<AvailabilityZone> zones;
  KeptFields kept;
};
template <class V>
void fields(V& v, LoadBalancerShape& x) {
  v("LoadBalancerArn", x.load_balancer_arn);
  v("DNSName", x.dns_name);
  v("LoadBalancerName", x.load_balancer_name);
  v("State", x.state);
  v("Type", x.type);
  v("AvailabilityZones", x.zones);
  v.kept(x.kept);
}
struct LoadBalancersOutput {
  static constexpr const char* kShape = "LoadBalancersOutput";
  std::vector<LoadBalancerShape> load_balancers;
};
template <class V>
void fields(V& v, LoadBalancersOutput& x) {
  v("LoadBalancers", x.load_balancers);
}
struct DescribeLoadBalancersInput {
  static constexpr const char* kShape = "DescribeLoadBalancersV2";
  std::vector<std::string> names, arns;
};
template <class V>
void fields(V& v, DescribeLoadBalancersInput& x) {
  v("Names", x.names);
  v("LoadBalancerArns", x.arns);
}
struct LoadBalancerAttributesInput {
  static constexpr const char* kShape = "LoadBalancerAttributes";
  std::string load_balancer_arn;
  Attributes attributes;
};
template <class V>
void fields(V& v, LoadBalancerAttributesInput& x) {
  v("LoadBalancerArn", x.load_balancer_arn);
  v("Attributes", x.attributes);
}

}  // namespace steady::api::elbv2
