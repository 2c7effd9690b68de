#pragma once

#include <algorithm>
#include <cmath>
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

/// An exact run held against the fluid one and its bound.
struct Comparison {
  double most = 0;  ///< the largest share of its bound that a difference takes
  /// Of each count of lost requests that is not small: the difference as a share of the bound, and
  /// the bound as a share of the count.
  std::vector<double> shares, widths;
  /// Of the median and of the 99th percentile of the latency: how far apart the two are, and how
  /// wide the bound is, as shares of the exact one; bounds that say nothing are only counted.
  std::vector<double> latency_off, latency_widths;
  std::uint64_t latency_unknown = 0;
  std::vector<std::string> outside;  ///< in words; empty when all is within

  void count(const std::string& what, std::uint64_t fluid, std::uint64_t exact,
             std::uint64_t within, bool lost) {
    const double share = static_cast<double>(apart(fluid, exact)) / static_cast<double>(within);
    most = std::max(most, share);
    if (share > 1)
      outside.push_back(what + ": fluid " + std::to_string(fluid) + ", exact " +
                        std::to_string(exact) + ", bound " + std::to_string(within));
    if (!lost || fluid < 100) return;
    shares.push_back(share);
    widths.push_back(static_cast<double>(within) / static_cast<double>(fluid));
  }
  void note(const Bound::Quantile& between, const Histogram& fluid, const Histogram& exact) {
    if (between.per_million != 500'000 && between.per_million != 990'000) return;
    const auto number = [](SimDuration d) { return static_cast<double>(d.count()); };
    const double got = number(exact.quantile(between.per_million));
    latency_off.push_back(std::abs(number(fluid.quantile(between.per_million)) - got) / got);
    if (between.most == kLongestDuration) {
      ++latency_unknown;
    } else {
      latency_widths.push_back(number(between.most - between.least) / got);
    }
  }
  void percentile(std::uint32_t per_million, SimDuration got, const Bound::Quantile& between) {
    if (got >= between.least && got <= between.most) return;
    outside.push_back("percentile " + std::to_string(per_million) + ": " + format_duration(got) +
                      ", between " + format_duration(between.least) + " and " +
                      format_duration(between.most));
  }
};

/// Totals, outcomes, causes by their texts, versions, percentiles.
inline Comparison compare(const dataplane::Ledger& fluid, const Bound& bound,
                          const dataplane::Ledger& exact) {
  Comparison comparison;
  const auto f = fluid.total(), e = exact.total();
  comparison.count("total", f.total(), e.total(), bound.total, false);
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i)
    comparison.count(std::string(dataplane::name(static_cast<dataplane::Outcome>(i))),
                     f.by_outcome[i], e.by_outcome[i], bound.by_outcome[i], false);
  std::map<dataplane::Cause, std::uint64_t> exactly;
  for (const auto& [id, count] : e.by_cause) exactly[exact.cause(id)] = count;
  for (const auto& [id, within] : bound.by_cause) {
    const auto of = f.by_cause.find(id);
    const auto with = exactly.find(fluid.cause(id));
    comparison.count("cause " + fluid.cause(id).text, of == f.by_cause.end() ? 0 : of->second,
                     with == exactly.end() ? 0 : with->second, within, true);
    if (with != exactly.end()) exactly.erase(with);
  }
  // What the flow does not know at all must not happen.
  for (const auto& [cause, count] : exactly)
    comparison.count("cause only of the exact run, " + cause.text, 0, count, 1, true);
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
    comparison.count("version " + name,
                     fluid.sum(kStart, kNever, static_cast<dataplane::VersionId>(v)).total(), count,
                     bound.by_version[v], false);
  }
  if (e.latency.count() < 1000) return comparison;
  for (const auto& quantile : bound.latency) {
    comparison.note(quantile, f.latency, e.latency);
    comparison.percentile(quantile.per_million, e.latency.quantile(quantile.per_million), quantile);
    comparison.percentile(quantile.per_million, f.latency.quantile(quantile.per_million), quantile);
  }
  return comparison;
}

}  // namespace steady::fluid::testing
