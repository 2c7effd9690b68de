#include "sim/cloud/elb/proxy.h"

#include <array>

#include "harness/scenario/parts.h"

namespace steady::scenario {
namespace {

using elb::ProxyRetries;
using elb::ProxyRules;

/// More tries than any group has targets.
constexpr int kMostTries = 20'000;

std::vector<std::string> presets() {
  std::vector<std::string> names;
  for (const auto name : ProxyRules::presets()) names.emplace_back(name);
  return names;
}

void read_tries(json::Reader& proxy, ProxyRules& rules) {
  const Json* value = proxy.get("retries");
  if (value == nullptr) return;
  ProxyRetries& retries = rules.retries;
  if (value->is_number()) {
    proxy.read("retries", retries.attempts, 0, kMostTries);
    return;
  }
  json::Reader reader(*value, proxy.pointer("retries"), proxy.findings(), "tries of a proxy");
  reader.read("attempts", retries.attempts, 0, kMostTries);
  std::string text;
  if (reader.read_choice("to", text, {"same", "elsewhere", "redispatch"})) {
    retries.to = text == "same"        ? ProxyRetries::To::kSame
                 : text == "elsewhere" ? ProxyRetries::To::kElsewhere
                                       : ProxyRetries::To::kRedispatch;
  }
  reader.read_duration("wait", retries.wait, SimDuration{0}, std::chrono::minutes{10});
  if (reader.has("on")) {
    static constexpr std::array<std::string_view, elb::kMishaps> kNames{"connect", "reset",
                                                                        "timeout", "5xx"};
    retries.on.fill(false);
    reader.each("on", [&](const Json& one, const std::string& at) {
      for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (one == kNames[i]) {
          retries.on[i] = true;
          return;
        }
      }
      proxy.findings().error("E1006", at,
                             one.dump() + " is not one of connect, reset, timeout, 5xx");
    });
  }
  reader.read("nonIdempotent", retries.non_idempotent);
  reader.finish();
}

void read_options(json::Reader& reader, ProxyRules& rules) {
  std::string text;
  if (reader.read_choice("newRequests", text, {"none", "sticky"})) {
    rules.new_requests =
        text == "sticky" ? ProxyRules::NewRequests::kSticky : ProxyRules::NewRequests::kNone;
  }
  Distribution update;
  if (reader.read_distribution("endpointUpdate", update)) rules.endpoint_update = update;
  if (reader.read_choice("inFlight", text, {"delay", "finish", "cut"})) {
    rules.in_flight = text == "delay"    ? ProxyRules::InFlight::kDelay
                      : text == "finish" ? ProxyRules::InFlight::kFinish
                                         : ProxyRules::InFlight::kCut;
  }
  if (reader.read_choice("atTimeout", text, {"502", "reset", "keep"})) {
    rules.at_timeout = text == "502"     ? ProxyRules::AtTimeout::kAnswer502
                       : text == "reset" ? ProxyRules::AtTimeout::kReset
                                         : ProxyRules::AtTimeout::kKeep;
    if (rules.in_flight != ProxyRules::InFlight::kDelay)
      reader.error("E1004", "atTimeout", "nothing is over without a deregistration delay",
                   "\"inFlight\": \"delay\"");
  }
  if (reader.read_choice("unhealthyInFlight", text, {"finish", "cut"}))
    rules.cuts_unhealthy = text == "cut";
  const Json* fail_open = reader.get("failOpenBelow");
  if (fail_open != nullptr && *fail_open == "never") {
    rules.fail_open_below.reset();
  } else if (int percent = 0; reader.read("failOpenBelow", percent, 0, 100)) {
    rules.fail_open_below = percent;
  }
  SimDuration time{0};
  if (reader.read_duration("connectTimeout", time, 1ms, std::chrono::hours{1}))
    rules.connect_timeout = time;
  read_tries(reader, rules);
  if (const Json* value = reader.get("passiveHealth")) {
    json::Reader passive(*value, reader.pointer("passiveHealth"), reader.findings(),
                         "health by failures");
    passive.require("maxFails", "how many failures make a target unavailable, 0 for never");
    passive.read("maxFails", rules.passive.max_fails, 0, 1'000'000);
    passive.read_duration("failTimeout", rules.passive.fail_timeout, 1ms, std::chrono::hours{24});
    passive.finish();
  }
  if (reader.get("outlierDetection") != nullptr)
    reader.error("E1102", "outlierDetection", "Envoy's outlier detection is not modelled yet",
                 "passiveHealth");
  if (reader.read_duration("slowStart", time, SimDuration{0}, std::chrono::hours{24}))
    rules.slow_start = time;
  if (reader.read_choice("stopSignal", text, {"afterDrain", "together"}))
    rules.signal_with_drain = text == "together";
}

}  // namespace

void read_proxy(const Json& balancer, const std::string& at, json::Findings& findings,
                const std::string& name, Scenario& scenario) {
  if (!balancer.is_object() || !balancer.contains("proxy")) return;
  const Json& value = balancer["proxy"];
  if (value.is_null() || value == "alb") return;
  const Json whole = value.is_string() ? Json{{"like", value}} : value;
  json::Reader reader(whole, at + "/proxy", findings, "a proxy");
  std::string like = "alb";
  reader.read_choice("like", like, presets());
  const ProxyRules* preset = ProxyRules::preset(like);
  if (preset == nullptr) return;
  ProxyRules rules = *preset;
  read_options(reader, rules);
  reader.finish();
  scenario.elb.proxies[name] = rules;
}

}  // namespace steady::scenario
