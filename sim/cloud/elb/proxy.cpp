#include "sim/cloud/elb/proxy.h"

#include <algorithm>

namespace steady::elb {
namespace {

struct Preset {
  std::string_view name;
  ProxyRules rules;
};

using Rules = ProxyRules;
using To = ProxyRetries::To;

/// More tries than any group has targets: nginx goes on until it was at each (elb.md 6.3 names no
/// bound).
constexpr int kUntilAllWereTried = 20'000;

/// Every value with its source; what is left out is as with AWS's balancer.
const std::vector<Preset>& table() {
  static const std::vector<Preset> presets{
      {"alb", {}},
      {"haproxy",
       {.new_requests = Rules::NewRequests::kSticky,  // 6.1 "drain": persistence goes on
        .in_flight = Rules::InFlight::kFinish,        // 6.1: active sessions are kept, no limit
        .cuts_unhealthy = false,                      // 6.1: on-marked-down is off by default
        .fail_open_below = std::nullopt,              // 6.6: 503
        // 6.1: three retries of failed connects, after min(connect time-out, 1 s) at the same
        // server, redispatched with the last.
        .retries = {.attempts = 3, .to = To::kRedispatch, .wait = 1s}}},
      {"envoy",
       {.in_flight = Rules::InFlight::kFinish,  // 6.2 has no bound for requests to a removed host
        .fail_open_below = 50,                  // 6.2: panic threshold
        // 6.2: retry_on connect-failure; the least that switching retries on means.
        .retries = {.attempts = 1, .to = To::kElsewhere}}},
      {"nginx",
       {.in_flight = Rules::InFlight::kFinish,  // 6.3: old workers finish, no limit
        .fail_open_below = std::nullopt,        // 6.6
        .connect_timeout = 60s,                 // 6.3
        // 6.3: proxy_next_upstream error timeout
        .retries = {.attempts = kUntilAllWereTried,
                    .to = To::kElsewhere,
                    .on = {true, true, true, false}},
        .passive = {.max_fails = 1, .fail_timeout = 10s}}},  // 6.3
      {"kubernetes",
       {// 6.4: endpoints are updated while the pod stops; 6.6: all until then. How long it takes is
        // not documented: 10 s is the least that 6.4 calls a useful wait.
        .endpoint_update = Distribution(Distribution::Uniform{1s, 10s}),
        .in_flight = Rules::InFlight::kFinish,  // 6.4: no step cuts but the pod's own end
        .fail_open_below = std::nullopt,        // no ready endpoint, nobody to send to
        .signal_with_drain = true}},            // 6.4 "in parallel"
  };
  return presets;
}

}  // namespace

const ProxyRules* ProxyRules::preset(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Preset::name);
  return found == table().end() ? nullptr : &found->rules;
}

std::vector<std::string_view> ProxyRules::presets() {
  std::vector<std::string_view> names;
  for (const Preset& preset : table()) names.push_back(preset.name);
  return names;
}

}  // namespace steady::elb
