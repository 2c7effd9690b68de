#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using namespace steady::ecs::testing;

// The documented example fixes the order of rounds: desired 6, room for 8 tasks, 100/200.
TEST_CASE("with all tasks to be kept the new ones start first", "[ecs][scheduler][ecs.md 2.4]") {
  SmallService cloud({.machines = 1, .cpu = 8 * 256, .desired = 6, .drain = 0s});
  cloud.deploy("web:2");
  cloud.run_for(30min);
  std::string starts_and_stops;
  for (const auto& event : cloud.events()) {
    if (event.text.starts_with("has st")) starts_and_stops += event.text.substr(0, 13) + ", ";
  }
  CHECK(
      starts_and_stops ==
      "has started 2, has stopped 2, has started 2, has stopped 2, has started 2, has stopped 2, ");
  CHECK(cloud.tasks("web:2", "RUNNING") == 6);
  CHECK(cloud.tasks("web:1") == 0);
}

// The same with a minimum of 50 %: room is freed first (ecs.md 2.4, example; real rounds are more
// and smaller since stopped tasks free their room one by one).
TEST_CASE("with slack below the old ones stop first", "[ecs][scheduler][ecs.md 2.4]") {
  SmallService cloud({.machines = 1, .cpu = 8 * 256, .desired = 6, .minimum = 50, .drain = 0s});
  cloud.deploy("web:2");
  cloud.run_for(30min);
  CHECK(cloud.events().front().text.starts_with("has stopped 3 "));
  CHECK(cloud.events("has started").front().text.starts_with("has started 2 "));
  CHECK(cloud.first("has stopped 3") <= cloud.first("has started"));
  CHECK(cloud.tasks("web:2", "RUNNING") == 6);
}

// 75 % of 2 rounds up to 2, 100 % of 2 is 2: nothing may be stopped, nothing started.
TEST_CASE("bounds that round to each other block a deployment, and say so once",
          "[ecs][scheduler][ecs.md 2.2]") {
  struct Case {
    int desired, minimum, maximum;
    bool blocked;
  };
  const Case cases[] = {{2, 75, 100, true},   {2, 50, 100, false}, {3, 100, 125, true},
                        {4, 100, 125, false}, {5, 100, 100, true}, {3, 67, 100, true},
                        {3, 66, 100, false}};
  for (const auto& one : cases) {
    SmallService cloud({.machines = 3,
                        .desired = one.desired,
                        .minimum = one.minimum,
                        .maximum = one.maximum,
                        .drain = 0s});
    cloud.deploy("web:2");
    cloud.run_for(1h);
    INFO(one.desired << " tasks, " << one.minimum << "/" << one.maximum << ": " << cloud.story());
    CHECK(cloud.count("was unable to stop or start tasks during a deployment because of the "
                      "service deployment configuration. Update the minimumHealthyPercent or "
                      "maximumPercent value and try again.") == (one.blocked ? 1 : 0));
    CHECK(cloud.tasks("web:2", "RUNNING") == (one.blocked ? 0 : one.desired));
  }
}

// R9: a single task with a minimum of 0 may go before its successor is healthy; 50 % of 1 rounds up
// to 1 and leaves no gap.
TEST_CASE("one task and a minimum of zero leave a gap", "[ecs][scheduler][ecs.md 2.14 R9]") {
  for (const int minimum : {0, 50}) {
    SmallService cloud({.desired = 1, .minimum = minimum, .drain = 0s});
    cloud.deploy("web:2");
    int fewest = 1;
    for (int second = 0; second < 120; ++second) {
      cloud.run_for(1s);
      fewest = std::min(fewest, cloud.counts().healthy);
    }
    CHECK(fewest == (minimum == 0 ? 0 : 1));
    CHECK(cloud.tasks("web:2", "RUNNING") == 1);
  }
}

// maximumPercent 100: a replacement waits until the stopping task is STOPPED (ecs.md 2.2).
TEST_CASE("at 100 percent above, stopping tasks still count", "[ecs][scheduler][ecs.md 2.2]") {
  SmallService cloud({.desired = 2, .minimum = 50, .maximum = 100, .drain = 60s});
  const Task* old = nullptr;
  cloud.deploy("web:2");
  cloud.run_for(11s);
  for (const auto* task : cloud.world.ecs().tasks()) {
    if (!task->desired_running) old = task;
  }
  REQUIRE(old != nullptr);
  cloud.run_for(10min);
  CHECK(cloud.first("has started") >= cloud.when(old, "STOPPED"));
  CHECK(cloud.tasks("web:2", "RUNNING") == 2);
}

// More is wanted: started at the next pass, no deployment. Less: the surplus goes at once, the
// lower bound being that of the new count (ecs.md 2.4 "Desired count change").
TEST_CASE("a change of the desired count is no deployment", "[ecs][scheduler][ecs.md 2.4]") {
  SmallService cloud({.desired = 2});
  const auto deployment = cloud.service().deployments.front()->id;
  ServiceChange change;
  change.desired = 5;
  cloud.update(change);
  cloud.run_for(10s);
  CHECK(cloud.story() == "start 3");
  cloud.run_for(3min);
  CHECK(cloud.counts().healthy == 5);
  change.desired = 1;
  cloud.update(change);
  cloud.run_for(10s);
  CHECK(cloud.count("has stopped 4 running tasks") == 1);
  cloud.run_for(3min);
  CHECK(cloud.counts().running == 1);
  CHECK(cloud.service().deployments.size() == 1);
  CHECK(cloud.service().deployments.front()->id == deployment);
}

// A deployment newer than the current one: the earlier becomes ACTIVE with desired 0, its tasks are
// candidates to stop, nothing queues (ecs.md 2.4).
TEST_CASE("a deployment during a deployment takes over", "[ecs][scheduler][ecs.md 2.4]") {
  SmallService cloud(
      {.desired = 3, .second = [](app::AppModel& app) { app.never_healthy = true; }});
  cloud.deploy("web:2");
  cloud.run_for(20s);
  CHECK(cloud.tasks("web:2", "RUNNING") == 3);
  cloud.deploy("web:3");
  cloud.run_for(1s);
  const auto& deployments = cloud.service().deployments;
  REQUIRE(deployments.size() == 3);
  CHECK(deployments[0]->status == DeploymentStatus::kPrimary);
  CHECK(deployments[0]->desired == 3);
  for (std::size_t i = 1; i < 3; ++i) {
    CHECK(deployments[i]->status == DeploymentStatus::kActive);
    CHECK(deployments[i]->desired == 0);
  }
  cloud.run_for(10min);
  CHECK(cloud.tasks("web:3", "RUNNING") == 3);
  CHECK(cloud.tasks("web:1") + cloud.tasks("web:2") == 0);
  CHECK(cloud.service().deployments.size() == 1);
}
