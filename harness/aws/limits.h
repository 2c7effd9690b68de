#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/json/findings.h"
#include "harness/json/json.h"

namespace steady::aws {

/// One line of limits.def: what AWS says of a member's value.
struct Limit {
  std::string_view shape, name;
  std::int64_t least, most;
  std::string_view choices;  ///< "a|b"; "" for a range
};
const std::vector<Limit>& limits_table();

/// Findings E1104 and E1106 of a value, or of each item of a list; values of another type are
/// judged elsewhere.
void check_limit(std::string_view shape, std::string_view name, const Json& value,
                 const std::string& pointer, json::Findings& findings);

/// Findings of the attributes of a target group or a load balancer (shapes TargetGroupAttribute and
/// LoadBalancerAttribute of fields.def): unknown keys, values that are not modelled yet.
void check_attributes(std::string_view shape, const Json& value, const std::string& pointer,
                      json::Findings& findings);

/// Findings E1105: what AWS requires of the action's input (required.def) and is not there.
void check_required(std::string_view service, std::string_view action, const Json& input,
                    const std::string& pointer, json::Findings& findings);

}  // namespace steady::aws
