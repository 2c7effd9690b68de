#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/target_group.h"

namespace steady::elb {

/// The nodes of every load balancer, and what its DNS name answers with (elb.md 4.4): the zones in
/// which every target group has as many healthy targets as its DNS threshold asks (2.12), without a
/// zone from which an operator has shifted away (2.13).
class Nodes {
 public:
  Nodes(Context& context, Groups& groups) : context_(context), groups_(groups) {}
  /// Called whenever a name answers with other nodes than before.
  void set_answered(std::function<void(const NodeSet&)> answered) {
    answered_ = std::move(answered);
  }

  /// Called before an answer is made, for whoever may change who serves.
  void set_before_answer(std::function<void(NodeSet&)> before) { before_ = std::move(before); }

  /// The nodes of a new balancer: Behaviour::nodes_per_zone in each zone, at least one.
  NodeSet& make(const std::string& load_balancer, const std::vector<std::string>& zones);
  /// The balancer is gone; what its name answered is kept for whoever still asks.
  void remove(std::string_view load_balancer);
  /// nullptr when there is no such balancer.
  NodeSet* find(std::string_view load_balancer);

  /// Health in some zone may have changed; the answer is looked at once this instant is over.
  void touch(NodeSet& set);
  /// The same, now.
  void answer(NodeSet& set);

  /// The zone is fit to be answered with: every group behind the balancer that has targets has
  /// enough healthy ones there.
  bool zone_is_healthy(const NodeSet& set, std::string_view zone) const;

 private:
  bool enough(const Group& group, std::string_view zone) const;

  Context& context_;
  Groups& groups_;
  std::function<void(const NodeSet&)> answered_;
  std::function<void(NodeSet&)> before_;
  std::deque<NodeSet> sets_;
  std::map<std::string, NodeSet*, std::less<>> by_name_;
};

}  // namespace steady::elb
