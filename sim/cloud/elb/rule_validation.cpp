#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/cloud/elb/rules.h"
#include "sim/cloud/elb/validation.h"

/// What AWS refuses of a listener's actions and rules (elb.md 2.11, 2.20).
namespace steady::elb {
namespace {

constexpr std::size_t kMostGroups = 5, kMostValues = 5, kMostOfOne = 3, kMostCharacters = 128;
constexpr std::ptrdiff_t kMostWildcards = 5;

void check_forward(Faults& faults, const ActionSpec& spec) {
  if (spec.groups.empty() || spec.groups.size() > kMostGroups) {
    faults.push_back(fmt::format("A forward action takes 1 to {} target groups, not {}",
                                 kMostGroups, spec.groups.size()));
  }
  std::set<std::string> named;
  for (const auto& group : spec.groups) {
    if (group.weight < 0 || group.weight > 999) {
      faults.push_back(
          fmt::format("Target group weight '{}' must be between 0 and 999", group.weight));
    }
    if (!named.insert(group.target_group).second) {
      faults.push_back(
          fmt::format("Target group '{}' appears twice in one forward action", group.target_group));
    }
  }
  const auto seconds = spec.sticky_for / std::chrono::seconds{1};
  if (spec.sticky && (seconds < 1 || seconds > 604800)) {
    faults.push_back(fmt::format(
        "Target group stickiness duration '{}' must be between 1 and 604800 seconds", seconds));
  }
}

void check_redirect(Faults& faults, const ActionSpec& spec) {
  if (spec.status != 301 && spec.status != 302)
    faults.push_back("A redirect's StatusCode must be one of '[HTTP_301, HTTP_302]'");
  const Redirect& to = spec.redirect;
  const std::set<std::string> protocols = {"HTTP", "HTTPS", "#{protocol}"};
  if (!protocols.contains(to.protocol)) {
    faults.push_back(fmt::format(
        "Redirect protocol '{}' must be one of '[HTTP, HTTPS, #{{protocol}}]'", to.protocol));
  }
  if (!to.path.starts_with('/'))
    faults.push_back(fmt::format("Redirect path '{}' must begin with a '/' character", to.path));
  if (to == Redirect{}) {
    faults.push_back(
        "A redirect must change one of Protocol, Port, Host and Path, or it leads back to itself");
  }
}

void check_fixed_response(Faults& faults, const ActionSpec& spec) {
  const int kind = spec.status / 100;
  if (spec.status < 200 || spec.status > 599 || kind == 3) {
    faults.push_back(
        fmt::format("A fixed response's StatusCode '{}' must be 2XX, 4XX or 5XX", spec.status));
  }
  const std::set<std::string> types = {
      "", "text/plain", "text/css", "text/html", "application/javascript", "application/json"};
  if (!types.contains(spec.content_type)) {
    faults.push_back(
        fmt::format("Content type '{}' must be one of '[text/plain, text/css, text/html, "
                    "application/javascript, application/json]'",
                    spec.content_type));
  }
  if (spec.body.size() > 1024)
    faults.push_back("The message body of a fixed response has at most 1024 characters");
}

std::string_view name(Condition::Field field) {
  switch (field) {
    case Condition::Field::kHost:
      return "host-header";
    case Condition::Field::kPath:
      return "path-pattern";
    case Condition::Field::kHeader:
      return "http-header";
    case Condition::Field::kMethod:
      return "http-request-method";
    case Condition::Field::kQuery:
      return "query-string";
    case Condition::Field::kSourceIp:
      return "source-ip";
  }
  return "";
}

}  // namespace

Faults faults_of(const ActionSpec& spec) {
  Faults faults;
  switch (spec.type) {
    case ActionSpec::Type::kForward:
      check_forward(faults, spec);
      break;
    case ActionSpec::Type::kRedirect:
      check_redirect(faults, spec);
      break;
    case ActionSpec::Type::kFixedResponse:
      check_fixed_response(faults, spec);
      break;
  }
  return faults;
}

Faults faults_of(const RuleSpec& spec) {
  Faults faults;
  if (spec.priority < 1 || spec.priority > 50000) {
    faults.push_back(fmt::format("Rule priority '{}' must be between 1 and 50000", spec.priority));
  }
  if (spec.conditions.empty()) faults.push_back("A rule needs at least one condition");
  std::size_t values = 0;
  std::ptrdiff_t wildcards = 0;
  std::set<Condition::Field> once;
  for (const Condition& condition : spec.conditions) {
    const std::string_view field = name(condition.field);
    const bool repeats =
        condition.field == Condition::Field::kHeader || condition.field == Condition::Field::kQuery;
    if (!repeats && !once.insert(condition.field).second)
      faults.push_back(fmt::format("A rule can have only one '{}' condition", field));
    std::vector<std::string> texts = condition.values;
    for (const auto& [key, value] : condition.query) {
      texts.push_back(value);
      wildcards += std::ranges::count_if(key, [](char c) { return c == '*' || c == '?'; });
    }
    if (texts.empty() || texts.size() > kMostOfOne) {
      faults.push_back(fmt::format("Condition '{}' takes 1 to {} values, not {}", field, kMostOfOne,
                                   texts.size()));
    }
    values += texts.size();
    for (const std::string& text : texts) {
      if (text.empty() || text.size() > kMostCharacters) {
        faults.push_back(fmt::format("A value of condition '{}' must have 1 to {} characters",
                                     field, kMostCharacters));
      }
      if (condition.field == Condition::Field::kSourceIp) {
        if (!is_block(text)) {
          faults.push_back(
              fmt::format("Condition '{}' value '{}' must be a CIDR block", field, text));
        }
      } else if (condition.field != Condition::Field::kMethod) {
        wildcards += std::ranges::count_if(text, [](char c) { return c == '*' || c == '?'; });
      }
    }
    if (condition.field == Condition::Field::kHeader && condition.header.empty())
      faults.push_back("Condition 'http-header' needs an HttpHeaderName");
  }
  if (values > kMostValues) {
    faults.push_back(
        fmt::format("A rule has at most {} condition values, not {}", kMostValues, values));
  }
  if (wildcards > kMostWildcards) {
    faults.push_back(
        fmt::format("A rule has at most {} wildcards, not {}", kMostWildcards, wildcards));
  }
  return faults;
}

}  // namespace steady::elb
