#include "sim/cloud/ecs/cpu_shares.h"

#include <algorithm>
#include <numeric>

#include "sim/core/random.h"
#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using ecs::testing::Front;
using ecs::testing::SmallService;

// ecs.md 1.5: idle CPU may be used by anyone, so shares matter only where not all is to be had.
TEST_CASE("CPU is split by shares only when it does not suffice", "[ecs][cpu][ecs.md 1.5]") {
  using Gets = std::vector<std::int64_t>;
  CHECK(split_by_shares(100, {{30, 1}, {70, 1}}) == Gets{30, 70});
  CHECK(split_by_shares(100, {{80, 1}, {80, 1}}) == Gets{50, 50});
  CHECK(split_by_shares(100, {{80, 1024}, {80, 256}}) == Gets{80, 20});
  CHECK(split_by_shares(120, {{110, 1024}, {80, 512}}) == Gets{80, 40});
  // What one leaves goes to the others by their shares.
  CHECK(split_by_shares(100, {{10, 1}, {80, 1}, {80, 2}}) == Gets{10, 30, 60});
  CHECK(split_by_shares(100, {{0, 2}, {500, 2}}) == Gets{0, 100});
  CHECK(split_by_shares(100, {}).empty());
}

// Max-min fairness has a definition that can be checked: nothing is left while somebody wants more,
// and whoever gets less than it wants gets at least as much for a share as anybody else.
TEST_CASE("no split of CPU can be improved for one without hurting one that has less",
          "[ecs][cpu]") {
  const RandomStream draw(5, "cpu");
  for (std::uint64_t world = 0; world < 300; ++world) {
    std::uint32_t n = 0;
    const auto pick = [&](std::uint64_t bound) {
      return static_cast<std::int64_t>(draw.below(bound, world, n++));
    };
    std::vector<CpuClaim> claims(static_cast<std::size_t>(1 + pick(12)));
    std::int64_t wanted = 0;
    for (auto& claim : claims) {
      claim = {pick(3'000'000), 2 + pick(2'000)};
      wanted += claim.wants;
    }
    const std::int64_t capacity = 1'000'000 + pick(8'000'000);
    const auto gets = split_by_shares(capacity, claims);
    const std::int64_t sum = std::accumulate(gets.begin(), gets.end(), std::int64_t{0});
    CHECK(sum <= capacity);
    CHECK(sum >= std::min(wanted, capacity) - static_cast<std::int64_t>(claims.size()));
    for (std::size_t i = 0; i < claims.size(); ++i) {
      CHECK(gets[i] <= claims[i].wants);
      if (gets[i] == claims[i].wants) continue;
      for (std::size_t k = 0; k < claims.size(); ++k) {
        // What rounding leaves of each goes to those that come later.
        const auto most = static_cast<std::int64_t>(claims.size());
        CHECK((gets[i] + most) * claims[k].shares >= (gets[k] - most) * claims[i].shares);
      }
    }
  }
}

namespace {

void wants(app::AppModel& model, std::int64_t busy, std::int64_t starting) {
  model.cpu = app::CpuWish{busy, starting};
  model.ready_after = Distribution(10s);
}

std::int64_t speed_of(SmallService& cloud, const std::string& definition) {
  return cloud.world.fleet().process(cloud.running(definition)->process).speed;
}

}  // namespace

// A JVM that starts wants all it can get, and its neighbours feel it (issue 3: CPU shares and
// neighbours). 2 vCPUs: one serves with 1.5, the other starts with 2; shares are equal, 1 each.
TEST_CASE("a task that starts slows the tasks beside it, and is slowed by them",
          "[ecs][cpu][ecs.md 1.5]") {
  SmallService cloud({.machines = 1,
                      .desired = 1,
                      .front = Front::kNone,
                      .first = [](app::AppModel& m) { wants(m, 1'500'000, 2'000'000); },
                      .second = [](app::AppModel& m) { wants(m, 100'000, 2'000'000); }});
  CHECK(speed_of(cloud, "web:1") == app::kFullSpeed);
  cloud.deploy("web:2");
  cloud.run_for(16s);  // a pass and five seconds to RUNNING, twenty at half speed to be ready
  CHECK(speed_of(cloud, "web:1") == 666'666);
  CHECK(speed_of(cloud, "web:2") == 500'000);
}

// A task's own cpu on EC2 is a hard ceiling (ecs.md 1.5), whoever else is idle.
TEST_CASE("a task never gets more CPU than its own limit", "[ecs][cpu][ecs.md 1.5]") {
  SmallService cloud({.machines = 1,
                      .desired = 1,
                      .front = Front::kNone,
                      .first = [](app::AppModel& m) { wants(m, 1'000'000, 1'000'000); },
                      .definition = [](TaskDefinition& d) { d.cpu = 512; }});
  CHECK(speed_of(cloud, "web:1") == 500'000);
}

// Something that is no task takes CPU by its own shares, and gives it back.
TEST_CASE("a noisy neighbour takes what its shares give it", "[ecs][cpu]") {
  SmallService cloud(
      {.machines = 1, .desired = 1, .front = Front::kNone, .first = [](app::AppModel& m) {
         wants(m, 1'000'000, 1'000'000);
       }});
  const std::string machine = cloud.world.ec2().instances().front()->id;
  const auto number = cloud.world.ecs().cpu_shares().add_neighbour(machine, 8'000'000, 768);
  CHECK(speed_of(cloud, "web:1") == 500'000);  // 256 shares of 1024 of 2 vCPUs
  cloud.world.ecs().cpu_shares().remove_neighbour(number);
  CHECK(speed_of(cloud, "web:1") == app::kFullSpeed);
}

// ecs.md 1.5, 1.6: exit 137, the reason is the container's, the task's says that it ended; the
// service starts another one.
TEST_CASE("a task that runs out of memory is told as AWS tells it, and replaced",
          "[ecs][memory][ecs.md 1.6]") {
  SmallService cloud({.desired = 1, .front = Front::kNone, .first = [](app::AppModel& m) {
                        // 512 MiB are full after 65 s and a little.
                        m.memory = app::MemoryUse{
                            .start = 0, .per_request = 0, .per_minute = 472LL * 1024 * 1024};
                      }});
  const Task* first = cloud.running("web:1");
  cloud.run_for(10s);
  CHECK_FALSE(first->live());
  CHECK(first->exit_code == 137);
  CHECK(first->stop_code == "EssentialContainerExited");
  CHECK(first->stopped_reason == "Essential container in task exited");
  CHECK(first->container_reason == "OutOfMemoryError: Container killed due to memory usage");
  cloud.run_for(30s);
  CHECK(cloud.tasks("web:1", "RUNNING") == 1);
}

// ecs.md 1.5: `memoryReservation` is a soft limit.
TEST_CASE("only a hard limit kills", "[ecs][memory][ecs.md 1.5]") {
  const auto grows = [](app::AppModel& m) {
    m.memory = app::MemoryUse{.start = 0, .per_request = 0, .per_minute = 472LL * 1024 * 1024};
  };
  SmallService soft(
      {.desired = 1, .front = Front::kNone, .first = grows, .definition = [](TaskDefinition& d) {
         d.containers[0].memory.reset();
         d.containers[0].memory_reservation = 512;
       }});
  const Task* spared = soft.running("web:1");
  soft.run_for(5min);
  CHECK(spared->live());
}

// ecs.md 1.5: a task-level `memory` holds all of its containers, which may then go without a hard
// limit of their own; of two limits the smaller one is met first.
TEST_CASE("the memory of a task limits its container", "[ecs][memory][ecs.md 1.5]") {
  constexpr std::int64_t kMiB = 1024 * 1024;
  struct Limits {
    std::optional<int> task, container, reserved;
    SimDuration lives;
  };
  for (const Limits& limits : {Limits{512, {}, 256, 64s}, Limits{512, 400, {}, 50s},
                               Limits{512, 512, {}, 64s}, Limits{{}, 512, {}, 64s}}) {
    SmallService cloud({.desired = 1,
                        .front = Front::kNone,
                        .first =
                            [](app::AppModel& m) {
                              m.memory = app::MemoryUse{
                                  .start = 0, .per_request = 0, .per_minute = 480 * kMiB};
                            },
                        .definition =
                            [&limits](TaskDefinition& d) {
                              d.memory = limits.task;
                              d.containers[0].memory = limits.container;
                              d.containers[0].memory_reservation = limits.reserved;
                            }});
    cloud.run_for(30s);
    const Task* task = cloud.world.ecs().tasks().front();  // the others come after it
    CHECK(task->exit_code == 137);
    CHECK(task->container_reason == "OutOfMemoryError: Container killed due to memory usage");
    // What was there from the beginning began to grow then, however old it is.
    const SimDuration lived = task->execution_stopped_at - (kStart + 1ms);
    CHECK(lived >= limits.lives);
    CHECK(lived < limits.lives + 1ms);
  }
}
