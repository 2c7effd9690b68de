#pragma once

#include "sim/api/autoscaling/types.h"
#include "sim/cloud/asg/auto_scaling.h"

namespace steady::api::autoscaling {

/// What CreateAutoScalingGroup asks for; `zones` where it names none. Error ValidationError.
Result<steady::asg::GroupSpec> spec_of(const CreateGroupInput& input,
                                       const std::vector<std::string>& zones);

}  // namespace steady::api::autoscaling
