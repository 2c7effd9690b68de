#include <algorithm>
#include <numeric>
#include <set>

#include "tests/sim/cloud/ecs/placement/small_cluster.h"

namespace steady::ecs {
namespace {

using testing::SmallCluster;
using testing::web_request;

// ecs.md 2.7: AZ with the fewest tasks of this service, in it the instance with the fewest.
TEST_CASE("a service without strategies spreads over zones, then over instances",
          "[ecs][placement]") {
  SmallCluster cluster({"us-east-1a", "us-east-1a", "us-east-1a", "us-east-1b"});
  cluster[3].tasks_by_group.add("service:other", 9);  // others do not count
  cluster.place(web_request(), 6);
  const auto tasks = cluster.tasks_of("service:web");
  CHECK(tasks == std::vector{1, 1, 1, 3});
}

// ecs.md 3.2: standalone tasks with none: random.
TEST_CASE("a standalone task without strategies goes anywhere", "[ecs][placement]") {
  SmallCluster cluster({"us-east-1a", "us-east-1a", "us-east-1a", "us-east-1b"});
  PlacementRequest request = web_request();
  request.for_service = false;
  request.group = "family:web";
  request.demand.cpu = request.demand.memory = 1;
  cluster.place(request, 1000);
  // 250 each is expected; four standard deviations are 55.
  for (const int tasks : cluster.tasks_of("family:web")) CHECK((tasks > 195 && tasks < 305));
}

// ecs.md 3.2: least remaining wins.
TEST_CASE("binpack fills the instance with the least left", "[ecs][placement]") {
  SmallCluster cluster;
  cluster.add({.cpu = 4096, .memory = 1100});
  cluster.add({.cpu = 600, .memory = 8000});
  PlacementRequest request = web_request();
  SECTION("of memory") {
    request.strategies = {{"binpack", "memory"}};
    CHECK(cluster.place(request, 4) == std::vector{0, 0, 1, 1});
  }
  SECTION("of CPU, also as the API prints it") {
    request.strategies = {{"binpack", "CPU"}};
    CHECK(cluster.place(request, 4) == std::vector{1, 1, 0, 0});
  }
}

// ecs.md 3.2: each strategy breaks the ties of those before.
TEST_CASE("strategies are applied in their order", "[ecs][placement]") {
  SmallCluster cluster;
  cluster.add({.zone = "a", .memory = 4000});
  cluster.add({.zone = "a", .memory = 8000});
  cluster.add({.zone = "b", .memory = 8000});
  cluster.add({.zone = "b", .memory = 4000});
  PlacementRequest request = web_request();
  request.strategies = {{"spread", "attribute:ecs.availability-zone"}, {"binpack", "memory"}};
  cluster.place(request, 6);
  CHECK(cluster.tasks_of("service:web") == std::vector{3, 0, 0, 3});
}

// ecs.md 3.2: instanceId and host are the same.
TEST_CASE("spread over instances evens them out", "[ecs][placement]") {
  SmallCluster cluster({"a", "a", "b"});
  PlacementRequest request = web_request();
  request.strategies = {{"spread", GENERATE("instanceId", "host")}};
  cluster.place(request, 6);
  CHECK(cluster.tasks_of("service:web") == std::vector{2, 2, 2});
}

// ecs.md 3.2 (unverified): instances without the attribute form a group of their own.
TEST_CASE("instances without the attribute of a spread are one group", "[ecs][placement]") {
  SmallCluster cluster;
  cluster.add({.attributes = {{"rack", "1"}}});
  cluster.add();
  cluster.add();
  PlacementRequest request = web_request();
  request.strategies = {{"spread", "attribute:rack"}, {"spread", "instanceId"}};
  cluster.place(request, 8);
  CHECK(cluster.tasks_of("service:web") == std::vector{4, 2, 2});
}

// Tasks count for their zone although their instance takes no more.
TEST_CASE("a spread counts tasks on instances that do not fit", "[ecs][placement]") {
  SmallCluster cluster({"a", "a", "b"});
  cluster[0].tasks_by_group.add("service:web", 2);
  cluster[0].agent_connected = false;
  CHECK(cluster.place(web_request(), 2) == std::vector{2, 2});
}

// ecs.md 3.2 (derived): a seeded draw, keyed by what is placed.
TEST_CASE("ties go by a draw that depends on the task alone", "[ecs][placement]") {
  SmallCluster cluster({"a", "a", "a", "a"});
  PlacementRequest request = web_request();
  request.strategies = {{"binpack", "memory"}};
  std::set<const ContainerInstance*> chosen;
  for (request.entity = 0; request.entity < 50; ++request.entity) {
    const auto* first = cluster.placer.place(request, cluster.all).instance;
    CHECK(first == Placer{RandomSource{1}}.place(request, cluster.all).instance);
    chosen.insert(first);
  }
  CHECK(chosen.size() == 4);
  // Asking more often for others shifts nobody.
  request.entity = 7;
  const auto* before = cluster.placer.place(request, cluster.all).instance;
  cluster.placer.place(web_request(), cluster.all);
  CHECK(cluster.placer.place(request, cluster.all).instance == before);
}

// ecs.md 3.3
TEST_CASE("distinctInstance lets one task of the group on an instance", "[ecs][placement]") {
  SmallCluster cluster({"a", "a", "b"});
  PlacementRequest request = web_request();
  request.constraints = {{"distinctInstance", ""}};
  auto where = cluster.place(request, 4);
  std::ranges::sort(where);
  CHECK(where == std::vector{-1, 0, 1, 2});
  // It is free again when the task is gone, not when its resources are.
  release(cluster[1], request.demand);
  CHECK(cluster.place(request) == -1);
  forget_task(cluster[1], "service:web");
  CHECK(cluster.place(request) == 1);
}

// ecs.md 3.3, 3.4: the definition's constraints are added to the service's; all bind.
TEST_CASE("memberOf of definition and service both bind", "[ecs][placement]") {
  SmallCluster cluster;
  cluster.add({.attributes = {{"stack", "prod"}}});
  cluster.add({.attributes = {{"stack", "prod"}, {"disk", "ssd"}}});
  cluster.add({.attributes = {{"disk", "ssd"}}});
  TaskDefinition definition;
  definition.constraints = {{"memberOf", "attribute:disk == ssd"}};
  PlacementRequest request = web_request();
  request.definition = &definition;
  request.constraints = {{"memberOf", "attribute:stack == prod"}};
  CHECK(cluster.place(request, 3) == std::vector{1, 1, 1});
}

// ecs.md 3.4: affinity and anti-affinity see the tasks placed a moment before.
TEST_CASE("memberOf with task:group follows the tasks", "[ecs][placement]") {
  SmallCluster cluster({"a", "b"});
  cluster[1].tasks_by_group.add("service:cache", 1);
  PlacementRequest request = web_request();
  request.constraints = {{"memberOf", "task:group == service:cache"}};
  CHECK(cluster.place(request, 2) == std::vector{1, 1});
  request.constraints = {{"memberOf", "not(task:group == service:cache)"}};
  CHECK(cluster.place(request, 2) == std::vector{0, 0});
  cluster[0].agent_connected = false;
  CHECK(cluster.place(request) == -1);
  forget_task(cluster[1], "service:cache");
  CHECK(cluster.place(request) == 1);
}

// The placer remembers what follows from attributes; facts without a mark it must ask for each
// time.
TEST_CASE("memberOf sees every change of an instance", "[ecs][placement]") {
  SmallCluster cluster({"a"});
  PlacementRequest request = web_request();
  SECTION("running tasks") {
    request.constraints = {{"memberOf", "runningTasksCount < 2"}};
    CHECK(cluster.place(request) == 0);
    cluster[0].running_tasks = 2;
    CHECK(cluster.place(request) == -1);
  }
  SECTION("agent version") {
    cluster[0].agent_version = "1.14.4";
    request.constraints = {{"memberOf", "agentVersion < 1.14.5"}};
    CHECK(cluster.place(request) == 0);
    cluster[0].agent_version = "1.14.5";
    CHECK(cluster.place(request) == -1);
  }
  SECTION("instances that come and go") {
    request.constraints = {{"memberOf", "ec2InstanceId == i-2"}};
    CHECK(cluster.place(request) == -1);
    cluster.add().ec2_instance = "i-2";
    CHECK(cluster.place(request) == 1);
    cluster.all.erase(cluster.all.begin());
    CHECK(cluster.place(request) == 1);
    cluster.all.clear();
    CHECK(cluster.place(request) == -1);
  }
}

// ecs.md 3.2, 3.3: limits; k6-like strictness: all faults at once.
TEST_CASE("bad constraints and strategies are refused, all at once", "[ecs][placement]") {
  const auto faults = placement_faults(
      {{"distinctinstance", ""}, {"memberOf", "attribute:"}, {"distinctInstance", "x"}},
      {{"spread", "zone"}, {"binpack", "disk"}, {"random", "x"}, {"pack", ""}});
  std::vector<std::string> messages;
  for (const auto& fault : faults) {
    CHECK(fault.code == "InvalidParameterException");
    messages.push_back(fault.message);
  }
  CHECK(messages ==
        std::vector<std::string>{
            "There is no placement constraint 'distinctinstance'; known: distinctInstance, "
            "memberOf; did you mean 'distinctInstance'?",
            "Invalid expression 'attribute:', column 11: expected the name of an attribute.",
            "distinctInstance takes no expression.",
            "The field of a spread strategy is instanceId, host or attribute:NAME, not 'zone'.",
            "The field of a binpack strategy is cpu or memory, not 'disk'.",
            "A random strategy takes no field.",
            "There is no placement strategy 'pack'; known: spread, binpack, random."});
  CHECK(placement_faults({}, std::vector<PlacementStrategy>(6, {"random", ""})).size() == 1);
  TaskDefinition definition;
  definition.constraints.assign(6, {"memberOf", "attribute:a exists"});
  const std::vector<PlacementConstraint> five(5, {"memberOf", "attribute:a exists"});
  CHECK(placement_faults(five, {}).empty());
  CHECK(placement_faults(five, {}, &definition).size() == 1);
}

struct StopWorld {
  SmallCluster cluster;
  std::vector<std::unique_ptr<Task>> owned;
  std::vector<const Task*> tasks;

  Task& add(std::size_t instance) {
    auto task = std::make_unique<Task>();
    task->instance = &cluster[instance];
    task->last_status = TaskStatus::kRunning;
    task->healthy_at = kStart;
    task->demand.memory = 512;
    task->demand.cpu = 256;
    reserve(cluster[instance], task->demand, "service:web");
    tasks.push_back(task.get());
    owned.push_back(std::move(task));
    return *owned.back();
  }
  std::size_t choose(const std::vector<PlacementStrategy>& strategies = {},
                     std::uint64_t entity = 0) {
    return cluster.placer.choose_to_stop(tasks, strategies, entity);
  }
};

// ecs.md 2.7: zone with the most tasks, in it the instance with the most.
TEST_CASE("without strategies a task stops where the service has the most", "[ecs][placement]") {
  StopWorld world{SmallCluster({"a", "a", "b"}), {}, {}};
  world.add(2);
  world.add(2);
  world.add(0);
  world.add(1);
  world.add(1);
  const std::size_t chosen = GENERATE_REF(range(std::uint64_t{0}, std::uint64_t{10}));
  const std::size_t index = world.choose({}, chosen);
  CHECK((index == 3 || index == 4));
}

// ecs.md 2.7: the instance that would be left with the most free resource.
TEST_CASE("with binpack a task stops where the most is left", "[ecs][placement]") {
  StopWorld world;
  world.cluster.add({.memory = 2000});
  world.cluster.add({.memory = 8000});
  world.add(0);
  world.add(1);
  world.add(0);
  CHECK(world.choose({{"binpack", "memory"}}) == 1);
}

// ecs.md 2.7: spread keeps the zones balanced, random inside.
TEST_CASE("with spread a task stops in the fullest value, by chance in it", "[ecs][placement]") {
  StopWorld world{SmallCluster({"a", "b"}), {}, {}};
  for (const std::size_t instance : {0U, 1U, 0U, 0U}) world.add(instance);
  std::set<std::size_t> chosen;
  for (std::uint64_t entity = 0; entity < 60; ++entity) {
    chosen.insert(world.choose({{"spread", "attribute:ecs.availability-zone"}}, entity));
  }
  CHECK(chosen == std::set<std::size_t>{0, 2, 3});
}

// ecs.md 2.7 (derived): unhealthy and not yet running ones before healthy ones.
TEST_CASE("a task that serves nobody stops first", "[ecs][placement]") {
  StopWorld world{SmallCluster({"a", "b"}), {}, {}};
  world.add(0);
  world.add(0);
  Task& task = world.add(1);
  SECTION("not yet running") { task.last_status = TaskStatus::kPending; }
  SECTION("unhealthy") { task.health = Health::kUnhealthy; }
  SECTION("never healthy so far") { task.healthy_at = kNever; }
  SECTION("not even placed") { task.instance = nullptr, task.last_status = TaskStatus::kPending; }
  CHECK(world.choose() == 2);
}

// The scheduler may stop only some of the tasks; balance is that of all.
TEST_CASE("balance counts all tasks of the service, not only the candidates", "[ecs][placement]") {
  StopWorld world{SmallCluster({"a", "b"}), {}, {}};
  for (const std::size_t instance : {0U, 1U, 1U, 1U}) world.add(instance);
  const std::vector<const Task*> two = {world.tasks[0], world.tasks[1]};
  CHECK(world.cluster.placer.choose_to_stop(two, {}, 0, world.tasks) == 1);
}

}  // namespace
}  // namespace steady::ecs
