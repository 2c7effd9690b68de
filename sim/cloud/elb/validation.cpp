#include "sim/cloud/elb/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/cloud/elb/registry.h"
#include "sim/core/nearest.h"

namespace steady::elb {
namespace {

using std::chrono::seconds;

constexpr int kMostTargets = 1000;  // of a target group (elb.md 2.20)

bool is_http(Protocol protocol) {
  return protocol == Protocol::kHttp || protocol == Protocol::kHttps;
}

bool is_encrypted(Protocol protocol) {
  return protocol == Protocol::kHttps || protocol == Protocol::kSsl;
}

/// "12", as AWS writes it, or "12.5s" where AWS could not say it.
std::string in_seconds(SimDuration duration) {
  if (duration % seconds{1} != SimDuration{0}) return format_duration(duration);
  return std::to_string(duration / seconds{1});
}

void check_name(Faults& faults, std::string_view what, const std::string& name) {
  const bool characters = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (name.empty()) {
    faults.push_back(fmt::format("{} name cannot be empty", what));
  } else if (name.size() > 32) {
    faults.push_back(fmt::format("{} name '{}' cannot be longer than '32' characters", what, name));
  } else if (!characters) {
    faults.push_back(fmt::format(
        "{} name '{}' can only contain characters that are alphanumeric characters or hyphens(-)",
        what, name));
  } else if (name.front() == '-' || name.back() == '-') {
    faults.push_back(fmt::format("{} name '{}' cannot begin or end with '-'", what, name));
  }
}

void check_range(Faults& faults, std::string_view what, SimDuration value, seconds low,
                 seconds high) {
  if (value >= low && value <= high) return;
  faults.push_back(fmt::format("{} value '{}' must be between '{}-{}' inclusive", what,
                               in_seconds(value), low.count(), high.count()));
}

void check_range(Faults& faults, std::string_view what, int value, int low, int high) {
  if (value >= low && value <= high) return;
  faults.push_back(
      fmt::format("{} value '{}' must be between '{}-{}' inclusive", what, value, low, high));
}

void check_path(Faults& faults, const HealthCheck& check) {
  if (check.path.starts_with('/') && check.path.size() <= 1024) return;
  faults.push_back(fmt::format(
      "Health check path '{}' must begin with a '/' character and have at most 1024 characters",
      check.path));
}

void check_timeout(Faults& faults, const HealthCheck& check, bool may_equal = false) {
  if (check.timeout < check.interval) return;
  // Both are 10 s in many a TCP group.
  if (may_equal && check.timeout == check.interval) return;
  faults.push_back(fmt::format("Health check timeout '{}' must be smaller than the interval '{}'",
                               in_seconds(check.timeout), in_seconds(check.interval)));
}

void check_thresholds(Faults& faults, const HealthCheck& check, std::string_view healthy,
                      std::string_view unhealthy) {
  check_range(faults, healthy, check.healthy_threshold, 2, 10);
  check_range(faults, unhealthy, check.unhealthy_threshold, 2, 10);
}

/// elb.md 2.12: a zone leaves DNS before, or when, its node begins to send to all targets.
void check_minima(Faults& faults, const TargetGroupSpec& spec) {
  const HealthyMinimum &routing = spec.routing_minimum, &dns = spec.dns_minimum;
  const std::string of_routing =
      "'target_group_health.unhealthy_state_routing.minimum_healthy_targets.";
  const std::string of_dns = "'target_group_health.dns_failover.minimum_healthy_targets.";
  check_range(faults, of_routing + "count'", routing.count, 1, kMostTargets);
  check_range(faults, of_routing + "percentage'", routing.percent, 0, 100);
  check_range(faults, of_dns + "count'", dns.count, 0, kMostTargets);
  check_range(faults, of_dns + "percentage'", dns.percent, 0, 100);
  const auto compare = [&](const char* what, int of, int least) {
    if (of == 0 || of >= least) return;
    faults.push_back(
        fmt::format("{}{}' value '{}' must be greater than or equal to '{}', the value of {}{}'",
                    of_dns, what, of, least, of_routing, what));
  };
  compare("count", dns.count, routing.count);
  compare("percentage", dns.percent, routing.percent);
}

/// elb.md 2.10
void check_app_cookie(Faults& faults, const TargetGroupSpec& spec) {
  const std::string& name = spec.app_cookie;
  if (spec.sticky && spec.sticky_by_app && name.empty()) {
    faults.push_back(
        "'stickiness.app_cookie.cookie_name' must be set with stickiness type 'app_cookie'");
  }
  // AWSALB is the beginning of AWSALBAPP and AWSALBTG, too.
  if (name.starts_with("AWSALB")) {
    faults.push_back(fmt::format(
        "'stickiness.app_cookie.cookie_name' value '{}' cannot begin with AWSALB, AWSALBAPP or "
        "AWSALBTG",
        name));
  }
}

/// elb.md 1.8: stickiness is for HTTP(S) listeners.
void check_policies(Faults& faults, const ClassicSpec& spec) {
  for (const ClassicListenerSpec& listener : spec.listeners) {
    if (!listener.policies.empty() && !is_http(listener.protocol)) {
      faults.push_back(
          fmt::format("Stickiness policies cannot be set on the {} listener of port {}",
                      name(listener.protocol), listener.load_balancer_port));
    }
    if (listener.policies.size() > 1) {
      faults.push_back(fmt::format("The listener of port {} can have one stickiness policy only",
                                   listener.load_balancer_port));
    }
    for (const std::string& policy : listener.policies) {
      if (std::ranges::find(spec.policies, policy, &CookiePolicy::name) == spec.policies.end())
        faults.push_back(fmt::format("There is no policy with name '{}'", policy));
    }
  }
  for (const CookiePolicy& policy : spec.policies) {
    if (policy.name.empty()) faults.push_back("A policy's name cannot be empty");
    if (policy.expires && *policy.expires < 1s)
      faults.push_back(
          fmt::format("CookieExpirationPeriod of policy '{}' must be at least 1", policy.name));
  }
}

void check_listener(Faults& faults, const ClassicListenerSpec& listener) {
  if (listener.load_balancer_port == 0) {
    faults.push_back("Listener LoadBalancerPort must be between 1 and 65535");
  }
  if (listener.instance_port == 0) {
    faults.push_back("Listener InstancePort must be between 1 and 65535");
  }
  if (is_http(listener.protocol) != is_http(listener.instance_protocol)) {
    faults.push_back(fmt::format(
        "Listener protocol {} and instance protocol {} must be at the same Internet protocol layer",
        name(listener.protocol), name(listener.instance_protocol)));
  }
}

}  // namespace

std::string_view name(Protocol protocol) {
  switch (protocol) {
    case Protocol::kHttp:
      return "HTTP";
    case Protocol::kHttps:
      return "HTTPS";
    case Protocol::kTcp:
      return "TCP";
    case Protocol::kSsl:
      return "SSL";
    case Protocol::kTls:
      return "TLS";
  }
  return "";
}

Faults faults_of(const TargetGroupSpec& spec) {
  Faults faults;
  check_name(faults, "Target group", spec.name);
  const bool network = is_network(spec.protocol);
  if (!is_http(spec.protocol) && !network) {
    faults.push_back(
        fmt::format("Target group protocol '{}' must be one of '[HTTP, HTTPS, TCP, TLS]'",
                    name(spec.protocol)));
  }
  if (spec.port == 0) faults.push_back("Target group port '0' must be between '1-65535' inclusive");
  const HealthCheck& check = spec.health_check;
  if (!is_http(check.protocol) && !(network && check.protocol == Protocol::kTcp)) {
    faults.push_back(fmt::format("Health check protocol '{}' must be one of '[HTTP, HTTPS{}]'",
                                 name(check.protocol), network ? ", TCP" : ""));
  }
  if (is_http(check.protocol)) check_path(faults, check);
  check_range(faults, "Health check interval", check.interval, 5s, 300s);
  check_range(faults, "Health check timeout", check.timeout, 2s, 120s);
  check_timeout(faults, check, network);
  check_thresholds(faults, check, "Healthy threshold count", "Unhealthy threshold count");
  if (check.matcher.empty()) faults.push_back("Matcher HttpCode cannot be empty");
  const int most = network ? 599 : 499;
  for (const auto& [low, high] : check.matcher) {
    if (low < 200 || high > most || low > high) {
      faults.push_back(fmt::format(
          "Matcher HttpCode '{}' must be between '200-{}' inclusive",
          low == high ? fmt::format("{}", low) : fmt::format("{}-{}", low, high), most));
    }
  }
  if (network) {
    for (auto& fault : network_faults_of(spec)) faults.push_back(std::move(fault));
    check_range(faults, "'deregistration_delay.timeout_seconds'", spec.deregistration_delay, 0s,
                3600s);
    return faults;
  }
  check_range(faults, "'deregistration_delay.timeout_seconds'", spec.deregistration_delay, 0s,
              3600s);
  if (spec.slow_start.count() != 0)
    check_range(faults, "'slow_start.duration_seconds'", spec.slow_start, 30s, 900s);
  check_range(faults, "'stickiness.lb_cookie.duration_seconds'", spec.sticky_for, 1s, 604800s);
  check_range(faults, "'stickiness.app_cookie.duration_seconds'", spec.app_sticky_for, 1s, 604800s);
  check_app_cookie(faults, spec);
  check_minima(faults, spec);
  if (spec.sticky && spec.cross_zone == false) {  // elb.md 2.10
    faults.push_back(
        "Stickiness is not supported while cross-zone load balancing is off for the target group");
  }
  if (spec.slow_start.count() != 0 && spec.algorithm != "round_robin") {
    faults.push_back(fmt::format(
        "Slow start mode is not supported with the '{}' load balancing algorithm", spec.algorithm));
  }
  if (spec.mitigates_anomalies && spec.algorithm != "weighted_random") {  // elb.md 2.9
    faults.push_back(
        fmt::format("Anomaly mitigation is not supported with the '{}' load balancing algorithm",
                    spec.algorithm));
  }
  if (spec.sticky && spec.algorithm == "weighted_random") {
    faults.push_back(
        "Stickiness is not supported with the 'weighted_random' load balancing algorithm");
  }
  const auto known = algorithm_names();
  if (std::ranges::find(known, spec.algorithm) == known.end()) {
    const std::string nearest = nearest_name(spec.algorithm, known);
    faults.push_back(fmt::format(
        "'load_balancing.algorithm.type' value '{}' must be one of '[{}]'{}", spec.algorithm,
        fmt::join(known, ", "), nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  return faults;
}

Faults faults_of(const LoadBalancerSpec& spec) {
  Faults faults;
  check_name(faults, "Load balancer", spec.name);
  if (spec.name.starts_with("internal-")) {
    faults.push_back(
        fmt::format("Load balancer name '{}' cannot begin with 'internal-'", spec.name));
  }
  // AWS wants two; one is accepted, so that small scenarios need no more than one zone.
  if (spec.zones.empty()) {
    faults.push_back("At least two subnets in two different Availability Zones must be specified");
  }
  if (std::set<std::string>(spec.zones.begin(), spec.zones.end()).size() != spec.zones.size()) {
    faults.push_back(
        "A load balancer cannot be attached to multiple subnets in the same Availability Zone");
  }
  check_range(faults, "'idle_timeout.timeout_seconds'", spec.idle_timeout, 1s, 4000s);
  return faults;
}

Faults faults_of(const ListenerSpec& spec) {
  Faults faults;
  if (spec.port == 0) faults.push_back("Listener port '0' must be between '1-65535' inclusive");
  if (!is_http(spec.protocol)) {
    faults.push_back(
        fmt::format("Listener protocol '{}' must be one of '[HTTP, HTTPS]'", name(spec.protocol)));
  }
  return faults;
}

Faults faults_of(const ClassicSpec& spec) {
  Faults faults;
  check_name(faults, "LoadBalancer", spec.name);
  for (const ClassicListenerSpec& listener : spec.listeners) {
    check_listener(faults, listener);
    for (const ClassicListenerSpec& other : spec.listeners) {
      if (&other == &listener) break;
      if (other.instance_port == listener.instance_port &&
          is_encrypted(other.instance_protocol) != is_encrypted(listener.instance_protocol)) {
        faults.push_back(fmt::format(
            "Listeners that share instance port {} must agree on whether it is encrypted",
            listener.instance_port));
      }
    }
  }
  check_policies(faults, spec);
  const HealthCheck& check = spec.health_check;
  if (check.port == 0) faults.push_back("HealthCheck Target port must be between 1 and 65535");
  if (is_http(check.protocol)) check_path(faults, check);
  check_range(faults, "HealthCheck Interval", check.interval, 5s, 300s);
  check_range(faults, "HealthCheck Timeout", check.timeout, 2s, 60s);
  check_timeout(faults, check);
  check_thresholds(faults, check, "HealthCheck HealthyThreshold", "HealthCheck UnhealthyThreshold");
  check_range(faults, "ConnectionDraining Timeout", spec.draining_timeout, 1s, 3600s);
  check_range(faults, "ConnectionSettings IdleTimeout", spec.idle_timeout, 1s, 3600s);
  return faults;
}

Status refuse(const Faults& faults) {
  if (faults.empty()) return ok();
  return Error{"ValidationError", fmt::format("{}", fmt::join(faults, "; "))};
}

}  // namespace steady::elb
