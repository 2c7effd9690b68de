#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/ecs/pattern.h"
#include "sim/cloud/ecs/query_language.h"

/// The parts of a parsed query, shared by its parser and its evaluation.
namespace steady::ecs {

/// Operators of the query language, and below what they are asked of.
enum class Operator : std::uint8_t {
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kExists,
  kNotExists,
  kIn,
  kNotIn,
  kMatches,
  kNotMatches
};

enum class Subject : std::uint8_t {
  kAgentConnected,
  kAgentVersion,
  kInstanceId,
  kRegisteredAt,
  kRunningTasks,
  kAttribute,
  kGroup
};

/// A whole number of at most nine digits.
std::optional<std::int64_t> parse_count(std::string_view text);
/// "1.14.5" as {1, 14, 5}, zeros at the end left out; nothing when a part is no number.
std::optional<std::vector<std::int64_t>> parse_version(std::string_view text);
/// One of the four formats of ecs.md 3.4, in milliseconds since 1970.
std::optional<std::int64_t> parse_moment(std::string_view text);

/// A term, or what joins two.
struct Query::Node {
  enum class Kind : std::uint8_t { kTerm, kNot, kAnd, kOr } kind = Kind::kTerm;
  std::shared_ptr<const Node> left, right;

  Subject subject = Subject::kAttribute;
  Operator op = Operator::kExists;
  std::string attribute;
  std::vector<std::string> values;
  std::optional<Pattern> pattern;
  std::int64_t number = 0;  ///< runningTasksCount, registeredAt
  std::vector<std::int64_t> version;

  bool matches(const ContainerInstance& instance) const;
  bool term(const ContainerInstance& instance) const;
  /// What the string operators say of one value.
  bool says(std::string_view value) const;
  bool any_group(const GroupCounts& groups) const;
};

}  // namespace steady::ecs
