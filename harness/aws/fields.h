#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/json/json.h"

namespace steady::aws {

enum class FieldClass { kKept, kOutput, kRefused };

/// One line of fields.def: a member of AWS's that is not modelled, and what becomes of it.
struct Field {
  std::string_view shape, name;
  FieldClass of;
  std::string_view note;
};
const std::vector<Field>& fields_table();
const Field* find_field(std::string_view shape, std::string_view name);

/// True for values of a refused member that ask for nothing: null, [], {}, 0, false, "", and the
/// words that name what is modelled (EC2, REPLICA, ROLLING, {"type": "ECS"}, HTTP1, true for health
/// checks).
bool is_neutral(const Json& value);

}  // namespace steady::aws
