#include <algorithm>
#include <charconv>
#include <set>

#include "sim/cloud/elb/load_balancer.h"
#include "sim/cloud/elb/validation.h"

/// Listeners of Application load balancers and their rules (elb.md 2.11).
namespace steady::elb {
namespace {

constexpr int kIdDigits = 16;
constexpr std::size_t kMostRules = 100;  // of a balancer, without defaults (elb.md 2.20)

Error no_listener() { return {"ListenerNotFound", "The specified listener does not exist."}; }
Error no_rule() { return {"RuleNotFound", "The specified rule does not exist."}; }

bool has_port(const LoadBalancer& balancer, std::uint16_t port) {
  return std::ranges::any_of(balancer.listeners,
                             [port](const Listener& l) { return l.spec.port == port; });
}

std::string port_in_use() { return "A listener with the specified port already exists."; }

Error priority_in_use(int priority) {
  return {"PriorityInUse", "Priority '" + std::to_string(priority) + "' is currently in use"};
}

bool leads_to(const ActionSpec& action, std::string_view group) {
  return std::ranges::find(action.groups, group, &WeightedGroup::target_group) !=
         action.groups.end();
}

/// "front:80" or "front:80/10": the name that scenarios may give a listener, or a rule by priority.
std::string short_name(const LoadBalancer& balancer, const Listener& listener) {
  return balancer.spec.name + ":" + std::to_string(listener.spec.port);
}

void sort(std::vector<Rule>& rules) {
  std::ranges::sort(rules, {}, [](const Rule& rule) { return rule.spec.priority; });
}

}  // namespace

Status Applications::check_action(const LoadBalancer& balancer, ActionSpec& action) const {
  if (auto done = refuse(faults_of(action)); !done) return done;
  for (WeightedGroup& weighted : action.groups) {
    const GroupId* id = groups_.find(Kind::kApplication, weighted.target_group);
    if (id == nullptr)
      return Error{"TargetGroupNotFound", "The specified target group does not exist."};
    const Group& group = groups_[*id];
    if (group.in_use() && group.load_balancer != balancer.spec.name) {
      return Error{"TargetGroupAssociationLimit",
                   "The following target groups cannot be associated with more than one load "
                   "balancer: " +
                       group.arn};
    }
    // elb.md 2.10
    if (action.groups.size() > 1 && group.spec.sticky && !action.sticky) {
      return Error{"InvalidConfigurationRequest",
                   "You must enable group stickiness on a rule if you enabled target stickiness on "
                   "one of its target groups"};
    }
    if (group.is_network() != balancer.spec.is_network()) {
      return Error{"InvalidConfigurationRequest",
                   "Target group '" + group.name + "' with protocol '" +
                       std::string(name(group.spec.protocol)) + "' does not go with " +
                       (balancer.spec.is_network() ? "a Network" : "an Application") +
                       " load balancer"};
    }
    weighted.target_group = group.name;
  }
  return ok();
}

Status Applications::check_rule(const LoadBalancer& balancer, RuleSpec& spec) const {
  if (auto done = refuse(faults_of(spec)); !done) return done;
  return check_action(balancer, spec.action);
}

Result<std::string> Applications::create_listener(std::string_view load_balancer,
                                                  const ListenerSpec& spec) {
  LoadBalancer* balancer = find(load_balancer);
  if (balancer == nullptr)
    return Error{"LoadBalancerNotFound", "The specified load balancer does not exist."};
  Listener listener;
  listener.spec = spec;
  if (auto done = check_listener(*balancer, spec); !done) return done.error();
  if (auto done = check_action(*balancer, listener.spec.action); !done) return done.error();
  if (has_port(*balancer, spec.port)) return Error{"DuplicateListener", port_in_use()};
  listener.arn = IdSource::listener_arn(balancer->spec.name, balancer->suffix,
                                        context_.ids.hex("listener", listeners_made_++, kIdDigits),
                                        balancer->spec.is_network());
  balancer->listeners.push_back(listener);
  publish(*balancer, listener);
  return listener.arn;
}

Status Applications::modify_listener(std::string_view arn, const ListenerSpec& changed) {
  const auto [balancer, index] = find_listener(arn);
  if (balancer == nullptr) return no_listener();
  ListenerSpec next = changed;
  if (auto done = check_listener(*balancer, next); !done) return done;
  if (auto done = check_action(*balancer, next.action); !done) return done;
  Listener& listener = balancer->listeners[index];
  if (next.port != listener.spec.port && has_port(*balancer, next.port))
    return Error{"DuplicateListener", port_in_use()};
  const ListenerSpec before = listener.spec;
  listener.spec = std::move(next);
  if (listener.spec.port != before.port) frontends_.close(balancer->spec.name, before.port);
  if (listener.spec.port != before.port || listener.spec.action != before.action)
    publish(*balancer, listener);
  if (balancer->spec.is_network()) {
    frontends_.set_flow_idle_timeout(balancer->spec.name, listener.spec.port,
                                     listener.spec.tcp_idle_timeout);
  }
  return ok();
}

Status Applications::delete_listener(std::string_view arn) {
  const auto [balancer, index] = find_listener(arn);
  if (balancer == nullptr) return no_listener();
  const std::uint16_t port = balancer->listeners[index].spec.port;
  balancer->listeners.erase(balancer->listeners.begin() + static_cast<std::ptrdiff_t>(index));
  frontends_.close(balancer->spec.name, port);
  detach_unused(balancer->spec.name);
  return ok();
}

Result<std::string> Applications::create_rule(std::string_view arn, const RuleSpec& spec) {
  const auto [balancer, index] = find_listener(arn);
  if (balancer == nullptr) return no_listener();
  if (balancer->spec.is_network()) {
    return Error{"InvalidConfigurationRequest",
                 "Listeners of a Network load balancer have no rules"};
  }
  Rule rule{{}, spec};
  if (auto done = check_rule(*balancer, rule.spec); !done) return done.error();
  Listener& listener = balancer->listeners[index];
  const auto in_use = [&](const Rule& other) { return other.spec.priority == spec.priority; };
  if (std::ranges::any_of(listener.rules, in_use)) return priority_in_use(spec.priority);
  std::size_t rules = 0;
  for (const Listener& each : balancer->listeners) rules += each.rules.size();
  if (rules >= kMostRules) {
    return Error{"TooManyRules", "The maximum number of rules of load balancer '" +
                                     balancer->spec.name + "' has been reached"};
  }
  // "...:listener/app/NAME/LBID/LID" has rules "...:listener-rule/app/NAME/LBID/LID/ID".
  rule.arn = listener.arn;
  const std::string kind = ":listener/";
  rule.arn.replace(rule.arn.find(kind), kind.size(), ":listener-rule/");
  rule.arn += "/" + context_.ids.hex("listener-rule", rules_made_++, kIdDigits);
  const std::string made = rule.arn;
  listener.rules.push_back(std::move(rule));
  sort(listener.rules);
  publish(*balancer, listener);
  return made;
}

Status Applications::modify_rule(std::string_view arn, const RuleSpec& changed) {
  const RulePlace place = find_rule(arn);
  if (place.balancer == nullptr) return no_rule();
  Rule& rule = place.listener->rules[place.index];
  RuleSpec next = changed;
  next.priority = rule.spec.priority;
  if (auto done = check_rule(*place.balancer, next); !done) return done;
  if (next == rule.spec) return ok();
  rule.spec = std::move(next);
  publish(*place.balancer, *place.listener);
  return ok();
}

Status Applications::delete_rule(std::string_view arn) {
  const RulePlace place = find_rule(arn);
  if (place.balancer == nullptr) return no_rule();
  place.listener->rules.erase(place.listener->rules.begin() +
                              static_cast<std::ptrdiff_t>(place.index));
  publish(*place.balancer, *place.listener);
  return ok();
}

Status Applications::set_priorities(const std::vector<std::pair<std::string, int>>& priorities) {
  std::vector<std::pair<RulePlace, int>> places;
  for (const auto& [arn, priority] : priorities) {
    const RulePlace place = find_rule(arn);
    if (place.balancer == nullptr) return no_rule();
    if (priority < 1 || priority > 50000) {
      return Error{"ValidationError",
                   "Rule priority '" + std::to_string(priority) + "' must be between 1 and 50000"};
    }
    places.emplace_back(place, priority);
  }
  // All at once or none: two rules may change places.
  std::set<Listener*> touched;
  for (const auto& [place, priority] : places) touched.insert(place.listener);
  for (Listener* listener : touched) {
    std::set<int> taken;
    for (std::size_t i = 0; i < listener->rules.size(); ++i) {
      int priority = listener->rules[i].spec.priority;
      for (const auto& [place, wanted] : places) {
        if (place.listener == listener && place.index == i) priority = wanted;
      }
      if (!taken.insert(priority).second) return priority_in_use(priority);
    }
  }
  for (const auto& [place, priority] : places)
    place.listener->rules[place.index].spec.priority = priority;
  for (auto& [name, balancer] : balancers_) {
    for (Listener& listener : balancer.listeners) {
      if (!touched.contains(&listener)) continue;
      sort(listener.rules);
      publish(balancer, listener);
    }
  }
  return ok();
}

Route Applications::route(const LoadBalancer& balancer, const Listener& listener,
                          const ActionSpec& action) {
  Route out;
  out.type = action.type;
  out.status = action.status;
  out.body = action.body;
  if (action.sticky) out.sticky_for = action.sticky_for;
  const LoadBalancerSpec& spec = balancer.spec;
  for (const WeightedGroup& weighted : action.groups) {
    Group& group = groups_[*groups_.find(Kind::kApplication, weighted.target_group)];
    if (!group.in_use())
      membership_.attach(group, spec.name, spec.zones, node_count(context_.behaviour, spec.zones));
    Frontend* way = frontends_.way(
        group,
        {.load_balancer = spec.name,
         .port = listener.spec.port,
         .instance_port = 0,
         .algorithm = group.spec.algorithm,
         .idle_timeout = spec.is_network() ? listener.spec.tcp_idle_timeout : spec.idle_timeout,
         .connect_retries = 0});  // elb.md 2.16
    out.ways.push_back({way, static_cast<std::uint32_t>(weighted.weight)});
  }
  return out;
}

void Applications::publish(const LoadBalancer& balancer, const Listener& listener) {
  Routes routes;
  for (const Rule& rule : listener.rules) {
    routes.push_back(route(balancer, listener, rule.spec.action));
    routes.back().priority = rule.spec.priority;
    routes.back().conditions = rule.spec.conditions;
  }
  routes.push_back(route(balancer, listener, listener.spec.action));
  const RandomStream chance = context_.random.stream("elb/" + balancer.spec.name + "/rules");
  std::vector<SimDuration> delays(node_count(context_.behaviour, balancer.spec.zones));
  for (std::size_t node = 0; node < delays.size(); ++node) {
    delays[node] = context_.behaviour.rule_propagation.sample(
        chance.bits(publications_, static_cast<std::uint32_t>(node)));
  }
  ++publications_;
  const std::string name = balancer.spec.name;
  frontends_.install(name, listener.spec.port, std::move(routes), delays,
                     [this, name] { detach_unused(name); });
}

bool Applications::uses(const LoadBalancer& balancer, std::string_view group) {
  return std::ranges::any_of(balancer.listeners, [group](const Listener& listener) {
    return leads_to(listener.spec.action, group) ||
           std::ranges::any_of(listener.rules, [group](const Rule& rule) {
             return leads_to(rule.spec.action, group);
           });
  });
}

void Applications::detach_unused(const std::string& name) {
  const LoadBalancer* balancer = find(name);
  for (Group& group : groups_.all()) {
    if (group.is_classic() || !group.in_use() || group.load_balancer != name) continue;
    if (balancer != nullptr && uses(*balancer, group.name)) continue;
    if (!frontends_.has_way(name, group.id)) membership_.detach(group);
  }
}

Applications::Place Applications::find_listener(std::string_view arn) {
  for (auto& [name, balancer] : balancers_) {
    for (std::size_t i = 0; i < balancer.listeners.size(); ++i) {
      const Listener& listener = balancer.listeners[i];
      if (listener.arn == arn || short_name(balancer, listener) == arn) return {&balancer, i};
    }
  }
  return {nullptr, 0};
}

Applications::RulePlace Applications::find_rule(std::string_view arn) {
  for (auto& [name, balancer] : balancers_) {
    for (Listener& listener : balancer.listeners) {
      for (std::size_t i = 0; i < listener.rules.size(); ++i) {
        const Rule& rule = listener.rules[i];
        const std::string by_priority =
            short_name(balancer, listener) + "/" + std::to_string(rule.spec.priority);
        if (rule.arn == arn || by_priority == arn) return {&balancer, &listener, i};
      }
    }
  }
  return {};
}

}  // namespace steady::elb
