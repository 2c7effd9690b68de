#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/api/elb/types.h"

/// Elastic Load Balancing v2: what a listener does with a request.
namespace steady::api::elbv2 {

using elb::Empty;
using steady::ecs::KeptFields;

struct TargetGroupTuple {
  static constexpr const char* kShape = "TargetGroupTuple";
  std::string target_group_arn;
  std::optional<int> weight;
};
template <class V>
void fields(V& v, TargetGroupTuple& x) {
  v("TargetGroupArn", x.target_group_arn);
  v("Weight", x.weight);
}
struct GroupStickiness {
  static constexpr const char* kShape = "TargetGroupStickinessConfig";
  bool enabled = false;
  std::optional<int> duration;  ///< seconds
};
template <class V>
void fields(V& v, GroupStickiness& x) {
  v("Enabled", x.enabled);
  v("DurationSeconds", x.duration);
}
struct ForwardConfig {
  static constexpr const char* kShape = "ForwardActionConfig";
  std::vector<TargetGroupTuple> target_groups;
  std::optional<GroupStickiness> stickiness;
};
template <class V>
void fields(V& v, ForwardConfig& x) {
  v("TargetGroups", x.target_groups);
  v("TargetGroupStickinessConfig", x.stickiness);
}
struct RedirectConfig {
  static constexpr const char* kShape = "RedirectActionConfig";
  std::string status_code;  ///< "HTTP_301"
  std::optional<std::string> protocol, port, host, path, query;
};
template <class V>
void fields(V& v, RedirectConfig& x) {
  v("Protocol", x.protocol);
  v("Port", x.port);
  v("Host", x.host);
  v("Path", x.path);
  v("Query", x.query);
  v("StatusCode", x.status_code);
}
struct FixedResponseConfig {
  static constexpr const char* kShape = "FixedResponseActionConfig";
  std::string status_code;  ///< "503"
  std::optional<std::string> content_type, message_body;
};
template <class V>
void fields(V& v, FixedResponseConfig& x) {
  v("MessageBody", x.message_body);
  v("StatusCode", x.status_code);
  v("ContentType", x.content_type);
}
struct Action {
  static constexpr const char* kShape = "Action";
  std::string type = "forward", target_group_arn;
  std::optional<ForwardConfig> forward;
  std::optional<RedirectConfig> redirect;
  std::optional<FixedResponseConfig> fixed_response;
};
template <class V>
void fields(V& v, Action& x) {
  v("Type", x.type);
  v("TargetGroupArn", x.target_group_arn);
  v("ForwardConfig", x.forward);
  v("RedirectConfig", x.redirect);
  v("FixedResponseConfig", x.fixed_response);
}

/// The Config members of conditions all hold a list of values.
struct ValuesConfig {
  static constexpr const char* kShape = "ConditionValues";
  std::vector<std::string> values;
};
template <class V>
void fields(V& v, ValuesConfig& x) {
  v("Values", x.values);
}
struct HttpHeaderConfig {
  static constexpr const char* kShape = "HttpHeaderConditionConfig";
  std::string name;
  std::vector<std::string> values;
};
template <class V>
void fields(V& v, HttpHeaderConfig& x) {
  v("HttpHeaderName", x.name);
  v("Values", x.values);
}
struct QueryPair {
  static constexpr const char* kShape = "QueryStringKeyValuePair";
  std::string key, value;
};
template <class V>
void fields(V& v, QueryPair& x) {
  v("Key", x.key);
  v("Value", x.value);
}
struct QueryConfig {
  static constexpr const char* kShape = "QueryStringConditionConfig";
  std::vector<QueryPair> values;
};
template <class V>
void fields(V& v, QueryConfig& x) {
  v("Values", x.values);
}
struct RuleCondition {
  static constexpr const char* kShape = "RuleCondition";
  std::string field;
  std::vector<std::string> values;
  std::optional<ValuesConfig> host, path, method, source_ip;
  std::optional<HttpHeaderConfig> header;
  std::optional<QueryConfig> query;
};
template <class V>
void fields(V& v, RuleCondition& x) {
  v("Field", x.field);
  v("Values", x.values);
  v("HostHeaderConfig", x.host);
  v("PathPatternConfig", x.path);
  v("HttpHeaderConfig", x.header);
  v("QueryStringConfig", x.query);
  v("HttpRequestMethodConfig", x.method);
  v("SourceIpConfig", x.source_ip);
}

struct CreateRuleInput {
  static constexpr const char* kShape = "CreateRule";
  std::string listener_arn;
  int priority = 0;
  std::vector<RuleCondition> conditions;
  std::vector<Action> actions;
  std::string forward;  ///< short form: the group to forward to
  KeptFields kept;
};
template <class V>
void fields(V& v, CreateRuleInput& x) {
  v("ListenerArn", x.listener_arn);
  v("Conditions", x.conditions);
  v("Priority", x.priority);
  v("Actions", x.actions);
  v.alias("forward", x.forward);
  v.kept(x.kept);
}
/// Only what is set is changed.
struct ModifyRuleInput {
  static constexpr const char* kShape = "ModifyRule";
  std::string rule_arn;
  std::optional<std::vector<RuleCondition>> conditions;
  std::optional<std::vector<Action>> actions;
};
template <class V>
void fields(V& v, ModifyRuleInput& x) {
  v("RuleArn", x.rule_arn);
  v("Conditions", x.conditions);
  v("Actions", x.actions);
}
struct RuleArnInput {
  static constexpr const char* kShape = "RuleArn";
  std::string rule_arn;
};
template <class V>
void fields(V& v, RuleArnInput& x) {
  v("RuleArn", x.rule_arn);
}
struct DescribeRulesInput {
  static constexpr const char* kShape = "DescribeRules";
  std::string listener_arn;
  std::vector<std::string> rule_arns;
};
template <class V>
void fields(V& v, DescribeRulesInput& x) {
  v("ListenerArn", x.listener_arn);
  v("RuleArns", x.rule_arns);
}
struct RulePriorityPair {
  static constexpr const char* kShape = "RulePriorityPair";
  std::string rule_arn;
  int priority = 0;
};
template <class V>
void fields(V& v, RulePriorityPair& x) {
  v("RuleArn", x.rule_arn);
  v("Priority", x.priority);
}
struct SetRulePrioritiesInput {
  static constexpr const char* kShape = "SetRulePriorities";
  std::vector<RulePriorityPair> priorities;
};
template <class V>
void fields(V& v, SetRulePrioritiesInput& x) {
  v("RulePriorities", x.priorities);
}
struct RuleShape {
  static constexpr const char* kShape = "Rule";
  std::string rule_arn, priority;  ///< "10", or "default"
  std::vector<RuleCondition> conditions;
  std::vector<Action> actions;
  bool is_default = false;
  KeptFields kept;
};
template <class V>
void fields(V& v, RuleShape& x) {
  v("RuleArn", x.rule_arn);
  v("Priority", x.priority);
  v("Conditions", x.conditions);
  v("Actions", x.actions);
  v("IsDefault", x.is_default);
  v.kept(x.kept);
}
struct RulesOutput {
  static constexpr const char* kShape = "Rules";
  std::vector<RuleShape> rules;
};
template <class V>
void fields(V& v, RulesOutput& x) {
  v("Rules", x.rules);
}

}  // namespace steady::api::elbv2
