#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using namespace steady::ecs::testing;

namespace {

int on(SmallService& cloud, const ContainerInstance* instance) {
  int n = 0;
  for (const auto* task : cloud.world.ecs().tasks()) {
    if (task->live() && task->instance == instance) ++n;
  }
  return n;
}

const ContainerInstance* drain_first(SmallService& cloud) {
  const auto* instance = cloud.world.ecs().instances("main").front();
  REQUIRE(cloud.world.ecs().set_state("main", instance->id, InstanceStatus::kDraining));
  cloud.called = cloud.world.now();
  return instance;
}

}  // namespace

// ecs.md 2.11: minimum 100: start elsewhere, healthy, then stop.
TEST_CASE("an instance drains start-first when all must be kept", "[ecs][scheduler][ecs.md 2.11]") {
  SmallService cloud({.machines = 3, .desired = 4, .drain = 10s});
  const auto* instance = drain_first(cloud);
  const int there = on(cloud, instance);
  REQUIRE(there > 0);
  int fewest = 4;
  for (int second = 0; second < 180; ++second) {
    cloud.run_for(1s);
    fewest = std::min(fewest, cloud.counts().healthy);
  }
  CHECK(fewest == 4);
  CHECK(on(cloud, instance) == 0);
  CHECK(instance->status == InstanceStatus::kDraining);  // and it stays so
  CHECK(cloud.first("has started") < cloud.first("has stopped"));
  CHECK(cloud.service().deployments.size() == 1);
}

// ecs.md 2.11: desired 4, minimum 50 %: stop two, then start two.
TEST_CASE("an instance drains stop-first with slack below", "[ecs][scheduler][ecs.md 2.11]") {
  SmallService cloud({.machines = 2, .desired = 4, .minimum = 50, .maximum = 100, .drain = 10s});
  const auto* instance = drain_first(cloud);
  REQUIRE(on(cloud, instance) == 2);
  cloud.run_for(5min);
  CHECK(cloud.first("has stopped 2") < cloud.first("has started 2"));
  CHECK(on(cloud, instance) == 0);
  CHECK(cloud.counts().healthy == 4);
}

// 100/100 never drains, and says so.
TEST_CASE("100/100 never drains an instance", "[ecs][scheduler][ecs.md 2.11]") {
  SmallService cloud({.machines = 2, .desired = 4, .minimum = 100, .maximum = 100});
  const auto* instance = drain_first(cloud);
  cloud.run_for(1h);
  CHECK(on(cloud, instance) == 2);
  CHECK(cloud.count("was unable to stop or start") == 1);
}

// PENDING service tasks stop at once; standalone tasks stay untouched.
TEST_CASE("draining stops what does not run yet and spares standalone tasks",
          "[ecs][scheduler][ecs.md 2.11]") {
  SmallService cloud({.machines = 1, .desired = 1, .at_rest = false});
  RunRequest request;
  request.cluster = "main";
  request.definition = "web:3";
  const auto run = cloud.world.ecs().run_task(request);
  REQUIRE(run);
  const Task* alone = run->tasks.at(0);
  cloud.run_for(12s);
  const Task* pending = nullptr;
  for (const auto* task : cloud.world.ecs().tasks()) {
    if (!task->service.empty() && task->live()) pending = task;
  }
  REQUIRE(pending != nullptr);
  if (pending->last_status < TaskStatus::kRunning) {
    drain_first(cloud);
    CHECK_FALSE(pending->desired_running);
    CHECK(name(pending->last_status) == "STOPPED");
  }
  cloud.run_for(1min);
  CHECK(name(alone->last_status) == "RUNNING");
}
