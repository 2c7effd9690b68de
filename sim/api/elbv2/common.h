#pragma once

#include <optional>
#include <string>
#include <vector>

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

inline constexpr const char* kFlowIdleTimeout = "tcp.idle_timeout.seconds";
Status apply_attributes(steady::elb::ListenerSpec& spec, const Attributes& attributes);

/// The one action of a listener or a rule. Errors are AWS's.
Result<steady::elb::ActionSpec> action_of(const std::vector<Action>& actions);
Result<std::vector<steady::elb::Condition>> conditions_of(const std::vector<RuleCondition>& input);
/// As Describe calls show them.
std::vector<Action> shape_of(const steady::elb::Elb& balancers,
                             const steady::elb::ActionSpec& action);
std::vector<RuleCondition> shape_of(const std::vector<steady::elb::Condition>& conditions);
Result<steady::elb::RuleSpec> rule_of(const CreateRuleInput& input);

}  // namespace steady::api::elbv2
