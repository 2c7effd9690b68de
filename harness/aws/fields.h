#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/json/json.h"

namespace steady::aws {

enum class FieldClass { kModelled, kKept, kOutput, kRefused };

/// One line of fields.def: a member of AWS's that is not modelled, and what becomes of it.
struct Field {
  std::string_view shape, name;
  FieldClass of;
  std::string_view note;
  std::string_view neutral = "";  ///< kRefused: a JSON list of the values that ask for nothing
};
const std::vector<Field>& fields_table();
const Field* find_field(std::string_view shape, std::string_view name);

/// True for values of a refused member that ask for nothing: null, [], {}, 0, false, "", "false"
/// and objects of such; or, where the line names them, null and the values of its list. There
/// {"enabled": false} stands for every object that says so, whatever else it says.
bool is_neutral(const Field& field, const Json& value);

}  // namespace steady::aws
