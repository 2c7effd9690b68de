#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/cloud/elb/proxy.h"
#include "sim/core/distribution.h"

namespace steady::elb {

enum class Protocol : std::uint8_t { kHttp, kHttps, kTcp, kSsl, kTls };
/// Of a Network load balancer's listeners and target groups (elb.md 3.1).
constexpr bool is_network(Protocol protocol) {
  return protocol == Protocol::kTcp || protocol == Protocol::kTls;
}

/// What becomes of the flows to a target of a Network load balancer (elb.md 3.2, 3.3).
struct FlowSettings {
  bool end_after_delay = false;  ///< deregistration_delay.connection_termination.enabled
  bool end_unhealthy = true;     ///< target_health_state.unhealthy.connection_termination.enabled
  SimDuration unhealthy_draining{0};  ///< 0 to 360000 s; only without `end_unhealthy`
  bool operator==(const FlowSettings&) const = default;
};

/// Settings of health checks, of a target group (elb.md 2.3) or of a Classic balancer (elb.md 1.3).
struct HealthCheck {
  Protocol protocol = Protocol::kHttp;
  std::uint16_t port = 0;  ///< 0: the port on which traffic goes ("traffic-port").
  std::string path = "/";
  SimDuration interval{std::chrono::seconds{30}};
  SimDuration timeout{std::chrono::seconds{5}};
  int healthy_threshold = 5;  ///< Classic: 10.
  int unhealthy_threshold = 2;
  std::vector<std::pair<int, int>> matcher{{200, 200}};  ///< Inclusive ranges of status codes.
  bool operator==(const HealthCheck&) const = default;
};

/// How many of a group's targets have to be healthy; either of both is enough to fall below
/// (elb.md 2.12).
struct HealthyMinimum {
  int count = 1;    ///< 0: off.
  int percent = 0;  ///< Of the registered targets; 0: off.
  bool operator==(const HealthyMinimum&) const = default;
  bool reached(std::size_t healthy, std::size_t registered) const {
    return healthy >= static_cast<std::size_t>(count) &&
           healthy * 100 >= static_cast<std::size_t>(percent) * registered;
  }
};

struct TargetGroupSpec {
  std::string name{};
  Protocol protocol = Protocol::kHttp;
  std::uint16_t port = 80;
  enum class TargetType : std::uint8_t { kInstance, kIp } target_type = TargetType::kInstance;
  HealthCheck health_check{};
  SimDuration deregistration_delay{std::chrono::seconds{300}};
  std::string algorithm = "round_robin";  ///< A name from algorithms.def.
  bool mitigates_anomalies = false;       ///< Automatic Target Weights (elb.md 2.9).
  SimDuration slow_start{0};              ///< 0: off; else 30 to 900 s (elb.md 2.8).
  bool sticky = false;                    ///< By the balancer's own cookie (elb.md 2.10).
  SimDuration sticky_for{std::chrono::hours{24}};
  FlowSettings flows{};        ///< Of TCP and TLS groups.
  bool sticky_by_app = false;  ///< By the app's cookie of this name instead, for so long.
  std::string app_cookie{};
  SimDuration app_sticky_for{std::chrono::hours{24}};
  std::optional<bool> cross_zone{};  ///< Unset: as the load balancer has it (elb.md 2.13).
  /// Fewer healthy targets than that: requests go to all of them (elb.md 2.12).
  HealthyMinimum routing_minimum{};
  /// Fewer healthy targets than that: the zone leaves DNS.
  HealthyMinimum dns_minimum{};
  bool operator==(const TargetGroupSpec&) const = default;
};

/// One condition of a listener rule; one of its values has to match (elb.md 2.11).
struct Condition {
  enum class Field : std::uint8_t { kHost, kPath, kHeader, kMethod, kQuery, kSourceIp };
  Field field = Field::kPath;
  std::vector<std::string> values{};  ///< Patterns, methods or CIDR blocks.
  std::string header{};               ///< Of kHeader: its name.
  /// Of kQuery: key (empty: any) and value, patterns both.
  std::vector<std::pair<std::string, std::string>> query{};
  bool operator==(const Condition&) const = default;
};

struct WeightedGroup {
  std::string target_group{};  ///< A name, never an ARN.
  int weight = 1;              ///< 0 to 999
  bool operator==(const WeightedGroup&) const = default;
};

/// Where a redirect leads; "#{host}" and the like stand for the request's own part.
struct Redirect {
  std::string protocol = "#{protocol}", port = "#{port}", host = "#{host}", path = "/#{path}",
              query = "#{query}";
  bool operator==(const Redirect&) const = default;
};

/// What a listener or a rule does with a request (elb.md 2.11).
struct ActionSpec {
  enum class Type : std::uint8_t { kForward, kRedirect, kFixedResponse };
  Type type = Type::kForward;
  std::vector<WeightedGroup> groups{};            ///< Of a forward: 1 to 5.
  bool sticky = false;                            ///< Of a forward: a client stays with its group,
  SimDuration sticky_for{std::chrono::hours{1}};  ///< for so long.
  int status = 0;  ///< Of a redirect, 301 or 302; of a fixed response.
  Redirect redirect{};
  std::string content_type{}, body{};  ///< Of a fixed response.
  bool operator==(const ActionSpec&) const = default;
};
/// All to one group.
inline ActionSpec forward_to(std::string target_group) {
  ActionSpec action;
  action.groups.push_back({std::move(target_group), 1});
  return action;
}

struct RuleSpec {
  int priority = 1;  ///< 1 to 50000, tried in rising order
  std::vector<Condition> conditions{};
  ActionSpec action{};
  bool operator==(const RuleSpec&) const = default;
};

struct ListenerSpec {
  std::uint16_t port = 80;
  Protocol protocol = Protocol::kHttp;
  ActionSpec action{};                                      ///< The default action.
  SimDuration tcp_idle_timeout{std::chrono::seconds{350}};  ///< Of a flow (elb.md 3.4).
  bool operator==(const ListenerSpec&) const = default;
};

struct LoadBalancerSpec {
  std::string name{};
  enum class Type : std::uint8_t { kApplication, kNetwork } type = Type::kApplication;
  std::vector<std::string> zones{};
  SimDuration idle_timeout{std::chrono::seconds{60}};  ///< Application.
  /// Of target groups that do not say themselves: an Application balancer's is always on, and one
  /// of a Network balancer off when made by the API (elb.md 3.1).
  bool cross_zone = true;
  bool zonal_shift = false;  ///< May be shifted away from a zone (elb.md 2.13).
  bool is_network() const { return type == Type::kNetwork; }
  bool operator==(const LoadBalancerSpec&) const = default;
};

struct ClassicListenerSpec {
  Protocol protocol = Protocol::kHttp;
  std::uint16_t load_balancer_port = 80;
  Protocol instance_protocol = Protocol::kHttp;
  std::uint16_t instance_port = 80;
  std::vector<std::string> policies{};  ///< Names of the balancer's stickiness policies.
  bool operator==(const ClassicListenerSpec&) const = default;
};

/// A stickiness policy of a Classic balancer (elb.md 1.8).
struct CookiePolicy {
  std::string name{};
  std::string app_cookie{};  ///< Follows the app's cookie of this name; "": the balancer's own,
  std::optional<SimDuration> expires{};  ///< which lasts so long, or with the browser's session.
  bool operator==(const CookiePolicy&) const = default;
};

struct ClassicSpec {
  std::string name{};
  std::vector<std::string> zones{};
  std::vector<ClassicListenerSpec> listeners{};
  std::vector<CookiePolicy> policies{};
  HealthCheck health_check{.protocol = Protocol::kTcp, .port = 80, .healthy_threshold = 10};
  bool draining_enabled = false;  ///< Off when made by the API (elb.md 1.6).
  SimDuration draining_timeout{std::chrono::seconds{300}};
  bool cross_zone = false;  ///< Off when made by the API (elb.md 1.7).
  SimDuration idle_timeout{std::chrono::seconds{60}};
  bool operator==(const ClassicSpec&) const = default;
};

/// Knobs of the model that no AWS API sets (elb.md 0, 2.4, 4).
struct Behaviour {
  Distribution deregister_propagation{};  ///< Per node; until then it still sends new requests.
  Distribution register_propagation{};    ///< Per node; before its first check (application).
  /// Classic: set-up of an instance on the nodes before checks begin, "up to about 30 s"
  /// (elb.md 1.5).
  Distribution classic_registration{};
  /// Per node; until then it follows the listener's rules of before.
  Distribution rule_propagation{};
  /// The same of Network load balancers, which are slower (elb.md 4.3), and from a target's failed
  /// checks until its node opens no more flows to it.
  Distribution network_deregister_propagation{}, network_register_propagation{},
      network_unhealthy_propagation{};
  bool initial_success_configured = false;  ///< false: one passed check is enough for a new target.
  bool first_check_immediate = false;       ///< false: a random phase in [0, min(interval, 10 s)].
  int nodes_per_zone = 1;
  int classic_connect_retries = 2;  ///< elb.md 1.2 (unverified)
  /// Application balancers that behave as other proxies do, by name (elb.md 6.6).
  std::map<std::string, ProxyRules, std::less<>> proxies{};

  /// nullptr: it behaves as AWS's does.
  const ProxyRules* proxy(std::string_view load_balancer) const {
    const auto found = proxies.find(load_balancer);
    return found == proxies.end() ? nullptr : &found->second;
  }
};

}  // namespace steady::elb
