#include "sim/cloud/ecs/query_node.h"

#include <algorithm>

#include "sim/core/calendar.h"

namespace steady::ecs {

std::optional<std::int64_t> parse_count(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  std::int64_t count = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + (c - '0');
  }
  return count;
}

std::optional<std::vector<std::int64_t>> parse_version(std::string_view text) {
  std::vector<std::int64_t> parts;
  while (true) {
    const std::size_t dot = text.find('.');
    const auto part = parse_count(text.substr(0, dot));
    if (!part) return std::nullopt;
    parts.push_back(*part);
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  while (!parts.empty() && parts.back() == 0) parts.pop_back();  // 1.2 is 1.2.0.
  return parts;
}

std::optional<std::int64_t> parse_moment(std::string_view text) {
  std::string moment(text);
  constexpr std::string_view kUtc = "+00:00";
  if (moment.ends_with(kUtc)) {
    moment.replace(moment.size() - kUtc.size(), kUtc.size(), "Z");
  } else if (moment.find('T') != std::string::npos && !moment.ends_with("Z")) {
    moment += 'Z';
  }
  const auto calendar = Calendar::parse(moment);
  if (!calendar) return std::nullopt;
  return calendar->unix_ms(kStart);
}

namespace {

template <class T>
bool compares(const T& left, Operator op, const T& right) {
  switch (op) {
    case Operator::kEqual:
      return left == right;
    case Operator::kNotEqual:
      return left != right;
    case Operator::kGreater:
      return left > right;
    case Operator::kGreaterEqual:
      return left >= right;
    case Operator::kLess:
      return left < right;
    default:
      return left <= right;
  }
}

}  // namespace

bool Query::Node::matches(const ContainerInstance& instance) const {
  switch (kind) {
    case Kind::kNot:
      return !left->matches(instance);
    case Kind::kAnd:
      return left->matches(instance) && right->matches(instance);
    case Kind::kOr:
      return left->matches(instance) || right->matches(instance);
    case Kind::kTerm:
      break;
  }
  return term(instance);
}

bool Query::Node::says(std::string_view value) const {
  switch (op) {
    case Operator::kEqual:
      return value == values.front();
    case Operator::kNotEqual:
      return value != values.front();
    case Operator::kIn:
      return std::ranges::find(values, value) != values.end();
    case Operator::kNotIn:
      return std::ranges::find(values, value) == values.end();
    case Operator::kMatches:
      return pattern->matches(value);
    case Operator::kNotMatches:
      return !pattern->matches(value);
    default:
      return op == Operator::kExists;
  }
}

bool Query::Node::any_group(const GroupCounts& groups) const {
  if (op == Operator::kEqual) return groups.contains(values.front());
  if (op == Operator::kNotEqual) return !groups.contains(values.front());
  return std::ranges::any_of(groups, [&](const auto& group) { return says(group.first); });
}

bool Query::Node::term(const ContainerInstance& instance) const {
  switch (subject) {
    case Subject::kAgentConnected:
      return says(instance.agent_connected ? "true" : "false");
    case Subject::kInstanceId:
      return says(instance.ec2_instance);
    case Subject::kAgentVersion: {
      const auto own = parse_version(instance.agent_version);
      return own && compares(*own, op, version);
    }
    case Subject::kRegisteredAt:
      return compares(instance.registered_unix_ms, op, number);
    case Subject::kRunningTasks:
      return compares<std::int64_t>(instance.running_tasks, op, number);
    case Subject::kGroup:
      return any_group(instance.tasks_by_group);
    case Subject::kAttribute: {
      const auto found = instance.attributes.find(attribute);
      if (found == instance.attributes.end()) return op == Operator::kNotExists;
      return says(found->second);
    }
  }
  return false;
}

}  // namespace steady::ecs
