#include <algorithm>
#include <set>

#include "harness/scenario/warnings/warnings.h"
#include "sim/core/numbers.h"

/// W1407 and E1222: an app that closes idle connections before the balancer does (stories.md S22).
namespace steady::scenario {
namespace {

/// Balancers that traffic goes to, with their idle time-outs.
std::map<std::string, SimDuration> idle_timeouts(const Scenario& scenario) {
  std::set<std::string> used;
  for (const auto& source : scenario.traffic) used.insert(source.load_balancer);
  std::map<std::string, SimDuration> idle;
  for (const auto& balancer : scenario.load_balancers) {
    // Through a Network load balancer the app's closing reaches the client: nothing is pooled.
    if (!used.contains(balancer.name) || balancer.type == "network") continue;
    SimDuration& timeout = idle[balancer.name] = elb::LoadBalancerSpec{}.idle_timeout;
    if (!balancer.attributes) continue;
    for (const auto& [key, value] : *balancer.attributes) {
      const auto seconds = whole_number<int>(value);
      if (key == "idle_timeout.timeout_seconds" && seconds)
        timeout = std::chrono::seconds{*seconds};
    }
  }
  for (const auto& balancer : scenario.classic) {
    if (!used.contains(balancer.load_balancer_name)) continue;
    const bool set = balancer.attributes && balancer.attributes->settings;
    idle[balancer.load_balancer_name] =
        set ? std::chrono::seconds{balancer.attributes->settings->idle_timeout}
            : elb::ClassicSpec{}.idle_timeout;
  }
  return idle;
}

}  // namespace

void warn_keep_alive(const Scenario& scenario, json::Findings& findings) {
  const auto idle_by_balancer = idle_timeouts(scenario);
  for (const auto& app : scenario.apps) {
    for (const auto& [balancer, idle] : idle_by_balancer) {
      if (app.keep_alive > idle) continue;
      const std::string pointer =
          json::child_pointer(json::child_pointer("/apps", app.revision), "keepAlive");
      const std::string what = "keepAlive " + format_duration(app.keep_alive) +
                               " is not above the idle time-out " + format_duration(idle) + " of " +
                               balancer;
      if (scenario.reuse_gaps.contains(balancer)) {
        findings.warning("W1407", pointer,
                         what + ": requests that meet a closing connection are lost",
                         "a keepAlive above " + format_duration(idle));
      } else {
        findings.error(
            "E1222", pointer,
            what +
                ", and what the keep-alive race costs depends on how long its "
                "connections rest",
            R"("pool": { "reuseGap": ... } on the load balancer, or a longer keepAlive)");
      }
    }
  }
}

}  // namespace steady::scenario
