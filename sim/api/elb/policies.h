#pragma once

#include <vector>

#include "sim/api/elb/types.h"
#include "sim/cloud/elb/settings.h"

/// Stickiness policies of Classic balancers, AWS's shapes and the model's (elb.md 1.8, 7.3).
namespace steady::api::elb {

std::vector<steady::elb::CookiePolicy> policies_of(const Policies& input);
Policies shape_of(const std::vector<steady::elb::CookiePolicy>& policies);

}  // namespace steady::api::elb
