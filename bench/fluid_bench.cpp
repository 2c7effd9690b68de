#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/cloud/elb/registry.h"
#include "sim/dataplane/data_plane.h"
#include "sim/fluid/fluid_plane.h"

/// What a day of traffic costs as a flow: a hundred tasks, each replaced once at noon, and a health
/// check's worth of control events. The rate goes from a thousand to ten million a second.
namespace {

using namespace steady;

struct Day {
  explicit Day(std::int64_t rate)
      : fleet(loop, random, journal),
        database(loop, journal, {}),
        plane(loop, fleet, database, random, ledger, {}) {
    fleet.attach(plane);
    loop.set_advance_hook([this](SimTime until) { plane.advance(until); });
    frontend.nodes.resize(2);
    for (auto& node : frontend.nodes) node.algorithm = elb::make_algorithm("round_robin");
    plane.set_lookups([this](std::string_view, std::uint16_t) { return &frontend; }, {});
    model.revision = "web:1";
    model.service_time = Distribution{Distribution::Lognormal{100ms, 1024ms}};
    model.concurrency = static_cast<std::uint32_t>(rate / 250 + 10);
    for (int i = 0; i < kTasks; ++i) launch();
    first = 0;
    route();
    traffic::SourceSpec spec;
    spec.name = "traffic/0";
    spec.profile = {{kStart, kStart + 24h, {rate * 1000}, {rate * 1000}}};
    plane.add_source(spec);
    for (int i = 0; i < kTasks; ++i)
      loop.at(kStart + 12h + 10s * i, "replace", [this] { replace(); });
    // What else happens in a day: health checks, scheduler passes.
    for (int i = 1; i < 86'400; ++i) loop.at(kStart + 1s * i, "check", [] {});
  }
  void launch() {
    const auto number = static_cast<std::uint32_t>(processes.size());
    const auto endpoint = fleet.endpoint(fleet.host("i-" + std::to_string(number)), 80);
    processes.push_back(fleet.launch(model, endpoint, "task", number, {}));
    endpoints.push_back(endpoint);
  }
  void route() {
    for (auto& node : frontend.nodes) {
      node.candidates.clear();
      for (auto i = first; i < processes.size(); ++i)
        node.candidates.push_back({static_cast<app::TargetId>(i), endpoints[i]});
      node.algorithm->set_candidates(node.candidates);
    }
  }
  void replace() {
    launch();
    const std::size_t old = first++;
    route();
    loop.after(1s, "drain over", [this, old] {
      plane.cut_target(0, static_cast<app::TargetId>(old), {"drain timeout"});
    });
  }
  static constexpr int kTasks = 100;
  RandomSource random{1};
  EventLoop loop;
  Journal journal;
  app::Fleet fleet;
  database::Database database;
  dataplane::Ledger ledger;
  fluid::FluidPlane plane;
  app::AppModel model;
  elb::Frontend frontend;
  std::vector<app::ProcessId> processes;
  std::vector<app::EndpointId> endpoints;
  std::size_t first = 0;
};

void fluid_day(benchmark::State& state) {
  std::uint64_t requests = 0;
  for (auto _ : state) {
    Day day(state.range(0));
    day.loop.run_until(kStart + 24h);
    day.plane.finish();
    requests += day.plane.sent();
  }
  state.counters["requests"] =
      benchmark::Counter(static_cast<double>(requests), benchmark::Counter::kIsRate);
}
BENCHMARK(fluid_day)->RangeMultiplier(100)->Range(1'000, 10'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
