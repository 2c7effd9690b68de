#pragma once

#include "sim/cloud/asg/auto_scaling.h"

namespace steady::asg {

/// What CreateAutoScalingGroup and UpdateAutoScalingGroup refuse; error code ValidationError.
Status check_group(const GroupSpec& spec, const ec2::Ec2& ec2, const elb::Elb& elb);
/// min <= desired <= max.
Status check_bounds(const GroupSpec& spec);
/// They exist; error code ValidationError.
Status check_load_balancers(const std::vector<std::string>& classic, const elb::Elb& elb);
Status check_target_groups(const std::vector<std::string>& groups, const elb::Elb& elb);

}  // namespace steady::asg
