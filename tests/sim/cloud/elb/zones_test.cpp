#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

constexpr const char* kA = "us-east-1a";
constexpr const char* kB = "us-east-1b";

Options two_zones(std::optional<bool> cross_zone) {
  Options options{.zones = {kA, kB}};
  options.group.cross_zone = cross_zone;
  return options;
}

/// The nodes that the name answers with now.
std::vector<std::uint16_t> answer(SmallElb& world, const std::string& balancer = "front") {
  return world.elb.nodes(balancer)->dns.all.back().nodes;
}

using Nodes = std::vector<std::uint16_t>;

// elb.md 2.13: off, a node uses only its zone's targets; on, or as the balancer has it, all.
TEST_CASE("with cross-zone off a node uses its own zone's targets", "[elb][zones]") {
  SmallElb world{two_zones(false)};
  const TargetId a = world.serving(world.web, "i-1", 80, kA);
  const TargetId b = world.serving(world.web, "i-2", 80, kB);
  CHECK(world.candidates(0) == std::vector{a});
  CHECK(world.candidates(1) == std::vector{b});
  // An address outside the network belongs to no zone, so to every node.
  const TargetId outside = world.serving(world.web, "10.9.0.1", 80, "all");
  CHECK(world.candidates(0) == std::vector{a, outside});
  CHECK(world.candidates(1) == std::vector{b, outside});

  SECTION("and all of them when it is switched on again, without a new registration") {
    TargetGroupSpec changed = *world.elb.target_group("web");
    changed.cross_zone.reset();
    REQUIRE(world.elb.modify_target_group("web", changed));
    CHECK(world.candidates(0) == std::vector{a, b, outside});
    CHECK(world.candidates(1) == std::vector{a, b, outside});
  }
}

// elb.md 3.1: off by default on a Network load balancer; 3.2: a zone without healthy targets leaves
// DNS. Its target groups follow it unless they say themselves (2.13).
TEST_CASE("a Network balancer decides on cross-zone for its groups", "[elb][zones][network]") {
  SmallElb world{two_zones(std::nullopt)};
  LoadBalancerSpec net{.name = "net",
                       .type = LoadBalancerSpec::Type::kNetwork,
                       .zones = {kA, kB},
                       .cross_zone = false};
  REQUIRE(world.elb.create_load_balancer(net));
  TargetGroupSpec spec = testing::tcp_group();
  const auto tcp = world.elb.create_target_group(spec);
  REQUIRE(tcp);
  REQUIRE(world.elb.create_listener(
      "net", {.port = 80, .protocol = Protocol::kTcp, .action = forward_to("tcp")}));
  const TargetId a = world.serving(*tcp, "i-1", 80, kA);
  world.loop.run_until(world.loop.now() + 1s);
  CHECK(world.candidates(0, "net") == std::vector{a});
  CHECK(world.candidates(1, "net").empty());
  CHECK(answer(world, "net") == Nodes{0});
  SECTION("both nodes use all targets once it is on, and the name answers with both") {
    net.cross_zone = true;
    REQUIRE(world.elb.modify_load_balancer("net", net));
    world.loop.run_until(world.loop.now() + 1s);
    CHECK(world.candidates(1, "net") == std::vector{a});
    CHECK(answer(world, "net") == Nodes{0, 1});
  }
  SECTION("a group that says itself does not follow") {
    spec.cross_zone = true;
    REQUIRE(world.elb.modify_target_group("tcp", spec));
    CHECK(world.candidates(1, "net") == std::vector{a});
    net.cross_zone = true;
    REQUIRE(world.elb.modify_load_balancer("net", net));
    net.cross_zone = false;
    REQUIRE(world.elb.modify_load_balancer("net", net));
    CHECK(world.candidates(1, "net") == std::vector{a});
  }
}

// elb.md 1.7: off when made by the API.
TEST_CASE("a Classic balancer's node uses its own zone's instances until cross-zone is on",
          "[elb][zones][classic]") {
  SmallElb world{two_zones(std::nullopt)};
  const TargetId a = world.serving(world.old, "i-1", 80, kA);
  CHECK(world.candidates(0, "old") == std::vector{a});
  CHECK(world.candidates(1, "old").empty());
  CHECK(world.node(1, "old").empty_because == "no healthy instance in the zone of the node");
  ClassicSpec changed = *world.elb.classic("old");
  changed.cross_zone = true;
  REQUIRE(world.elb.modify_classic("old", changed));
  CHECK(world.candidates(1, "old") == std::vector{a});
}

// elb.md 2.13, 2.12: 503 from the node, and DNS sends nobody new there.
TEST_CASE("a zone whose last target goes answers 503 and leaves DNS", "[elb][zones]") {
  SmallElb world{two_zones(false)};
  world.serving(world.web, "i-1", 80, kA);
  const TargetId b = world.serving(world.web, "i-2", 80, kB);
  world.run_for(1s);
  CHECK(answer(world) == Nodes{0, 1});
  CHECK(world.elb.frontend("front", 80)->dns == nullptr);

  world.elb.deregister_target(b);
  world.run_for(0s);
  CHECK(world.candidates(1).empty());
  CHECK(answer(world) == Nodes{0});
  CHECK(world.elb.frontend("front", 80)->dns != nullptr);
  world.run_for(31s);
  CHECK(world.node(1).empty_because == "no target in the zone of the node");

  // Whoever asked before is told what held then.
  CHECK(world.elb.frontend("front", 80)->dns->at(kStart + 999ms) == Nodes{0, 1});
  CHECK(world.elb.frontend("front", 80)->dns->at(kStart + 1s) == Nodes{0});
}

// elb.md 2.12: "all zones unhealthy in DNS: all zones are returned".
TEST_CASE("all zones unhealthy are as good as none", "[elb][zones]") {
  SmallElb world{two_zones(false)};
  const TargetId a = world.serving(world.web, "i-1", 80, kA);
  const TargetId b = world.serving(world.web, "i-2", 80, kB);
  world.fleet.host_gone(world.fleet.host("i-1"), {});
  world.run_for(30s);
  CHECK(world.state(a) == "unhealthy");
  CHECK(answer(world) == Nodes{1});
  world.fleet.host_gone(world.fleet.host("i-2"), {});
  world.run_for(30s);
  CHECK(world.state(b) == "unhealthy");
  CHECK(answer(world) == Nodes{0, 1});
  CHECK(world.node(0).fail_open);
}

// With all zones in one scope no zone is worse than another (elb.md 2.12).
TEST_CASE("with cross-zone on health takes no zone out of DNS", "[elb][zones]") {
  SmallElb world{two_zones(std::nullopt)};
  world.serving(world.web, "i-1", 80, kA);
  world.fleet.host_gone(world.fleet.host("i-1"), {});
  world.run_for(2min);
  CHECK(answer(world) == Nodes{0, 1});
  CHECK(world.elb.frontend("front", 80)->is_simple());
}

// elb.md 2.12: fewer healthy targets than the threshold, and requests go to all of them; either of
// count and percentage is enough.
TEST_CASE("below its minimum a node sends to healthy and unhealthy targets", "[elb][zones]") {
  Options options;
  SECTION("by count") { options.group.routing_minimum = options.group.dns_minimum = {.count = 2}; }
  SECTION("by percentage") { options.group.routing_minimum.percent = 60; }
  SmallElb world{options};
  const TargetId one = world.serving(world.web, "i-1");
  const TargetId two = world.serving(world.web, "i-2");
  const TargetId sick = world.add(world.web, "i-3");
  CHECK(world.candidates() == std::vector{one, two});
  CHECK_FALSE(world.node().fail_open);
  world.fleet.host_gone(world.fleet.host("i-2"), {});
  world.run_for(30s);
  CHECK(world.state(two) == "unhealthy");
  CHECK(world.candidates() == std::vector{one, two, sick});
  CHECK(world.node().fail_open);
}

// elb.md 2.12: percentages are of the zone's registered targets if cross-zone is off.
TEST_CASE("a zone leaves DNS below its percentage and comes back with it", "[elb][zones]") {
  Options options = two_zones(false);
  options.group.dns_minimum = {.count = 0, .percent = 50};
  SmallElb world{options};
  world.serving(world.web, "i-1", 80, kA);
  world.serving(world.web, "i-2", 80, kB);
  const auto crash = [&](const std::string& host) {
    world.fleet.host_gone(world.fleet.host(host), {});
    world.run_for(30s);
  };
  world.serving(world.web, "i-3", 80, kB);
  world.serving(world.web, "i-4", 80, kB);
  crash("i-3");  // 2 of 3
  CHECK(answer(world) == Nodes{0, 1});
  crash("i-4");  // 1 of 3
  CHECK(answer(world) == Nodes{0});
  world.serving(world.web, "i-5", 80, kB);
  world.run_for(1s);  // 2 of 4
  CHECK(answer(world) == Nodes{0, 1});
}

// elb.md 2.10, 2.12: what cannot go together is refused as a whole.
TEST_CASE("thresholds and stickiness that contradict each other are refused", "[elb][zones]") {
  SmallElb world;
  const auto refused = [&](const auto& change, const std::string& words) {
    TargetGroupSpec changed = *world.elb.target_group("web");
    change(changed);
    const auto done = world.elb.modify_target_group("web", changed);
    REQUIRE_FALSE(done);
    INFO(done.error().message);
    CHECK(done.error().message.find(words) != std::string::npos);
  };
  refused([](auto& spec) { spec.sticky = true, spec.cross_zone = false; },
          "Stickiness is not supported while cross-zone");
  refused([](auto& spec) { spec.routing_minimum.count = 2; },
          "must be greater than or equal to '2'");
  refused([](auto& spec) { spec.routing_minimum.percent = 50, spec.dns_minimum.percent = 40; },
          "must be greater than or equal to '50'");
  refused([](auto& spec) { spec.routing_minimum.count = 0; }, "must be between '1-1000'");
  refused([](auto& spec) { spec.dns_minimum.percent = 101; }, "must be between '0-100'");
  // No DNS fail-over at all is no contradiction.
  TargetGroupSpec changed = *world.elb.target_group("web");
  changed.routing_minimum.count = 2;
  changed.dns_minimum.count = 0;
  CHECK(world.elb.modify_target_group("web", changed));
}

// elb.md 4.4: the new node learns its targets and checks them itself before DNS knows of it; the
// old one serves those with old answers, then closes.
TEST_CASE("a node is replaced without a moment without one", "[elb][zones][nodes]") {
  Options options{.zones = {kA, kB}};
  options.behaviour.register_propagation = SimDuration{20s};
  SmallElb world{options};
  const TargetId target = world.serving(world.web, "i-1");
  world.run_for(1s);
  const auto told = world.elb.change_node({.load_balancer = "front", .closes_after = 60s});
  REQUIRE(told);
  CHECK(*told == "node 2 of front in us-east-1a comes for node 0");
  Frontend* frontend = world.elb.frontend("front", 80);
  CHECK(frontend->nodes.size() == 3);
  CHECK(world.candidates(2).empty());
  CHECK(answer(world) == Nodes{0, 1});
  world.run_for(19s);
  CHECK(answer(world) == Nodes{0, 1});
  world.run_for(1s);  // Told, checked at once, and serving.
  CHECK(world.candidates(2) == std::vector{target});
  CHECK(answer(world) == Nodes{1, 2});
  CHECK(world.candidates(0) == std::vector{target});
  CHECK_FALSE(frontend->nodes[0].gone);
  world.run_for(60s);
  CHECK(frontend->nodes[0].gone);
  CHECK(world.candidates(0).empty());
  CHECK(world.plane.closed == std::vector<std::string>{"front 0 at 81.000s"});
  CHECK(world.state(target) == "healthy");

  SECTION("and targets that come later are told to those that are left") {
    const TargetId later = world.serving(world.web, "i-2");
    CHECK(world.candidates(0).empty());
    CHECK(world.candidates(2) == std::vector{target, later});
    world.elb.deregister_target(target);
    world.run_for(31s);
    CHECK(world.state(target) == "unused");
  }
}

// Nobody answers in a zone without a node.
TEST_CASE("a zone's last node may be replaced, not removed", "[elb][zones][nodes]") {
  SmallElb world{{.zones = {kA, kB}}};
  const auto change = [&](NodeChange::Kind kind, const std::string& zone) {
    return world.elb.change_node({.kind = kind, .load_balancer = "front", .zone = zone});
  };
  CHECK_FALSE(change(NodeChange::Kind::kRemove, kB));
  CHECK_FALSE(change(NodeChange::Kind::kReplace, "us-east-1z"));
  CHECK_FALSE(world.elb.change_node({.load_balancer = "nobody"}));
  REQUIRE(change(NodeChange::Kind::kAdd, kB));
  world.run_for(0s);
  CHECK(answer(world) == Nodes{0, 1, 2});
  REQUIRE(change(NodeChange::Kind::kRemove, kB));
  world.run_for(0s);
  CHECK(answer(world) == Nodes{0, 2});
  REQUIRE(change(NodeChange::Kind::kReplace, kB));
  CHECK(world.elb.nodes("front")->nodes.size() == 4);
}

// elb.md 2.11, 4.4: a new node of a listener with rules has the newest of them.
TEST_CASE("a new node follows the listener's rules", "[elb][zones][nodes]") {
  SmallElb world;
  const auto rule = world.elb.create_rule(
      world.arn, {.priority = 5,
                  .conditions = {{.field = Condition::Field::kPath, .values = {"/old"}}},
                  .action = forward_to("web")});
  REQUIRE(rule);
  REQUIRE(world.elb.change_node({.kind = NodeChange::Kind::kAdd, .load_balancer = "front"}));
  Frontend* frontend = world.elb.frontend("front", 80);
  REQUIRE(frontend->routes.size() == 2);
  CHECK(frontend->routes[1] == frontend->routes[0]);
  CHECK(frontend->routes[1]->front().ways.front().to->nodes.size() == 2);
}

// elb.md 2.13: at once in DNS; the other zones' nodes keep new traffic from the zone's targets.
TEST_CASE("a zonal shift takes a zone out of DNS and its targets out of use", "[elb][zones]") {
  for (const bool cross_zone : {true, false}) {
    INFO("cross-zone " << cross_zone);
    SmallElb world{two_zones(cross_zone)};
    const TargetId a = world.serving(world.web, "i-1", 80, kA);
    const TargetId b = world.serving(world.web, "i-2", 80, kB);
    CHECK(world.elb.start_zonal_shift("front", kB).error().code == "ValidationException");
    LoadBalancerSpec changed = *world.elb.load_balancer("front");
    changed.zonal_shift = true;
    REQUIRE(world.elb.modify_load_balancer("front", changed));
    CHECK(world.elb.start_zonal_shift("front", "us-east-1z").error().code == "ValidationException");
    CHECK(world.elb.start_zonal_shift("old", kB).error().code == "ValidationException");
    CHECK(world.elb.start_zonal_shift("none", kB).error().code == "ResourceNotFoundException");
    REQUIRE(world.elb.start_zonal_shift("front", kB));
    CHECK(answer(world) == Nodes{0});
    CHECK(world.elb.zonal_shift_is_active(b));
    CHECK_FALSE(world.elb.zonal_shift_is_active(a));
    CHECK(world.candidates(0) == std::vector{a});
    // With cross-zone off DNS alone knows; who holds an old answer is still served there.
    CHECK(world.candidates(1) == std::vector{cross_zone ? a : b});
    CHECK(world.elb.start_zonal_shift("front", kA).error().code == "ConflictException");
    world.elb.end_zonal_shift("front");
    CHECK(answer(world) == Nodes{0, 1});
    CHECK(world.candidates(1) == (cross_zone ? std::vector{a, b} : std::vector{b}));
  }
}

// A shift must not make an outage of a group that has targets in one zone only.
TEST_CASE("a shift away from the only zone with targets keeps them in use", "[elb][zones]") {
  SmallElb world{two_zones(std::nullopt)};
  const TargetId a = world.serving(world.web, "i-1", 80, kA);
  LoadBalancerSpec changed = *world.elb.load_balancer("front");
  changed.zonal_shift = true;
  REQUIRE(world.elb.modify_load_balancer("front", changed));
  REQUIRE(world.elb.start_zonal_shift("front", kA));
  CHECK(world.candidates(1) == std::vector{a});
  CHECK_FALSE(world.node(1).fail_open);
}

}  // namespace
}  // namespace steady::elb
