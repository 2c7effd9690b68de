#include <algorithm>

#include "sim/faults/fault.h"
#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::faults;
using ecs::testing::SmallService;

namespace {

Status inject(SmallService& cloud, const std::string& name,
              std::map<std::string, std::string> settings, std::uint64_t entity = 0) {
  Options options(std::move(settings));
  auto made = make_fault(name, options);
  if (!made) return made.error();
  return faults::inject(cloud.world, name, std::shared_ptr<Fault>(std::move(*made)), entity);
}

}  // namespace

// A typing error must not be a fault that never happens.
TEST_CASE("unknown faults and settings are refused with the nearest name", "[faults]") {
  Options none;
  CHECK(make_fault("taskCarsh", none).error().message.find("did you mean 'taskCrash'") !=
        std::string::npos);
  for (const auto& name : fault_names()) {
    Options odd(std::map<std::string, std::string>{{"severity", "high"}});
    const auto made = make_fault(name, odd);
    INFO(name);
    REQUIRE_FALSE(made);
    CHECK(made.error().message.find("severity") != std::string::npos);
  }
}

TEST_CASE("a crashed task is replaced, and the fault says which it was", "[faults]") {
  SmallService cloud({.desired = 2});
  REQUIRE(inject(cloud, "taskCrash", {{"count", "1"}}));
  CHECK(cloud.counts().running == 1);
  cloud.run_for(1min);
  CHECK(cloud.counts().healthy == 2);
  const auto& entries = cloud.world.journal().entries();
  const auto told = std::ranges::find(entries, journal::kFault, &JournalEntry::kind);
  REQUIRE(told != entries.end());
  CHECK((*told)["detail"].starts_with("task "));
}

// ecs.md 1.4: while the agent is away its tasks go on, and nothing on it starts or stops.
TEST_CASE("an agent that is away neither starts nor stops", "[faults][ecs.md 1.4]") {
  SmallService cloud({.machines = 1, .desired = 1, .front = ecs::testing::Front::kNone});
  REQUIRE(inject(cloud, "agentDisconnect", {{"instance", "i-1"}, {"for", "5m"}}));
  cloud.deploy("web:2");
  cloud.run_for(4min);
  CHECK(cloud.tasks("web:1", "RUNNING") == 1);
  CHECK(cloud.tasks("web:2", "RUNNING") == 0);
  cloud.run_for(5min);
  CHECK(cloud.tasks("web:2", "RUNNING") == 1);
  CHECK(cloud.tasks("web:1") == 0);
}

TEST_CASE("a crashed instance goes dark with all on it", "[faults]") {
  SmallService cloud({.machines = 2, .desired = 2});
  REQUIRE(inject(cloud, "instanceCrash", {{"instance", "i-1"}}));
  CHECK(cloud.world.ec2().find("i-1")->state != ec2::InstanceState::kRunning);
  cloud.run_for(2min);
  CHECK(cloud.counts().healthy == 2);
  for (const auto* task : cloud.world.ecs().tasks()) {
    if (task->live()) CHECK(task->instance->ec2_instance != cloud.world.ec2().find("i-1")->id);
  }
  CHECK_FALSE(inject(cloud, "instanceCrash", {{"instance", "i-99"}}));
}

TEST_CASE("capacity comes back when its fault is over", "[faults][ecs.md 5.4]") {
  SmallService cloud;
  REQUIRE(inject(cloud, "insufficientCapacity", {{"instanceType", "m5.large"}, {"for", "10m"}}));
  CHECK_FALSE(cloud.world.ec2().run_instances(cloud.machine(), 1));
  cloud.run_for(10min);
  CHECK(cloud.world.ec2().run_instances(cloud.machine(), 1));
}

// Which task is hit depends on seed and step alone.
TEST_CASE("the same fault hits the same task", "[faults][determinism]") {
  std::string before;
  for (int i = 0; i < 2; ++i) {
    SmallService cloud({.machines = 3, .desired = 6});
    REQUIRE(inject(cloud, "taskCrash", {{"count", "2"}}, 4));
    std::string hit;
    for (const auto& entry : cloud.world.journal().entries()) {
      if (entry.kind == journal::kFault) hit = std::string(entry["detail"]);
    }
    if (i == 1) CHECK(hit == before);
    before = hit;
  }
}
