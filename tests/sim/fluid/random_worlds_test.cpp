#include <algorithm>
#include <iostream>

#include "tests/sim/fluid/both.h"
#include "tests/support/environment.h"

using namespace steady;
using namespace steady::fluid;
using namespace steady::fluid::testing;
using Plane = Ground::Plane;

namespace {

/// What is done otherwise in a world, to see whether the bound notices.
enum class Change {
  kNone,
  kSlower,        ///< every service takes a third longer
  kFewerWorkers,  ///< a fifth of the workers is missing
};

/// Chooses; one object a world.
struct Dice {
  RandomStream stream;
  std::uint64_t world;
  std::uint32_t throws = 0;
  std::uint64_t below(std::uint64_t n) { return stream.below(n, world, throws++); }
  std::int64_t from_to(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
  }
  bool once_in(std::uint64_t n) { return below(n) == 0; }
};

/// What is done in a world, before anybody knows which plane carries it.
struct Script {
  enum class Deed { kKill, kVanish, kDrain, kLeave, kBack, kLaunch, kNobody, kColumnGone };
  struct Step {
    SimDuration at{0};
    Deed deed{};
    std::uint32_t target = 0;
    SimDuration drain{0};
  };
  std::size_t nodes = 1;
  std::string algorithm = "round_robin";
  std::uint32_t targets = 2;
  app::AppModel first, second;
  std::uint64_t first_kind = 0, second_kind = 0;
  SimDuration first_mean{0}, second_mean{0};
  SimDuration idle_timeout{60s}, timeout{30s};
  std::optional<Distribution> reuse_gap;
  int connect_retries = 0;
  std::vector<traffic::SourceSpec> sources;
  std::vector<Step> steps;
  SimDuration length{40s};
  std::int64_t percent = 0;  ///< of what its workers can do, is asked of them

  explicit Script(std::uint64_t world, Change change = Change::kNone) {
    Dice dice{RandomStream(20'261'128, "fluid worlds"), world};
    nodes = 1 + dice.below(3);
    if (dice.once_in(4)) algorithm = "weighted_random";
    targets = static_cast<std::uint32_t>(dice.from_to(2, 6));
    draw_apps(dice);
    if (dice.once_in(3)) timeout = SimDuration{dice.from_to(200, 3000) * 1'000'000};
    if (dice.once_in(4)) idle_timeout = SimDuration{dice.from_to(300, 3000) * 1'000'000};
    if (dice.once_in(4)) {
      reuse_gap = Distribution{Distribution::Exponential{2s}};
      first.keep_alive = 3s;
      first.close_race = SimDuration{dice.from_to(1, 50) * 1'000'000};
    }
    if (dice.once_in(4)) connect_retries = 2;
    draw_traffic(dice);
    draw_steps(dice);
    // After everything is drawn, so that nothing else shifts.
    if (change == Change::kSlower) {
      first.service_time = service(first_kind, first_mean * 4 / 3);
      second.service_time = service(second_kind, second_mean * 4 / 3);
    } else if (change == Change::kFewerWorkers) {
      first.concurrency -= first.concurrency / 5;
      second.concurrency = first.concurrency;
    }
  }

  static Distribution service(std::uint64_t kind, SimDuration mean) {
    switch (kind) {
      case 0:
        return Distribution{mean};
      case 1:
        return Distribution{Distribution::Exponential{mean}};
      case 2:
        return Distribution{Distribution::Uniform{mean / 2, mean * 3 / 2}};
      case 3:
        return Distribution{Distribution::Erlang{4, mean}};
      case 4:
        return Distribution{Distribution::Pareto{mean / 2, 2.5}};
      default:
        return Distribution{Distribution::Lognormal{mean * 2 / 3, mean * 5}};
    }
  }
  void draw_apps(Dice& dice) {
    first.revision = "web:1";
    first.concurrency = static_cast<std::uint32_t>(dice.from_to(4, 40));
    first.backlog =
        static_cast<std::uint32_t>(dice.once_in(3) ? dice.from_to(0, 20) : dice.from_to(50, 400));
    first_kind = dice.below(6);
    first_mean = SimDuration{dice.from_to(20, 200) * 1'000'000};
    first.service_time = service(first_kind, first_mean);
    if (dice.once_in(3))
      first.errors_per_million = static_cast<std::uint32_t>(dice.from_to(1, 100'000));
    if (dice.once_in(6)) first.errors_expected = true;
    second = first;
    second.revision = "web:2";
    second_kind = dice.below(6);
    second_mean = SimDuration{dice.from_to(20, 200) * 1'000'000};
    second.service_time = service(second_kind, second_mean);
    second.ready_after = Distribution{SimDuration{dice.from_to(0, 3000) * 1'000'000}};
    if (dice.once_in(4)) second.reads = {"a"};
  }
  void draw_traffic(Dice& dice) {
    const double capacity = targets * first.concurrency / first.service_time.mean_seconds();
    // Often light, at times at the edge, at times far too much.
    percent = dice.once_in(3)   ? dice.from_to(105, 200)
              : dice.once_in(3) ? dice.from_to(85, 104)
                                : dice.from_to(20, 84);
    const std::size_t count = 1 + dice.below(2);
    for (std::size_t i = 0; i < count; ++i) {
      traffic::SourceSpec spec;
      const auto rate = static_cast<std::int64_t>(capacity * static_cast<double>(percent) * 10 /
                                                  static_cast<double>(count));
      const traffic::Rate full{rate}, half{rate / 2};
      if (dice.once_in(3)) {
        spec.profile = {{kStart, kStart + 13s, half, full},
                        {kStart + 13s, kStart + 23s, full, full},
                        {kStart + 23s, kStart + length, full, half}};
      } else {
        spec.profile = {{kStart, kStart + length, full, full}};
      }
      if (dice.once_in(3)) spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
      spec.timeout = timeout;
      sources.push_back(spec);
    }
  }
  void draw_steps(Dice& dice) {
    const std::uint64_t count = dice.below(7);
    for (std::uint64_t i = 0; i < count; ++i) {
      Step step;
      step.at = SimDuration{dice.from_to(3000, 37'000) * 1'000'000};
      constexpr Deed kDeeds[] = {Deed::kKill,   Deed::kVanish,    Deed::kDrain,  Deed::kDrain,
                                 Deed::kLeave,  Deed::kBack,      Deed::kLaunch, Deed::kLaunch,
                                 Deed::kNobody, Deed::kColumnGone};
      step.deed = kDeeds[dice.below(std::size(kDeeds))];
      step.target = static_cast<std::uint32_t>(dice.below(targets));
      step.drain = SimDuration{dice.from_to(0, 2000) * 1'000'000};
      steps.push_back(step);
    }
    std::ranges::stable_sort(steps, {}, &Step::at);
  }
};

/// A script under one of the planes.
class Actor : public Ground {
 public:
  Actor(const Script& script, Plane plane, std::uint64_t seed)
      : Ground(plane, seed, script.nodes, script.algorithm), script_(script) {
    frontend.idle_timeout = script.idle_timeout;
    frontend.reuse_gap = script.reuse_gap;
    frontend.connect_retries = script.connect_retries;
    for (std::uint32_t i = 0; i < script.targets; ++i) routed_.push_back(launch(script.first));
    route_all(routed_);
    for (const auto& source : script.sources) send(source);
    for (const auto& step : script.steps) at(step.at, [this, step] { act(step); });
  }
  const dataplane::Ledger& run_all() { return run(script_.length); }

 private:
  using Deed = Script::Deed;
  void leave(std::uint32_t target) {
    std::erase(routed_, target);
    route_all(routed_);
  }
  void act(const Script::Step& step) {
    const std::uint32_t target = step.target;
    switch (step.deed) {
      case Deed::kKill:
        // Its balancer finds out a second later.
        fleet.kill(processes[target], {"process killed"});
        loop.after(1s, "deed", [this, target] { leave(target); });
        return;
      case Deed::kVanish:
        fleet.host_gone(hosts[target], {"instance terminated", true});
        loop.after(1s, "deed", [this, target] { leave(target); });
        return;
      case Deed::kDrain:
        leave(target);
        loop.after(step.drain, "deed",
                   [this, target] { plane().cut_target(0, target, {"drain timeout"}); });
        return;
      case Deed::kLeave:
        // Node after node.
        for (std::size_t node = 0; node < frontend.nodes.size(); ++node) {
          loop.after(300ms * static_cast<int>(node), "deed", [this, target, node] {
            std::vector<std::uint32_t> rest;
            for (const auto& candidate : frontend.nodes[node].candidates) {
              if (candidate.target != target) rest.push_back(candidate.target);
            }
            route(node, rest);
          });
        }
        std::erase(routed_, target);
        return;
      case Deed::kBack:
        if (std::ranges::find(routed_, target) == routed_.end()) {
          routed_.push_back(target);
          std::ranges::sort(routed_);
        }
        return route_all(routed_);
      case Deed::kLaunch:
        routed_.push_back(launch(script_.second));
        return route_all(routed_);
      case Deed::kNobody:
        route_all({});
        loop.after(700ms, "deed", [this] { route_all(routed_); });
        return;
      case Deed::kColumnGone: {
        database::MigrationStep migration;
        migration.kind = database::MigrationStep::Kind::kDrop;
        migration.column = "a";
        (void)database.begin(migration);
        return;
      }
    }
  }
  const Script& script_;
  std::vector<std::uint32_t> routed_;
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

// The bound that a fluid run states is held against runs that send every request, over worlds with
// kills, lost hosts, drains that are too short, deploys, overload, errors and ramps.
TEST_CASE("exact runs of random worlds stay within the fluid run's bound", "[fluid][worlds]") {
  const auto worlds = test::environment("STEADY_FLUID_WORLDS", 16);
  const auto first = test::environment("STEADY_FIRST_SEED", 1);
  Comparison all;
  const auto append = [](std::vector<double>& to, const std::vector<double>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  std::uint64_t requests = 0, lost = 0;
  for (std::uint64_t world = first; world < first + worlds; ++world) {
    const Script script(world);
    Actor fluid(script, Plane::kFluid, 1);
    const auto& expected = fluid.run_all();
    INFO("world " << world);
    CHECK(fluid.flow.bound().answers_in_doubt == 0);
    Actor exact(script, Plane::kExact, world + 1);
    const auto& ledger = exact.run_all();
    const Comparison comparison = compare(expected, fluid.flow.bound(), ledger);
    for (const auto& difference : comparison.outside) FAIL_CHECK(difference);
    all.most = std::max(all.most, comparison.most);
    append(all.shares, comparison.shares);
    append(all.widths, comparison.widths);
    append(all.latency_off, comparison.latency_off);
    append(all.latency_widths, comparison.latency_widths);
    all.latency_unknown += comparison.latency_unknown;
    requests += ledger.total().total();
    lost += ledger.total().dropped();
  }
  std::cout << worlds << " worlds, " << requests << " requests, " << lost
            << " lost; the largest difference is " << all.most << " of its bound\n  "
            << all.shares.size() << " counts of lost requests above 100: the median difference is "
            << median(all.shares) << " of the bound, the median bound " << median(all.widths)
            << " of the count\n  " << all.latency_off.size()
            << " medians and 99th percentiles: the median difference is " << median(all.latency_off)
            << ", the median width of a bound " << median(all.latency_widths) << "; "
            << all.latency_unknown << " have no upper bound\n";
  CHECK(lost > 0);
}

// A bound that nothing can leave would say nothing: worlds whose apps are a third slower, or whose
// overloaded processes have a fifth of their workers less, must be told from what the flow was
// asked, as a rule.
TEST_CASE("a world that is a little different is found outside the bound", "[fluid][worlds]") {
  const auto change = GENERATE(Change::kSlower, Change::kFewerWorkers);
  const auto worlds = test::environment("STEADY_FLUID_WORLDS", change == Change::kSlower ? 12 : 24);
  std::uint64_t changed = 0, found = 0;
  for (std::uint64_t world = 1; world <= worlds; ++world) {
    const Script script(world), other(world, change);
    if (change == Change::kFewerWorkers && script.percent < 105) continue;
    ++changed;
    Actor fluid(script, Plane::kFluid, 1);
    const auto& expected = fluid.run_all();
    Actor exact(other, Plane::kExact, world + 1);
    if (!compare(expected, fluid.flow.bound(), exact.run_all()).outside.empty()) ++found;
  }
  std::cout << found << " of " << changed << " worlds that are a little "
            << (change == Change::kSlower ? "slower" : "short of workers")
            << " are outside the bound\n";
  CHECK(changed > 0);
  CHECK(4 * found >= 3 * changed);
}
