#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using namespace steady::ecs::testing;

namespace {

/// From RUNNING of the first new task until the first old one is told to go (a pass or two later).
SimDuration until_counted(SmallService& cloud) {
  cloud.deploy("web:2");
  cloud.run_for(5min);
  SimDuration runs{-1};
  for (std::size_t i = cloud.mark; i < cloud.world.journal().entries().size(); ++i) {
    const auto& entry = cloud.world.journal().entries()[i];
    if (entry.kind == journal::kTask && entry["definition"] == "web:2" &&
        entry["status"] == "RUNNING") {
      runs = entry.at - cloud.called;
      break;
    }
  }
  REQUIRE(runs.count() >= 0);
  return cloud.first("has stopped") - runs;
}

void with_container_check(TaskDefinition& definition) {
  definition.containers[0].health_check = ContainerHealthCheck{};
  definition.containers[0].health_check->interval = 25s;
  definition.containers[0].health_check->command = {"CMD", "true"};
}

}  // namespace

// ecs.md 2.3, first row: without checks RUNNING for 40 s is healthy.
TEST_CASE("without any check 40 s of RUNNING count as healthy", "[ecs][scheduler][ecs.md 2.3]") {
  SmallService cloud({.desired = 1, .front = Front::kNone});
  const auto after = until_counted(cloud);
  CHECK(after >= 40s);
  CHECK(after < 51s);
}

// Second row: with a container check HEALTHY is, as soon as the first check has passed.
TEST_CASE("a container health check decides alone", "[ecs][scheduler][ecs.md 2.3]") {
  SmallService cloud({.desired = 1, .front = Front::kNone, .definition = with_container_check});
  const auto after = until_counted(cloud);
  CHECK(after >= 25s);
  CHECK(after < 36s);
}

// Third row: the target is healthy, after registration by a pass and one check.
TEST_CASE("behind a balancer the target's health decides", "[ecs][scheduler][ecs.md 2.3]") {
  SmallService cloud({.desired = 1});
  const auto after = until_counted(cloud);
  CHECK(after > 0s);
  CHECK(after < 21s);
}

// Fourth row: both.
TEST_CASE("target and container health are both needed", "[ecs][scheduler][ecs.md 2.3]") {
  SmallService cloud({.desired = 1, .definition = with_container_check});
  const auto after = until_counted(cloud);
  CHECK(after >= 25s);
  CHECK(after < 46s);
}

// ecs.md 2.4 "Unhealthy tasks": since 23 Oct 2023 the replacement is healthy before the sick task
// is stopped; before that it was stopped at once. The reason is told when it is stopped (4.3).
TEST_CASE("an unhealthy task is replaced first since October 2023",
          "[ecs][scheduler][ecs.md 2.4]") {
  for (const std::string era : {"2023-10-01", "2026"}) {
    SmallService cloud({.era = era, .desired = 1, .first = [](app::AppModel& app) {
                          app.healthy_for = Distribution(SimDuration{150s});
                        }});
    cloud.called = cloud.world.now();
    cloud.run_for(200s);
    INFO(era << ": " << cloud.story());
    const bool start_first = era == "2026";
    REQUIRE(cloud.count("has started 1") >= 1);
    REQUIRE(cloud.count("has stopped 1") >= 1);
    CHECK((cloud.first("has started 1") < cloud.first("has stopped 1")) == start_first);
    CHECK(cloud.count("Amazon ECS replaced 1 tasks due to an unhealthy status.") ==
          (start_first ? 1 : 0));
    const auto why = cloud.events("is unhealthy in (target-group arn:aws:");
    REQUIRE(why.size() >= 1);
    CHECK(why[0].text.find("due to (reason Health checks failed with these codes: [503])") !=
          std::string::npos);
    CHECK(why[0].at == cloud.first("has stopped 1"));
  }
}

// Grace: no health result leads to a stop within healthCheckGracePeriodSeconds of RUNNING; R10: a
// grace shorter than the start is an endless loop of replacements.
TEST_CASE("the grace period keeps slow starters", "[ecs][scheduler][ecs.md 2.4][ecs.md 2.14 R10]") {
  for (const SimDuration grace : {SimDuration{0s}, SimDuration{120s}}) {
    SmallService cloud({.desired = 2, .grace = grace, .second = [](app::AppModel& app) {
                          app.ready_after = Distribution(SimDuration{90s});
                        }});
    cloud.deploy("web:2");
    cloud.run_for(15min);
    INFO(cloud.story());
    if (grace == 120s) {
      CHECK(cloud.count("is unhealthy") == 0);
      CHECK(cloud.tasks("web:2", "RUNNING") == 2);
      CHECK(cloud.count("has reached a steady state") == 1);
    } else {
      CHECK(cloud.count("is unhealthy") > 10);
      CHECK(cloud.count("has reached a steady state") == 0);
      CHECK(cloud.tasks("web:1", "RUNNING") == 2);  // the old ones stay: 100 % below
    }
  }
}

// 3 failures in a row (retries) outside the start period make a container UNHEALTHY (ecs.md 1.5).
TEST_CASE("a task that fails its container checks is replaced", "[ecs][scheduler][ecs.md 1.5]") {
  SmallService cloud(
      {.desired = 1,
       .front = Front::kNone,
       .first = [](app::AppModel& app) { app.healthy_for = Distribution(SimDuration{70s}); },
       .definition =
           [](TaskDefinition& definition) {
             definition.containers[0].health_check = ContainerHealthCheck{};
             definition.containers[0].health_check->command = {"CMD", "true"};
           }});
  cloud.called = cloud.world.now();
  cloud.run_for(5min);
  INFO(cloud.story());
  // Checks every 30 s: the third failure in a row comes 60 s after the first.
  CHECK(cloud.count("failed container health checks") >= 1);
  CHECK(cloud.first("has started") >= 60s);
}
