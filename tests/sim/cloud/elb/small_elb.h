#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/cloud/elb/elb.h"
#include "tests/support/catch.h"

namespace steady::elb::testing {

/// A request path without requests: what is in flight is what the test says.
class FakePlane final : public app::RequestPlane {
 public:
  struct CutTarget {
    SimTime at;
    TargetId target;
    std::string cause;
    bool without_answer = false;
    bool told = true;  ///< Of flows: their clients hear of it.
  };
  explicit FakePlane(const EventLoop& loop) : loop_(loop) {}

  void cut_process(app::ProcessId, app::Cut) override {}
  void cut_target(GroupId, TargetId target, app::Cut cut) override {
    cuts.push_back({loop_.now(), target, std::string(cut.cause), cut.without_answer, true});
    if (before_cut) before_cut(target);
  }
  void end_flows(GroupId, TargetId target, app::Cut cut, bool told) override {
    flows.push_back({loop_.now(), target, std::string(cut.cause), false, told});
  }
  void cut_node(std::string_view load_balancer, std::uint16_t node) override {
    closed.push_back(std::string(load_balancer) + " " + std::to_string(node) + " at " +
                     format_seconds(loop_.now()));
  }
  SimTime process_idle_at(app::ProcessId) override { return loop_.now(); }
  SimTime target_idle_at(GroupId, TargetId target) override {
    const auto found = idle_at.find(target);
    return found == idle_at.end() ? loop_.now() : std::max(found->second, loop_.now());
  }
  app::QueuedCheck queued_check(app::ProcessId) override { return {wait}; }

  void keep_target_ends(SimDuration kept) override {
    every.reset();
    if (kept.count() > 0) every = kept;
  }
  std::vector<app::TargetEnds> target_ends() override { return ends; }

  std::optional<SimDuration> every;   ///< How often ends are asked for; nothing: not at all.
  std::vector<app::TargetEnds> ends;  ///< Of every interval, by target.
  std::vector<CutTarget> cuts, flows;
  std::vector<std::string> closed;  ///< nodes: "front 0 at 60.000s"
  std::function<void(TargetId)> before_cut;
  std::map<TargetId, SimTime> idle_at;  ///< Nothing in flight for those that are not in it.
  SimDuration wait{0};                  ///< Of checks that wait in the request queue.

 private:
  const EventLoop& loop_;
};

/// What a test may set; by default one node, checks at once and every 10 s, everything known at
/// once.
struct Options {
  std::uint64_t seed = 1;
  Behaviour behaviour{.first_check_immediate = true};
  std::vector<std::string> zones{"us-east-1a"};
  TargetGroupSpec group{
      .name = "web", .health_check = {.interval = 10s}, .deregistration_delay = 30s};
  ClassicSpec classic{
      .name = "old",
      .listeners = {ClassicListenerSpec{}},
      .health_check = {
          .protocol = Protocol::kTcp, .port = 80, .interval = 10s, .healthy_threshold = 10}};
  bool listener = true;  ///< The target group's, on port 80 of load balancer "front".
};

/// A target group "tcp" for a Network load balancer: checks every 10 s, a delay of 30 s.
inline TargetGroupSpec tcp_group() {
  TargetGroupSpec spec = Options{}.group;
  spec.name = "tcp";
  spec.protocol = Protocol::kTcp;
  spec.health_check.protocol = Protocol::kTcp;
  spec.health_check.interval = 10s;
  spec.health_check.timeout = 9s;
  return spec;
}

/// An application balancer "front" with target group "web", and a Classic balancer "old".
class SmallElb {
 public:
  explicit SmallElb(Options options = {})
      : ids(RandomSource{options.seed}, Era::newest()),
        fleet(loop, RandomSource{options.seed}, journal),
        plane(loop),
        elb(loop, fleet, journal, ids, RandomSource{options.seed}, options.behaviour) {
    fleet.attach(plane);
    elb.attach(plane);
    elb.set_frontends_changed([this] { ++frontends_changed; });
    REQUIRE(elb.create_load_balancer({.name = "front", .zones = options.zones}));
    const auto made = elb.create_target_group(options.group);
    REQUIRE(made);
    web = *made;
    if (options.listener) {
      const auto listener = elb.create_listener("front", {.port = 80, .action = forward_to("web")});
      REQUIRE(listener);
      arn = *listener;
    }
    options.classic.zones = options.zones;
    const auto classic = elb.create_classic(options.classic);
    REQUIRE(classic);
    old = *classic;
  }

  using Change = std::function<void(app::AppModel&)>;
  /// A process that listens at host:port from now on; it is ready at once, unless changed.
  app::ProcessId run(const std::string& host, Change change = {}, std::uint16_t port = 80) {
    models.emplace_back().revision = "web:1";
    if (change) change(models.back());
    return fleet.launch(models.back(), fleet.endpoint(fleet.host(host), port), host, ++entities,
                        {});
  }
  TargetId add(GroupId group, const std::string& host, std::uint16_t port = 80,
               const std::string& zone = "us-east-1a") {
    const auto target = elb.register_target(group, host, port, zone, "web:1");
    REQUIRE(target);
    return *target;
  }
  /// A healthy target of the target group, or an instance in service.
  TargetId serving(GroupId group, const std::string& host, std::uint16_t port = 80,
                   const std::string& zone = "us-east-1a") {
    run(host, {}, port);
    const TargetId target = add(group, host, port, zone);
    elb.assume_healthy(target);
    return target;
  }
  void run_for(SimDuration time) { loop.run_until(loop.now() + time); }

  std::string state(TargetId target) const { return elb.health(target).state; }
  std::string reason(TargetId target) const { return elb.health(target).reason; }
  std::string description(TargetId target) const { return elb.health(target).description; }
  /// "STATE/REASON" of the last journal entry about this target.
  std::string journaled(const std::string& name) const {
    std::string last;
    for (const auto& entry : journal.entries()) {
      if (entry.kind == "target" && entry.subject == name) {
        last = std::string(entry["state"]) + "/" + std::string(entry["reason"]);
      }
    }
    return last;
  }
  const NodeGroup& node(std::size_t index = 0, const std::string& balancer = "front") {
    return elb.frontend(balancer, 80)->nodes.at(index);
  }
  std::vector<TargetId> candidates(std::size_t index = 0, const std::string& balancer = "front") {
    std::vector<TargetId> result;
    for (const RouteTarget& candidate : node(index, balancer).candidates) {
      result.push_back(candidate.target);
    }
    return result;
  }
  /// Runs until the target is reported so, at most an hour; how long that took.
  SimDuration until(TargetId target, const std::string& wanted) {
    const SimTime begin = loop.now();
    const std::size_t mark = journal.entries().size();
    const std::string host = elb.target(target).host;
    while (state(target) != wanted && loop.now() < begin + 1h) run_for(1s);
    REQUIRE(state(target) == wanted);
    for (std::size_t i = mark; i < journal.entries().size(); ++i) {
      const auto& entry = journal.entries()[i];
      const bool same = entry.kind == "target" && entry.subject.starts_with(host);
      if (same && entry["state"] == wanted) return entry.at - begin;
    }
    return SimDuration{0};
  }

  EventLoop loop;
  Journal journal;
  IdSource ids;
  app::Fleet fleet;
  FakePlane plane;
  Elb elb;
  GroupId web = 0, old = 0;
  std::string arn;
  int frontends_changed = 0;
  std::deque<app::AppModel> models;
  std::uint64_t entities = 0;
};

}  // namespace steady::elb::testing
