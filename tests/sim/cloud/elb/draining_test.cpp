#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

Options with_draining(SimDuration timeout) {
  Options options;
  options.classic.draining_enabled = true;
  options.classic.draining_timeout = timeout;
  return options;
}

// elb.md 2.6: whoever polls waits the whole delay, even for an idle target.
TEST_CASE("a target drains until its delay is over to the nanosecond, idle or not",
          "[elb][draining]") {
  SmallElb world;
  const TargetId target = world.serving(world.web, "i-1");
  const TargetId other = world.serving(world.web, "i-2");
  world.run_for(7s);
  world.elb.deregister_target(target);
  CHECK(world.elb.target(target).deregistered_at == kStart + 7s);
  CHECK(world.elb.target(target).deregistering);
  CHECK(world.candidates() == std::vector{other});

  world.run_for(30s - 1ns);
  CHECK(world.state(target) == "draining");
  CHECK(world.elb.targets(world.web) == std::vector{target, other});
  CHECK(world.plane.cuts.empty());
  world.run_for(1ns);
  CHECK(world.state(target) == "unused");
  CHECK(world.elb.targets(world.web) == std::vector{other});
}

// elb.md 2.6: at t0+D the client gets a 502; the cause must still name the state "draining".
TEST_CASE("what is in flight when the delay is over is cut, while the target still drains",
          "[elb][draining]") {
  SmallElb world;
  const TargetId target = world.serving(world.web, "i-1");
  std::string state;
  world.plane.before_cut = [&](TargetId id) { state = world.state(id); };
  world.elb.deregister_target(target);
  world.run_for(30s);
  REQUIRE(world.plane.cuts.size() == 1);
  CHECK(world.plane.cuts[0].at == kStart + 30s);
  CHECK(world.plane.cuts[0].target == target);
  CHECK(world.plane.cuts[0].cause == "deregistration delay over with requests in flight");
  CHECK(state == "draining");
}

// elb.md 2.6 point 7.
TEST_CASE("with a delay of 0 a target is cut and unused at once", "[elb][draining]") {
  Options options;
  options.group.deregistration_delay = 0s;
  SmallElb world{options};
  const TargetId target = world.serving(world.web, "i-1");
  world.elb.deregister_target(target);
  CHECK(world.state(target) == "unused");
  CHECK(world.elb.drained(target));
  CHECK(world.plane.cuts.size() == 1);
}

// Callers may repeat themselves: ECS and a person both deregister.
TEST_CASE("deregistering again changes nothing", "[elb][draining]") {
  SmallElb world;
  const TargetId target = world.serving(world.web, "i-1");
  world.elb.deregister_target(target);
  world.run_for(20s);
  world.elb.deregister_target(target);
  world.run_for(10s);
  CHECK(world.state(target) == "unused");
  world.elb.deregister_target(target);
  CHECK(world.plane.cuts.size() == 1);
}

// elb.md 2.4: checks of a draining target cannot change what is reported.
TEST_CASE("a draining target stays draining when its process ends", "[elb][draining]") {
  Options options;
  options.behaviour.deregister_propagation = SimDuration{25s};
  SmallElb world{options};
  const auto process = world.run("i-1");
  const TargetId target = world.add(world.web, "i-1");
  world.elb.assume_healthy(target);
  world.elb.deregister_target(target);
  world.fleet.kill(process, {});
  world.run_for(29s);
  CHECK(world.state(target) == "draining");
}

// elb.md 4.2: for some seconds new requests still arrive, because nodes learn of it late.
TEST_CASE("each node sends to a draining target until it has learned of that", "[elb][draining]") {
  Options options{.zones = {"us-east-1a", "us-east-1b", "us-east-1c"}};
  options.behaviour.deregister_propagation = Distribution(Distribution::Uniform{2s, 6s});
  SmallElb world{options};
  const TargetId target = world.serving(world.web, "i-1");
  const TargetId other = world.serving(world.web, "i-2");
  world.elb.deregister_target(target);
  CHECK(world.state(target) == "draining");
  std::vector<SimTime> stopped(3, kNever);
  while (world.loop.now() < kStart + 6s) {
    for (std::size_t node = 0; node < 3; ++node) {
      if (stopped[node] == kNever && world.candidates(node) == std::vector{other}) {
        stopped[node] = world.loop.now();
      }
    }
    world.run_for(1ms);
  }
  for (std::size_t node = 0; node < 3; ++node) {
    CHECK(stopped[node] >= kStart + 2s);
    CHECK(stopped[node] < kStart + 6s);
    CHECK(stopped[node] != stopped[(node + 1) % 3]);
  }
}

// 4.1: control plane and nodes are apart, so the registration may end before a node knows.
TEST_CASE("a node that learns late sends even after the delay", "[elb][draining]") {
  Options options;
  options.group.deregistration_delay = 5s;
  options.behaviour.deregister_propagation = SimDuration{8s};
  SmallElb world{options};
  const TargetId target = world.serving(world.web, "i-1");
  world.elb.deregister_target(target);
  world.run_for(5s);
  CHECK(world.state(target) == "unused");
  CHECK(world.elb.targets(world.web).empty());
  CHECK_FALSE(world.elb.quiet());
  CHECK(world.candidates() == std::vector{target});
  world.run_for(3s);
  CHECK(world.candidates().empty());
  CHECK(world.elb.quiet());
}

// elb.md 2.1 and 2.6: an instance target starts over; what it held goes on.
TEST_CASE("an instance target that drains can be registered again", "[elb][draining]") {
  SmallElb world;
  const TargetId before = world.serving(world.web, "i-1");
  world.elb.deregister_target(before);
  world.run_for(10s);
  const TargetId again = world.add(world.web, "i-1");
  CHECK(again != before);
  CHECK(world.state(again) == "initial");
  CHECK(world.journaled("i-1:80") == "initial/Elb.RegistrationInProgress");
  CHECK(world.elb.drained(before));
  CHECK(world.elb.find_target(world.web, "i-1", 80)->id == again);
  CHECK(world.elb.targets(world.web) == std::vector{again});
  world.run_for(60s);
  CHECK(world.state(again) == "healthy");
  CHECK(world.plane.cuts.empty());
}

// elb.md 2.1
TEST_CASE("an ip target cannot be registered again before its delay is over", "[elb][draining]") {
  Options options;
  options.group.target_type = TargetGroupSpec::TargetType::kIp;
  SmallElb world{options};
  const TargetId target = world.serving(world.web, "10.0.0.5");
  world.elb.deregister_target(target);
  world.run_for(30s - 1ns);
  const auto refused = world.elb.register_target(world.web, "10.0.0.5", 80, "us-east-1a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "InvalidTarget");
  world.run_for(1ns);
  CHECK(world.elb.register_target(world.web, "10.0.0.5", 80, "us-east-1a"));
}

// elb.md 2.2: a registered target is one, however often it is named.
TEST_CASE("registering a registered target gives the same registration", "[elb][target]") {
  SmallElb world;
  const TargetId target = world.serving(world.web, "i-1");
  CHECK(world.add(world.web, "i-1") == target);
  CHECK(world.state(target) == "healthy");
  CHECK(world.add(world.web, "i-1", 8080) != target);
}

// Nothing was ever sent to an unused target.
TEST_CASE("an unused target leaves at once", "[elb][draining]") {
  SmallElb world{{.listener = false}};
  const TargetId target = world.add(world.web, "i-1");
  world.elb.deregister_target(target);
  CHECK(world.elb.drained(target));
}

// A changed delay is for later drains: those under way have announced their end.
TEST_CASE("a changed deregistration delay holds for later drains", "[elb][draining]") {
  SmallElb world;
  const TargetId first = world.serving(world.web, "i-1");
  const TargetId second = world.serving(world.web, "i-2");
  world.elb.deregister_target(first);
  TargetGroupSpec changed = *world.elb.target_group("web");
  changed.deregistration_delay = 5s;
  REQUIRE(world.elb.modify_target_group("web", changed));
  world.elb.deregister_target(second);
  world.run_for(5s);
  CHECK(world.state(first) == "draining");
  CHECK(world.state(second) == "unused");
}

// The instance is gone, so there is nothing to wait for.
TEST_CASE("the end of the host ends a drain", "[elb][draining]") {
  SmallElb world;
  const TargetId target = world.serving(world.web, "i-1");
  world.elb.deregister_target(target);
  world.run_for(3s);
  world.elb.host_terminated("i-1");
  CHECK(world.state(target) == "unused");
  CHECK(world.plane.cuts.empty());
  world.run_for(60s);
  CHECK(world.plane.cuts.empty());
}

// elb.md 1.6: unlike a target group, Classic ends as soon as nothing is in flight.
TEST_CASE("Classic draining ends when the last request does", "[elb][draining][classic]") {
  SmallElb world{with_draining(300s)};
  const TargetId target = world.serving(world.old, "i-1");

  SECTION("at once when nothing is in flight") {
    world.elb.deregister_target(target);
    CHECK(world.state(target) == "OutOfService");
    CHECK(world.elb.drained(target));
  }
  SECTION("at the end of the last request") {
    world.plane.idle_at[target] = kStart + 12345ms;
    world.elb.deregister_target(target);
    CHECK(world.candidates(0, "old").empty());
    world.run_for(12345ms - 1ns);
    CHECK(world.state(target) == "InService");
    CHECK_FALSE(world.elb.drained(target));
    world.run_for(1ns);
    CHECK(world.state(target) == "OutOfService");
    CHECK(world.plane.cuts.empty());
  }
  SECTION("soon after requests ended sooner than they would have") {
    world.plane.idle_at[target] = kStart + 200s;
    world.elb.deregister_target(target);
    world.run_for(20500ms);
    world.plane.idle_at.clear();  // The process was killed.
    world.run_for(1s);
    CHECK(world.elb.drained(target));
  }
  SECTION("at the time-out, by cutting what is left") {
    world.plane.idle_at[target] = kStart + 1h;
    world.elb.deregister_target(target);
    world.run_for(300s - 1ns);
    CHECK(world.plane.cuts.empty());
    world.run_for(1ns);
    REQUIRE(world.plane.cuts.size() == 1);
    CHECK(world.plane.cuts[0].at == kStart + 300s);
    CHECK(world.plane.cuts[0].cause == "drain timeout");
    CHECK(world.elb.drained(target));
  }
  SECTION("not at the time-out when it ends there by itself") {
    world.plane.idle_at[target] = kStart + 300s - 1ns;
    world.elb.deregister_target(target);
    world.run_for(300s);
    CHECK(world.plane.cuts.empty());
  }
}

// While a node still sends, "nothing in flight" is a passing moment.
TEST_CASE("Classic draining waits for the last node to stop sending", "[elb][draining][classic]") {
  Options options = with_draining(300s);
  options.behaviour.deregister_propagation = SimDuration{4s};
  SmallElb world{options};
  const TargetId target = world.serving(world.old, "i-1");
  world.elb.deregister_target(target);
  world.run_for(3999ms);
  CHECK(world.state(target) == "InService");
  CHECK(world.candidates(0, "old") == std::vector{target});
  world.run_for(1ms);
  CHECK(world.candidates(0, "old").empty());
  CHECK(world.state(target) == "OutOfService");
}

// elb.md 1.6: off is how the API makes a balancer.
TEST_CASE("without draining Classic cuts a deregistered instance at once",
          "[elb][draining][classic]") {
  SmallElb world;
  const TargetId target = world.serving(world.old, "i-1");
  world.plane.idle_at[target] = kStart + 10s;
  world.elb.deregister_target(target);
  CHECK(world.elb.drained(target));
  REQUIRE(world.plane.cuts.size() == 1);
  CHECK(world.plane.cuts[0].cause == "connection draining is off");
}

// elb.md 1.6: an unhealthy instance finishes what it holds, with draining; without, it is cut.
TEST_CASE("an instance that turns unhealthy is cut only where draining is off",
          "[elb][draining][classic]") {
  const bool enabled = GENERATE(false, true);
  Options options;
  options.classic.draining_enabled = enabled;
  SmallElb world{options};
  world.run("i-1", [](auto& app) { app.healthy_for = Distribution(SimDuration{15s}); });
  options.classic.health_check.protocol = Protocol::kHttp;
  REQUIRE(world.elb.modify_classic("old", [&] {
    ClassicSpec changed = *world.elb.classic("old");
    changed.health_check.protocol = Protocol::kHttp;
    return changed;
  }()));
  const TargetId target = world.add(world.old, "i-1");
  world.run_for(30s);
  CHECK(world.elb.unhealthy(target));
  CHECK(world.plane.cuts.size() == (enabled ? 0 : 1));
}

// elb.md 9: model for application balancers.
TEST_CASE("an unhealthy target keeps what it holds", "[elb][draining]") {
  SmallElb world;
  world.run("i-1", [](auto& app) { app.healthy_for = Distribution(SimDuration{15s}); });
  const TargetId target = world.add(world.web, "i-1");
  world.run_for(60s);
  CHECK(world.elb.unhealthy(target));
  CHECK(world.plane.cuts.empty());
}

}  // namespace
}  // namespace steady::elb
