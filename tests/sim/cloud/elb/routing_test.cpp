#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

// Algorithms break ties by this order.
TEST_CASE("candidates are the healthy targets in order of registration", "[elb][routing]") {
  SmallElb world;
  const TargetId a = world.serving(world.web, "i-1");
  const TargetId b = world.serving(world.web, "i-2");
  const TargetId c = world.serving(world.web, "i-3");
  CHECK(world.candidates() == std::vector{a, b, c});
  CHECK_FALSE(world.node().fail_open);
  world.elb.deregister_target(b);
  CHECK(world.candidates() == std::vector{a, c});
  const TargetId again = world.add(world.web, "i-2");
  world.elb.assume_healthy(again);
  CHECK(world.candidates() == std::vector{a, c, again});
  CHECK(world.node().candidates[2].endpoint == world.fleet.endpoint(world.fleet.host("i-2"), 80));
}

// elb.md 2.12: better a sick answer than none.
TEST_CASE("without a healthy target requests go to all of them", "[elb][routing]") {
  SmallElb world;
  const TargetId a = world.add(world.web, "i-1");
  CHECK(world.candidates() == std::vector{a});  // Targets that are still initial are included.
  CHECK(world.node().fail_open);
  world.run_for(10s);
  CHECK(world.state(a) == "unhealthy");
  const TargetId b = world.add(world.web, "i-2");
  CHECK(world.candidates() == std::vector{a, b});
  CHECK(world.node().fail_open);

  const TargetId healthy = world.serving(world.web, "i-3");
  CHECK(world.candidates() == std::vector{healthy});
  CHECK_FALSE(world.node().fail_open);

  // elb.md 2.12, F15: a rollout that outruns registration.
  world.elb.deregister_target(healthy);
  CHECK(world.candidates() == std::vector{a, b});
  CHECK(world.node().fail_open);
}

// elb.md 2.12, 2.17: draining targets are no candidates, even in fail-open; the answer is 503.
TEST_CASE("a node without a candidate says why", "[elb][routing]") {
  SmallElb world;
  CHECK(world.candidates().empty());
  CHECK(world.node().empty_because == "no registered target");
  CHECK(world.node(0, "old").empty_because == "no healthy instance");
  const TargetId target = world.serving(world.web, "i-1");
  world.elb.deregister_target(target);
  CHECK(world.candidates().empty());
  CHECK_FALSE(world.node().fail_open);
  CHECK(world.node().empty_because == "only draining targets left");
  world.run_for(30s);
  CHECK(world.node().empty_because == "no registered target");
}

// elb.md 1.10: 503, no fail-open.
TEST_CASE("Classic does not fail open", "[elb][routing][classic]") {
  SmallElb world;
  const TargetId target = world.add(world.old, "i-1");
  world.run_for(30s);
  CHECK(world.elb.unhealthy(target));
  CHECK(world.candidates(0, "old").empty());
  CHECK_FALSE(world.node(0, "old").fail_open);
}

// elb.md 4.1: nodes learn of a registration one by one, and check only then.
TEST_CASE("a node sends nothing to a target that it has not learned of", "[elb][routing]") {
  Options options{.zones = {"us-east-1a", "us-east-1b"}};
  options.behaviour.register_propagation = Distribution(Distribution::Uniform{5s, 20s});
  SmallElb world{options};
  world.run("i-1");
  const TargetId target = world.add(world.web, "i-1");
  std::vector<SimTime> known(2, kNever);
  CHECK(world.candidates(0).empty());
  while (world.loop.now() < kStart + 20s) {
    world.run_for(1ms);
    for (std::size_t node = 0; node < 2; ++node) {
      if (known[node] == kNever && !world.candidates(node).empty()) known[node] = world.loop.now();
    }
  }
  CHECK(known[0] != known[1]);
  CHECK(std::min(known[0], known[1]) >= kStart + 5s);
  CHECK(std::max(known[0], known[1]) <= kStart + 20s);
  CHECK(world.state(target) == "healthy");
}

// elb.md 1.2: an HTTP listener counts outstanding requests, a TCP listener takes turns.
TEST_CASE("a Classic listener has its protocol's algorithm and its own instance port",
          "[elb][routing][classic]") {
  Options options;
  options.classic.listeners = {ClassicListenerSpec{},
                               {.protocol = Protocol::kTcp,
                                .load_balancer_port = 9000,
                                .instance_protocol = Protocol::kTcp,
                                .instance_port = 9001}};
  SmallElb world{options};
  const TargetId target = world.serving(world.old, "i-1");
  CHECK(world.elb.target(target).port == 80);
  Frontend* http = world.elb.frontend("old", 80);
  Frontend* tcp = world.elb.frontend("old", 9000);
  REQUIRE(http != nullptr);
  REQUIRE(tcp != nullptr);
  CHECK(http->kind == Kind::kClassic);
  CHECK(http->connect_retries == 2);
  CHECK(http->nodes[0].algorithm->counts_outstanding());
  CHECK_FALSE(tcp->nodes[0].algorithm->counts_outstanding());
  const auto host = world.fleet.host("i-1");
  CHECK(http->nodes[0].candidates[0].endpoint == world.fleet.endpoint(host, 80));
  CHECK(tcp->nodes[0].candidates[0].endpoint == world.fleet.endpoint(host, 9001));
}

// Sources hold the address; what ends is marked, never freed.
TEST_CASE("a deleted listener's frontend ends and its address stays good", "[elb][routing]") {
  SmallElb world;
  world.serving(world.web, "i-1");
  Frontend* frontend = world.elb.frontend("front", 80);
  REQUIRE(frontend != nullptr);
  CHECK(frontend->exists);
  CHECK(frontend->connect_retries == 0);
  const int before = world.frontends_changed;

  SECTION("by the listener") { REQUIRE(world.elb.delete_listener(world.arn)); }
  SECTION("by the load balancer") {
    REQUIRE(world.elb.delete_load_balancer("front"));
    CHECK(world.elb.load_balancer("front") == nullptr);
    CHECK(world.elb.listeners("front").empty());
  }
  CHECK(world.frontends_changed == before + 1);
  CHECK_FALSE(frontend->exists);
  CHECK(frontend->nodes[0].candidates.empty());
  CHECK(world.elb.frontend("front", 80) == nullptr);
  CHECK_FALSE(world.elb.has_load_balancer(world.web));
}

// elb.md 7.3: clean-up of the article.
TEST_CASE("deleting a Classic balancer ends its registrations", "[elb][routing][classic]") {
  SmallElb world;
  const TargetId target = world.serving(world.old, "i-1");
  Frontend* frontend = world.elb.frontend("old", 80);
  REQUIRE(world.elb.delete_classic("old"));
  CHECK_FALSE(frontend->exists);
  CHECK(world.elb.drained(target));
  CHECK(world.elb.find_classic("old") == nullptr);
  CHECK(world.elb.targets(world.old).empty());
  CHECK_FALSE(world.elb.register_target(world.old, "i-2", 80, "us-east-1a"));
  CHECK(world.elb.delete_classic("old"));
  CHECK(world.loop.idle());
}

// Counters of the old algorithm belong to requests that it began.
TEST_CASE("a changed algorithm takes over in a new frontend", "[elb][routing]") {
  SmallElb world;
  const TargetId target = world.serving(world.web, "i-1");
  Frontend* before = world.elb.frontend("front", 80);
  TargetGroupSpec changed = *world.elb.target_group("web");
  changed.algorithm = "least_outstanding_requests";
  REQUIRE(world.elb.modify_target_group("web", changed));
  Frontend* after = world.elb.frontend("front", 80);
  CHECK(before != after);
  CHECK_FALSE(before->exists);
  CHECK(before->nodes[0].algorithm != nullptr);
  CHECK(after->nodes[0].algorithm->counts_outstanding());
  CHECK(world.candidates() == std::vector{target});
}

// elb.md 2.11: a changed default action applies to new requests; groups without a listener rest.
TEST_CASE("a listener can forward to another group", "[elb][routing]") {
  SmallElb world;
  const TargetId blue = world.serving(world.web, "i-1");
  const auto made = world.elb.create_target_group({.name = "green"});
  REQUIRE(made);
  world.run("i-2");
  const TargetId green = world.add(*made, "i-2");
  CHECK(world.state(green) == "unused");
  REQUIRE(world.elb.modify_listener(world.arn, {.port = 80, .action = forward_to("green")}));
  world.elb.assume_healthy(green);
  CHECK(world.candidates() == std::vector{green});
  CHECK(world.state(blue) == "unused");
  CHECK(world.elb.has_load_balancer(*made));
}

// elb.md 1.7, 2.14
TEST_CASE("a changed idle time-out reaches the frontend in place", "[elb][routing]") {
  SmallElb world;
  Frontend* frontend = world.elb.frontend("front", 80);
  CHECK(frontend->idle_timeout == 60s);
  LoadBalancerSpec changed = *world.elb.load_balancer("front");
  changed.idle_timeout = 5s;
  REQUIRE(world.elb.modify_load_balancer("front", changed));
  CHECK(frontend->idle_timeout == 5s);
  CHECK(frontend->exists);
}

// Scenarios begin in steady state, and a service listed there must not be found sick at 0 s.
TEST_CASE("an assumed healthy target is healthy on all nodes and checked from then on",
          "[elb][routing]") {
  Options options{.zones = {"us-east-1a", "us-east-1b"}};
  options.behaviour.register_propagation = SimDuration{10s};
  SmallElb world{options};
  const TargetId target = world.serving(world.web, "i-1");
  CHECK(world.state(target) == "healthy");
  CHECK(world.candidates(0) == std::vector{target});
  CHECK(world.candidates(1) == std::vector{target});
  CHECK(world.elb.quiet());
  world.fleet.host_gone(world.fleet.host("i-1"), {});
  world.run_for(25s);
  CHECK(world.state(target) == "unhealthy");
}

}  // namespace
}  // namespace steady::elb
