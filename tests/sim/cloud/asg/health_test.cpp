#include <set>

#include "tests/sim/cloud/asg/small_asg.h"

namespace steady::asg {
namespace {

using testing::SmallAsg;

// ecs.md 5.4: not running: replaced at once.
TEST_CASE("an instance that somebody terminated is replaced at once", "[asg]") {
  SmallAsg world({.desired = 2, .target_groups = {"tg"}});
  world.run_for(10s);
  REQUIRE(world.ec2.terminate("i-1"));
  world.run_for(0s);
  CHECK(world.member("i-1")->lifecycle == "Terminating");
  CHECK(world.member("i-1")->health == "Unhealthy");
  CHECK(world.ec2.find("i-3")->launched_at == kStart + 10s);
  CHECK(world.group().activities.front().cause ==
        "At 10.000s an instance was taken out of service in response to an EC2 health check "
        "indicating it has been terminated or stopped.");
  world.run_for(60s);
  CHECK(world.count("InService") == 2);
  CHECK(world.by_zone() == std::vector{1, 1, 0});
  CHECK(world.targets("tg") == 2);
  CHECK(world.groups.quiet());
}

// A crash is silent; its status checks fail some time later (assumed: a minute).
TEST_CASE("a crashed instance is noticed after a minute", "[asg]") {
  SmallAsg world({.desired = 2, .target_groups = {"tg"}});
  world.run_for(10s);
  REQUIRE(world.ec2.crash("i-1"));
  world.run_for(AutoScaling::kCrashNotice - 1ns);
  CHECK(world.member("i-1")->lifecycle == "InService");
  CHECK(world.ec2.instances().size() == 2);
  world.run_for(1ns);
  CHECK(world.member("i-1") == nullptr);
  CHECK(world.ec2.find("i-3")->launched_at == kStart + 70s);
  world.run_for(5min);
  CHECK(world.count("InService") == 2);
  CHECK(world.groups.quiet());
}

TEST_CASE("an instance that dies while it boots is launched again", "[asg]") {
  SmallAsg world({.desired = 0});
  REQUIRE(world.groups.set_desired("web", 1));
  world.run_for(10s);
  REQUIRE(world.ec2.terminate("i-1"));
  world.run_for(10s);
  CHECK(world.group().activities.front().status == "Failed");
  world.run_for(60s);
  CHECK(world.count("InService") == 1);
}

TEST_CASE("an instance that crashes while it drains is gone all the same", "[asg]") {
  SmallAsg world({.desired = 1, .target_groups = {"tg"}});
  REQUIRE(world.groups.set_desired("web", 0));
  world.run_for(5s);
  REQUIRE(world.ec2.crash("i-1"));
  world.run_for(5min);
  CHECK(world.group().instances.empty());
  CHECK(world.groups.quiet());
}

// ecs.md 5.4: health check type ELB; terminate first, then launch.
TEST_CASE("a group that asks its load balancer replaces what is unhealthy there", "[asg]") {
  SmallAsg world({.desired = 2, .target_groups = {"tg"}, .health_check_type = "ELB"});
  world.run_for(30s);
  world.fleet.crash(world.ec2.find("i-1")->process, 1);  // the machine is fine, its app is gone
  // Two failed checks 10 s apart, and a look every 10 s.
  world.run_for(30s);
  CHECK(world.member("i-1")->health == "Unhealthy");
  CHECK(world.member("i-1")->lifecycle == "Terminating");
  CHECK(world.group().activities.back().cause.ends_with(
      "an instance was taken out of service in response to an ELB system health check failure."));
  CHECK(world.ec2.instances().size() == 2);
  world.run_for(40s);  // drained, terminated: only then its successor
  CHECK(world.member("i-1") == nullptr);
  CHECK(world.count("Pending") == 1);
  world.run_for(5min);
  CHECK(world.count("InService") == 2);
  CHECK(world.groups.quiet());
}

TEST_CASE("a group of type EC2 does not mind what its load balancer says", "[asg]") {
  SmallAsg world({.desired = 1, .target_groups = {"tg"}});
  world.fleet.crash(world.ec2.find("i-1")->process, 1);
  world.run_for(10min);
  CHECK(world.elb.unhealthy(world.target("tg", "i-1")));
  CHECK(world.member("i-1")->lifecycle == "InService");
}

// ecs.md 5.4: the grace period starts at InService.
TEST_CASE("within the grace period nothing is unhealthy", "[asg]") {
  SmallAsg world(
      {.desired = 1, .target_groups = {"tg"}, .health_check_type = "ELB", .grace = 5min});
  world.fleet.crash(world.ec2.find("i-1")->process, 1);
  REQUIRE(world.groups.set_instance_health("i-1", "Unhealthy"));
  world.run_for(5min - 1s);
  CHECK(world.member("i-1")->health == "Healthy");
  world.run_for(11s);
  CHECK(world.member("i-1")->health == "Unhealthy");
}

// ecs.md 5.4: at most 10 % of the group at a time, one at least.
TEST_CASE("unhealthy instances are replaced a tenth of the group at a time", "[asg]") {
  const int size = GENERATE(5, 20);
  SmallAsg world({.desired = size, .max = 30});
  for (int i = 1; i <= size; ++i) {
    REQUIRE(world.groups.set_instance_health("i-" + std::to_string(i), "Unhealthy"));
  }
  int away = 0;
  for (int second = 0; second < 65 * 20; ++second) {
    world.run_for(1s);
    away = std::max(away, size - world.count("InService"));
  }
  CHECK(away == std::max(1, size / 10));
  CHECK(world.count("InService") == size);
  CHECK(static_cast<int>(world.ec2.instances().size()) == 2 * size);
  CHECK(world.groups.quiet());
}

TEST_CASE("health is set to one of two words", "[asg]") {
  SmallAsg world;
  CHECK(world.groups.set_instance_health("i-1", "Sick").error().message ==
        "Health status 'Sick' is invalid; known: Healthy, Unhealthy.");
  CHECK(world.groups.set_instance_health("i-9", "Healthy").error().code == "ValidationError");
}

// Liveness: whatever happened, when it stops the group is as it should be.
TEST_CASE("after random troubles a group comes to rest at its desired capacity", "[asg]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    SmallAsg world({.desired = 4,
                    .max = 12,
                    .zones = {"us-east-1a", "us-east-1b", "us-east-1c"},
                    .classic = {"old"},
                    .target_groups = {"tg"},
                    .health_check_type = seed % 2 == 0 ? "ELB" : "EC2"},
                   seed);
    const RandomStream dice(seed, "tests/asg");
    std::uint32_t next = 0;
    const auto roll = [&](std::uint64_t sides) { return dice.below(sides, 0, next++); };
    const auto victim = [&] {
      const auto all = world.ec2.instances();
      return all[roll(all.size())]->id;
    };
    for (int step = 0; step < 40; ++step) {
      world.run_for(SimDuration{static_cast<std::int64_t>(roll(90)) * 1'000'000'000});
      switch (roll(9)) {
        case 0:
          (void)world.groups.set_desired("web", static_cast<int>(roll(13)));
          break;
        case 1:
          (void)world.ec2.terminate(victim());
          break;
        case 2:
          (void)world.ec2.crash(victim());
          break;
        case 3:
          (void)world.groups.set_instance_health(victim(), "Unhealthy");
          break;
        case 4:
          (void)world.groups.terminate_instance(victim(), roll(2) == 0);
          break;
        case 5:
          world.ec2.add_capacity_fault({"", roll(2) == 0 ? "us-east-1a" : ""});
          break;
        case 6:
          world.ec2.remove_capacity_fault({"", "us-east-1a"});
          world.ec2.remove_capacity_fault({});
          break;
        case 7:
          (void)world.groups.set_protection("web", {victim()}, roll(2) == 0);
          break;
        default:
          if (const auto* process = world.ec2.find(victim());
              process->process != app::Fleet::kNone) {
            world.fleet.crash(process->process, 1);
          }
      }
      const auto& group = world.group();
      // One above the maximum is allowed while zones are evened out.
      REQUIRE(world.count("InService") + world.count("Pending") <= group.spec.max + 1);
    }
    while (!world.ec2.has_capacity("m5.large", "us-east-1a")) {
      world.ec2.remove_capacity_fault({"", "us-east-1a"});
      world.ec2.remove_capacity_fault({});
    }
    std::vector<std::string> all;
    for (const auto& instance : world.group().instances) {
      if (instance.lifecycle == "InService") all.push_back(instance.id);
    }
    REQUIRE(world.groups.set_protection("web", all, false));
    world.run_for(2h);
    CHECK(world.groups.quiet());
    CHECK(world.count("InService") == world.group().spec.desired);
    const auto zones = world.by_zone();
    CHECK(*std::ranges::max_element(zones) - *std::ranges::min_element(zones) <= 1);
    // Nothing that is not in the group is alive, and what is in it is registered.
    int alive = 0;
    for (const auto* instance : world.ec2.instances()) {
      alive += instance->state == ec2::InstanceState::kRunning ? 1 : 0;
    }
    CHECK(alive == world.group().spec.desired);
    CHECK(static_cast<int>(world.targets("tg")) == world.group().spec.desired);
    CHECK(static_cast<int>(world.targets("old")) == world.group().spec.desired);
  }
}

}  // namespace
}  // namespace steady::asg
