#include "sim/cloud/elb/descriptions.h"

#include <algorithm>

namespace steady::elb {
namespace {

TargetHealth describe_failure(const Failure& failure) {
  switch (failure.kind) {
    case Failure::Kind::kCodeMismatch:
      return {"unhealthy", "Target.ResponseCodeMismatch",
              "Health checks failed with these codes: [" + std::to_string(failure.code) + "]"};
    case Failure::Kind::kTimeout:
      return {"unhealthy", "Target.Timeout", "Request timed out"};
    case Failure::Kind::kFailed:
      break;
  }
  return {"unhealthy", "Target.FailedHealthChecks", "Health checks failed"};
}

}  // namespace

TargetHealth describe_target(const Target& target, bool network) {
  switch (target.state) {
    case TargetState::kRegistering:
      return {"initial", "Elb.RegistrationInProgress", "Target registration is in progress"};
    case TargetState::kChecking:
      return {"initial", "Elb.InitialHealthChecking", "Initial health checks in progress"};
    case TargetState::kHealthy:
      return {"healthy", "", ""};
    case TargetState::kUnhealthy:
      // A Network load balancer does not say why (elb.md 3.2).
      return describe_failure(network ? Failure{} : target.last_failure);
    case TargetState::kUnhealthyDraining:
      return {"unhealthy.draining", "Target.FailedHealthChecks", "Health checks failed"};
    case TargetState::kNotInUse:
      return {"unused", "Target.NotInUse",
              "Target group is not configured to receive traffic from the load balancer"};
    case TargetState::kZoneNotEnabled:
      return {"unused", "Target.NotInUse",
              "Target is in an Availability Zone that is not enabled for the load balancer"};
    case TargetState::kInvalidState:
      return {"unused", "Target.InvalidState", "Target is in the terminated state"};
    case TargetState::kDraining:
      return {"draining", "Target.DeregistrationInProgress",
              "Target deregistration is in progress"};
    case TargetState::kNotRegistered:
      break;
  }
  return {"unused", "Target.NotRegistered", "Target is not registered to the target group"};
}

TargetHealth describe_instance(const Target& target) {
  switch (target.state) {
    case TargetState::kRegistering:
    case TargetState::kChecking:
      return {"OutOfService", "ELB", "Instance registration is still in progress."};
    case TargetState::kHealthy:
      return {"InService", "N/A", "N/A"};
    case TargetState::kUnhealthy:
      if (std::ranges::any_of(target.nodes, [](const NodeView& n) { return n.passed > 0; })) {
        return {"OutOfService", "Instance",
                "Instance has not passed the configured HealthyThreshold number of health checks "
                "consecutively."};
      }
      return {"OutOfService", "Instance",
              "Instance has failed at least the UnhealthyThreshold number of health checks "
              "consecutively."};
    case TargetState::kZoneNotEnabled:
      return {"OutOfService", "ELB",
              "Instance is in the EC2 Availability Zone for which LoadBalancer is not configured "
              "to route traffic to."};
    case TargetState::kInvalidState:
      return {"OutOfService", "Instance", "Instance is in terminated state."};
    case TargetState::kDraining:
      return {"InService", "N/A", "Instance deregistration currently in progress."};
    case TargetState::kUnhealthyDraining:
    case TargetState::kNotInUse:
    case TargetState::kNotRegistered:
      break;
  }
  return {"OutOfService", "N/A", "Instance is not currently registered with the LoadBalancer."};
}

}  // namespace steady::elb
