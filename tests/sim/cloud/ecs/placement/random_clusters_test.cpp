#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "tests/sim/cloud/ecs/placement/small_cluster.h"

namespace steady::ecs {
namespace {

using testing::InstanceOptions;
using testing::SmallCluster;

/// Numbers for a random world; a draw is used once.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : stream_(seed, "tests/placement") {}
  int roll(int sides) {
    return static_cast<int>(stream_.below(static_cast<std::uint64_t>(sides), 0, next_++));
  }
  bool one_in(int n) { return roll(n) == 0; }
  template <class T>
  T pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(roll(static_cast<int>(from.size())))];
  }

 private:
  RandomStream stream_;
  std::uint32_t next_ = 0;
};

/// The rules of ecs.md 3 in the plainest form, written apart from the placer: expressions are the
/// few of the table below, told by heart.
struct Oracle {
  using Test = bool (*)(const ContainerInstance&);
  static const std::vector<std::pair<std::string, Test>>& expressions() {
    static const auto value = [](const ContainerInstance& i, const char* name) {
      const auto found = i.attributes.find(name);
      return found == i.attributes.end() ? std::optional<std::string>() : found->second;
    };
    static const std::vector<std::pair<std::string, Test>> kAll = {
        {"attribute:stack == prod",
         [](const ContainerInstance& i) { return value(i, "stack") == "prod"; }},
        {"attribute:stack != prod",
         [](const ContainerInstance& i) {
           return value(i, "stack").has_value() && value(i, "stack") != "prod";
         }},
        {"attribute:rack !exists or attribute:rack in [r1, r2]",
         [](const ContainerInstance& i) {
           return !value(i, "rack") || value(i, "rack") == "r1" || value(i, "rack") == "r2";
         }},
        {"attribute:rack =~ 'r[13]'",
         [](const ContainerInstance& i) {
           return value(i, "rack") == "r1" || value(i, "rack") == "r3";
         }},
        {"not(task:group == service:s1)",
         [](const ContainerInstance& i) { return i.tasks_by_group.of("service:s1") == 0; }},
        {"task:group == service:s0 or runningTasksCount < 3",
         [](const ContainerInstance& i) {
           return i.tasks_by_group.of("service:s0") > 0 || i.running_tasks < 3;
         }},
        {"agentConnected == true and ec2InstanceId != i-3",
         [](const ContainerInstance& i) { return i.agent_connected && i.ec2_instance != "i-3"; }},
    };
    return kAll;
  }

  static bool admits(const PlacementRequest& request, const ContainerInstance& i) {
    if (i.status != InstanceStatus::kActive || !i.agent_connected) return false;
    for (const auto& [name, value] : request.definition->requires_attributes) {
      const auto found = i.attributes.find(name);
      if (found == i.attributes.end() || (!value.empty() && found->second != value)) return false;
    }
    if (!request.zones.empty() && std::ranges::count(request.zones, i.zone) == 0) return false;
    auto constraints = request.constraints;
    constraints.insert(constraints.end(), request.definition->constraints.begin(),
                       request.definition->constraints.end());
    for (const auto& constraint : constraints) {
      if (constraint.type == "distinctInstance") {
        if (i.tasks_by_group.of(request.group) > 0) return false;
        continue;
      }
      for (const auto& [text, test] : expressions()) {
        if (text == constraint.expression && !test(i)) return false;
      }
    }
    const Demand& d = request.demand;
    for (const auto port : d.tcp_ports) {
      if (i.tcp_taken.contains(port)) return false;
    }
    for (const auto port : d.udp_ports) {
      if (i.udp_taken.contains(port)) return false;
    }
    return i.cpu_left >= d.cpu && i.memory_left >= d.memory && i.gpus_left >= d.gpus &&
           i.enis_left >= (d.eni ? 1 : 0);
  }

  /// The instances that may be chosen: equal in every rule; in all of them chance decides. Empty
  /// when nothing fits.
  static std::vector<ContainerInstance*> best(const PlacementRequest& request,
                                              const std::vector<ContainerInstance*>& all) {
    std::vector<ContainerInstance*> left;
    for (auto* i : all) {
      if (admits(request, *i)) left.push_back(i);
    }
    auto strategies = request.strategies;
    if (strategies.empty() && request.for_service) {
      strategies = {{"spread", "attribute:ecs.availability-zone"}, {"spread", "instanceId"}};
    }
    for (const auto& strategy : strategies) {
      if (left.empty() || strategy.type == "random") break;
      const auto key = [&](const ContainerInstance* i) -> int {
        if (strategy.type == "binpack")
          return strategy.field == "cpu" ? i->cpu_left : i->memory_left;
        if (strategy.field == "instanceId") return i->tasks_by_group.of(request.group);
        const auto value_of = [&](const ContainerInstance* x) {
          const auto found = x->attributes.find(strategy.field.substr(10));
          return found == x->attributes.end() ? std::optional<std::string>() : found->second;
        };
        int tasks = 0;
        for (const auto* other : all) {
          if (value_of(other) == value_of(i)) tasks += other->tasks_by_group.of(request.group);
        }
        return tasks;
      };
      int least = key(left.front());
      for (const auto* i : left) least = std::min(least, key(i));
      std::erase_if(left, [&](const auto* i) { return key(i) != least; });
    }
    return left;
  }
};

struct Placed {
  ContainerInstance* instance;
  Demand demand;
  std::string group;
};

/// A random cluster, some services, and steps that place, stop and change things.
struct RandomWorld {
  explicit RandomWorld(std::uint64_t seed) : dice(seed) {
    const int instances = 1 + dice.roll(12);
    for (int i = 0; i < instances; ++i) add_instance();
    const int services = 1 + dice.roll(3);
    definitions.resize(static_cast<std::size_t>(services));
    for (int s = 0; s < services; ++s) add_service(s);
  }

  void add_instance() {
    InstanceOptions options;
    options.zone = dice.pick<std::string>({"za", "zb", "zc"});
    options.cpu = 512 * (1 + dice.roll(6));
    options.memory = 500 + 100 * dice.roll(30);
    options.gpus = dice.roll(2);
    options.enis = dice.roll(4);
    if (!dice.one_in(3)) options.attributes["stack"] = dice.one_in(2) ? "prod" : "test";
    if (!dice.one_in(3)) options.attributes["rack"] = "r" + std::to_string(1 + dice.roll(3));
    auto& instance = cluster.add(options);
    instance.ec2_instance = "i-" + std::to_string(instance.ordinal);
    if (dice.one_in(8)) instance.agent_connected = false;
    if (dice.one_in(8)) instance.status = InstanceStatus::kDraining;
    if (dice.one_in(4)) instance.attributes.erase("ecs.availability-zone");
  }

  void add_service(int number) {
    TaskDefinition& definition = definitions[static_cast<std::size_t>(number)];
    const auto constraint = [&] {
      return PlacementConstraint{
          "memberOf", Oracle::expressions()[static_cast<std::size_t>(dice.roll(
                                                static_cast<int>(Oracle::expressions().size())))]
                          .first};
    };
    if (dice.one_in(4)) definition.requires_attributes = {{"rack", dice.one_in(2) ? "" : "r2"}};
    if (dice.one_in(3)) definition.constraints = {constraint()};
    PlacementRequest request;
    request.definition = &definition;
    request.demand.cpu = 128 * dice.roll(5);
    request.demand.memory = 50 + 50 * dice.roll(8);
    request.demand.gpus = dice.one_in(6) ? 1 : 0;
    request.demand.eni = dice.one_in(4);
    if (dice.one_in(4)) request.demand.tcp_ports = {static_cast<std::uint16_t>(80 + dice.roll(3))};
    if (dice.one_in(6)) request.demand.udp_ports = {53};
    request.group = "service:s" + std::to_string(number);
    if (dice.one_in(4)) request.constraints.push_back({"distinctInstance", ""});
    if (dice.one_in(3)) request.constraints.push_back(constraint());
    for (int i = dice.roll(4); i > 0; --i) {
      request.strategies.push_back(
          dice.pick<PlacementStrategy>({{"spread", "attribute:ecs.availability-zone"},
                                        {"spread", "attribute:rack"},
                                        {"spread", "instanceId"},
                                        {"binpack", "cpu"},
                                        {"binpack", "memory"},
                                        {"random", ""}}));
    }
    request.for_service = dice.one_in(2);
    if (dice.one_in(5)) request.zones = {"za", "zb"};
    requests.push_back(request);
  }

  void check_sums() const {
    for (const auto* i : cluster.all) {
      int cpu = 0, memory = 0, gpus = 0, enis = 0;
      std::size_t tcp = 0, udp = 0;
      for (const auto& task : placed) {
        if (task.instance != i) continue;
        cpu += task.demand.cpu;
        memory += task.demand.memory;
        gpus += task.demand.gpus;
        enis += task.demand.eni ? 1 : 0;
        tcp += task.demand.tcp_ports.size();
        udp += task.demand.udp_ports.size();
      }
      CHECK((cpu + i->cpu_left == i->cpu_total && i->cpu_left >= 0));
      CHECK((memory + i->memory_left == i->memory_total && i->memory_left >= 0));
      CHECK((gpus + i->gpus_left == i->gpus_total && i->gpus_left >= 0));
      CHECK((enis + i->enis_left == i->enis_total && i->enis_left >= 0));
      CHECK(i->tcp_taken.size() == i->tcp_reserved.size() + tcp);
      CHECK(i->udp_taken.size() == udp);
    }
  }

  Dice dice;
  SmallCluster cluster;
  std::vector<TaskDefinition> definitions;
  std::vector<PlacementRequest> requests;
  std::vector<Placed> placed;
};

// The placer keeps what it worked out and reads marks; a plain reading of the rules must give the
// same, whatever happens in between, and nothing may ever be oversold.
TEST_CASE("in random worlds the placer agrees with the rules read plainly", "[ecs][placement]") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    RandomWorld world(seed);
    Dice& dice = world.dice;
    for (int step = 0; step < 60; ++step) {
      PlacementRequest request = dice.pick(world.requests);
      request.entity = static_cast<std::uint64_t>(step);
      const auto expected = Oracle::best(request, world.cluster.all);
      const Placement placement = world.cluster.placer.place(request, world.cluster.all);
      if (expected.empty()) {
        REQUIRE(placement.instance == nullptr);
        REQUIRE(placement.verdicts.size() == world.cluster.all.size());
        for (const auto& verdict : placement.verdicts) {
          REQUIRE(verdict.misfit != Misfit::kNone);
          REQUIRE_FALSE(verdict.why.empty());
        }
      } else {
        REQUIRE(std::ranges::count(expected, placement.instance) == 1);
        reserve(*placement.instance, request.demand, request.group);
        ++placement.instance->running_tasks;
        world.placed.push_back({placement.instance, request.demand, request.group});
      }
      // A placer that remembers nothing decides the same.
      if (dice.one_in(4) && expected.empty()) {
        REQUIRE(Placer{RandomSource{1}}.place(request, world.cluster.all).instance == nullptr);
      }
      if (dice.one_in(3) && !world.placed.empty()) {
        const auto index =
            static_cast<std::size_t>(dice.roll(static_cast<int>(world.placed.size())));
        const Placed gone = world.placed[index];
        world.placed.erase(world.placed.begin() + static_cast<std::ptrdiff_t>(index));
        release(*gone.instance, gone.demand);
        forget_task(*gone.instance, gone.group);
        --gone.instance->running_tasks;
      }
      auto& some = *dice.pick(world.cluster.all);
      if (dice.one_in(10)) some.agent_connected = !some.agent_connected;
      if (dice.one_in(10)) some.attributes.set("rack", "r" + std::to_string(1 + dice.roll(3)));
      if (dice.one_in(10)) some.attributes.erase("stack");
      if (dice.one_in(20)) {
        some.status = some.status == InstanceStatus::kActive ? InstanceStatus::kDraining
                                                             : InstanceStatus::kActive;
      }
      if (dice.one_in(20)) world.add_instance();
    }
    world.check_sums();
  }
}

// Chance must pick from all that are equal, and from nothing else.
TEST_CASE("every instance among equals is chosen by some draw", "[ecs][placement]") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    RandomWorld world(seed);
    PlacementRequest request = world.requests.front();
    const auto expected = Oracle::best(request, world.cluster.all);
    if (expected.empty()) continue;
    std::map<ContainerInstance*, int> chosen;
    for (request.entity = 0; request.entity < 200; ++request.entity) {
      ++chosen[world.cluster.placer.place(request, world.cluster.all).instance];
    }
    CHECK(chosen.size() == expected.size());
  }
}

}  // namespace
}  // namespace steady::ecs
