#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cloud/elb/routing.h"

namespace steady::elb {

/// One node of a load balancer (elb.md 4.4).
struct Node {
  enum class Phase : std::uint8_t {
    kComing,   ///< Learns of its targets and checks them; not in DNS yet.
    kServing,  ///< In DNS, unless its zone is not.
    kLeaving,  ///< Out of DNS; it serves whoever holds an old answer.
    kGone,     ///< It has closed its connections.
  };
  std::string zone;  ///< "" when the balancer has no zones.
  Phase phase = Phase::kServing;
  std::optional<std::size_t> replaces{};  ///< Leaves when this one serves.
  SimDuration closes_after{0};            ///< Of the one that it replaces: from leaving to gone.
};

/// All nodes that a load balancer has or had, in order of coming: a node's number is never used
/// again.
struct NodeSet {
  std::string load_balancer;
  std::vector<std::string> zones;
  bool cross_zone = true;  ///< Of target groups that do not say themselves (elb.md 2.13, 3.1).
  std::vector<Node> nodes;
  DnsAnswers dns;
  bool dns_is_plain = true;              ///< Every answer so far was "all nodes".
  std::optional<std::string> shifted{};  ///< The zone from which traffic is shifted away.
  bool touched = false;                  ///< A look at the answer is on its way.

  /// Nobody knows of a target's zone "" or "all" (ip targets outside the VPC): any node may use it.
  bool in_zone(std::size_t node, std::string_view zone) const {
    return zone.empty() || zone == "all" || nodes[node].zone.empty() || nodes[node].zone == zone;
  }
  bool gone(std::size_t node) const { return nodes[node].phase == Node::Phase::kGone; }
};

/// What happens to a balancer's nodes.
struct NodeChange {
  enum class Kind : std::uint8_t { kAdd, kRemove, kReplace } kind = Kind::kReplace;
  std::string load_balancer{};
  std::string zone{};  ///< "": the balancer's first.
  /// A node that leaves DNS serves old answers for so long, then closes its connections.
  SimDuration closes_after{std::chrono::minutes{5}};
};

}  // namespace steady::elb
