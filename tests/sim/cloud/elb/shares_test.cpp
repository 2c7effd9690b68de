#include <map>

#include "sim/cloud/elb/registry.h"
#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

Options with_slow_start(SimDuration duration) {
  Options options;
  options.group.slow_start = duration;
  return options;
}

/// How many of `turns` choices in a row each target gets at `now`.
std::map<TargetId, int> shares(Algorithm& algorithm, const NodeGroup& node, SimTime now,
                               int turns) {
  std::map<TargetId, int> got;
  for (int i = 0; i < turns; ++i) ++got[node.candidates[algorithm.choose({now, 0})].target];
  return got;
}

}  // namespace

// elb.md 2.8: the share rises in a straight line from little to a full one.
TEST_CASE("a target in slow start gets a rising share", "[elb][slow start][elb.md 2.8]") {
  SmallElb world(with_slow_start(100s));
  const TargetId old = world.serving(world.web, "i-1");
  world.run("i-2");
  const TargetId fresh = world.add(world.web, "i-2");
  world.until(fresh, "healthy");
  const SimTime since = world.loop.now();
  auto& frontend = *world.elb.frontend("front", 80);
  auto& node = frontend.nodes.at(0);
  struct Case {
    SimDuration after;
    double share;
  };
  for (const auto& one : {Case{0s, 0.05}, Case{25s, 0.25}, Case{50s, 0.5}, Case{100s, 1.0}}) {
    auto got = shares(*node.algorithm, node, since + one.after, 2100);
    const double expected = 2100 * one.share / (1 + one.share);
    CHECK(std::abs(got[fresh] - expected) < 30);
    CHECK(got[old] + got[fresh] == 2100);
  }
}

// elb.md 2.8: somebody must take the rest, so targets of an empty group begin with full shares.
TEST_CASE("slow start needs a target that is not in it", "[elb][slow start][elb.md 2.8]") {
  SmallElb world(with_slow_start(100s));
  for (const char* host : {"i-1", "i-2"}) {
    world.run(host);
    world.add(world.web, host);
  }
  world.run_for(30s);
  for (const auto& candidate : world.node().candidates) CHECK(candidate.slow_since == kNever);
  // A third finds two that serve, and begins slowly; so does one that recovers.
  const auto process = world.run("i-3");
  const TargetId third = world.add(world.web, "i-3");
  world.until(third, "healthy");
  CHECK(world.node().candidates.back().slow_since != kNever);
  const SimTime first = world.node().candidates.back().slow_since;
  world.fleet.kill(process, {"killed"});
  world.until(third, "unhealthy");
  world.run("i-3");
  world.until(third, "healthy");
  CHECK(world.node().candidates.back().slow_since > first);
}

// elb.md 2.8, 2.9: only round robin knows slow start; weighted random knows no stickiness.
TEST_CASE("attributes that exclude each other are refused", "[elb][errors][elb.md 2.9]") {
  SmallElb world;
  TargetGroupSpec spec;
  spec.name = "other";
  spec.algorithm = "least_outstanding_requests";
  spec.slow_start = 30s;
  CHECK_FALSE(world.elb.create_target_group(spec));
  spec.algorithm = "weighted_random";
  spec.slow_start = 0s;
  CHECK(world.elb.create_target_group(spec));
  spec.name = "third";
  spec.sticky = true;
  CHECK_FALSE(world.elb.create_target_group(spec));
  spec.algorithm = "round_robin";
  spec.slow_start = 10s;
  CHECK_FALSE(world.elb.create_target_group(spec));
}

// elb.md 2.9: uniform over the candidates, whatever came before.
TEST_CASE("weighted random takes any target with equal chance", "[elb][elb.md 2.9]") {
  const auto algorithm = make_algorithm("weighted_random");
  const std::vector<RouteTarget> candidates{{1, 1}, {2, 2}, {3, 3}};
  algorithm->set_candidates(candidates);
  CHECK(algorithm->draws());
  const RandomStream stream(4, "weighted random");
  std::vector<int> got(3);
  for (std::uint32_t i = 0; i < 30'000; ++i)
    ++got[algorithm->choose({kStart, static_cast<std::uint32_t>(stream.bits(i, 0))})];
  for (const int n : got) CHECK(std::abs(n - 10'000) < 350);  // four deviations
}

// elb.md 2.10: a changed attribute reaches the nodes at once.
TEST_CASE("stickiness can be switched on and off under way", "[elb][elb.md 2.10]") {
  SmallElb world;
  world.serving(world.web, "i-1");
  CHECK(world.elb.frontend("front", 80)->sticky_for == 0s);
  TargetGroupSpec changed = testing::Options{}.group;
  changed.sticky = true;
  changed.sticky_for = 60s;
  REQUIRE(world.elb.modify_target_group("web", changed));
  CHECK(world.elb.frontend("front", 80)->sticky_for == 60s);
  changed.sticky = false;
  REQUIRE(world.elb.modify_target_group("web", changed));
  CHECK(world.elb.frontend("front", 80)->sticky_for == 0s);
}

}  // namespace steady::elb
