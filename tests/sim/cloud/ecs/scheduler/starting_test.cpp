#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using namespace steady::ecs::testing;

namespace {

void crashes(app::AppModel& app) { app.crash_on_start = true; }

std::vector<SimDuration> starts(SmallService& cloud) {
  std::vector<SimDuration> at;
  for (const auto& event : cloud.events("has started")) at.push_back(event.at);
  return at;
}

}  // namespace

// ecs.md 2.5: starts that never reach RUNNING are slowed down, doubled from 10 s (derived law), up
// to 27 minutes (15 in the text of 2023), told by one event, and never given up.
TEST_CASE("failing starts are throttled up to the cap", "[ecs][scheduler][ecs.md 2.5]") {
  for (const std::string era : {"2023-01-01", "2026"}) {
    SmallService cloud({.era = era, .desired = 1, .second = crashes});
    cloud.deploy("web:2");
    cloud.run_for(5h);
    const auto at = starts(cloud);
    REQUIRE(at.size() > 8);
    const SimDuration cap = era == "2026" ? SimDuration{27min} : SimDuration{15min};
    for (std::size_t i = 1; i < at.size(); ++i) {
      const SimDuration wanted =
          std::min<SimDuration>(cap, 10s * (1LL << std::min<std::size_t>(i - 1, 12)));
      INFO(era << ", start " << i);
      CHECK(at[i] - at[i - 1] >= wanted);
      CHECK(at[i] - at[i - 1] <= wanted + 10s);  // falls on a pass
    }
    CHECK(cloud.count("is unable to consistently start tasks successfully. For more information, "
                      "see the Troubleshooting section of the Amazon ECS Developer Guide.") == 1);
  }
}

// Before Dec 2017 there was no throttle (WN Dec 2017).
TEST_CASE("before December 2017 failing starts go on at the scheduler's speed",
          "[ecs][scheduler][ecs.md 2.5]") {
  SmallService cloud({.era = "2017-06-01", .desired = 1, .second = crashes});
  cloud.deploy("web:2");
  cloud.run_for(10min);
  CHECK(starts(cloud).size() >= 55);
}

// An update resumes normal speed at once (ecs.md 2.5 "Reset").
TEST_CASE("a new revision ends the throttle", "[ecs][scheduler][ecs.md 2.5]") {
  SmallService cloud({.desired = 1, .second = crashes});
  cloud.deploy("web:2");
  cloud.run_for(1h);
  cloud.deploy("web:3");
  cloud.run_for(11s);
  CHECK(cloud.events("has started").back().at > 0s);
  CHECK(cloud.tasks("web:3") == 1);
}

// Tasks that reached RUNNING and end then are restarted at the scheduler's speed without end.
TEST_CASE("tasks that ran are not throttled", "[ecs][scheduler][ecs.md 2.5]") {
  SmallService cloud({.desired = 1, .second = [](app::AppModel& app) {
                        app.exit_after = Distribution(SimDuration{2s});
                      }});
  cloud.deploy("web:2");
  cloud.run_for(10min);
  CHECK(starts(cloud).size() >= 28);
  CHECK(cloud.count("is unable to consistently") == 0);
}

// ecs.md 2.6: threshold = clamp(ceil(0.5 x desired), 3, 200); 10 at least before Apr 2023.
TEST_CASE("the breaker opens at half the desired count, within its bounds",
          "[ecs][scheduler][ecs.md 2.6]") {
  struct Case {
    std::string era;
    int desired, threshold;
  };
  for (const auto& one :
       {Case{"2026", 1, 3}, Case{"2026", 8, 4}, Case{"2026", 25, 13}, Case{"2022-06-01", 8, 10}}) {
    SmallService cloud({.era = one.era,
                        .machines = 8,
                        .desired = one.desired,
                        .maximum = 100 + 100 / one.desired + 1,  // one at a time
                        .breaker = {.enable = true, .rollback = false},
                        .second = crashes});
    cloud.deploy("web:2");
    cloud.run_for(30h);
    INFO(one.era << ", " << one.desired << ": " << cloud.count("has started") << " starts");
    CHECK(cloud.count("deployment failed: tasks failed to start.") == 1);
    int failed = 0;
    for (const auto* task : cloud.world.ecs().tasks()) {
      if (task->definition->name() == "web:2") ++failed;
    }
    const auto& primary = *cloud.service().deployments.front();
    CHECK(primary.failed_tasks == one.threshold);
    CHECK(primary.rollout == Rollout::kFailed);
    CHECK(primary.rollout_reason == "ECS deployment circuit breaker: tasks failed to start.");
    CHECK(cloud.tasks("web:1", "RUNNING") == one.desired);  // no rollback: the old ones stay
  }
}

// Rollback goes to the newest COMPLETED deployment and cannot itself be rolled back.
TEST_CASE("the breaker rolls back to what was completed", "[ecs][scheduler][ecs.md 2.6]") {
  SmallService cloud(
      {.desired = 3, .breaker = {.enable = true, .rollback = true}, .second = crashes});
  const std::string good = cloud.service().deployments.front()->id;
  cloud.deploy("web:2");
  cloud.run_for(20min);
  CHECK(cloud.count("rolling back to deployment " + good + ".") == 1);
  const auto& deployments = cloud.service().deployments;
  REQUIRE(deployments.size() == 1);
  CHECK(deployments[0]->definition->name() == "web:1");
  CHECK(deployments[0]->is_rollback);
  CHECK(deployments[0]->rollout == Rollout::kCompleted);
  CHECK(cloud.service().definition->name() == "web:1");
}

// A first deployment has nothing to go back to: it stalls in FAILED (ecs.md 2.6).
TEST_CASE("a first deployment that fails stays failed", "[ecs][scheduler][ecs.md 2.6]") {
  SmallService cloud({.desired = 2,
                      .breaker = {.enable = true, .rollback = true},
                      .first = crashes,
                      .at_rest = false});
  cloud.run_for(30min);
  CHECK(cloud.count("deployment failed") == 1);
  CHECK(cloud.count("rolling back") == 0);
  REQUIRE(cloud.service().deployments.size() == 1);
  CHECK(cloud.service().deployments[0]->rollout == Rollout::kFailed);
  const auto before = cloud.count("has started");
  cloud.run_for(2h);
  CHECK(cloud.count("has started") == before);  // no new tasks are launched for it
}

// Stage 2: once a task is RUNNING those that fail their balancer's checks count (ecs.md 2.6).
TEST_CASE("the breaker counts tasks replaced for their health", "[ecs][scheduler][ecs.md 2.6]") {
  SmallService cloud({.desired = 2,
                      .breaker = {.enable = true, .rollback = true},
                      .second = [](app::AppModel& app) { app.never_healthy = true; }});
  cloud.deploy("web:2");
  cloud.run_for(20min);
  CHECK(cloud.count("deployment failed") == 1);
  CHECK(cloud.count("is unhealthy") >= 3);
  CHECK(cloud.service().definition->name() == "web:1");
}

// Tasks that run and then exit do not count without a health check, unless the switch says so.
TEST_CASE("exits after RUNNING count for the breaker by choice only",
          "[ecs][scheduler][ecs.md 2.6]") {
  for (const bool counts : {false, true}) {
    SmallService cloud(
        {.desired = 1,
         .front = Front::kNone,
         .breaker = {.enable = true, .rollback = false},
         .behaviour = [counts](Behaviour& b) { b.exit_after_running_counts = counts; },
         .second = [](app::AppModel& app) { app.exit_after = Distribution(SimDuration{2s}); }});
    cloud.deploy("web:2");
    cloud.run_for(30min);
    CHECK(cloud.count("deployment failed") == (counts ? 1 : 0));
  }
}

// A task that becomes healthy resets the count (resetOnHealthyTask).
TEST_CASE("a healthy task resets the breaker's count", "[ecs][scheduler][ecs.md 2.6]") {
  for (const bool reset : {true, false}) {
    SmallService cloud(
        {.desired = 1,
         .breaker = {.enable = true, .rollback = false, .reset_on_healthy = reset},
         .second = [](app::AppModel& app) { app.healthy_for = Distribution(SimDuration{25s}); }});
    cloud.deploy("web:2");
    cloud.run_for(60min);
    INFO(cloud.story().substr(0, 600));
    // Each task is healthy for a while and then fails: only without the reset that adds up, unless
    // the deployment was complete before.
    CHECK(cloud.service().deployments.front()->failed_tasks <= (reset ? 1 : 3));
  }
}

// ecs.md 6.1: a placement that fails for lack of resources is tried quickly for about 50 s, then
// about every 5 minutes; the placement failures are no task failures (2.6).
TEST_CASE("a stalled placement is retried, quickly at first", "[ecs][scheduler][ecs.md 6.1]") {
  SmallService cloud({.machines = 1,
                      .cpu = 512,
                      .desired = 2,
                      .breaker = {.enable = true, .rollback = true},
                      .behaviour = [](Behaviour& b) { b.placement_retry_wake = false; }});
  cloud.deploy("web:2");
  cloud.run_for(20min);
  CHECK(cloud.story() == "no room");  // told once, not at every try
  CHECK(cloud.first("was unable to place a task because no container instance met all of its "
                    "requirements. The closest matching (container-instance ") < 11s);
  // Room comes: it is found by the next slow retry.
  cloud.add_machine();
  const SimTime came = cloud.world.now();
  cloud.run_for(6min);
  const auto started = cloud.called + cloud.first("has started");
  CHECK(started - came <= 5min + 10s);
  CHECK(started - came > 10s);
}

// Registering an instance wakes the stalled service by default (switch placement_retry_wake).
TEST_CASE("new room wakes a stalled placement", "[ecs][scheduler][ecs.md 6.1]") {
  SmallService cloud({.machines = 1, .cpu = 512, .desired = 2});
  cloud.deploy("web:2");
  cloud.run_for(20min);
  cloud.add_machine();
  const SimTime came = cloud.world.now();
  cloud.run_for(11s);
  CHECK(cloud.called + cloud.first("has started") - came <= 10s);
}
