#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/cloud/ecs/placement/placement.h"

// 10,000 tasks on 1,000 instances, spread over zones and then binpacked, with every rule on:
// required attributes, memberOf with a regular expression and with task:group, a fixed port, all
// four resources. Once by Placer, once by a plain scan that reads the same rules off the instance
// every time. Both give the same answers; the ratio of the two is what counts.
namespace {

using namespace steady;
using namespace steady::ecs;

constexpr int kInstances = 1000;
constexpr int kTasks = 10000;
constexpr int kServices = 10;

struct World {
  std::vector<std::unique_ptr<ContainerInstance>> owned;
  std::vector<ContainerInstance*> instances;
  std::vector<TaskDefinition> definitions;
  std::vector<PlacementRequest> requests;
};

World make_world() {
  World world;
  const RandomStream stream(7, "bench");
  const char* zones[] = {"us-east-1a", "us-east-1b", "us-east-1c"};
  for (int i = 0; i < kInstances; ++i) {
    auto instance = std::make_unique<ContainerInstance>();
    const auto entity = static_cast<std::uint64_t>(i);
    instance->id = "instance-" + std::to_string(i);
    instance->ordinal = entity;
    instance->zone = zones[i % 3];
    instance->instance_type = i % 4 == 0 ? "c5.2xlarge" : "m5.2xlarge";
    instance->cpu_total = instance->cpu_left = 8192;
    instance->memory_total = instance->memory_left =
        15000 + static_cast<int>(stream.below(2000, entity, 0));
    instance->enis_total = instance->enis_left = 3;
    instance->tcp_reserved = instance->tcp_taken = {22, 2375, 2376, 51678, 51679};
    instance->attributes = {{"ecs.availability-zone", instance->zone},
                            {"ecs.instance-type", instance->instance_type},
                            {"ecs.os-type", "linux"},
                            {"ecs.cpu-architecture", "x86_64"},
                            {"com.amazonaws.ecs.capability.logging-driver.awslogs", ""},
                            {"stack", i % 20 == 0 ? "test" : "prod"}};
    world.instances.push_back(instance.get());
    world.owned.push_back(std::move(instance));
  }
  world.definitions.resize(kServices);
  for (int s = 0; s < kServices; ++s) {
    TaskDefinition& definition = world.definitions[static_cast<std::size_t>(s)];
    definition.family = "web" + std::to_string(s);
    definition.requires_attributes = {{"ecs.os-type", "linux"},
                                      {"com.amazonaws.ecs.capability.logging-driver.awslogs", ""}};
    definition.constraints = {{"memberOf", "attribute:ecs.instance-type =~ '(m|c)5[.].*'"}};
    PlacementRequest request;
    request.definition = &definition;
    request.demand = {};
    request.demand.cpu = 256;
    request.demand.memory = 512 + 16 * s;
    // Two of the ten take a fixed port, so one task an instance.
    if (s < 2) request.demand.tcp_ports = {static_cast<std::uint16_t>(8080 + s)};
    request.group = "service:web" + std::to_string(s);
    request.constraints = {{"memberOf", "attribute:stack != test and not(task:group == database)"}};
    request.strategies = {{"spread", "attribute:ecs.availability-zone"}, {"binpack", "memory"}};
    request.for_service = true;
    world.requests.push_back(request);
  }
  return world;
}

/// A scheduler's pass places all tasks of one service: 500 for each with a fixed port, then 1,125.
int service_of(int task) { return task < 1000 ? task / 500 : 2 + (task - 1000) / 1125; }

/// The same rules, read anew for every instance: the yardstick. It knows this bench's constraints
/// by heart and need not parse them, which only helps it.
ContainerInstance* plain_scan(const PlacementRequest& request,
                              const std::vector<ContainerInstance*>& instances,
                              const RandomStream& ties) {
  const auto admits = [&](const ContainerInstance& instance) {
    if (instance.status != InstanceStatus::kActive || !instance.agent_connected) return false;
    for (const auto& [name, value] : request.definition->requires_attributes) {
      const auto found = instance.attributes.find(name);
      if (found == instance.attributes.end()) return false;
      if (!value.empty() && found->second != value) return false;
    }
    const std::string& type = instance.attributes.find("ecs.instance-type")->second;
    if (!type.starts_with("m5.") && !type.starts_with("c5.")) return false;
    const auto stack = instance.attributes.find("stack");
    if (stack == instance.attributes.end() || stack->second == "test") return false;
    if (instance.tasks_by_group.contains("database")) return false;
    if (instance.tcp_taken.size() + request.demand.tcp_ports.size() > 100) return false;
    for (const auto port : request.demand.tcp_ports) {
      if (instance.tcp_taken.contains(port)) return false;
    }
    return instance.cpu_left >= request.demand.cpu &&
           instance.memory_left >= request.demand.memory &&
           instance.gpus_left >= request.demand.gpus &&
           instance.enis_left >= (request.demand.eni ? 1 : 0);
  };
  std::map<std::string, int> tasks_in_zone;
  std::vector<ContainerInstance*> fitting;
  for (ContainerInstance* instance : instances) {
    const auto zone = instance->attributes.find("ecs.availability-zone");
    tasks_in_zone[zone->second] += instance->tasks_by_group.of(request.group);
    if (admits(*instance)) fitting.push_back(instance);
  }
  if (fitting.empty()) return nullptr;
  const auto rank = [&](const ContainerInstance* instance) {
    const auto zone = instance->attributes.find("ecs.availability-zone");
    return std::pair(tasks_in_zone[zone->second], instance->memory_left);
  };
  auto best = rank(fitting.front());
  for (const auto* instance : fitting) best = std::min(best, rank(instance));
  std::erase_if(fitting, [&](const auto* instance) { return rank(instance) != best; });
  if (fitting.size() == 1) return fitting.front();
  return fitting[ties.below(fitting.size(), request.entity, 2)];
}

template <class Place>
std::uint64_t place_all(World& world, Place place, int tasks) {
  std::uint64_t answers = 0;
  for (int task = 0; task < tasks; ++task) {
    PlacementRequest& request = world.requests[static_cast<std::size_t>(service_of(task))];
    request.entity = static_cast<std::uint64_t>(task);
    ContainerInstance* instance = place(request);
    STEADY_CHECK(instance != nullptr, "the bench does not fit");
    reserve(*instance, request.demand, request.group);
    answers = mix64(answers ^ instance->ordinal);
  }
  return answers;
}

std::uint64_t by_placer(World& world, int tasks) {
  const Placer placer(RandomSource{1});
  return place_all(
      world,
      [&](const PlacementRequest& request) {
        return placer.place(request, world.instances).instance;
      },
      tasks);
}

std::uint64_t by_plain_scan(World& world, int tasks) {
  const RandomStream ties = RandomSource{1}.stream("ecs/placement");
  return place_all(
      world,
      [&](const PlacementRequest& request) { return plain_scan(request, world.instances, ties); },
      tasks);
}

void BM_Place10000On1000(benchmark::State& state) {
  for (auto unused : state) {
    (void)unused;
    state.PauseTiming();
    World world = make_world();
    state.ResumeTiming();
    benchmark::DoNotOptimize(by_placer(world, kTasks));
  }
  state.SetItemsProcessed(state.iterations() * kTasks);
}
BENCHMARK(BM_Place10000On1000)->Unit(benchmark::kMillisecond);

void BM_PlainScan10000On1000(benchmark::State& state) {
  for (auto unused : state) {
    (void)unused;
    state.PauseTiming();
    World world = make_world();
    state.ResumeTiming();
    benchmark::DoNotOptimize(by_plain_scan(world, kTasks));
  }
  state.SetItemsProcessed(state.iterations() * kTasks);
}
BENCHMARK(BM_PlainScan10000On1000)->Unit(benchmark::kMillisecond);

/// Both in turn on equal worlds, so that the machine's moods hit both; fails when an answer
/// differs.
void BM_RatioToPlainScan(benchmark::State& state) {
  double ours = 0, plain = 0;
  for (auto unused : state) {
    (void)unused;
    World one = make_world(), other = make_world();
    const std::clock_t begin = std::clock();
    const std::uint64_t answers = by_placer(one, kTasks);
    const std::clock_t middle = std::clock();
    const std::uint64_t expected = by_plain_scan(other, kTasks);
    plain += static_cast<double>(std::clock() - middle);
    ours += static_cast<double>(middle - begin);
    if (answers != expected) state.SkipWithError("Placer and the plain scan disagree");
  }
  state.counters["ratio"] = plain / ours;
  state.counters["cpu_seconds"] = ours / CLOCKS_PER_SEC / static_cast<double>(state.iterations());
}
BENCHMARK(BM_RatioToPlainScan)->Unit(benchmark::kMillisecond);

}  // namespace
