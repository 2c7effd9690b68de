#include "harness/aws/fields.h"

#include <algorithm>

namespace steady::aws {

const std::vector<Field>& fields_table() {
  static constexpr FieldClass KEPT = FieldClass::kKept;
  static constexpr FieldClass OUTPUT = FieldClass::kOutput;
  static constexpr FieldClass REFUSED = FieldClass::kRefused;
  static const std::vector<Field> kFields = {
#define FIELD(shape, name, of, note) {shape, name, of, note},
#include "harness/aws/fields.def"
#undef FIELD
  };
  return kFields;
}

const Field* find_field(std::string_view shape, std::string_view name) {
  const auto found = std::ranges::find_if(
      fields_table(), [&](const Field& f) { return f.shape == shape && f.name == name; });
  return found == fields_table().end() ? nullptr : &*found;
}

bool is_neutral(const Json& value) {
  static const std::vector<std::string> kWords = {"",    "EC2",   "REPLICA", "ROLLING",
                                                  "ECS", "HTTP1", "false",   "DISABLED"};
  switch (value.type()) {
    case Json::value_t::null:
      return true;
    case Json::value_t::boolean:
      return !value.get<bool>() || false;
    case Json::value_t::string:
      return std::ranges::find(kWords, value.get<std::string>()) != kWords.end();
    case Json::value_t::array:
      return value.empty();
    case Json::value_t::object:
      // {"type": "ECS"}, {"enable": false, "alarmNames": []}
      return std::ranges::all_of(value, [](const Json& member) { return is_neutral(member); });
    default:
      return value.is_number() && value.get<double>() == 0;
  }
}

}  // namespace steady::aws
