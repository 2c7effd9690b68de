#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/cloud/elb/draining.h"
#include "sim/cloud/elb/frontends.h"
#include "sim/cloud/elb/membership.h"
#include "sim/cloud/elb/nodes.h"

namespace steady::elb {

/// Classic load balancers (elb.md 1, 7.3): listeners in front of whole instances, which are the
/// targets of the balancer's own group.
class Classics {
 public:
  Classics(Context& context, Groups& groups, Nodes& nodes, Frontends& frontends,
           Membership& membership, Draining& draining)
      : context_(context),
        groups_(groups),
        nodes_(nodes),
        frontends_(frontends),
        membership_(membership),
        draining_(draining) {}

  Result<GroupId> create(const ClassicSpec& spec);
  Status modify(std::string_view name, const ClassicSpec& changed);
  Status remove(std::string_view name);
  /// nullptr when there is no such balancer.
  const std::string* dns_name(std::string_view name) const;

 private:
  void open(const Group& group, const ClassicListenerSpec& listener);

  Context& context_;
  Groups& groups_;
  Nodes& nodes_;
  Frontends& frontends_;
  Membership& membership_;
  Draining& draining_;
  std::map<std::string, std::string, std::less<>> dns_names_;
};

}  // namespace steady::elb
