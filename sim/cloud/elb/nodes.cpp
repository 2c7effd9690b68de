#include "sim/cloud/elb/nodes.h"

#include <algorithm>

#include "sim/core/journal_kinds.h"

namespace steady::elb {

NodeSet& Nodes::make(const std::string& load_balancer, const std::vector<std::string>& zones) {
  NodeSet& set = sets_.emplace_back();
  set.load_balancer = load_balancer;
  set.zones = zones;
  const int per_zone = std::max(context_.behaviour.nodes_per_zone, 1);
  for (int n = 0; n < per_zone; ++n) {
    for (const std::string& zone : zones) set.nodes.push_back({.zone = zone});
    if (zones.empty()) set.nodes.push_back({});
  }
  std::vector<std::uint16_t> all(set.nodes.size());
  for (std::size_t node = 0; node < all.size(); ++node)
    all[node] = static_cast<std::uint16_t>(node);
  set.dns.all.push_back({context_.loop.now(), std::move(all)});
  by_name_[load_balancer] = &set;
  return set;
}

void Nodes::remove(std::string_view load_balancer) {
  if (const auto found = by_name_.find(load_balancer); found != by_name_.end())
    by_name_.erase(found);
}

NodeSet* Nodes::find(std::string_view load_balancer) {
  const auto found = by_name_.find(load_balancer);
  return found == by_name_.end() ? nullptr : found->second;
}

void Nodes::touch(NodeSet& set) {
  // With cross-zone on all zones are healthy or none is, and either way all are answered.
  const auto zonal = [&](const Group& group) {
    return group.exists && group.set == &set && !group.is_classic() && !group.cross_zone();
  };
  const bool moving = std::ranges::any_of(set.nodes, [](const Node& node) {
    return node.phase == Node::Phase::kComing || node.phase == Node::Phase::kLeaving;
  });
  if (set.touched || !(moving || !set.dns_is_plain || std::ranges::any_of(groups_.all(), zonal)))
    return;
  set.touched = true;
  context_.loop.after(SimDuration{0}, "DNS answer", [this, &set] {
    set.touched = false;
    answer(set);
  });
}

bool Nodes::enough(const Group& group, std::string_view zone) const {
  if (group.is_classic()) return true;  // No threshold is documented (known deviations).
  std::size_t healthy = 0, registered = 0, anywhere = 0;
  for (const TargetId id : group.live) {
    const Target& target = groups_.target(id);
    if (!is_checked(target.state)) continue;
    ++anywhere;
    const std::string& own = target.info.zone;
    if (!group.cross_zone() && !own.empty() && own != "all" && own != zone) continue;
    ++registered;
    if (target.state == TargetState::kHealthy) ++healthy;
  }
  return anywhere == 0 || group.spec.dns_minimum.reached(healthy, registered);
}

bool Nodes::zone_is_healthy(const NodeSet& set, std::string_view zone) const {
  return std::ranges::all_of(groups_.all(), [&](const Group& group) {
    return !group.exists || group.set != &set || enough(group, zone);
  });
}

void Nodes::answer(NodeSet& set) {
  if (find(set.load_balancer) != &set) return;
  if (before_) before_(set);
  const auto in = [&set](const auto& fits) {
    std::vector<std::uint16_t> nodes;
    for (std::size_t node = 0; node < set.nodes.size(); ++node) {
      if (set.nodes[node].phase == Node::Phase::kServing && fits(set.nodes[node].zone))
        nodes.push_back(static_cast<std::uint16_t>(node));
    }
    return nodes;
  };
  const auto stays = [&set](const std::string& zone) { return set.shifted != zone; };
  std::map<std::string, bool, std::less<>> healthy;
  for (const Node& node : set.nodes) {
    if (!healthy.contains(node.zone)) healthy[node.zone] = zone_is_healthy(set, node.zone);
  }
  auto nodes = in([&](const std::string& zone) { return stays(zone) && healthy[zone]; });
  // All zones unhealthy: all of them are answered (elb.md 2.12).
  if (nodes.empty()) nodes = in(stays);
  if (nodes.empty()) nodes = in([](const std::string&) { return true; });
  STEADY_CHECK(!nodes.empty(), "no node of " + set.load_balancer + " serves");
  if (nodes == set.dns.all.back().nodes) return;
  const SimTime now = context_.loop.now();
  if (set.dns.all.back().since == now) {
    set.dns.all.back().nodes = std::move(nodes);
  } else {
    set.dns.all.push_back({now, std::move(nodes)});
  }
  set.dns_is_plain = false;
  std::string zones;
  std::vector<std::string_view> told;
  for (const std::uint16_t node : set.dns.all.back().nodes) {
    const std::string& zone = set.nodes[node].zone;
    if (std::ranges::find(told, zone) != told.end()) continue;
    told.push_back(zone);
    const auto in_zone = std::ranges::count_if(
        set.dns.all.back().nodes, [&](std::uint16_t n) { return set.nodes[n].zone == zone; });
    zones += (zones.empty() ? "" : ", ") + (zone.empty() ? "its nodes" : zone);
    if (in_zone > 1) zones += " (" + std::to_string(in_zone) + " nodes)";
  }
  context_.journal.add(
      now, journal::kDns, set.load_balancer,
      {{"zones", zones}, {"nodes", std::to_string(set.dns.all.back().nodes.size())}});
  if (answered_) answered_(set);
}

}  // namespace steady::elb
