#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/draining.h"
#include "sim/cloud/elb/frontends.h"
#include "sim/cloud/elb/membership.h"
#include "sim/cloud/elb/nodes.h"

namespace steady::elb {

/// NAME-NUMBER.REGION.elb.amazonaws.com (elb.md 7.1).
std::string make_dns_name(const RandomSource& random, std::string_view name);
/// NAME-ID.elb.REGION.amazonaws.com (elb.md 7.1).
std::string make_network_dns_name(std::string_view name, std::string_view suffix);

struct Rule {
  std::string arn;
  RuleSpec spec;
};

struct Listener {
  std::string arn;
  ListenerSpec spec;
  std::vector<Rule> rules{};  ///< In order of priority.
};

/// One Application or Network load balancer.
struct LoadBalancer {
  LoadBalancerSpec spec;
  std::string suffix, arn, dns_name;
  std::vector<Listener> listeners;  ///< In order of creation.
};

/// Application and Network load balancers, their listeners and the target groups (elb.md 7.2):
/// everything of elbv2 that is called by a person. It never changes half: what is refused leaves
/// all as it was.
class Applications {
 public:
  Applications(Context& context, Groups& groups, Nodes& nodes, Frontends& frontends,
               Membership& membership, Draining& draining)
      : context_(context),
        groups_(groups),
        nodes_(nodes),
        frontends_(frontends),
        membership_(membership),
        draining_(draining) {}

  Result<GroupId> create_target_group(const TargetGroupSpec& spec);
  Status modify_target_group(std::string_view name, const TargetGroupSpec& changed);
  Status delete_target_group(std::string_view name);
  Status create(const LoadBalancerSpec& spec);
  Status modify(std::string_view name, const LoadBalancerSpec& changed);
  Status remove(std::string_view name);
  Result<std::string> create_listener(std::string_view load_balancer, const ListenerSpec& spec);
  Status modify_listener(std::string_view arn, const ListenerSpec& changed);
  Status delete_listener(std::string_view arn);
  Result<std::string> create_rule(std::string_view listener, const RuleSpec& spec);
  /// Priority stays as it is.
  Status modify_rule(std::string_view rule, const RuleSpec& changed);
  Status delete_rule(std::string_view rule);
  Status set_priorities(const std::vector<std::pair<std::string, int>>& priorities);

  const LoadBalancer* find(std::string_view name_or_arn) const;
  std::vector<std::string> names() const;

 private:
  using Place = std::pair<LoadBalancer*, std::size_t>;
  LoadBalancer* find(std::string_view name_or_arn);
  /// The listener's balancer and index; {nullptr, 0} when there is none.
  Place find_listener(std::string_view arn);
  struct RulePlace {
    LoadBalancer* balancer = nullptr;
    Listener* listener = nullptr;
    std::size_t index = 0;
  };
  RulePlace find_rule(std::string_view arn);
  static Status check_listener(const LoadBalancer& balancer, const ListenerSpec& spec);
  /// What is wrong with an action of this balancer; its groups become names.
  Status check_action(const LoadBalancer& balancer, ActionSpec& action) const;
  Status check_rule(const LoadBalancer& balancer, RuleSpec& spec) const;
  /// The nodes follow the listener's rules from now on, each when it has learned of them.
  void publish(const LoadBalancer& balancer, const Listener& listener);
  Route route(const LoadBalancer& balancer, const Listener& listener, const ActionSpec& action);
  static bool uses(const LoadBalancer& balancer, std::string_view group);
  /// Groups that do not say themselves follow their balancer.
  void set_cross_zone(NodeSet& set, bool on);
  /// Detaches the groups to which no listener of the balancer leads any more.
  void detach_unused(const std::string& balancer);

  Context& context_;
  Groups& groups_;
  Nodes& nodes_;
  Frontends& frontends_;
  Membership& membership_;
  Draining& draining_;
  std::map<std::string, LoadBalancer, std::less<>> balancers_;
  std::vector<std::string> order_;  ///< Names, in order of creation.
  std::uint64_t balancers_made_ = 0, listeners_made_ = 0, groups_made_ = 0, rules_made_ = 0,
                publications_ = 0;
};

}  // namespace steady::elb
