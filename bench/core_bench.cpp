#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>

#include "sim/core/distribution.h"
#include "sim/core/event_loop.h"
#include "sim/core/histogram.h"
#include "sim/core/random.h"

// What each request pays to the core: a draw, a sample, a count; and what each control event pays.
// Bits come from mix64, which takes a nanosecond, so that a sample is measured and not its draw.

namespace steady {
namespace {

using D = Distribution;

void draw(benchmark::State& state) {
  const RandomStream stream{1, "bench"};
  std::uint64_t entity = 0;
  for (auto _ : state) benchmark::DoNotOptimize(stream.bits(entity++, 0));
}
BENCHMARK(draw);

void sample(benchmark::State& state, const D& distribution) {
  std::uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(distribution.sample(mix64(i++)));
}
BENCHMARK_CAPTURE(sample, constant, D(5ms));
BENCHMARK_CAPTURE(sample, uniform, D(D::Uniform{1ms, 2ms}));
BENCHMARK_CAPTURE(sample, exponential, D(D::Exponential{5ms}));
BENCHMARK_CAPTURE(sample, lognormal, D(D::Lognormal{40ms, 300ms}));
BENCHMARK_CAPTURE(sample, erlang_4, D(D::Erlang{4, 5ms}));
BENCHMARK_CAPTURE(sample, pareto, D(D::Pareto{1ms, 2.5}));
BENCHMARK_CAPTURE(sample, empirical, D(D::Empirical{{{0, 1s}, {0.5, 2s}, {0.9, 3s}, {1, 9s}}}));
BENCHMARK_CAPTURE(sample, bimodal,
                  D(D::Mixture{
                      {{0.9, {D(D::Lognormal{4ms, 30ms})}}, {0.1, {D(D::Exponential{2s})}}}}));

void histogram_add(benchmark::State& state) {
  Histogram histogram;
  std::uint64_t i = 0;
  for (auto _ : state) {
    histogram.add(SimDuration{static_cast<std::int64_t>(mix64(i++) >> 36)});
    benchmark::DoNotOptimize(histogram);
  }
}
BENCHMARK(histogram_add);

/// As many things waiting as a cluster of that many periodic checks has.
void event_loop(benchmark::State& state) {
  EventLoop loop;
  std::function<void()> again = [&] { loop.after(1s, "tick", [&] { again(); }); };
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    loop.at(kStart + SimDuration{i}, "tick", [&] { again(); });
  }
  const std::uint64_t before = loop.executed();
  for (auto _ : state) loop.run_until(loop.now() + 1s);
  state.SetItemsProcessed(static_cast<std::int64_t>(loop.executed() - before));
}
BENCHMARK(event_loop)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace steady
