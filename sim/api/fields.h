#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/time.h"

/// How inputs and outputs of the API name their members. Each struct has `kShape` and a free function
///
///   template <class V> void fields(V& v, UpdateServiceInput& x) {
///     v("service", x.service, kRequired);
///     v("desiredCount", x.desired_count, range(0, 5000));
///   }
///
/// in which a member is a string, int, int64, bool, double, SimDuration (whole seconds outside),
/// SimTime (a date outside), another such struct, or an optional, a vector or a string map of those.
/// An empty string or optional is a member that is not there. A struct with a member `kept` also holds
/// fields that have no effect. Wire forms, checks and schemas are visitors; none is known here.
namespace steady::api {

/// Name to JSON text: fields of AWS that have no effect on any result.
using KeptFields = std::map<std::string, std::string>;
/// Whole strings only: attributes, labels.
using TextMap = std::map<std::string, std::string>;

/// What a member must hold beside its type.
struct Rule {
  bool required = false;
  bool has_range = false;
  std::int64_t min = 0, max = 0;  ///< of a number, or of the whole seconds of a SimDuration
  std::array<std::string_view, 8> choices{};
  std::size_t choice_count = 0;
  bool number_as_text = false;  ///< AWS has "256" where people also write 256.

  constexpr Rule must() const {
    Rule rule = *this;
    rule.required = true;
    return rule;
  }
};

inline constexpr Rule kRequired{.required = true};
inline constexpr Rule kNumberAsText{.number_as_text = true};
inline constexpr std::int64_t kInt32Max = 2'147'483'647;

constexpr Rule range(std::int64_t min, std::int64_t max) {
  return Rule{.has_range = true, .min = min, .max = max};
}

template <class... Names>
constexpr Rule one_of(Names... names) {
  static_assert(sizeof...(names) <= 8);
  Rule rule;
  ((rule.choices[rule.choice_count++] = names), ...);
  return rule;
}

/// Why a member breaks its rule.
struct Fault {
  enum class Kind { kMissing, kRange, kChoice } kind = Kind::kMissing;
  std::string sentence;  ///< "must be between 1 and 10, not 11"
};

/// The faults of one value under a rule; a missing value is judged by the caller.
std::optional<Fault> judge(const Rule& rule, std::int64_t value);
std::optional<Fault> judge(const Rule& rule, std::string_view value);
/// The value's seconds, read exactly: half a second above the maximum is above it.
std::optional<Fault> judge(const Rule& rule, SimDuration value);

template <class T>
concept Shape = requires { T::kShape; };
template <class T>
concept KeepsFields = requires(T& x) { x.kept; };

}  // namespace steady::api
