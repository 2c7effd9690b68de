#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

struct Times {
  SimDuration min = SimDuration::max(), max{0}, sum{0};
  int count = 0;
  void add(SimDuration time) {
    min = std::min(min, time);
    max = std::max(max, time);
    sum += time;
    ++count;
  }
  SimDuration mean() const { return sum / count; }
};

constexpr std::uint64_t kSeeds = 400;

/// A target that has been healthy for ever stops accepting at a fixed moment; time to unhealthy.
Times detection(SimDuration interval, bool black_hole) {
  Times times;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Options options{.seed = seed};
    options.group.health_check.interval = interval;
    options.group.health_check.timeout = std::min<SimDuration>(5s, interval / 2);
    SmallElb world{options};
    const auto process = world.run("i-1");
    const TargetId target = world.add(world.web, "i-1");
    world.elb.assume_healthy(target);
    world.run_for(100s);
    REQUIRE(world.state(target) == "healthy");
    world.fleet.kill(process, {});
    if (black_hole) world.fleet.host_gone(world.fleet.host("i-1"), {});
    times.add(world.until(target, "unhealthy"));
  }
  return times;
}

// elb.md 2.4: (U-1)I + U(0,I). With the defaults, 30 s and 2 failures, that is mean 45 s, at most
// 60 s.
TEST_CASE("a target that refuses connections is found after 45 s on average", "[elb][health]") {
  const Times times = detection(30s, false);
  CHECK(times.min >= 30s);
  CHECK(times.max <= 60s);
  CHECK(times.mean() > 43500ms);
  CHECK(times.mean() < 46500ms);
}

// elb.md 2.4: nobody answers, so the last check ends with its time-out of 5 s.
TEST_CASE("a target that is a black hole is found one time-out later", "[elb][health]") {
  const Times times = detection(30s, true);
  CHECK(times.min >= 35s);
  CHECK(times.max <= 65s);
  CHECK(times.mean() > 48500ms);
  CHECK(times.mean() < 51500ms);
}

// elb.md 2.4: at 5/2 the mean is 7.5 s, the most 10 s.
TEST_CASE("short intervals find a refusing target in 7.5 s on average", "[elb][health]") {
  const Times times = detection(5s, false);
  CHECK(times.min >= 5s);
  CHECK(times.max <= 10s);
  CHECK(times.mean() > 7250ms);
  CHECK(times.mean() < 7750ms);
}

// elb.md 2.4, stories.md 1.3: the first check comes at a random phase in [0, min(I, 10 s)).
TEST_CASE("a ready target is healthy at its first check, within min(interval, 10 s)",
          "[elb][health]") {
  const auto [interval, bound] = GENERATE(table<SimDuration, SimDuration>({{30s, 10s}, {5s, 5s}}));
  Times times;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Options options{.seed = seed};
    options.behaviour.first_check_immediate = false;
    options.group.health_check.interval = interval;
    options.group.health_check.timeout = 2s;
    SmallElb world{options};
    world.run("i-1");
    times.add(world.until(world.add(world.web, "i-1"), "healthy"));
  }
  CHECK(times.min < bound / 20);
  CHECK(times.max < bound);
  CHECK(times.max > bound - bound / 20);
  CHECK(times.mean() > bound / 2 - bound / 15);
  CHECK(times.mean() < bound / 2 + bound / 15);
}

// elb.md 2.4: the healthy threshold applies to the way back only; an older page says otherwise.
TEST_CASE("one success makes a new target healthy, or the threshold where that is configured",
          "[elb][health]") {
  Options options;
  options.behaviour.initial_success_configured = GENERATE(false, true);
  SmallElb world{options};
  world.run("i-1");
  const TargetId target = world.add(world.web, "i-1");
  const auto wait = world.until(target, "healthy");
  CHECK(wait == (options.behaviour.initial_success_configured ? 40s : 0s));
}

// elb.md 2.4, "why did the deploy take 3 minutes more": slower than two checks costs the whole way
// back.
TEST_CASE("a target that is not ready in time needs HealthyThreshold successes", "[elb][health]") {
  SmallElb world;
  world.run("i-1", [](auto& app) { app.ready_after = SimDuration{25s}; });
  const TargetId target = world.add(world.web, "i-1");
  CHECK(world.until(target, "unhealthy") == 10s);
  // Checks at 30, 40, 50, 60 and 70 s pass.
  world.run_for(kStart + 70s - 1ns - world.loop.now());
  CHECK(world.state(target) == "unhealthy");
  world.run_for(1ns);
  CHECK(world.state(target) == "healthy");
}

// elb.md 2.4 rule 6: only consecutive results count.
TEST_CASE("a success resets the count of failures, and a failure that of successes",
          "[elb][health]") {
  SmallElb world;
  auto process = world.run("i-1");
  const TargetId target = world.add(world.web, "i-1");
  world.run_for(5s);  // passed at 0
  world.fleet.kill(process, {});
  world.run_for(10s);  // failed at 10
  process = world.run("i-1");
  world.run_for(10s);  // passed at 20
  world.fleet.kill(process, {});
  world.run_for(10s);  // failed at 30
  CHECK(world.state(target) == "healthy");
  world.run_for(10s);  // failed at 40
  CHECK(world.state(target) == "unhealthy");
  process = world.run("i-1");
  world.run_for(40s);  // passed at 50, 60, 70, 80
  world.fleet.kill(process, {});
  world.run_for(10s);  // failed at 90
  world.run("i-1");
  world.run_for(40s);  // passed at 100 to 130
  CHECK(world.state(target) == "unhealthy");
  world.run_for(10s);
  CHECK(world.state(target) == "healthy");
}

// elb.md 1.3, 2.3: an answer must come within the time-out; the next check does not wait for it.
TEST_CASE("a check that waits in the request queue longer than the time-out fails",
          "[elb][health]") {
  SmallElb world;
  world.run("i-1", [](auto& app) { app.health = app::HealthMode::kQueued; });
  world.plane.wait = 5s;
  const TargetId target = world.add(world.web, "i-1");
  world.run_for(5s - 1ns);
  CHECK(world.state(target) == "initial");
  world.run_for(1ns);
  CHECK(world.state(target) == "healthy");

  world.plane.wait = 5001ms;
  world.run_for(20s - 1ns);  // sent at 10 and 20 s
  CHECK(world.state(target) == "healthy");
  world.run_for(1ns);
  CHECK(world.state(target) == "unhealthy");
  CHECK(world.reason(target) == "Target.Timeout");
}

// A reset reaches the node, whatever the process would have answered.
TEST_CASE("a process that ends before it has answered fails the check", "[elb][health]") {
  Options options;
  options.group.health_check.unhealthy_threshold = 2;
  SmallElb world{options};
  const auto process = world.run("i-1", [](auto& app) { app.health = app::HealthMode::kQueued; });
  world.plane.wait = 4s;
  const TargetId target = world.add(world.web, "i-1");
  world.run_for(2s);
  world.fleet.kill(process, {});
  world.run_for(8s);
  CHECK(world.state(target) == "unhealthy");
  CHECK(world.reason(target) == "Target.FailedHealthChecks");
}

// elb.md 2.3: lists and ranges.
TEST_CASE("a status passes when the matcher names it", "[elb][health]") {
  Options options;
  options.group.health_check.matcher = {{200, 299}, {404, 404}};
  SmallElb world{options};
  world.run("i-1");
  world.run("i-2", [](auto& app) { app.never_healthy = true; });  // 503
  const TargetId good = world.add(world.web, "i-1");
  const TargetId bad = world.add(world.web, "i-2");
  world.run_for(15s);
  CHECK(world.state(good) == "healthy");
  CHECK(world.state(bad) == "unhealthy");
}

// elb.md 1.3: TCP passes when the connection opens, HTTP on exactly 200.
TEST_CASE("Classic's TCP check passes on a connection, its HTTP check on 200 only",
          "[elb][health][classic]") {
  Options options;
  options.classic.health_check.protocol = GENERATE(Protocol::kTcp, Protocol::kSsl, Protocol::kHttp);
  const bool http = options.classic.health_check.protocol == Protocol::kHttp;
  SmallElb world{options};
  world.run("i-1", [](auto& app) { app.never_healthy = true; });
  const TargetId target = world.add(world.old, "i-1");
  world.run_for(15s);
  CHECK(world.state(target) == (http ? "OutOfService" : "InService"));
}

// elb.md 1.3: first registration needs one success, recovery the HealthyThreshold of 10.
TEST_CASE("Classic recovers after its HealthyThreshold", "[elb][health][classic]") {
  SmallElb world;
  const auto process = world.run("i-1");
  const TargetId target = world.add(world.old, "i-1");
  world.run_for(1s);
  CHECK(world.elb.in_service(target));
  world.fleet.kill(process, {});
  world.run_for(20s);
  CHECK(world.elb.unhealthy(target));
  world.run("i-1");
  world.run_for(99s - 1ns);
  CHECK_FALSE(world.elb.in_service(target));
  world.run_for(1s + 1ns);
  CHECK(world.elb.in_service(target));
}

// elb.md 2.3: HealthCheckPort, instead of the port on which traffic goes.
TEST_CASE("checks go to the health check port where one is set", "[elb][health]") {
  Options options;
  options.group.health_check.port = 9000;
  SmallElb world{options};
  world.run("i-1", {}, 80);
  const TargetId target = world.add(world.web, "i-1");
  world.run_for(15s);
  CHECK(world.state(target) == "unhealthy");
  world.run("i-1", {}, 9000);
  world.run_for(60s);
  CHECK(world.state(target) == "healthy");
}

// elb.md 7.2: "effective while running".
TEST_CASE("changed thresholds and intervals hold from the next check on", "[elb][health]") {
  SmallElb world;
  world.run("i-1");
  const TargetId target = world.add(world.web, "i-1");
  world.run_for(5s);
  TargetGroupSpec changed = *world.elb.target_group("web");
  changed.health_check.interval = 60s;
  changed.health_check.unhealthy_threshold = 3;
  REQUIRE(world.elb.modify_target_group("web", changed));
  world.fleet.host_gone(world.fleet.host("i-1"), {});
  world.run_for(130s - 1ns);  // sent at 10, 70 and 130 s; the last time-out ends at 135 s
  CHECK(world.state(target) == "healthy");
  world.run_for(1ns);
  CHECK(world.state(target) == "unhealthy");
}

// elb.md 2.5: each node takes a new target when its own check has passed.
TEST_CASE("each node decides by its own checks", "[elb][health]") {
  Options options{.zones = {"us-east-1a", "us-east-1b"}};
  options.behaviour.first_check_immediate = false;
  options.behaviour.nodes_per_zone = 2;
  SmallElb world{options};
  world.serving(world.web, "i-0");
  world.run("i-1");
  const TargetId target = world.add(world.web, "i-1");
  std::vector<SimTime> taken(4, kNever);
  while (world.loop.now() < kStart + 10s) {
    world.run_for(1ms);
    for (std::size_t node = 0; node < 4; ++node) {
      if (taken[node] == kNever && world.candidates(node).size() == 2)
        taken[node] = world.loop.now();
    }
  }
  SimTime first = kNever;
  for (std::size_t node = 0; node < 4; ++node) {
    CHECK(taken[node] != kNever);
    first = std::min(first, taken[node]);
    for (std::size_t other = 0; other < node; ++other) CHECK(taken[node] != taken[other]);
  }
  // Reported as healthy when the first of them says so.
  for (const auto& entry : world.journal.entries()) {
    if (entry.subject != "i-1:80" || entry["state"] != "healthy") continue;
    CHECK(entry.at <= first);
    CHECK(entry.at > first - 1ms);
  }
  CHECK(world.elb.in_service(target));
}

// Streams are keyed by name: one more target shifts nobody's checks.
TEST_CASE("another target does not move a target's checks", "[elb][health]") {
  const auto first_check = [](bool another) {
    Options options{.seed = 5};
    options.behaviour.first_check_immediate = false;
    SmallElb world{options};
    world.run("i-1");
    world.run("i-2");
    if (another) world.add(world.web, "i-2");
    return world.until(world.add(world.web, "i-1"), "healthy");
  };
  CHECK(first_check(false) == first_check(true));
}

}  // namespace
}  // namespace steady::elb
