#include "sim/cloud/elb/frontends.h"

#include <algorithm>
#include <vector>

#include "sim/cloud/elb/registry.h"

namespace steady::elb {
namespace {

bool equal(const std::vector<RouteTarget>& a, const std::vector<RouteTarget>& b) {
  return std::ranges::equal(a, b, [](const RouteTarget& x, const RouteTarget& y) {
    return x.target == y.target && x.endpoint == y.endpoint && x.slow_since == y.slow_since;
  });
}

}  // namespace

void Frontends::open(const Group& group, Spec spec) {
  close(spec.load_balancer, spec.port);
  Slot& slot = slots_.emplace_back();
  slot.spec = std::move(spec);
  slot.frontend.load_balancer = slot.spec.load_balancer;
  slot.frontend.kind = group.kind;
  slot.frontend.group = group.id;
  slot.frontend.idle_timeout = slot.spec.idle_timeout;
  slot.frontend.connect_retries = slot.spec.connect_retries;
  if (const auto gap = reuse_gaps_.find(slot.spec.load_balancer); gap != reuse_gaps_.end())
    slot.frontend.reuse_gap = gap->second;
  slot.frontend.nodes.resize(group.nodes);
  for (std::size_t node = 0; node < group.nodes; ++node) {
    slot.frontend.nodes[node].algorithm = make_algorithm(slot.spec.algorithm);
    STEADY_CHECK(slot.frontend.nodes[node].algorithm != nullptr,
                 "there is no algorithm " + slot.spec.algorithm);
    fill(slot, group, node);
  }
  open_[{slot.spec.load_balancer, slot.spec.port}] = &slot;
}

void Frontends::close(std::string_view load_balancer, std::uint16_t port) {
  const auto found = open_.find({std::string(load_balancer), port});
  if (found == open_.end()) return;
  Frontend& frontend = found->second->frontend;
  frontend.exists = false;
  // The algorithms stay: requests that are open still end.
  for (NodeGroup& node : frontend.nodes) node.candidates.clear();
  open_.erase(found);
}

void Frontends::set_algorithm(const Group& group, const std::string& algorithm) {
  std::vector<Spec> changed;
  for (const auto& [key, slot] : open_) {
    if (slot->frontend.group == group.id) changed.push_back(slot->spec);
  }
  for (Spec& spec : changed) {
    spec.algorithm = algorithm;
    open(group, std::move(spec));
  }
}

void Frontends::set_idle_timeout(std::string_view load_balancer, SimDuration idle_timeout) {
  for (auto& [key, slot] : open_) {
    if (key.first != load_balancer) continue;
    slot->spec.idle_timeout = idle_timeout;
    slot->frontend.idle_timeout = idle_timeout;
  }
}

void Frontends::set_reuse_gap(std::string_view load_balancer, const Distribution& gap) {
  reuse_gaps_[std::string(load_balancer)] = gap;
  for (auto& [key, slot] : open_) {
    if (key.first == load_balancer) slot->frontend.reuse_gap = gap;
  }
}

Frontend* Frontends::find(std::string_view load_balancer, std::uint16_t port) {
  if (port == 0) {
    // Any will do: the one with the lowest port.
    const auto first = open_.lower_bound({std::string(load_balancer), std::uint16_t{0}});
    const bool there = first != open_.end() && first->first.first == load_balancer;
    return there ? find(load_balancer, first->first.second) : nullptr;
  }
  const auto found = open_.find({std::string(load_balancer), port});
  return found == open_.end() ? nullptr : &found->second->frontend;
}

void Frontends::refresh(const Group& group, std::size_t node) {
  for (auto& [key, slot] : open_) {
    if (slot->frontend.group == group.id) fill(*slot, group, node);
  }
}

void Frontends::refresh_open(const Group& group, std::size_t node) {
  for (auto& [key, slot] : open_) {
    if (slot->frontend.group != group.id) continue;
    const NodeGroup& table = slot->frontend.nodes[node];
    if (table.candidates.empty() || table.fail_open) fill(*slot, group, node);
  }
}

void Frontends::refresh(const Group& group) {
  for (std::size_t node = 0; node < group.nodes; ++node) refresh(group, node);
}

void Frontends::fill(Slot& slot, const Group& group, std::size_t node) {
  NodeGroup& table = slot.frontend.nodes[node];
  if (!group.is_classic()) {
    slot.frontend.sticky_for = group.spec.sticky ? group.spec.sticky_for : SimDuration{0};
    table.algorithm->set_slow_start(group.spec.slow_start);
  }
  std::vector<RouteTarget> healthy, registered;
  bool draining = false;
  for (const TargetId id : group.live) {
    const Target& target = groups_.target(id);
    draining = draining || target.state == TargetState::kDraining;
    const NodeView& view = target.nodes[node];
    if (!view.routes) continue;
    const EndpointId endpoint = slot.spec.instance_port == 0
                                    ? target.endpoint
                                    : context_.fleet.endpoint(target.host, slot.spec.instance_port);
    if (view.opinion == Opinion::kHealthy)
      healthy.push_back({id, endpoint, view.slow_since});
    else
      registered.push_back({id, endpoint});
  }
  // Fail-open is the application balancer's (elb.md 2.12), targets that are still initial included;
  // Classic answers 503 (elb.md 1.10).
  table.fail_open = healthy.empty() && !registered.empty() && !group.is_classic();
  std::vector<RouteTarget>& candidates = table.fail_open ? registered : healthy;
  table.empty_because = group.is_classic() ? "no healthy instance"
                        : draining         ? "only draining targets left"
                                           : "no registered target";
  if (equal(candidates, table.candidates)) return;
  table.candidates = std::move(candidates);
  table.algorithm->set_candidates(table.candidates);
}

}  // namespace steady::elb
