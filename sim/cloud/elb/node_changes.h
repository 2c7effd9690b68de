#pragma once

#include <string>
#include <string_view>

#include "sim/cloud/elb/frontends.h"
#include "sim/cloud/elb/membership.h"
#include "sim/cloud/elb/nodes.h"

namespace steady::elb {

/// Nodes that come and go (elb.md 4.4), and zonal shifts (2.13). A new node learns of the targets
/// and checks them itself, and is answered by DNS once it has decided about every healthy one; one
/// that goes leaves DNS, still serves who holds an old answer, then closes its connections.
class NodeChanges {
 public:
  NodeChanges(Context& context, Groups& groups, Nodes& nodes, Frontends& frontends,
              Membership& membership);

  /// Says which node comes and goes. Error code "fault".
  Result<std::string> begin(const NodeChange& change);
  Status shift(std::string_view load_balancer, std::string_view away_from);
  void end_shift(std::string_view load_balancer);

 private:
  void come(NodeSet& set, Node node);
  void leave(NodeSet& set, std::size_t node, SimDuration closes_after);
  void close(NodeSet& set, std::size_t node);
  /// Those that know their targets by now begin to serve.
  void look(NodeSet& set);
  void refresh(const NodeSet& set);

  Context& context_;
  Groups& groups_;
  Nodes& nodes_;
  Frontends& frontends_;
  Membership& membership_;
};

}  // namespace steady::elb
