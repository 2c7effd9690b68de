#include "harness/aws/fields.h"

#include <algorithm>

namespace steady::aws {
namespace {

bool asks_for_nothing(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return true;
    case Json::value_t::boolean:
      return !value.get<bool>();
    case Json::value_t::string:
      return value.get_ref<const std::string&>().empty() || value == "false";
    case Json::value_t::array:
      return value.empty();
    case Json::value_t::object:
      return std::ranges::all_of(value, asks_for_nothing);
    default:
      return value.is_number() && value.get<double>() == 0;
  }
}

/// {"enabled": false} speaks for the whole object.
bool switched_off(const Json& neutral, const Json& value) {
  if (!neutral.is_object() || neutral.size() != 1 || !value.is_object()) return false;
  const auto member = neutral.begin();
  const auto found = value.find(member.key());
  return member.value() == false && found != value.end() && *found == false;
}

}  // namespace

const std::vector<Field>& fields_table() {
  static constexpr FieldClass MODELLED = FieldClass::kModelled;
  static constexpr FieldClass KEPT = FieldClass::kKept;
  static constexpr FieldClass OUTPUT = FieldClass::kOutput;
  static constexpr FieldClass REFUSED = FieldClass::kRefused;
  static const std::vector<Field> kFields = {
#define FIELD(shape, name, of, note) {shape, name, of, note},
#define UNLESS(shape, name, neutral, note) {shape, name, REFUSED, note, neutral},
#include "harness/aws/fields.def"
#undef FIELD
#undef UNLESS
  };
  return kFields;
}

const Field* find_field(std::string_view shape, std::string_view name) {
  const auto found = std::ranges::find_if(
      fields_table(), [&](const Field& f) { return f.shape == shape && f.name == name; });
  return found == fields_table().end() ? nullptr : &*found;
}

bool is_neutral(const Field& field, const Json& value) {
  if (field.neutral.empty()) return asks_for_nothing(value);
  if (value.is_null()) return true;
  const Json neutral = Json::parse(field.neutral);
  return std::ranges::any_of(
      neutral, [&](const Json& one) { return one == value || switched_off(one, value); });
}

}  // namespace steady::aws
