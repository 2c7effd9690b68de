#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/distribution.h"
#include "sim/core/time.h"

namespace steady::elb {

/// What a target does that a proxy may answer with another try.
enum class Mishap : std::uint8_t {
  kConnect,  ///< Nobody took the connection: refused, shed at the door, or not set up in time.
  kReset,    ///< The connection broke before a byte of the answer.
  kTimeout,  ///< No byte of the answer within the idle time-out.
  kError,    ///< The app's own 5xx.
};
inline constexpr std::size_t kMishaps = 4;

/// Tries of a proxy at other targets, or the same, before its client sees a failure (elb.md 6.1 to
/// 6.3). An Application balancer makes none (2.16).
struct ProxyRetries {
  int attempts = 0;  ///< Beside the first.
  enum class To : std::uint8_t {
    kSame,       ///< The same target, after `wait`.
    kElsewhere,  ///< At once at a target that this request was not at; none is left: it fails.
    /// HAProxy's redispatch: at once elsewhere where targets take turns and no cookie binds the
    /// request; else at the same target after `wait`, and the last try elsewhere.
    kRedispatch,
  } to = To::kElsewhere;
  SimDuration wait{0};
  std::array<bool, kMishaps> on{true, false, false, false};
  /// Also those that may have been worked on though their method is not safe to repeat (POST, LOCK,
  /// PATCH: elb.md 6.3).
  bool non_idempotent = false;
  bool operator==(const ProxyRetries&) const = default;
};

/// A target that fails so often within `fail_timeout` gets nothing for as long, unless it is the
/// only one (elb.md 6.3; each node for itself). Mishaps but the app's own errors count.
struct PassiveHealth {
  int max_fails = 0;  ///< 0: nobody counts.
  SimDuration fail_timeout{std::chrono::seconds{10}};
  bool operator==(const PassiveHealth&) const = default;
};

/// How a balancer behaves where proxies differ from AWS's (the table of elb.md 6.6). The values
/// that stand here are the Application balancer's.
struct ProxyRules {
  /// While a target drains: nobody new once its nodes have learned of it, or still the clients that
  /// a cookie binds to it.
  enum class NewRequests : std::uint8_t { kNone, kSticky } new_requests = NewRequests::kNone;
  /// When nodes learn of a drain; unset: as `Behaviour::deregister_propagation` says.
  std::optional<Distribution> endpoint_update{};
  /// What is in flight when a drain begins: finishes within the deregistration delay, finishes
  /// however long it takes, or is cut.
  enum class InFlight : std::uint8_t { kDelay, kFinish, kCut } in_flight = InFlight::kDelay;
  /// What is in flight when the delay is over: gets a 502, sees its connection reset, or goes on.
  enum class AtTimeout : std::uint8_t {
    kAnswer502,
    kReset,
    kKeep
  } at_timeout = AtTimeout::kAnswer502;
  bool cuts_unhealthy = false;  ///< Requests in flight at a target that turns unhealthy are cut.
  /// Unhealthy targets are used too while fewer than so many percent are healthy; 0: while none is;
  /// unset: never.
  std::optional<int> fail_open_below = 0;
  std::optional<SimDuration> connect_timeout{};  ///< Unset: 10 s (2.17).
  ProxyRetries retries{};
  PassiveHealth passive{};
  std::optional<SimDuration> slow_start{};  ///< Any length; unset: as the target group says.
  /// The signal to stop goes out with the deregistration (Kubernetes); unset: as ECS's stop order
  /// says.
  std::optional<bool> signal_with_drain{};

  /// What a preset says: "alb", "haproxy", "envoy", "nginx", "kubernetes"; nullptr for others.
  static const ProxyRules* preset(std::string_view name);
  static std::vector<std::string_view> presets();
};

}  // namespace steady::elb
