#include "sim/cloud/elb/classic.h"

#include <algorithm>

#include "sim/cloud/elb/load_balancer.h"
#include "sim/cloud/elb/validation.h"

namespace steady::elb {
namespace {

/// HTTP: fewest outstanding requests; TCP: round robin (elb.md 1.2).
std::string algorithm_of(const ClassicListenerSpec& listener) {
  const bool http = listener.protocol == Protocol::kHttp || listener.protocol == Protocol::kHttps;
  return http ? "least_outstanding_requests" : "round_robin";
}

const ClassicListenerSpec* find_listener(const ClassicSpec& spec, std::uint16_t port) {
  for (const ClassicListenerSpec& listener : spec.listeners) {
    if (listener.load_balancer_port == port) return &listener;
  }
  return nullptr;
}

/// Its policies may change while it stands.
bool goes_on(ClassicListenerSpec a, const ClassicListenerSpec& b) {
  a.policies = b.policies;
  return a == b;
}

/// elb.md 1.8: the balancer neither refreshes nor checks its cookie's expiry, and follows an app's
/// cookie for as long as the client keeps that.
Frontends::Stickiness stickiness_of(const ClassicSpec& spec, const ClassicListenerSpec& listener) {
  Frontends::Stickiness sticky{.renews = false};
  for (const CookiePolicy& policy : spec.policies) {
    if (std::ranges::find(listener.policies, policy.name) == listener.policies.end()) continue;
    sticky.lasts = policy.expires.value_or(SimDuration::max());
    sticky.app_cookie = policy.app_cookie;
  }
  return sticky;
}

/// A port is one listener's only.
Status check_ports(const ClassicSpec& spec) {
  for (const ClassicListenerSpec& listener : spec.listeners) {
    if (find_listener(spec, listener.load_balancer_port) != &listener) {
      return Error{"DuplicateListener",
                   "A listener already exists for the specified load balancer name and port, but "
                   "with a different instance port, protocol, or SSL certificate."};
    }
  }
  return ok();
}

}  // namespace

Result<GroupId> Classics::create(const ClassicSpec& spec) {
  Faults faults = faults_of(spec);
  if (spec.listeners.empty()) faults.push_back("Listeners cannot be empty");
  if (auto done = refuse(faults); !done) return done.error();
  if (auto done = check_ports(spec); !done) return done.error();
  if (groups_.find(Kind::kClassic, spec.name) != nullptr) {
    return Error{"DuplicateLoadBalancerName",
                 "The specified load balancer name already exists for this account."};
  }
  Group& group = groups_.add(Kind::kClassic, spec.name, spec.name);
  group.classic = spec;
  membership_.attach(group, nodes_.make(spec.name, spec.zones));
  for (const ClassicListenerSpec& listener : spec.listeners) open(group, listener);
  dns_names_[spec.name] = make_dns_name(context_.random, spec.name);
  return group.id;
}

Status Classics::modify(std::string_view name, const ClassicSpec& changed) {
  const GroupId* id = groups_.find(Kind::kClassic, name);
  if (id == nullptr) {
    return Error{"LoadBalancerNotFound",
                 "There is no ACTIVE Load Balancer named '" + std::string(name) + "'"};
  }
  Group& group = groups_[*id];
  ClassicSpec next = changed;
  next.name = group.name;
  if (next.zones != group.classic.zones) {
    return Error{"NotModelled", "Changing the Availability Zones of load balancer '" + group.name +
                                    "' is not modelled yet"};
  }
  if (auto done = refuse(faults_of(next)); !done) return done;
  if (auto done = check_ports(next); !done) return done;

  const ClassicSpec before = group.classic;
  group.classic = std::move(next);
  for (const ClassicListenerSpec& old : before.listeners) {
    const auto* kept = find_listener(group.classic, old.load_balancer_port);
    if (kept == nullptr || !goes_on(*kept, old))
      frontends_.close(group.name, old.load_balancer_port);
  }
  for (const ClassicListenerSpec& listener : group.classic.listeners) {
    const auto* old = find_listener(before, listener.load_balancer_port);
    if (old == nullptr || !goes_on(*old, listener)) {
      open(group, listener);
    } else {
      frontends_.set_stickiness(group.name, listener.load_balancer_port,
                                stickiness_of(group.classic, listener));
    }
  }
  frontends_.set_idle_timeout(group.name, group.classic.idle_timeout);
  if (before.cross_zone != group.classic.cross_zone) {
    frontends_.refresh(group);
    membership_.scope_changed(group);
  }
  return ok();
}

Status Classics::remove(std::string_view name) {
  const GroupId* id = groups_.find(Kind::kClassic, name);
  if (id == nullptr) return ok();  // No error when missing (elb.md 7.3).
  Group& group = groups_[*id];
  for (const ClassicListenerSpec& listener : group.classic.listeners) {
    frontends_.close(group.name, listener.load_balancer_port);
  }
  const std::vector<TargetId> live = group.live;
  for (const TargetId target : live) draining_.abandon(groups_.target(target));
  dns_names_.erase(group.name);
  nodes_.remove(group.name);
  groups_.remove(group);
  return ok();
}

const std::string* Classics::dns_name(std::string_view name) const {
  const auto found = dns_names_.find(name);
  return found == dns_names_.end() ? nullptr : &found->second;
}

void Classics::open(const Group& group, const ClassicListenerSpec& listener) {
  frontends_.open(group, {.load_balancer = group.name,
                          .port = listener.load_balancer_port,
                          .instance_port = listener.instance_port,
                          .algorithm = algorithm_of(listener),
                          .idle_timeout = group.classic.idle_timeout,
                          .connect_retries = context_.behaviour.classic_connect_retries,
                          .sticky = stickiness_of(group.classic, listener)});
}

}  // namespace steady::elb
