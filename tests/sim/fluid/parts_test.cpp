#include <numeric>

#include "sim/core/random.h"
#include "sim/fluid/books/books.h"
#include "sim/fluid/queues/law.h"
#include "sim/fluid/queues/queueing.h"
#include "sim/fluid/queues/station.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::fluid;

namespace {

Distribution lognormal() { return Distribution{Distribution::Lognormal{100ms, 1024ms}}; }

}  // namespace

// Cooper, Introduction to Queueing Theory (2nd ed.), tables of Erlang B and C: two workers with one
// erlang block 1/5 and make 1/3 wait.
TEST_CASE("Erlang's formulas give the numbers of their tables", "[fluid]") {
  CHECK(erlang_c(2, 1) == Approx(1.0 / 3).epsilon(1e-12));
  CHECK(erlang_c(1, 0.7) == Approx(0.7).epsilon(1e-12));
  CHECK(chance_of_full(2, 0, 1, 1) == Approx(0.2).epsilon(1e-12));
  CHECK(erlang_c(1000, 500) == 0);
  // M/M/1/1+3: rho^4 (1 - rho) / (1 - rho^5), above and below saturation.
  for (const double use : {0.5, 0.9, 2.0}) {
    const double full = use * use * use * use * (1 - use) / (1 - use * use * use * use * use);
    CHECK(chance_of_full(1, 3, use, 1) == Approx(full).epsilon(1e-12));
  }
  // Far above saturation what is not served is lost, whatever the backlog.
  CHECK(chance_of_full(10, 1'000'000, 20, 1) == Approx(0.5).epsilon(1e-9));
}

// Pollaczek and Khinchine: with one worker and Poisson arrivals the mean wait is exact.
TEST_CASE("the mean wait of one worker is that of Pollaczek and Khinchine", "[fluid]") {
  const double load = 0.7, service = 0.1, variation = 0;
  const double wait = erlang_c(1, load) * mean_wait(1, load, service, 1, variation);
  CHECK(wait == Approx(load * service / (2 * (1 - load))).epsilon(1e-12));
}

// elb.md 5.5 has these figures for median 0.1 s and sigma 1: E[(S - T)+] for 1 and 5 s.
TEST_CASE("a law knows what of a service time lies beyond a drain", "[fluid]") {
  const Law law(lognormal());
  CHECK(law.mean() == Approx(0.16487).epsilon(0.001));
  CHECK(law.mean() - law.filled(1s) == Approx(5.2e-3).epsilon(0.01));
  CHECK(law.mean() - law.filled(5s) == Approx(6.7e-5).epsilon(0.02));
}

// The table is made from the very samples that an exact run draws.
TEST_CASE("a law is the distribution of the samples", "[fluid]") {
  const Distribution mixture{
      Distribution::Mixture{{{0.9, {Distribution{Distribution::Erlang{3, 50ms}}}},
                             {0.1, {Distribution{Distribution::Pareto{200ms, 3}}}}}}};
  for (const Distribution& service :
       {lognormal(), mixture, Distribution{Distribution::Uniform{10ms, 30ms}},
        Distribution{Distribution::Exponential{1s}}, Distribution{SimDuration{40ms}}}) {
    const Law law(service);
    const RandomStream stream(1, "law");
    constexpr std::uint64_t kSamples = 200'000;
    INFO(service.describe());
    double sum = 0;
    std::uint64_t longer = 0;
    const SimDuration at{static_cast<std::int64_t>(law.mean() * 1e9)};
    for (std::uint64_t i = 0; i < kSamples; ++i) {
      const SimDuration value = service.sample(stream.bits(i, 0));
      sum += static_cast<double>(value.count()) * 1e-9;
      longer += value > at ? 1 : 0;
    }
    CHECK(sum / kSamples == Approx(law.mean()).epsilon(0.01));
    CHECK(static_cast<double>(longer) / kSamples == Approx(law.above(at)).margin(0.005));
    CHECK(law.filled(law.longest() + 1s) == Approx(law.mean()).epsilon(1e-9));
  }
}

// elb.md 5.5: of those who were sent evenly over a tenth of a second, half have ended if a service
// is even from 0 to that; who had ended had x or less with the chance of being older than x.
TEST_CASE("latencies before a cut are those that were shorter than the requests' ages", "[fluid]") {
  const Law law(Distribution{Distribution::Uniform{0ms, 100ms}});
  Served served;
  served.law = &law;
  served.patience = 1h;
  const auto mean = [](const Latencies::Of& of) {
    return std::accumulate(of.nanoseconds.begin(), of.nanoseconds.end(), 0.0) / of.total() * 1e-6;
  };
  Latencies cut, both, old;
  cut.add_cut(served, 1000, 500, {100ms, 0ms});
  cut.spread();
  CHECK(cut.all().begin()->second.total() == Approx(500));
  // The density is 2 (1 - x).
  CHECK(mean(cut.all().begin()->second) == Approx(100.0 / 3).epsilon(0.005));
  both.add(served, 500, 500);
  both.add_cut(served, 600, 300, {100ms, 0ms});
  both.add_cut(served, 400, 200, {100ms, 0ms});
  both.spread();
  CHECK(both.all().begin()->second.total() == Approx(1000));
  CHECK(mean(both.all().begin()->second) == Approx((50 + 100.0 / 3) / 2).epsilon(0.005));
  // Sent so long ago that all have ended, whatever came then.
  old.add_cut(served, 1000, 1000, {10s, 9s});
  old.spread();
  CHECK(mean(old.all().begin()->second) == Approx(50).epsilon(0.005));
}

// Conservation is decided here: the parts are whole, near what they were, and add up.
TEST_CASE("apportioned parts are whole and add up", "[fluid]") {
  CHECK(apportion({0.4, 0.4, 0.2}, 1) == std::vector<std::uint64_t>{1, 0, 0});
  CHECK(apportion({2.5, 2.5}, 5) == std::vector<std::uint64_t>{3, 2});
  CHECK(apportion({1e9 + 0.25, 0.75}, 1'000'000'001) ==
        std::vector<std::uint64_t>{1'000'000'000, 1});
  // A sum that was rounded elsewhere: the largest part has the difference.
  CHECK(apportion({10.0, 3.0}, 12) == std::vector<std::uint64_t>{9, 3});
  CHECK(apportion({10.0, 3.0}, 17) == std::vector<std::uint64_t>{13, 4});
}

// The straight lines of a fluid queue: 20 a second come, 10 are served, 100 may wait.
TEST_CASE("a station fills in a straight line, sheds, and empties again", "[fluid]") {
  app::AppModel model;
  model.concurrency = 1;
  model.backlog = 100;
  model.service_time = Distribution{SimDuration{100ms}};
  const Law law(model.service_time);
  Station station(model, law);
  std::vector<Phase> phases;
  station.flow(kStart, kStart + 5s, 20, {}, 10ms, phases);
  // It is full of work after 0.07 s: 100 ms x ln 2.
  CHECK(station.waiting() == Approx(10 * (5 - 0.0693)).epsilon(0.001));
  station.flow(kStart + 5s, kStart + 60s, 20, {}, 10ms, phases);
  CHECK(station.is_full());
  CHECK(station.wait() == Approx(10));
  CHECK(phases.back().full == Approx(0.5).epsilon(0.001));
  station.flow(kStart + 60s, kStart + 65s, 0, {}, 10ms, phases);
  CHECK(station.waiting() == Approx(50));
  CHECK_FALSE(station.is_full());
  station.flow(kStart + 65s, kStart + 75s, 0, {}, 10ms, phases);
  CHECK(station.waiting() == 0);
  // They follow one another without a gap.
  for (std::size_t i = 1; i < phases.size(); ++i) CHECK(phases[i].from == phases[i - 1].to);
}
