#include "sim/cloud/asg/validation.h"

#include <algorithm>

#include "sim/cloud/asg/termination_policy.h"

namespace steady::asg {
namespace {

Error invalid(std::string sentence, std::string where = {}) {
  return {"ValidationError", std::move(sentence), std::move(where)};
}

}  // namespace

Status check_bounds(const GroupSpec& spec) {
  if (spec.min < 0 || spec.max < 0) return invalid("Group sizes cannot be negative.");
  if (spec.min > spec.max) {
    return invalid("Max bound, " + std::to_string(spec.max) +
                   ", must be greater than or equal to min bound, " + std::to_string(spec.min));
  }
  if (spec.desired < spec.min || spec.desired > spec.max) {
    return invalid("Desired capacity:" + std::to_string(spec.desired) +
                   " must be between the specified min size:" + std::to_string(spec.min) +
                   " and max size:" + std::to_string(spec.max));
  }
  return ok();
}

Status check_load_balancers(const std::vector<std::string>& classic, const elb::Elb& elb) {
  for (const auto& name : classic) {
    if (elb.find_classic(name) == nullptr) {
      return invalid(
          "Provided Load Balancers may not be valid. Please ensure they exist and try again.",
          name);
    }
  }
  return ok();
}

Status check_target_groups(const std::vector<std::string>& groups, const elb::Elb& elb) {
  for (const auto& name : groups) {
    if (elb.find_group(name) == nullptr) {
      return invalid(
          "Provided Target Groups may not be valid. Please ensure they exist and try again.", name);
    }
    if (elb.target_group(name)->target_type != elb::TargetGroupSpec::TargetType::kInstance) {
      return invalid("Provided Target Groups have target type ip, instance is needed.", name);
    }
  }
  return ok();
}

Status check_group(const GroupSpec& spec, const ec2::Ec2& ec2, const elb::Elb& elb) {
  if (spec.name.empty()) return invalid("AutoScalingGroupName must not be empty.");
  if (auto good = check_bounds(spec); !good) return good;
  if (spec.zones.empty()) {
    return invalid("At least one Availability Zone or VPC Subnet is required.");
  }
  for (std::size_t i = 0; i < spec.zones.size(); ++i) {
    const auto& zone = spec.zones[i];
    if (std::ranges::find(ec2.zones(), zone) == ec2.zones().end()) {
      return invalid("Invalid availability zones: [" + zone + "]", zone);
    }
    if (std::find(spec.zones.begin(), spec.zones.begin() + static_cast<std::ptrdiff_t>(i), zone) !=
        spec.zones.begin() + static_cast<std::ptrdiff_t>(i)) {
      return invalid("Availability zone " + zone + " is named twice.", zone);
    }
  }
  ec2::LaunchSpec launch = spec.launch;
  launch.zone.clear();
  if (auto good = ec2.validate(launch); !good) return invalid(good.error().message);
  if (auto good = check_termination_policies(spec.termination_policies); !good) return good;
  if (spec.health_check_type != "EC2" && spec.health_check_type != "ELB") {
    const bool known = spec.health_check_type == "EBS" || spec.health_check_type == "VPC_LATTICE";
    return invalid("Health check type '" + spec.health_check_type +
                   (known ? "' is not modelled yet." : "' is invalid; known: EC2, ELB."));
  }
  if (spec.health_check_grace < SimDuration{0}) {
    return invalid("HealthCheckGracePeriod cannot be negative.");
  }
  if (auto good = check_load_balancers(spec.classic_load_balancers, elb); !good) return good;
  return check_target_groups(spec.target_groups, elb);
}

}  // namespace steady::asg
