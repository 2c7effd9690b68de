#include <algorithm>

#include "sim/api/elbv2/common.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {

Result<steady::elb::RuleSpec> elbv2::rule_of(const CreateRuleInput& input) {
  steady::elb::RuleSpec spec;
  spec.priority = input.priority;
  auto conditions = conditions_of(input.conditions);
  if (!conditions) return conditions.error();
  spec.conditions = std::move(*conditions);
  auto actions = input.actions;
  if (actions.empty() && !input.forward.empty())
    actions.push_back({"forward", input.forward, {}, {}, {}});
  auto action = action_of(actions);
  if (!action) return action.error();
  spec.action = std::move(*action);
  return spec;
}

namespace {

namespace model = steady::elb;

Error no_rule() { return {"RuleNotFound", "One or more rules not found"}; }

std::string short_name(const model::Elb::ListenerInfo& listener) {
  return listener.load_balancer + ":" + std::to_string(listener.spec.port);
}

elbv2::RuleShape shape_of(world::World& world, const model::Elb::RuleInfo& rule) {
  elbv2::RuleShape out;
  out.rule_arn = rule.arn;
  out.priority = std::to_string(rule.spec.priority);
  out.conditions = elbv2::shape_of(rule.spec.conditions);
  out.actions = elbv2::shape_of(world.elb(), rule.spec.action);
  out.kept = world.kept("rule/" + rule.arn);
  return out;
}

/// The default action as a rule; its ARN is made from the listener's.
elbv2::RuleShape default_of(world::World& world, const model::Elb::ListenerInfo& listener) {
  elbv2::RuleShape out;
  out.rule_arn = listener.arn;
  const std::string kind = ":listener/";
  out.rule_arn.replace(out.rule_arn.find(kind), kind.size(), ":listener-rule/");
  out.rule_arn += "/default";
  out.priority = "default";
  out.actions = elbv2::shape_of(world.elb(), listener.spec.action);
  out.is_default = true;
  return out;
}

/// All rules for which `wanted(listener, rule)` holds; a default rule comes as nullptr.
template <class Wanted>
std::vector<elbv2::RuleShape> rules_of(world::World& world, Wanted wanted) {
  std::vector<elbv2::RuleShape> out;
  const model::Elb::RuleInfo* none = nullptr;
  for (const auto& balancer : world.elb().load_balancers()) {
    for (const auto& listener : world.elb().listeners(balancer)) {
      for (const auto& rule : listener.rules) {
        if (wanted(listener, &rule)) out.push_back(shape_of(world, rule));
      }
      if (wanted(listener, none)) out.push_back(default_of(world, listener));
    }
  }
  return out;
}

bool is(const model::Elb::ListenerInfo& listener, const model::Elb::RuleInfo& rule,
        const std::string& named) {
  return rule.arn == named ||
         short_name(listener) + "/" + std::to_string(rule.spec.priority) == named;
}

elbv2::RulesOutput one(world::World& world, const std::string& arn) {
  return {rules_of(world, [&arn](const auto& listener, const model::Elb::RuleInfo* rule) {
    return rule != nullptr && is(listener, *rule, arn);
  })};
}

}  // namespace

Result<elbv2::RulesOutput> Elbv2Api::do_create_rule(const elbv2::CreateRuleInput& input) {
  auto spec = elbv2::rule_of(input);
  if (!spec) return spec.error();
  auto made = door_.world.elb().create_rule(input.listener_arn, *spec);
  if (!made) return made.error();
  door_.world.kept("rule/" + *made) = input.kept;
  return one(door_.world, *made);
}

Result<elbv2::RulesOutput> Elbv2Api::do_modify_rule(const elbv2::ModifyRuleInput& input) {
  auto& balancers = door_.world.elb();
  for (const auto& balancer : balancers.load_balancers()) {
    for (const auto& listener : balancers.listeners(balancer)) {
      for (const auto& rule : listener.rules) {
        if (!is(listener, rule, input.rule_arn)) continue;
        model::RuleSpec changed = rule.spec;
        if (input.conditions) {
          auto conditions = elbv2::conditions_of(*input.conditions);
          if (!conditions) return conditions.error();
          changed.conditions = std::move(*conditions);
        }
        if (input.actions) {
          auto action = elbv2::action_of(*input.actions);
          if (!action) return action.error();
          changed.action = std::move(*action);
        }
        if (auto done = balancers.modify_rule(rule.arn, changed); !done) return done.error();
        return one(door_.world, rule.arn);
      }
    }
  }
  return no_rule();
}

Result<elbv2::Empty> Elbv2Api::do_delete_rule(const elbv2::RuleArnInput& input) {
  if (auto done = door_.world.elb().delete_rule(input.rule_arn); !done) return done.error();
  return elbv2::Empty{};
}

Result<elbv2::RulesOutput> Elbv2Api::do_describe_rules(const elbv2::DescribeRulesInput& input) {
  if (input.listener_arn.empty() == input.rule_arns.empty())
    return elbv2::invalid("Either a listener or rules must be specified");
  elbv2::RulesOutput out{
      rules_of(door_.world, [&input](const auto& listener, const model::Elb::RuleInfo* rule) {
        if (!input.listener_arn.empty())
          return listener.arn == input.listener_arn || short_name(listener) == input.listener_arn;
        return rule != nullptr && std::ranges::any_of(input.rule_arns, [&](const auto& arn) {
                 return is(listener, *rule, arn);
               });
      })};
  if (!input.listener_arn.empty() && out.rules.empty())
    return Error{"ListenerNotFound", "One or more listeners not found"};
  if (out.rules.size() < input.rule_arns.size()) return no_rule();
  return out;
}

Result<elbv2::RulesOutput> Elbv2Api::do_set_rule_priorities(
    const elbv2::SetRulePrioritiesInput& input) {
  std::vector<std::pair<std::string, int>> priorities;
  for (const auto& each : input.priorities) priorities.emplace_back(each.rule_arn, each.priority);
  // Names by priority mean those of before.
  std::vector<std::string> arns;
  for (auto& [named, priority] : priorities) {
    const auto rule = one(door_.world, named);
    if (rule.rules.empty()) return no_rule();
    named = rule.rules.front().rule_arn;
    arns.push_back(named);
  }
  if (auto done = door_.world.elb().set_rule_priorities(priorities); !done) return done.error();
  elbv2::RulesOutput out;
  for (const auto& arn : arns) out.rules.push_back(one(door_.world, arn).rules.front());
  return out;
}

}  // namespace steady::api
