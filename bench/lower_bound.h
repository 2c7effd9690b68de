#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/distribution.h"
#include "sim/core/histogram.h"

/// What the simulation of one request must cost at least: the recursion of Kiefer and Wolfowitz in
/// order of arrival, made by hand for one workload. There are no nodes, causes, versions or phases,
/// and nobody can be killed; draws and histogram are the project's own.
namespace steady::bench {

/// Poisson arrivals at tasks of eight workers each; each has an unbounded first-in-first-out queue.
struct Workload {
  std::uint32_t tasks = 20;
  std::uint64_t requests = 5'000'000;
  Distribution service{Distribution::Lognormal{41'763'511ns, 168'651'040ns}};  ///< mean 50 ms
  SimDuration timeout{2s};                                                     ///< of the client
  double load = 0.7;
  std::uint64_t seed = 1;

  double mean_gap_ns() const;
};
inline constexpr std::size_t kWorkers = 8;

/// What came of it; equal for equal workloads, however it was found.
struct Account {
  Histogram latency;  ///< of what was answered in time
  std::uint64_t late = 0;
  std::vector<std::uint64_t> taken;  ///< requests by task
  bool operator==(const Account&) const = default;
};

/// Each task in its turn.
Account round_robin_bound(const Workload& workload);

/// The task that holds the fewest requests; the first of those with equally many.
Account least_outstanding_bound(const Workload& workload);

/// Random numbers, samplers and histogram alone: what no order of computing saves. `vectorised`:
/// as the project draws, else one at a time.
Account draws_alone(const Workload& workload, bool vectorised);

}  // namespace steady::bench
