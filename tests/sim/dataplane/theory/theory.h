#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

/// What tests against queueing theory share: a station, its runs, and intervals (experiments.md 3).
namespace steady::dataplane::testing {

using D = Distribution;

inline constexpr int kSeeds = 30;

/// One station behind one balancer node under Poisson traffic.
struct Station {
  D service;
  std::uint32_t workers = 1;
  std::int64_t rate_per_second = 7;
  SimDuration length = 10'000s;
};

/// The data plane alone: `targets` processes, one source.
struct Run : SmallPlane {
  Run(std::uint64_t seed, const Station& station, std::uint32_t targets = 1) : SmallPlane(seed) {
    model.revision = "station:1";
    model.service_time = station.service;
    model.concurrency = station.workers;
    model.backlog = 1'000'000'000;
    frontend.idle_timeout = 10h;
    launch(targets);
    traffic::SourceSpec spec;
    spec.name = "traffic/0";
    spec.load_balancer = "front";
    spec.timeout = SimDuration::max();
    const traffic::Rate rate{station.rate_per_second * 1000};
    spec.profile = {{kStart, kStart + station.length, rate, rate}};
    plane.add_source(spec);
  }
};

struct Interval {
  double mean = 0, half_width = 0;
};

/// Mean and 95 % interval from `values`, with Student's t for their number.
inline Interval interval(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double n = static_cast<double>(values.size()), mean = sum / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  // 97.5 % quantiles of Student's t for 24 and 29 degrees of freedom.
  const double t = values.size() == 25 ? 2.064 : 2.045;
  return {mean, t * std::sqrt(squares / (n - 1) / n)};
}

/// Time in the system by batch means: 26 batches, the first is warm-up.
inline Interval sojourn(Run& run, const Station& station) {
  std::vector<double> means;
  const SimDuration batch = station.length / 26;
  for (int i = 0; i < 26; ++i) {
    run.plane.ledger().cut(kStart + i * batch);
    run.loop.run_until(kStart + (i + 1) * batch);
  }
  run.plane.finish();
  for (int i = 1; i < 26; ++i) {
    const SimTime to = i == 25 ? kNever : kStart + (i + 1) * batch;
    const auto sums = run.plane.ledger().sum(kStart + i * batch, to);
    REQUIRE(sums.total() == sums.by_outcome[0]);
    means.push_back(static_cast<double>(sums.latency.sum()) * 1e-9 /
                    static_cast<double>(sums.latency.count()));
  }
  return interval(means);
}

inline Interval sojourn(std::uint64_t seed, const Station& station) {
  Run run(seed, station);
  return sojourn(run, station);
}

/// The closed form lies inside the 95 % interval of at least 26 of 30 seeds (a binomial with p =
/// 0.95 falls below in 1.6 % of all worlds, and these seeds are fixed), and the mean over all seeds
/// is within three of its standard errors.
inline void agrees(double closed_form, const std::function<Interval(std::uint64_t)>& measure) {
  int inside = 0;
  std::vector<double> means;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Interval found = measure(seed);
    means.push_back(found.mean);
    if (std::abs(found.mean - closed_form) <= found.half_width) ++inside;
  }
  const Interval all = interval(means);
  const double z = (all.mean - closed_form) / (all.half_width / 2.045);
  INFO("closed form " << closed_form << ", measured " << all.mean << ", inside " << inside
                      << " of 30, z " << z);
  CHECK(inside >= 26);
  CHECK(std::abs(z) < 3);
}

/// Erlang C: the mean wait in a queue of c workers, as a share of the mean service time.
inline double erlang_c_wait(int c, double load) {
  double blocking = 1;  // Erlang B, by its recursion
  for (int i = 1; i <= c; ++i) blocking = load * blocking / (i + load * blocking);
  const double rho = load / c;
  return blocking / (1 - rho + rho * blocking) / (c - load);
}

/// One number a run from independent runs; `measure` is told the seed.
inline Interval replicated(const std::function<double(std::uint64_t)>& measure) {
  std::vector<double> values;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) values.push_back(measure(seed));
  return interval(values);
}

/// `expected` is within three standard errors, and what is known to be `off` about it (a share).
inline void close_to(double expected, Interval found, double off = 0) {
  INFO("expected " << expected << ", measured " << found.mean << " +- " << found.half_width);
  CHECK(std::abs(found.mean - expected) <= 3 * found.half_width / 2.045 + off * expected);
}

}  // namespace steady::dataplane::testing
