#pragma once

#include "sim/cloud/elb/target.h"

namespace steady::elb {

/// DescribeTargetHealth's words for a target of a target group (elb.md 2.2).
TargetHealth describe_target(const Target& target, bool network);
/// DescribeInstanceHealth's words for an instance of a Classic balancer (elb.md 1.4).
TargetHealth describe_instance(const Target& target);

}  // namespace steady::elb
