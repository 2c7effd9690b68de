#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/cloud/elb/registry.h"
#include "sim/dataplane/data_plane.h"
#include "sim/fluid/fluid_plane.h"
#include "tests/support/catch.h"

namespace steady::fluid::testing {

/// A small cloud by hand under the exact plane or the fluid one: one balancer, processes as
/// targets, and deeds at given moments. The same script gives the same control plane in both.
class Ground {
 public:
  enum class Plane { kExact, kFluid };

  Ground(Plane plane, std::uint64_t seed, std::size_t nodes = 1,
         const std::string& algorithm = "round_robin")
      : random{seed, 0},
        fleet(loop, random, journal),
        database(loop, journal, {"a"}),
        exact(loop, fleet, database, random, {}),
        flow(loop, fleet, database, random, exact.ledger(), {}),
        is_fluid(plane == Plane::kFluid) {
    if (is_fluid) {
      fleet.attach(flow);
      loop.set_advance_hook([this](SimTime until) { flow.advance(until); });
    } else {
      fleet.attach(exact);
      loop.set_advance_hook([this](SimTime until) { exact.advance(until); });
    }
    frontend.nodes.resize(nodes);
    for (auto& node : frontend.nodes) node.algorithm = elb::make_algorithm(algorithm);
    const auto listener = [this](std::string_view, std::uint16_t) { return &frontend; };
    exact.set_lookups(listener, {});
    flow.set_lookups(listener, {});
  }
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;

  app::RequestPlane& plane() { return is_fluid ? static_cast<app::RequestPlane&>(flow) : exact; }
  /// A process begins and listens at a host of its own, now.
  std::uint32_t launch(const app::AppModel& model) {
    const auto number = static_cast<std::uint32_t>(processes.size());
    hosts.push_back(fleet.host("i-" + std::to_string(number)));
    endpoints.push_back(fleet.endpoint(hosts.back(), 80));
    processes.push_back(fleet.launch(model, endpoints.back(), "task", number, {}));
    return number;
  }
  void route(std::size_t node, const std::vector<std::uint32_t>& targets) {
    auto& candidates = frontend.nodes[node].candidates;
    candidates.clear();
    for (const std::uint32_t target : targets) candidates.push_back({target, endpoints[target]});
    frontend.nodes[node].algorithm->set_candidates(candidates);
  }
  void route_all(const std::vector<std::uint32_t>& targets) {
    for (std::size_t node = 0; node < frontend.nodes.size(); ++node) route(node, targets);
  }
  void send(traffic::SourceSpec spec) {
    spec.name = "traffic/" + std::to_string(sources++);
    if (is_fluid) {
      flow.add_source(spec);
    } else {
      exact.add_source(spec);
    }
  }
  /// Requests per second, evenly from `from` to `to`.
  static traffic::SourceSpec poisson(std::int64_t rate, SimDuration from, SimDuration to) {
    traffic::SourceSpec spec;
    spec.profile = {{kStart + from, kStart + to, {rate * 1000}, {rate * 1000}}};
    return spec;
  }
  void at(SimDuration moment, std::function<void()> deed) {
    loop.at(kStart + moment, "deed", std::move(deed));
  }
  const dataplane::Ledger& run(SimDuration length) {
    loop.run_until(kStart + length);
    if (is_fluid) {
      flow.finish();
      flow.check_conserved();
    } else {
      exact.settle(loop.now());
      exact.finish();
      exact.check_conserved();
    }
    return exact.ledger();
  }

  RandomSource random;
  EventLoop loop;
  Journal journal;
  app::Fleet fleet;
  database::Database database;
  dataplane::DataPlane exact;
  FluidPlane flow;
  bool is_fluid;
  elb::Frontend frontend;
  std::vector<app::HostId> hosts;
  std::vector<app::EndpointId> endpoints;
  std::vector<app::ProcessId> processes;
  int sources = 0;
};

inline std::uint64_t apart(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

/// Holds an exact run against the fluid one and its bound: totals, outcomes, causes by their texts,
/// versions, percentiles. Gives the largest share of its bound that a difference takes.
inline double check_within(const dataplane::Ledger& fluid, const Bound& bound,
                           const dataplane::Ledger& exact) {
  double most = 0;
  const auto check = [&most](const std::string& what, std::uint64_t f, std::uint64_t e,
                             std::uint64_t within) {
    INFO(what << ": fluid " << f << ", exact " << e << ", bound " << within);
    CHECK(apart(f, e) <= within);
    most = std::max(most, static_cast<double>(apart(f, e)) / static_cast<double>(within));
  };
  const auto f = fluid.total(), e = exact.total();
  check("total", f.total(), e.total(), bound.total);
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i)
    check(std::string(dataplane::name(static_cast<dataplane::Outcome>(i))), f.by_outcome[i],
          e.by_outcome[i], bound.by_outcome[i]);
  std::map<dataplane::Cause, std::uint64_t> exactly;
  for (const auto& [id, count] : e.by_cause) exactly[exact.cause(id)] = count;
  for (const auto& [id, within] : bound.by_cause) {
    const auto of = f.by_cause.find(id);
    const auto with = exactly.find(fluid.cause(id));
    check("cause " + fluid.cause(id).text, of == f.by_cause.end() ? 0 : of->second,
          with == exactly.end() ? 0 : with->second, within);
  }
  for (std::size_t v = 0; v < bound.by_version.size(); ++v) {
    const auto& name = fluid.versions()[v];
    const auto there = std::ranges::find(exact.versions(), name);
    const std::uint64_t count =
        there == exact.versions().end()
            ? 0
            : exact
                  .sum(kStart, kNever,
                       static_cast<dataplane::VersionId>(there - exact.versions().begin()))
                  .total();
    check("version " + name,
          fluid.sum(kStart, kNever, static_cast<dataplane::VersionId>(v)).total(), count,
          bound.by_version[v]);
  }
  if (e.latency.count() < 1000) return most;
  for (const auto& quantile : bound.latency) {
    const SimDuration got = e.latency.quantile(quantile.per_million);
    INFO("percentile " << quantile.per_million << ": exact " << format_duration(got) << ", fluid "
                       << format_duration(f.latency.quantile(quantile.per_million)) << ", between "
                       << format_duration(quantile.least) << " and "
                       << format_duration(quantile.most));
    CHECK(got >= quantile.least);
    CHECK(got <= quantile.most);
    CHECK(f.latency.quantile(quantile.per_million) >= quantile.least);
    CHECK(f.latency.quantile(quantile.per_million) <= quantile.most);
  }
  return most;
}

}  // namespace steady::fluid::testing
