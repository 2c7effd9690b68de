#include "sim/cloud/elb/target.h"

#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

// elb.md 2.2, 2.6: whoever polls decides by these moves; a registration that is over stays over.
TEST_CASE("a registration that is over never changes again", "[elb][target]") {
  for (int to = 0; to < 8; ++to) {
    CHECK_FALSE(may_become(TargetState::kNotRegistered, static_cast<TargetState>(to)));
  }
  CHECK_FALSE(may_become(TargetState::kDraining, TargetState::kHealthy));
  CHECK_FALSE(may_become(TargetState::kHealthy, TargetState::kRegistering));
  CHECK_FALSE(may_become(TargetState::kInvalidState, TargetState::kDraining));
}

// elb.md 2.4, merge rule: any node's yes counts, and initial lasts until the nodes have decided.
TEST_CASE("one state is reported for what the nodes think", "[elb][target]") {
  const auto everywhere = [](std::size_t) { return true; };
  Target target;
  target.state = TargetState::kRegistering;
  target.nodes.resize(2);
  CHECK(merged(target, everywhere) == TargetState::kRegistering);
  target.nodes[0].opinion = Opinion::kChecking;
  CHECK(merged(target, everywhere) == TargetState::kChecking);
  target.nodes[0].opinion = Opinion::kUnhealthy;
  CHECK(merged(target, everywhere) == TargetState::kChecking);
  target.nodes[1].opinion = Opinion::kUnhealthy;
  CHECK(merged(target, everywhere) == TargetState::kUnhealthy);
  target.nodes[1].opinion = Opinion::kHealthy;
  CHECK(merged(target, everywhere) == TargetState::kHealthy);
  // A target that was healthy does not fall back to initial because some node has not decided yet.
  target.state = TargetState::kHealthy;
  target.nodes[1].opinion = Opinion::kChecking;
  CHECK(merged(target, everywhere) == TargetState::kUnhealthy);
  // Nodes of other zones have no say where cross-zone is off (elb.md 2.13).
  target.nodes[0].opinion = Opinion::kHealthy;
  CHECK(merged(target, [](std::size_t node) { return node == 1; }) == TargetState::kUnhealthy);
  CHECK(merged(target, [](std::size_t) { return false; }) == TargetState::kHealthy);
}

// elb.md 2.2: tools match on these words.
TEST_CASE("a target shows each state with AWS's reason and description", "[elb][target]") {
  SmallElb world{
      {.behaviour = {.register_propagation = SimDuration{2s}, .first_check_immediate = true}}};
  const auto check = [&](TargetId target, TargetHealth health) {
    CHECK(world.state(target) == health.state);
    CHECK(world.reason(target) == health.reason);
    CHECK(world.description(target) == health.description);
    CHECK(world.journaled("i-1:80") == health.state + "/" + health.reason);
  };

  SECTION("initial, from registration to the first passed check") {
    world.run("i-1", [](auto& app) { app.ready_after = SimDuration{5s}; });
    const TargetId target = world.add(world.web, "i-1");
    check(target, {"initial", "Elb.RegistrationInProgress", "Target registration is in progress"});
    CHECK_FALSE(world.elb.quiet());
    world.run_for(3s);
    check(target, {"initial", "Elb.InitialHealthChecking", "Initial health checks in progress"});
    world.run_for(10s);
    check(target, {"healthy", "", ""});
    CHECK(world.elb.in_service(target));
    CHECK(world.elb.quiet());
  }
  SECTION("unhealthy: nobody listens") {
    const TargetId target = world.add(world.web, "i-1");
    world.run_for(13s);
    check(target, {"unhealthy", "Target.FailedHealthChecks", "Health checks failed"});
    CHECK(world.elb.unhealthy(target));
    CHECK(world.elb.quiet());
  }
  SECTION("unhealthy: another code") {
    world.run("i-1", [](auto& app) { app.never_healthy = true; });
    const TargetId target = world.add(world.web, "i-1");
    world.run_for(13s);
    check(target, {"unhealthy", "Target.ResponseCodeMismatch",
                   "Health checks failed with these codes: [503]"});
  }
  SECTION("unhealthy: no answer") {
    const TargetId target = world.add(world.web, "i-1");
    world.fleet.host_gone(world.fleet.host("i-1"), {});
    world.run_for(16s);
    CHECK(world.state(target) == "initial");
    world.run_for(1s);  // 2 s to learn of it, one interval, 5 s time-out
    check(target, {"unhealthy", "Target.Timeout", "Request timed out"});
  }
  SECTION("draining, then not registered") {
    const TargetId target = world.serving(world.web, "i-1");
    world.elb.deregister_target(target);
    check(target,
          {"draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"});
    CHECK_FALSE(world.elb.in_service(target));
    CHECK_FALSE(world.elb.quiet());
    world.run_for(30s);
    check(target,
          {"unused", "Target.NotRegistered", "Target is not registered to the target group"});
    CHECK(world.elb.drained(target));
    CHECK(world.elb.targets(world.web).empty());
    CHECK(world.elb.find_target(world.web, "i-1", 80) == nullptr);
  }
  SECTION("unused: its instance was terminated") {
    const TargetId target = world.serving(world.web, "i-1");
    world.elb.host_terminated("i-1");
    check(target, {"unused", "Target.InvalidState", "Target is in the terminated state"});
    CHECK(world.elb.drained(target));
    CHECK(world.candidates().empty());
    world.elb.deregister_target(target);
    CHECK(world.reason(target) == "Target.NotRegistered");
  }
  SECTION("unused: the balancer is not in its zone") {
    world.run("i-1");
    const TargetId target = world.add(world.web, "i-1", 80, "us-east-1f");
    world.run_for(1min);
    check(target, {"unused", "Target.NotInUse",
                   "Target is in an Availability Zone that is not enabled for the load balancer"});
    world.elb.deregister_target(target);
    CHECK(world.reason(target) == "Target.NotRegistered");
  }
}

// elb.md 2.2: a group that no listener forwards to is not checked.
TEST_CASE("targets of a group without a listener are unused and not checked", "[elb][target]") {
  SmallElb world{{.listener = false}};
  world.run("i-1");
  const TargetId target = world.add(world.web, "i-1");
  world.run_for(5min);
  CHECK(world.state(target) == "unused");
  CHECK(world.reason(target) == "Target.NotInUse");
  CHECK(world.description(target) ==
        "Target group is not configured to receive traffic from the load balancer");
  CHECK_FALSE(world.elb.has_load_balancer(world.web));
  CHECK(world.loop.idle());

  const auto listener =
      world.elb.create_listener("front", {.port = 80, .action = forward_to("web")});
  REQUIRE(listener);
  CHECK(world.state(target) == "initial");
  CHECK(world.elb.has_load_balancer(world.web));
  world.run_for(1s);
  CHECK(world.state(target) == "healthy");
  CHECK(world.candidates() == std::vector{target});

  REQUIRE(world.elb.delete_listener(*listener));
  CHECK(world.reason(target) == "Target.NotInUse");
  world.run_for(10min);
  CHECK(world.loop.idle());
}

// elb.md 1.4: the article's tools read these words.
TEST_CASE("an instance shows each state with Classic's words", "[elb][classic]") {
  Options options;
  options.classic.draining_enabled = true;
  options.classic.health_check.healthy_threshold = 2;
  options.behaviour.classic_registration = SimDuration{20s};
  SmallElb world{options};
  const auto check = [&](TargetId target, TargetHealth health) {
    CHECK(world.state(target) == health.state);
    CHECK(world.reason(target) == health.reason);
    CHECK(world.description(target) == health.description);
    CHECK(world.journaled("i-1") == health.state + "/" + health.reason);
  };
  const TargetHealth failing{
      "OutOfService", "Instance",
      "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."};

  SECTION("registering until the first passed check after set-up") {
    world.run("i-1");
    const TargetId target = world.add(world.old, "i-1");
    const TargetHealth registering{"OutOfService", "ELB",
                                   "Instance registration is still in progress."};
    check(target, registering);
    world.run_for(20s - 1ns);
    check(target, registering);
    CHECK(world.candidates(0, "old").empty());
    world.run_for(1ns);
    check(target, {"InService", "N/A", "N/A"});
    CHECK(world.candidates(0, "old") == std::vector{target});
  }
  SECTION("failing, then recovering") {
    const TargetId target = world.add(world.old, "i-1");
    world.run_for(30s);
    check(target, failing);
    world.run("i-1");
    world.run_for(10s);
    check(target, {"OutOfService", "Instance",
                   "Instance has not passed the configured HealthyThreshold number of health "
                   "checks consecutively."});
    world.run_for(10s);
    check(target, {"InService", "N/A", "N/A"});
  }
  SECTION("draining is in service, then not registered") {
    const TargetId target = world.serving(world.old, "i-1");
    world.plane.idle_at[target] = kStart + 7s;
    world.elb.deregister_target(target);
    check(target, {"InService", "N/A", "Instance deregistration currently in progress."});
    CHECK_FALSE(world.elb.in_service(target));
    world.run_for(7s);
    check(target,
          {"OutOfService", "N/A", "Instance is not currently registered with the LoadBalancer."});
    CHECK(world.elb.drained(target));
  }
  SECTION("outside the zones") {
    const TargetId target = world.add(world.old, "i-1", 80, "us-east-1f");
    check(target, {"OutOfService", "ELB",
                   "Instance is in the EC2 Availability Zone for which LoadBalancer is not "
                   "configured to route traffic to."});
  }
  SECTION("terminated") {
    const TargetId target = world.serving(world.old, "i-1");
    world.elb.host_terminated("i-1");
    check(target, {"OutOfService", "Instance", "Instance is in terminated state."});
    CHECK(world.elb.targets(world.old).empty());
    CHECK(world.elb.drained(target));
    CHECK(world.candidates(0, "old").empty());
  }
}

}  // namespace
}  // namespace steady::elb
