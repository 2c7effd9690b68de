#pragma once

#include <string>
#include <vector>

#include "harness/json/findings.h"
#include "harness/json/json.h"
#include "sim/api/cloud_api.h"
#include "sim/core/calendar.h"

namespace steady::aws {

/// Who reads: the API takes AWS's own shape, a scenario the short forms too (names where ARNs
/// stand, `targetGroup`, `forward`, attributes as an object, `listeners` inside a load balancer).
enum class Door { kApi, kScenario };

/// Reads one of the inputs of sim/api; what is wrong becomes findings (E1101 unknown field, E1102
/// not modelled yet, E1103 wrong type, E1104 out of range). Instantiated in decode.cpp.
template <class T>
void decode(const Json& value, const std::string& pointer, json::Findings& findings, T& out,
            Door door);

/// The wire form of one of the outputs. Instantiated in call.cpp.
template <class T>
Json encode(const T& value, const Calendar& calendar);

/// Calls an action by its AWS name with its AWS input ("elb:" and "elbv2:" tell the two APIs of
/// load balancers apart where the input does not). Errors are AWS's.
Result<Json> call(api::CloudApi& api, std::string_view action, const Json& input);

/// Findings of an action's input without calling it: for the validator.
void check_call(std::string_view action, const Json& input, const std::string& pointer,
                json::Findings& findings);

/// Names of all actions, for nearest names.
std::vector<std::string> action_names();

/// Whether AWS takes a name or an ARN for this member ("cluster", "TargetGroupArn" ...): there an
/// ARN is read as the name in it; anywhere else (commands, images, tags) text stays as it is.
bool takes_name_or_arn(std::string_view member);

/// The name in an ARN, or the name as it is: "arn:...:targetgroup/web/0123" gives "web".
std::string name_of_arn(std::string_view text);

}  // namespace steady::aws
