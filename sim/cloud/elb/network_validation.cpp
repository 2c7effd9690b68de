#include <fmt/format.h>

#include "sim/cloud/elb/load_balancer.h"
#include "sim/cloud/elb/validation.h"

/// What differs between Application and Network load balancers in what they take (elb.md 3).
namespace steady::elb {

Faults network_faults_of(const TargetGroupSpec& spec) {
  Faults faults;
  const auto refused = [&](bool there, std::string_view what) {
    if (there)
      faults.push_back(fmt::format("{} does not go with a target group of protocol '{}'", what,
                                   name(spec.protocol)));
  };
  refused(spec.algorithm != TargetGroupSpec{}.algorithm, "'load_balancing.algorithm.type'");
  refused(spec.mitigates_anomalies, "'load_balancing.algorithm.anomaly_mitigation'");
  refused(spec.slow_start.count() != 0, "'slow_start.duration_seconds'");
  refused(spec.sticky, "Stickiness by cookies");
  const FlowSettings& flows = spec.flows;
  if (flows.unhealthy_draining < SimDuration{0} ||
      flows.unhealthy_draining > std::chrono::seconds{360'000}) {
    faults.push_back(
        "'target_health_state.unhealthy.draining_interval_seconds' must be between '0-360000' "
        "inclusive");
  }
  if (flows.end_unhealthy && flows.unhealthy_draining.count() != 0) {
    faults.push_back(
        "'target_health_state.unhealthy.connection_termination.enabled' must be false before "
        "'target_health_state.unhealthy.draining_interval_seconds' can be set");
  }
  return faults;
}

Status Applications::check_listener(const LoadBalancer& balancer, const ListenerSpec& spec) {
  if (!balancer.spec.is_network()) return refuse(faults_of(spec));
  Faults faults;
  if (spec.port == 0) faults.push_back("Listener port '0' must be between '1-65535' inclusive");
  if (!is_network(spec.protocol)) {
    faults.push_back(
        fmt::format("Listener protocol '{}' must be one of '[TCP, TLS]'", name(spec.protocol)));
  }
  const auto idle = spec.tcp_idle_timeout;
  if (idle < std::chrono::seconds{60} || idle > std::chrono::seconds{6000}) {
    faults.push_back(
        fmt::format("'tcp.idle_timeout.seconds' value '{}' must be between '60-6000' "
                    "inclusive",
                    idle / std::chrono::seconds{1}));
  }
  if (spec.protocol == Protocol::kTls && idle != ListenerSpec{}.tcp_idle_timeout)
    faults.push_back("'tcp.idle_timeout.seconds' can be changed on TCP listeners only");
  if (spec.action.type != ActionSpec::Type::kForward)
    faults.push_back("A listener of a Network load balancer can only forward");
  if (spec.action.groups.size() > 1) {
    faults.push_back("Weighted target groups behind a Network load balancer are not modelled yet");
  }
  return refuse(faults);
}

}  // namespace steady::elb
