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

/// Everything goes to one group: no rule is looked at.
bool is_plain(const Routes& routes) {
  return routes.size() == 1 && routes.front().type == ActionSpec::Type::kForward &&
         routes.front().ways.size() == 1;
}

/// Fail-open is the application balancer's (elb.md 2.12), targets that are still initial included;
/// Classic answers 503 (elb.md 1.10), other proxies as their rules say (6.6).
bool fails_open(const Group& group, std::size_t healthy, std::size_t registered) {
  if (group.is_classic() || healthy == registered) return false;
  if (group.proxy == nullptr) return !group.spec.routing_minimum.reached(healthy, registered);
  const std::optional<int> below = group.proxy->fail_open_below;
  return below && (healthy == 0 || healthy * 100 < registered * static_cast<std::size_t>(*below));
}

std::string_view empty_because(const Group& group, bool shut, bool draining, bool elsewhere) {
  if (group.is_classic())
    return elsewhere ? "no healthy instance in the zone of the node" : "no healthy instance";
  if (shut) return "no healthy target";
  if (draining) return "only draining targets left";
  return elsewhere ? "no target in the zone of the node" : "no registered target";
}

bool leads_to(const Routes& routes, const Frontend* frontend) {
  return std::ranges::any_of(routes, [frontend](const Route& route) {
    return std::ranges::find(route.ways, frontend, &Route::Way::to) != route.ways.end();
  });
}

}  // namespace

Frontends::Slot& Frontends::make_way(const Group& group, const Spec& spec) {
  Slot& slot = slots_.emplace_back();
  slot.spec = spec;
  slot.frontend.load_balancer = spec.load_balancer;
  slot.frontend.kind = group.is_network() ? Kind::kNetwork : group.kind;
  if (group.is_network()) slot.frontend.connect_timeout = kClientConnects;
  slot.frontend.group = group.id;
  slot.frontend.idle_timeout = spec.idle_timeout;
  slot.frontend.connect_retries = spec.connect_retries;
  if (!group.is_classic()) slot.frontend.proxy = context_.behaviour.proxy(spec.load_balancer);
  if (slot.frontend.proxy != nullptr && slot.frontend.proxy->connect_timeout)
    slot.frontend.connect_timeout = *slot.frontend.proxy->connect_timeout;
  stick(slot.frontend, spec.sticky);
  if (group.is_classic()) slot.frontend.surge_queue = kSurgeQueue;
  if (const auto gap = reuse_gaps_.find(spec.load_balancer); gap != reuse_gaps_.end())
    slot.frontend.reuse_gap = gap->second;
  if (!group.set->dns_is_plain) slot.frontend.dns = &group.set->dns;
  for (std::size_t node = 0; node < group.nodes(); ++node) {
    add_node(slot);
    slot.frontend.nodes.back().gone = group.set->gone(node);
    fill(slot, group, node);
  }
  return slot;
}

void Frontends::add_node(Slot& slot) {
  NodeGroup& node = slot.frontend.nodes.emplace_back();
  node.algorithm = make_algorithm(slot.spec.algorithm);
  STEADY_CHECK(node.algorithm != nullptr, "there is no algorithm " + slot.spec.algorithm);
}

Frontend* Frontends::way(const Group& group, const Spec& spec) {
  Slot*& slot = ways_[{{spec.load_balancer, spec.port}, group.id}];
  if (slot == nullptr) slot = &make_way(group, spec);
  return &slot->frontend;
}

void Frontends::open(const Group& group, const Spec& spec) {
  close(spec.load_balancer, spec.port);
  Route all;
  all.ways.push_back({way(group, spec), 1});
  install(spec.load_balancer, spec.port, {all}, {}, {});
}

void Frontends::install(const std::string& load_balancer, std::uint16_t port, Routes routes,
                        const std::vector<SimDuration>& delays, std::function<void()> settled) {
  const Key key{load_balancer, port};
  Face& face = faces_[key];
  const bool is_new = face.version == 0;
  const std::uint64_t version = ++versions_;
  face.version = version;
  face.rules[version] = std::make_shared<const Routes>(std::move(routes));
  const SimDuration longest =
      is_new || delays.empty() ? SimDuration{0} : *std::ranges::max_element(delays);
  if (longest <= SimDuration{0}) {
    face.at_node.assign(face.at_node.size(), version);
    settle(key, face);
    if (settled) settled();
    return;
  }
  if (face.frontend->routes.empty()) {
    // It had one way only, and its nodes part now.
    face.frontend = make_face(key);
  }
  face.at_node.resize(face.frontend->nodes.size(), face.rules.begin()->first);
  follow(face);
  for (std::size_t node = 0; node < delays.size(); ++node) {
    const SimTime at = context_.loop.now() + delays[node];
    context_.loop.at(at, "listener rules", [this, key, node, version] {
      const auto found = faces_.find(key);
      if (found == faces_.end() || !found->second.rules.contains(version)) return;
      std::uint64_t& followed = found->second.at_node[node];
      followed = std::max(followed, version);
      follow(found->second);
    });
  }
  context_.loop.at(context_.loop.now() + longest, "listener rules",
                   [this, key, version, settled = std::move(settled)] {
                     const auto found = faces_.find(key);
                     if (found != faces_.end() && found->second.version == version)
                       settle(key, found->second);
                     if (settled) settled();
                   });
}

/// A listener with rules; it has all of its balancer's nodes, whether a group is behind it or not.
Frontend* Frontends::make_face(const Key& key) {
  const NodeSet& set = *nodes_.find(key.first);
  Slot& slot = slots_.emplace_back();
  slot.spec = {.load_balancer = key.first, .port = key.second, .algorithm = {}};
  slot.frontend.load_balancer = key.first;
  slot.frontend.nodes.resize(set.nodes.size());
  for (std::size_t node = 0; node < set.nodes.size(); ++node)
    slot.frontend.nodes[node].gone = set.gone(node);
  slot.frontend.routes.resize(set.nodes.size());
  if (!set.dns_is_plain) slot.frontend.dns = &set.dns;
  return &slot.frontend;
}

/// Each node has the rules that it follows.
void Frontends::follow(Face& face) {
  for (std::size_t node = 0; node < face.at_node.size(); ++node)
    face.frontend->routes[node] = face.rules.at(face.at_node[node]);
  changed();
}

/// Every node follows the newest rules: ways that they do not lead to end.
void Frontends::settle(const Key& key, Face& face) {
  const Shared newest = face.rules.at(face.version);
  face.rules = {{face.version, newest}};
  for (auto way = ways_.begin(); way != ways_.end();) {
    if (way->first.first != key || leads_to(*newest, &way->second->frontend)) {
      ++way;
      continue;
    }
    end(*way->second);
    way = ways_.erase(way);
  }
  if (is_plain(*newest)) {
    if (face.frontend != nullptr && !face.frontend->routes.empty()) face.frontend->exists = false;
    face.frontend = newest->front().ways.front().to;
    face.at_node.clear();
    return changed();
  }
  if (face.frontend == nullptr || face.frontend->routes.empty()) face.frontend = make_face(key);
  face.at_node.assign(face.frontend->nodes.size(), face.version);
  follow(face);
}

/// The algorithms stay: requests that are open still end.
void Frontends::end(Slot& slot) {
  slot.frontend.exists = false;
  for (NodeGroup& node : slot.frontend.nodes) node.candidates.clear();
}

void Frontends::close(std::string_view load_balancer, std::uint16_t port) {
  const Key key{std::string(load_balancer), port};
  const auto found = faces_.find(key);
  if (found == faces_.end()) return;
  found->second.frontend->exists = false;
  faces_.erase(found);
  std::erase_if(ways_, [&key](const auto& way) {
    if (way.first.first != key) return false;
    end(*way.second);
    return true;
  });
  changed();
}

bool Frontends::has_way(std::string_view load_balancer, GroupId group) const {
  return std::ranges::any_of(ways_, [&](const auto& way) {
    return way.first.first.first == load_balancer && way.first.second == group;
  });
}

void Frontends::set_algorithm(const Group& group, const std::string& algorithm) {
  for (auto& [of, slot] : ways_) {
    if (of.second != group.id) continue;
    Slot& before = *slot;
    Spec spec = before.spec;
    spec.algorithm = algorithm;
    slot = &make_way(group, spec);
    end(before);
    Face& face = faces_.at(of.first);
    if (face.frontend == &before.frontend) face.frontend = &slot->frontend;
    for (auto& [version, rules] : face.rules) {
      Routes changed_rules = *rules;
      for (Route& route : changed_rules) {
        for (Route::Way& way : route.ways) {
          if (way.to == &before.frontend) way.to = &slot->frontend;
        }
      }
      rules = std::make_shared<const Routes>(std::move(changed_rules));
    }
    if (!face.frontend->routes.empty()) follow(face);
  }
  changed();
}

void Frontends::stick(Frontend& frontend, const Stickiness& sticky) {
  frontend.sticky_for = sticky.lasts;
  frontend.app_cookie = sticky.app_cookie;
  frontend.sticky_renews = sticky.renews;
}

void Frontends::set_stickiness(std::string_view load_balancer, std::uint16_t port,
                               const Stickiness& sticky) {
  for (auto& [of, slot] : ways_) {
    if (of.first.first != load_balancer || of.first.second != port) continue;
    slot->spec.sticky = sticky;
    stick(slot->frontend, sticky);
  }
}

void Frontends::set_idle_timeout(std::string_view load_balancer, SimDuration idle_timeout) {
  for (auto& [of, slot] : ways_) {
    if (of.first.first != load_balancer) continue;
    slot->spec.idle_timeout = idle_timeout;
    slot->frontend.idle_timeout = idle_timeout;
  }
}

void Frontends::set_flow_idle_timeout(std::string_view load_balancer, std::uint16_t port,
                                      SimDuration idle_timeout) {
  for (auto& [of, slot] : ways_) {
    if (of.first.first != load_balancer || of.first.second != port) continue;
    slot->spec.idle_timeout = slot->frontend.idle_timeout = idle_timeout;
  }
}

void Frontends::set_reuse_gap(std::string_view load_balancer, const Distribution& gap) {
  reuse_gaps_[std::string(load_balancer)] = gap;
  for (auto& [of, slot] : ways_) {
    if (of.first.first == load_balancer) slot->frontend.reuse_gap = gap;
  }
}

Frontend* Frontends::find(std::string_view load_balancer, std::uint16_t port) {
  if (port == 0) {
    // Any will do: the one with the lowest port.
    const auto first = faces_.lower_bound({std::string(load_balancer), std::uint16_t{0}});
    const bool there = first != faces_.end() && first->first.first == load_balancer;
    return there ? first->second.frontend : nullptr;
  }
  const auto found = faces_.find({std::string(load_balancer), port});
  return found == faces_.end() ? nullptr : found->second.frontend;
}

void Frontends::release() {
  held_ = false;
  for (const auto& [group, node] : waiting_) refresh(groups_[group], node);
  waiting_.clear();
}

void Frontends::refresh(const Group& group, std::size_t node) {
  if (held_) {
    waiting_.insert({group.id, node});
    return;
  }
  for (auto& [of, slot] : ways_) {
    if (of.second == group.id) fill(*slot, group, node);
  }
}

void Frontends::refresh_open(const Group& group, std::size_t node) {
  if (held_) return refresh(group, node);
  for (auto& [of, slot] : ways_) {
    if (of.second != group.id) continue;
    const NodeGroup& table = slot->frontend.nodes[node];
    const ProxyRules* rules = group.proxy;
    const bool by_share = rules != nullptr
                              ? rules->fail_open_below.value_or(0) > 0
                              : !group.is_classic() && group.spec.routing_minimum.percent > 0;
    if (table.candidates.empty() || table.fail_open || by_share) fill(*slot, group, node);
  }
}

void Frontends::refresh(const Group& group) {
  for (std::size_t node = 0; node < group.nodes(); ++node) refresh(group, node);
}

void Frontends::node_comes(const Group& group) {
  for (auto& [of, slot] : ways_) {
    if (of.second != group.id) continue;
    add_node(*slot);
    fill(*slot, group, group.nodes() - 1);
  }
  changed();
}

void Frontends::listeners_get_node(const NodeSet& set) {
  for (auto& [key, face] : faces_) {
    if (key.first != set.load_balancer || face.frontend->routes.empty()) continue;
    face.frontend->nodes.emplace_back();
    face.frontend->routes.emplace_back();
    face.at_node.push_back(face.version);
    follow(face);
  }
  changed();
}

void Frontends::node_is_gone(const NodeSet& set, std::size_t node) {
  for (Slot& slot : slots_) {
    if (slot.spec.load_balancer == set.load_balancer && slot.frontend.nodes.size() > node)
      slot.frontend.nodes[node].gone = true;
  }
  changed();
}

void Frontends::dns_changed(const NodeSet& set) {
  for (auto& [key, face] : faces_) {
    if (key.first == set.load_balancer) face.frontend->dns = &set.dns;
  }
  // A listener without rules is its only way.
  for (auto& [of, slot] : ways_) {
    if (of.first.first == set.load_balancer) slot->frontend.dns = &set.dns;
  }
  changed();
}

void Frontends::fill(Slot& slot, const Group& group, std::size_t node) {
  NodeGroup& table = slot.frontend.nodes[node];
  if (!group.is_classic()) {
    const TargetGroupSpec& spec = group.spec;
    stick(slot.frontend, {.lasts = !spec.sticky         ? SimDuration{0}
                                   : spec.sticky_by_app ? spec.app_sticky_for
                                                        : spec.sticky_for,
                          .app_cookie = spec.sticky && spec.sticky_by_app ? spec.app_cookie : ""});
    table.algorithm->set_slow_start(group.slow_start());
    if (slot.frontend.mitigates_anomalies != spec.mitigates_anomalies) {
      slot.frontend.mitigates_anomalies = spec.mitigates_anomalies;
      changed();
    }
  }
  std::vector<RouteTarget> healthy, registered, kept;
  bool draining = false, elsewhere = false;
  const auto collect = [&](bool overridden) {
    for (const TargetId id : group.live) {
      const Target& target = groups_.target(id);
      const NodeView& view = target.nodes[node];
      if (!group.in_scope(node, target)) {
        elsewhere = elsewhere || is_checked(target.state);
        continue;
      }
      draining = draining || target.state == TargetState::kDraining;
      if ((!view.routes && !view.kept) || group.overridden(target) != overridden) continue;
      const EndpointId endpoint =
          slot.spec.instance_port == 0
              ? target.endpoint
              : context_.fleet.endpoint(target.host, slot.spec.instance_port);
      const bool is_healthy = group.is_network() ? view.serves : view.opinion == Opinion::kHealthy;
      const RouteTarget here{id, endpoint, is_healthy ? view.slow_since : kNever};
      if (view.kept) {
        if (is_healthy) kept.push_back(here);
        continue;
      }
      registered.push_back(here);
      if (is_healthy) healthy.push_back(here);
    }
  };
  collect(false);
  // A shift away from the only zone that has targets moves nothing.
  if (registered.empty() && group.set->shifted) collect(true);
  table.kept = std::move(kept);
  table.fail_open = fails_open(group, healthy.size(), registered.size());
  const bool shut = healthy.empty() && !registered.empty() && !table.fail_open;
  std::vector<RouteTarget>& candidates = table.fail_open ? registered : healthy;
  table.empty_because = empty_because(group, shut, draining, elsewhere);
  const bool anew = !equal(candidates, table.candidates);
  if (anew) {
    table.candidates = std::move(candidates);
    table.algorithm->set_candidates(table.candidates);
  }
  if (slot.frontend.mitigates_anomalies || !table.weights.empty()) weigh(table, anew);
}

/// The candidates get the weights of their targets.
void Frontends::weigh(NodeGroup& table, bool anew) const {
  std::vector<std::uint32_t> weights;
  bool alike = true;
  for (const RouteTarget& candidate : table.candidates) {
    weights.push_back(groups_.target(candidate.target).weight);
    alike = alike && weights.back() == weights.front();
  }
  if (alike) weights.clear();
  if (weights == table.weights && (!anew || weights.empty())) return;
  table.weights = std::move(weights);
  table.algorithm->set_weights(table.weights);
}

}  // namespace steady::elb
