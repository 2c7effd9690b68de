#pragma once

#include <optional>
#include <string>

#include "sim/api/elbv2/types.h"
#include "sim/cloud/elb/elb.h"
#include "sim/core/result.h"

/// What the actions on target groups, load balancers and listeners share.
namespace steady::api::elbv2 {

Error invalid(std::string message);  ///< ValidationError
Error no_group();
Error no_balancer();

/// Settings of a new listener, and of one that is changed. Errors are AWS's.
Result<steady::elb::ListenerSpec> listener_of(const Listener& input);
Result<steady::elb::ListenerSpec> changed(const ListenerChange& input,
                                          steady::elb::ListenerSpec spec);

}  // namespace steady::api::elbv2
