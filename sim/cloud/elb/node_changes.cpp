#include "sim/cloud/elb/node_changes.h"

#include <algorithm>

namespace steady::elb {

NodeChanges::NodeChanges(Context& context, Groups& groups, Nodes& nodes, Frontends& frontends,
                         Membership& membership)
    : context_(context),
      groups_(groups),
      nodes_(nodes),
      frontends_(frontends),
      membership_(membership) {
  nodes_.set_before_answer([this](NodeSet& set) { look(set); });
}

Result<std::string> NodeChanges::begin(const NodeChange& change) {
  using Phase = Node::Phase;
  NodeSet* set = nodes_.find(change.load_balancer);
  if (set == nullptr)
    return Error{"fault", "there is no load balancer '" + change.load_balancer + "'"};
  const std::string zone = change.zone.empty() ? set->nodes.front().zone : change.zone;
  const auto serves = [&zone](const Node& node) {
    return node.phase == Phase::kServing && node.zone == zone;
  };
  const auto serving = std::ranges::count_if(set->nodes, serves);
  if (serving == 0) {
    return Error{"fault",
                 "load balancer '" + change.load_balancer + "' has no node in zone '" + zone + "'"};
  }
  const auto first = std::ranges::find_if(set->nodes, serves);
  const auto goes = static_cast<std::size_t>(first - set->nodes.begin());
  const std::string where = " of " + change.load_balancer + " in " + zone;
  if (change.kind == NodeChange::Kind::kRemove) {
    if (serving == 1) {
      return Error{"fault", "node " + std::to_string(goes) + where +
                                " is the zone's last: replace it instead"};
    }
    leave(*set, goes, change.closes_after);
    return "node " + std::to_string(goes) + where + " goes";
  }
  Node node{.zone = zone, .phase = Phase::kComing};
  std::string told = "node " + std::to_string(set->nodes.size()) + where + " comes";
  if (change.kind == NodeChange::Kind::kReplace) {
    // One that is being replaced already has its successor.
    const auto replaced = [set](std::size_t n) {
      return std::ranges::any_of(set->nodes, [n](const Node& other) {
        return other.phase == Phase::kComing && other.replaces == n;
      });
    };
    std::size_t old = goes;
    while (old < set->nodes.size() && (!serves(set->nodes[old]) || replaced(old))) ++old;
    if (old == set->nodes.size())
      return Error{"fault", "every node" + where + " is being replaced already"};
    node.replaces = old;
    node.closes_after = change.closes_after;
    told += " for node " + std::to_string(old);
  }
  come(*set, std::move(node));
  return told;
}

void NodeChanges::come(NodeSet& set, Node node) {
  set.nodes.push_back(std::move(node));
  // From now on its nodes are not all that its name answers with.
  set.dns_is_plain = false;
  frontends_.dns_changed(set);
  frontends_.listeners_get_node(set);
  for (Group& group : groups_.all()) {
    if (group.set == &set) membership_.node_comes(group);
  }
  nodes_.touch(set);
}

void NodeChanges::look(NodeSet& set) {
  for (std::size_t node = 0; node < set.nodes.size(); ++node) {
    if (set.nodes[node].phase != Node::Phase::kComing || !membership_.node_is_ready(set, node))
      continue;
    set.nodes[node].phase = Node::Phase::kServing;
    if (const auto old = set.nodes[node].replaces) leave(set, *old, set.nodes[node].closes_after);
  }
}

void NodeChanges::leave(NodeSet& set, std::size_t node, SimDuration closes_after) {
  if (set.nodes[node].phase != Node::Phase::kServing) return;
  set.nodes[node].phase = Node::Phase::kLeaving;
  nodes_.touch(set);
  context_.loop.after(closes_after, "node closes its connections",
                      [this, &set, node] { close(set, node); });
}

void NodeChanges::close(NodeSet& set, std::size_t node) {
  if (nodes_.find(set.load_balancer) != &set) return;  // The balancer itself is gone.
  set.nodes[node].phase = Node::Phase::kGone;
  for (Group& group : groups_.all()) {
    if (group.set == &set) membership_.node_is_gone(group, node);
  }
  frontends_.node_is_gone(set, node);
  context_.plane->cut_node(set.load_balancer, static_cast<std::uint16_t>(node));
}

Status NodeChanges::shift(std::string_view load_balancer, std::string_view away_from) {
  NodeSet& set = *nodes_.find(load_balancer);
  if (std::ranges::find(set.zones, away_from) == set.zones.end()) {
    return Error{"ValidationException", "Load balancer '" + set.load_balancer +
                                            "' is not in Availability Zone '" +
                                            std::string(away_from) + "'"};
  }
  if (set.shifted) {
    return Error{"ConflictException", "A zonal shift away from '" + *set.shifted +
                                          "' is already active for load balancer '" +
                                          set.load_balancer + "'"};
  }
  set.shifted = std::string(away_from);
  refresh(set);
  return ok();
}

void NodeChanges::end_shift(std::string_view load_balancer) {
  NodeSet* set = nodes_.find(load_balancer);
  if (set == nullptr || !set->shifted) return;
  set->shifted.reset();
  refresh(*set);
}

void NodeChanges::refresh(const NodeSet& set) {
  for (const Group& group : groups_.all()) {
    if (group.set == &set) frontends_.refresh(group);
  }
  nodes_.answer(*nodes_.find(set.load_balancer));
}

}  // namespace steady::elb
