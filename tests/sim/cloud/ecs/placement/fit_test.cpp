#include <functional>

#include "tests/sim/cloud/ecs/placement/small_cluster.h"

namespace steady::ecs {
namespace {

using testing::SmallCluster;
using testing::web_request;

// ecs.md 3.1, 3.7: the order of the tests decides which lack is named, and the numbers help whoever
// reads it.
TEST_CASE("an instance says the first test that it fails, with the numbers", "[ecs][placement]") {
  struct Row {
    std::function<void(PlacementRequest&, ContainerInstance&)> change;
    Misfit misfit;
    std::string why;
    std::int64_t shortage;
  };
  const auto row = GENERATE(values<Row>({
      {[](auto&, auto&) {}, Misfit::kNone, "", 0},
      {[](auto&, auto& i) { i.status = InstanceStatus::kDraining, i.agent_connected = false; },
       Misfit::kNotActive, "is DRAINING", 1000},
      {[](auto&, auto& i) { i.agent_connected = false, i.cpu_left = 0; }, Misfit::kAgent,
       "its agent is disconnected", 1000},
      {[](auto& r, auto& i) {
         r.zones = {"us-east-1b", "us-east-1c"}, i.cpu_left = 0;
       },
       Misfit::kLocation, "lies in us-east-1a, the task's subnets in us-east-1b, us-east-1c", 1000},
      {[](auto& r, auto& i) {
         r.constraints = {{"distinctInstance", ""}};
         i.tasks_by_group.add("service:web", 2);
         i.cpu_left = 0;
       },
       Misfit::kConstraint, "distinctInstance: it holds 2 tasks of the group already", 1000},
      {[](auto& r, auto&) {
         r.constraints = {{"memberOf", "attribute:stack == prod"}};
       },
       Misfit::kConstraint, "memberOf: 'attribute:stack == prod' does not hold", 1000},
      {[](auto& r, auto& i) {
         r.demand.tcp_ports = {22, 80}, i.cpu_left = 0;
       },
       Misfit::kPorts, "TCP port 22 is taken", 500},
      {[](auto& r, auto& i) { r.demand.udp_ports = {53}, i.udp_taken = {53}; }, Misfit::kPorts,
       "UDP port 53 is taken", 1000},
      {[](auto&, auto& i) { i.cpu_left = 64, i.memory_left = 0; }, Misfit::kCpu,
       "needs 256 CPU units, has 64", 750},
      {[](auto& r, auto& i) { i.memory_left = 500, r.demand.eni = true, i.enis_left = 0; },
       Misfit::kMemory, "needs 512 MiB of memory, has 500", 23},
      {[](auto& r, auto& i) { r.demand.eni = true, i.enis_left = 0, r.demand.gpus = 1; },
       Misfit::kEni, "needs 1 network interface, has 0", 1000},
      {[](auto& r, auto& i) { r.demand.gpus = 4, i.gpus_left = 1; }, Misfit::kGpu,
       "needs 4 GPUs, has 1", 750},
  }));
  SmallCluster cluster({"us-east-1a"});
  PlacementRequest request = web_request();
  row.change(request, cluster[0]);
  const InstanceVerdict verdict = cluster.placer.examine(request, cluster[0]);
  CHECK(verdict.misfit == row.misfit);
  CHECK(verdict.why == row.why);
  CHECK(verdict.shortage_per_mille == row.shortage);
  CHECK((cluster.placer.place(request, cluster.all).instance != nullptr) ==
        (row.misfit == Misfit::kNone));
}

// ecs.md 3.1: every name, and value where one is given.
TEST_CASE("an instance needs every required attribute, with its value", "[ecs][placement]") {
  SmallCluster cluster({"us-east-1a"});
  TaskDefinition definition;
  definition.requires_attributes = {{"ecs.capability.task-eni", ""}, {"stack", "prod"}};
  PlacementRequest request = web_request();
  request.definition = &definition;
  CHECK(cluster.placer.examine(request, cluster[0]).why ==
        "lacks the attribute ecs.capability.task-eni");
  CHECK(cluster.placer.examine(request, cluster[0]).shortage_per_mille == 1000);
  cluster[0].attributes.set("ecs.capability.task-eni", "");
  cluster[0].attributes.set("stack", "test");
  CHECK(cluster.placer.examine(request, cluster[0]).why ==
        "attribute stack is test, the task needs prod");
  CHECK(cluster.placer.examine(request, cluster[0]).shortage_per_mille == 500);
  CHECK(cluster.place(request) == -1);
  // Changed attributes count at the next placement.
  cluster[0].attributes["stack"] = "prod";
  CHECK(cluster.place(request) == 0);
  cluster[0].attributes.erase("stack");
  CHECK(cluster.place(request) == -1);
}

// ecs.md 1.4: at most 100 reserved ports per instance, dynamic ones not counted.
TEST_CASE("an instance reserves at most 100 ports", "[ecs][placement]") {
  SmallCluster cluster({"us-east-1a"});
  for (std::uint16_t port = 1000; cluster[0].tcp_taken.size() < 99; ++port) {
    cluster[0].tcp_taken.insert(port);
  }
  for (std::uint16_t port = 40000; port < 40100; ++port) cluster[0].dynamic_taken.insert(port);
  PlacementRequest request = web_request();
  request.demand.tcp_ports = {80};
  request.demand.udp_ports = {80};
  CHECK(cluster.placer.examine(request, cluster[0]).why ==
        "would reserve 101 ports, at most 100 are allowed");
  request.demand.udp_ports.clear();
  CHECK(cluster.place(request) == 0);
}

// ecs.md 3.1: "CPU 0 fits everywhere".
TEST_CASE("a task without CPU fits where no CPU is left", "[ecs][placement]") {
  SmallCluster cluster({"us-east-1a"});
  cluster[0].cpu_left = 0;
  PlacementRequest request = web_request();
  request.demand.cpu = 0;
  CHECK(cluster.place(request) == 0);
}

// ecs.md 3.7: fails latest, then lacks least, then the id.
TEST_CASE("the closest instance is the one that fails latest", "[ecs][placement]") {
  SmallCluster cluster;
  cluster.add({.cpu = 100});
  cluster.add({.id = "z", .memory = 100});
  cluster.add({.id = "a", .memory = 100});
  cluster.add({.memory = 50});
  cluster.add().agent_connected = false;
  const Placement placement = cluster.placer.place(web_request(), cluster.all);
  CHECK(placement.instance == nullptr);
  REQUIRE(placement.closest);
  CHECK(placement.closest->instance->id == "a");
  CHECK(placement.closest->misfit == Misfit::kMemory);
  REQUIRE(placement.verdicts.size() == 5);
  CHECK(placement.verdicts[0].misfit == Misfit::kCpu);
  CHECK(placement.verdicts[4].misfit == Misfit::kAgent);
}

TEST_CASE("an empty cluster has no closest instance", "[ecs][placement]") {
  SmallCluster cluster;
  const Placement placement = cluster.placer.place(web_request(), cluster.all);
  CHECK(placement.instance == nullptr);
  CHECK_FALSE(placement.closest);
  CHECK(placement.verdicts.empty());
}

// ecs.md 3.6
TEST_CASE("reasons are the API's", "[ecs][placement]") {
  CHECK(failure_reason(Misfit::kAgent) == "AGENT");
  CHECK(failure_reason(Misfit::kAttribute) == "ATTRIBUTE");
  CHECK(failure_reason(Misfit::kLocation) == "LOCATION");
  CHECK(failure_reason(Misfit::kPorts) == "RESOURCE:PORTS");
  CHECK(failure_reason(Misfit::kCpu) == "RESOURCE:CPU");
  CHECK(failure_reason(Misfit::kMemory) == "RESOURCE:MEMORY");
  CHECK(failure_reason(Misfit::kEni) == "RESOURCE:ENI");
  CHECK(failure_reason(Misfit::kGpu) == "RESOURCE:GPU");
}

// A reservation that would oversell is a bug of ours, never a state of the world.
TEST_CASE("an instance is never oversold, and gets back no more than it gave", "[ecs][placement]") {
  SmallCluster cluster({"us-east-1a"});
  ContainerInstance& instance = cluster[0];
  Demand demand;
  demand.cpu = 4096;
  demand.memory = 8000;
  demand.eni = true;
  demand.tcp_ports = {80};
  demand.udp_ports = {53};
  reserve(instance, demand, "service:web");
  CHECK(instance.cpu_left == 0);
  CHECK(instance.enis_left == 1);
  CHECK(instance.tcp_taken.contains(80));
  CHECK(instance.tasks_by_group.of("service:web") == 1);
  Demand more;
  more.cpu = 1;
  CHECK_THROWS_AS(reserve(instance, more, "x"), InternalError);
  more.cpu = 0;
  more.tcp_ports = {80};
  CHECK_THROWS_AS(reserve(instance, more, "x"), InternalError);

  release(instance, demand);
  CHECK(instance.cpu_left == 4096);
  CHECK(instance.memory_left == 8000);
  CHECK(instance.enis_left == 2);
  CHECK(instance.tcp_taken == instance.tcp_reserved);
  CHECK(instance.udp_taken.empty());
  // Its task is counted until it is forgotten (ecs.md 3.3, a stopping task occupies its instance).
  CHECK(instance.tasks_by_group.of("service:web") == 1);
  forget_task(instance, "service:web");
  CHECK(instance.tasks_by_group.empty());
  CHECK_THROWS_AS(forget_task(instance, "service:web"), InternalError);
  CHECK_THROWS_AS(release(instance, demand), InternalError);
  Demand reserved;
  reserved.tcp_ports = {22};
  CHECK_THROWS_AS(release(instance, reserved), InternalError);
}

}  // namespace
}  // namespace steady::ecs
