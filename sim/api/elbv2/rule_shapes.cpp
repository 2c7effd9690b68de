#include <algorithm>
#include <charconv>
#include <iterator>

#include "sim/api/elbv2/common.h"

/// AWS's shapes of actions and conditions, and the model's.
namespace steady::api::elbv2 {

namespace {

namespace model = steady::elb;
using Field = model::Condition::Field;

struct FieldName {
  Field field;
  const char* name;
};
constexpr FieldName kFields[] = {
    {Field::kHost, "host-header"},   {Field::kPath, "path-pattern"},
    {Field::kHeader, "http-header"}, {Field::kMethod, "http-request-method"},
    {Field::kQuery, "query-string"}, {Field::kSourceIp, "source-ip"}};

/// "HTTP_301" and "503"; 0 for what is no number.
int status_of(std::string_view text) {
  if (text.starts_with("HTTP_")) text.remove_prefix(5);
  int status = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), status);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? status : 0;
}

Result<model::Condition> condition_of(const RuleCondition& input) {
  model::Condition out;
  const auto* known = std::ranges::find(kFields, input.field, &FieldName::name);
  if (known == std::end(kFields)) {
    return invalid("Condition field '" + input.field +
                   "' must be one of '[http-header, http-request-method, host-header, "
                   "path-pattern, query-string, source-ip]'");
  }
  out.field = known->field;
  out.values = input.values;
  const auto take = [&out](const std::optional<ValuesConfig>& config) {
    if (config) out.values = config->values;
  };
  if (out.field == Field::kHost) take(input.host);
  if (out.field == Field::kPath) take(input.path);
  if (out.field == Field::kMethod) take(input.method);
  if (out.field == Field::kSourceIp) take(input.source_ip);
  if (out.field == Field::kHeader && input.header) {
    out.header = input.header->name;
    out.values = input.header->values;
  }
  if (out.field == Field::kQuery) {
    out.values.clear();
    if (input.query) {
      for (const auto& pair : input.query->values) out.query.emplace_back(pair.key, pair.value);
    }
  }
  const bool others =
      (input.host && out.field != Field::kHost) || (input.path && out.field != Field::kPath) ||
      (input.method && out.field != Field::kMethod) ||
      (input.source_ip && out.field != Field::kSourceIp) ||
      (input.header && out.field != Field::kHeader) || (input.query && out.field != Field::kQuery);
  if (others) {
    return invalid("Condition '" + input.field + "' has the configuration of another field");
  }
  return out;
}

}  // namespace

Result<model::ActionSpec> action_of(const std::vector<Action>& actions) {
  if (actions.size() != 1) {
    return Error{actions.empty() ? "ValidationError" : "TooManyActions",
                 "Exactly one action is modelled: 'forward', 'redirect' or 'fixed-response'"};
  }
  const Action& input = actions.front();
  model::ActionSpec out;
  if (input.type == "forward") {
    if (input.forward) {
      for (const auto& group : input.forward->target_groups)
        out.groups.push_back({group.target_group_arn, group.weight.value_or(1)});
      if (input.forward->stickiness) {
        out.sticky = input.forward->stickiness->enabled;
        if (const auto duration = input.forward->stickiness->duration)
          out.sticky_for = std::chrono::seconds{*duration};
      }
      const bool other =
          !input.target_group_arn.empty() &&
          (out.groups.size() != 1 || out.groups.front().target_group != input.target_group_arn);
      if (other) return invalid("TargetGroupArn and ForwardConfig name different target groups");
    } else if (!input.target_group_arn.empty()) {
      out.groups.push_back({input.target_group_arn, 1});
    }
    return out;
  }
  if (input.type == "redirect") {
    if (!input.redirect) return invalid("A redirect action needs a RedirectConfig");
    out.type = model::ActionSpec::Type::kRedirect;
    out.status = status_of(input.redirect->status_code);
    const auto set = [](std::string& part, const std::optional<std::string>& value) {
      if (value) part = *value;
    };
    set(out.redirect.protocol, input.redirect->protocol);
    set(out.redirect.port, input.redirect->port);
    set(out.redirect.host, input.redirect->host);
    set(out.redirect.path, input.redirect->path);
    set(out.redirect.query, input.redirect->query);
    return out;
  }
  if (input.type == "fixed-response") {
    if (!input.fixed_response) return invalid("A fixed-response action needs its configuration");
    out.type = model::ActionSpec::Type::kFixedResponse;
    out.status = status_of(input.fixed_response->status_code);
    out.content_type = input.fixed_response->content_type.value_or("");
    out.body = input.fixed_response->message_body.value_or("");
    return out;
  }
  return Error{"InvalidConfigurationRequest", "Listener actions of type '" + input.type +
                                                  "' are not modelled: they ask an identity "
                                                  "provider"};
}

Result<std::vector<model::Condition>> conditions_of(const std::vector<RuleCondition>& input) {
  std::vector<model::Condition> out;
  for (const auto& each : input) {
    auto condition = condition_of(each);
    if (!condition) return condition.error();
    out.push_back(std::move(*condition));
  }
  return out;
}

std::vector<Action> shape_of(const model::Elb& balancers, const model::ActionSpec& action) {
  Action out;
  switch (action.type) {
    case model::ActionSpec::Type::kForward: {
      ForwardConfig config;
      for (const auto& group : action.groups) {
        const auto* id = balancers.find_group(group.target_group);
        const std::string arn = id != nullptr ? balancers.group_arn(*id) : group.target_group;
        config.target_groups.push_back({arn, group.weight});
      }
      if (config.target_groups.size() == 1)
        out.target_group_arn = config.target_groups.front().target_group_arn;
      config.stickiness = GroupStickiness{};
      config.stickiness->enabled = action.sticky;
      if (action.sticky)
        config.stickiness->duration = static_cast<int>(action.sticky_for / std::chrono::seconds{1});
      out.forward = std::move(config);
      break;
    }
    case model::ActionSpec::Type::kRedirect:
      out.type = "redirect";
      out.redirect = RedirectConfig{"HTTP_" + std::to_string(action.status),
                                    action.redirect.protocol,
                                    action.redirect.port,
                                    action.redirect.host,
                                    action.redirect.path,
                                    action.redirect.query};
      break;
    case model::ActionSpec::Type::kFixedResponse:
      out.type = "fixed-response";
      out.fixed_response = FixedResponseConfig{std::to_string(action.status), {}, {}};
      if (!action.content_type.empty()) out.fixed_response->content_type = action.content_type;
      if (!action.body.empty()) out.fixed_response->message_body = action.body;
      break;
  }
  return {out};
}

std::vector<RuleCondition> shape_of(const std::vector<model::Condition>& conditions) {
  std::vector<RuleCondition> out;
  for (const auto& condition : conditions) {
    RuleCondition& shape = out.emplace_back();
    shape.field = std::ranges::find(kFields, condition.field, &FieldName::field)->name;
    switch (condition.field) {
      case Field::kHost:
        shape.values = condition.values;
        shape.host = ValuesConfig{condition.values};
        break;
      case Field::kPath:
        shape.values = condition.values;
        shape.path = ValuesConfig{condition.values};
        break;
      case Field::kMethod:
        shape.method = ValuesConfig{condition.values};
        break;
      case Field::kSourceIp:
        shape.source_ip = ValuesConfig{condition.values};
        break;
      case Field::kHeader:
        shape.header = HttpHeaderConfig{condition.header, condition.values};
        break;
      case Field::kQuery:
        shape.query = QueryConfig{};
        for (const auto& [key, value] : condition.query)
          shape.query->values.push_back({key, value});
        break;
    }
  }
  return out;
}

}  // namespace steady::api::elbv2
