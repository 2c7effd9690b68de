#include "harness/aws/limits.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "harness/aws/fields.h"
#include "sim/core/nearest.h"
#include "sim/core/numbers.h"

namespace steady::aws {
namespace {

struct Required {
  std::string_view service, action, members;
};

constexpr Required kRequired[] = {
#define REQUIRED(service, action, members) {#service, #action, members},
#include "harness/aws/required.def"
#undef REQUIRED
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '|') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(wrong, known);
  return nearest.empty() ? "" : "did you mean '" + nearest + "'?";
}

void check_choice(const Limit& limit, const std::string& text, const std::string& pointer,
                  json::Findings& findings) {
  const auto choices = split(limit.choices);
  if (std::ranges::find(choices, text) != choices.end()) return;
  std::string known;
  for (const auto& choice : choices) known += (known.empty() ? "" : ", ") + choice;
  findings.error("E1106", pointer, "'" + text + "' is none of " + known,
                 did_you_mean(text, choices));
}

void check_range(const Limit& limit, std::int64_t number, const std::string& pointer,
                 json::Findings& findings) {
  if (number >= limit.least && number <= limit.most) return;
  findings.error("E1104", pointer,
                 std::to_string(number) + " is out of range: " + std::to_string(limit.least) +
                     " to " + std::to_string(limit.most));
}

/// A number that is written as one or in quotes, as attributes are.
std::optional<std::int64_t> number_in(const Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > 1'000'000'000'000U)
    return 1'000'000'000'000;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  return whole_number<std::int64_t>(value.get_ref<const std::string&>());
}

void check_attribute(std::string_view shape, const std::string& key, const Json& value,
                     const std::string& pointer, json::Findings& findings) {
  const Field* field = find_field(shape, key);
  if (field == nullptr) {
    std::vector<std::string> known;
    for (const auto& other : fields_table()) {
      if (other.shape == shape) known.emplace_back(other.name);
    }
    findings.error("E1101", pointer, "unknown attribute '" + key + "'", did_you_mean(key, known));
  } else if (field->of == FieldClass::kRefused && !is_neutral(*field, value)) {
    findings.error("E1102", pointer,
                   "'" + key + "' = " + value.dump() + " is not modelled yet: it needs " +
                       std::string(field->note),
                   "leave it out");
  } else if (field->of == FieldClass::kModelled) {
    const auto limit = std::ranges::find_if(
        limits_table(), [&](const Limit& one) { return one.shape == shape && one.name == key; });
    if (limit == limits_table().end()) return;
    if (!limit->choices.empty()) {
      if (value.is_string()) check_choice(*limit, value.get<std::string>(), pointer, findings);
    } else if (const auto number = number_in(value)) {
      check_range(*limit, *number, pointer, findings);
    } else {
      findings.error("E1103", pointer,
                     "a whole number is expected here, not " + value.dump().substr(0, 40));
    }
  }
}

}  // namespace

const std::vector<Limit>& limits_table() {
  static const std::vector<Limit> kLimits = {
#define RANGE(shape, name, least, most) {shape, name, least, most, ""},
#define CHOICE(shape, name, choices) {shape, name, 0, 0, choices},
#include "harness/aws/limits.def"
#undef RANGE
#undef CHOICE
  };
  return kLimits;
}

void check_limit(std::string_view shape, std::string_view name, const Json& value,
                 const std::string& pointer, json::Findings& findings) {
  const auto limit = std::ranges::find_if(
      limits_table(), [&](const Limit& one) { return one.shape == shape && one.name == name; });
  if (limit == limits_table().end()) return;
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      check_limit(shape, name, value[i], json::child_pointer(pointer, i), findings);
    }
  } else if (!limit->choices.empty()) {
    // Unlike a wrong word, an empty one is a member that is not there.
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
      check_choice(*limit, value.get<std::string>(), pointer, findings);
    }
  } else if (value.is_number_integer()) {
    check_range(*limit, *number_in(value), pointer, findings);
  }
}

void check_attributes(std::string_view shape, const Json& value, const std::string& pointer,
                      json::Findings& findings) {
  if (value.is_object()) {
    for (const auto& [key, text] : value.items()) {
      check_attribute(shape, key, text, json::child_pointer(pointer, key), findings);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Json& item = value[i];
      if (!item.is_object() || !item.contains("Key") || !item["Key"].is_string() ||
          !item.contains("Value"))
        continue;
      check_attribute(shape, item["Key"].get<std::string>(), item["Value"],
                      json::child_pointer(pointer, i), findings);
    }
  }
}

void check_required(std::string_view service, std::string_view action, const Json& input,
                    const std::string& pointer, json::Findings& findings) {
  if (!input.is_object()) return;
  for (const auto& required : kRequired) {
    if (required.service != service || required.action != action) continue;
    for (const auto& member : split(required.members)) {
      const auto found = input.find(member);
      if (found == input.end() || found->is_null())
        findings.error("E1105", pointer, "'" + member + "' is missing");
    }
  }
}

}  // namespace steady::aws
