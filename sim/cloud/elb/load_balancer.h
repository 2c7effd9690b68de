#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/draining.h"
#include "sim/cloud/elb/frontends.h"
#include "sim/cloud/elb/membership.h"

namespace steady::elb {

/// How many nodes a load balancer in these zones has; at least one.
std::size_t node_count(const Behaviour& behaviour, const std::vector<std::string>& zones);
/// NAME-NUMBER.REGION.elb.amazonaws.com (elb.md 7.1).
std::string make_dns_name(const RandomSource& random, std::string_view name);

struct Listener {
  std::string arn;
  ListenerSpec spec;  ///< target_group is a name, never an ARN.
};

/// One application load balancer.
struct LoadBalancer {
  LoadBalancerSpec spec;
  std::string suffix, arn, dns_name;
  std::vector<Listener> listeners;  ///< In order of creation.
};

/// Application load balancers, their listeners and the target groups (elb.md 7.2): everything of
/// elbv2 that is called by a person. It never changes half: what is refused leaves all as it was.
class Applications {
 public:
  Applications(Context& context, Groups& groups, Frontends& frontends, Membership& membership,
               Draining& draining)
      : context_(context),
        groups_(groups),
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

  const LoadBalancer* find(std::string_view name_or_arn) const;
  std::vector<std::string> names() const;

 private:
  using Place = std::pair<LoadBalancer*, std::size_t>;
  LoadBalancer* find(std::string_view name_or_arn);
  /// The listener's balancer and index; {nullptr, 0} when there is none.
  Place find_listener(std::string_view arn);
  /// The group that `spec` may forward to from this balancer.
  Result<GroupId> forward_target(const LoadBalancer& balancer, const ListenerSpec& spec) const;
  void open(LoadBalancer& balancer, const Listener& listener);
  /// Detaches the group if none of the balancer's listeners forwards to it any more.
  void detach_if_unused(const LoadBalancer& balancer, std::string_view group);

  Context& context_;
  Groups& groups_;
  Frontends& frontends_;
  Membership& membership_;
  Draining& draining_;
  std::map<std::string, LoadBalancer, std::less<>> balancers_;
  std::vector<std::string> order_;  ///< Names, in order of creation.
  std::uint64_t balancers_made_ = 0, listeners_made_ = 0, groups_made_ = 0;
};

}  // namespace steady::elb
