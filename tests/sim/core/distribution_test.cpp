#include "sim/core/distribution.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "sim/core/check.h"
#include "sim/core/random.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

constexpr std::uint64_t kEveryBit = ~std::uint64_t{0};

/// A distribution beside what probability theory says about it, in seconds.
struct Expected {
  std::string name;
  Distribution distribution;
  std::function<double(double)> cumulative;
  double deviation;  ///< Standard deviation.
};

double normal_cumulative(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

double exponential_cumulative(double x, double mean) { return x < 0 ? 0 : 1 - std::exp(-x / mean); }

double erlang_cumulative(double x, int shape, double mean) {
  const double scaled = x * shape / mean;
  double term = std::exp(-scaled);
  double tail = 0;
  for (int i = 0; i < shape; ++i) {
    tail += term;
    term *= scaled / (i + 1);
  }
  return 1 - tail;
}

Distribution mixture(double share, const Distribution& a, const Distribution& b) {
  return Distribution(Distribution::Mixture{{{share, {a}}, {1 - share, {b}}}});
}

std::vector<Expected> all_expected() {
  using D = Distribution;
  const double sigma = std::log(300.0 / 40.0) / 2.3263478740408408;
  const double lognormal_mean = 0.040 * std::exp(sigma * sigma / 2);
  std::vector<Expected> all;
  all.push_back({"uniform", D(D::Uniform{2s, 6s}),
                 [](double x) { return std::clamp((x - 2) / 4, 0.0, 1.0); }, 4 / std::sqrt(12.0)});
  all.push_back({"exponential", D(D::Exponential{3s}),
                 [](double x) { return exponential_cumulative(x, 3); }, 3});
  all.push_back({"lognormal", D(D::Lognormal{40ms, 300ms}),
                 [=](double x) { return normal_cumulative(std::log(x / 0.040) / sigma); },
                 lognormal_mean * std::sqrt(std::exp(sigma * sigma) - 1)});
  for (const int shape : {1, 2, 4, 16, 17, 64}) {
    all.push_back({"erlang " + std::to_string(shape), D(D::Erlang{shape, 2s}),
                   [=](double x) { return erlang_cumulative(x, shape, 2); },
                   2 / std::sqrt(static_cast<double>(shape))});
  }
  all.push_back({"pareto", D(D::Pareto{1s, 3.5}),
                 [](double x) { return x < 1 ? 0 : 1 - std::pow(x, -3.5); },
                 std::sqrt(3.5 / (2.5 * 2.5 * 1.5))});
  all.push_back({"empirical", D(D::Empirical{{{0, 1s}, {0.5, 2s}, {0.5, 3s}, {0.9, 4s}, {1, 10s}}}),
                 [](double x) {
                   if (x < 2) return std::max(0.0, (x - 1) * 0.5);
                   if (x < 3) return 0.5;
                   if (x < 4) return 0.5 + (x - 3) * 0.4;
                   return std::min(1.0, 0.9 + (x - 4) / 60);
                 },
                 // Of the three pieces: share * (middle^2 + width^2 / 12), less the mean squared.
                 std::sqrt(0.5 * (2.25 + 1.0 / 12) + 0.4 * (12.25 + 1.0 / 12) + 0.1 * (49 + 3.0) -
                           2.85 * 2.85)});
  all.push_back({"mixture", mixture(0.9, D(D::Uniform{1s, 2s}), D(D::Exponential{20s})),
                 [](double x) {
                   return 0.9 * std::clamp(x - 1, 0.0, 1.0) + 0.1 * exponential_cumulative(x, 20);
                 },
                 std::sqrt(0.9 * (2.25 + 1.0 / 12) + 0.1 * 800 - 3.35 * 3.35)});
  all.push_back(
      {"mixture with an erlang", mixture(0.3, D(D::Erlang{4, 2s}), D(D::Uniform{0s, 1s})),
       [](double x) { return 0.3 * erlang_cumulative(x, 4, 2) + 0.7 * std::clamp(x, 0.0, 1.0); },
       std::sqrt(0.3 * (4 + 1.0) + 0.7 / 3 - 0.95 * 0.95)});
  return all;
}

std::vector<double> draw(const Distribution& distribution, std::uint64_t seed, std::size_t count) {
  const RandomStream stream{seed, "test"};
  std::vector<double> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<double>(distribution.sample(stream.bits(i, 0)).count()) / 1e9);
  }
  return values;
}

}  // namespace

// The closed forms of queueing theory hold for these distributions or for nothing. Kolmogorov and
// Smirnov: sqrt(n) D exceeds sqrt(-ln(alpha / 2) / 2) with probability alpha.
TEST_CASE("every sampler follows its distribution function", "[distribution]") {
  constexpr std::size_t kCount = 20'000;
  constexpr double kSignificance = 1e-4;
  const double bound = std::sqrt(-std::log(kSignificance / 2) / 2 / kCount);
  for (const Expected& expected : all_expected()) {
    for (const std::uint64_t seed : {1ULL, 2ULL, 3ULL}) {
      auto values = draw(expected.distribution, seed, kCount);
      std::sort(values.begin(), values.end());
      double distance = 0;
      for (std::size_t i = 0; i < kCount; ++i) {
        const double f = expected.cumulative(values[i]);
        distance = std::max({distance, std::fabs(f - static_cast<double>(i) / kCount),
                             std::fabs(f - static_cast<double>(i + 1) / kCount)});
      }
      INFO(expected.name << ", seed " << seed);
      CHECK(distance < bound);
    }
  }
}

// Means go into loads and limits; a sampler can follow its function and mean_seconds() still be
// wrong. 3.89 standard errors are exceeded with probability 1e-4.
TEST_CASE("every sampler has the mean that it tells", "[distribution]") {
  constexpr std::size_t kCount = 100'000;
  for (const Expected& expected : all_expected()) {
    const auto values = draw(expected.distribution, 4, kCount);
    double sum = 0;
    for (const double v : values) sum += v;
    INFO(expected.name);
    const double error = std::fabs(sum / kCount - expected.distribution.mean_seconds());
    CHECK(error < 3.89 * expected.deviation / std::sqrt(static_cast<double>(kCount)));
  }
}

TEST_CASE("means are the closed forms", "[distribution]") {
  using D = Distribution;
  CHECK(D(1500ms).mean_seconds() == 1.5);
  CHECK(D(D::Uniform{2s, 6s}).mean_seconds() == 4.0);
  CHECK(D(D::Exponential{3s}).mean_seconds() == 3.0);
  CHECK(D(D::Erlang{7, 3s}).mean_seconds() == 3.0);
  CHECK(D(D::Pareto{1s, 1.5}).mean_seconds() == Approx(3.0));
  CHECK(D(D::Pareto{1s, 1.0}).mean_seconds() == std::numeric_limits<double>::infinity());
  CHECK(D(D::Pareto{0s, 1.0}).mean_seconds() == 0.0);
  CHECK(mixture(0.9, 1s, 11s).mean_seconds() == Approx(2.0));
  CHECK(D(D::Mixture{{{3, {1s}}, {1, {5s}}, {0, {D(D::Pareto{1s, 0.5})}}}}).mean_seconds() ==
        Approx(2.0));
}

// Both numbers that the user wrote must come back as quantiles.
TEST_CASE("a lognormal has its median and its p99 where they were written", "[distribution]") {
  auto values = draw(Distribution(Distribution::Lognormal{40ms, 300ms}), 1, 200'000);
  std::sort(values.begin(), values.end());
  CHECK(values[100'000] == Approx(0.040).epsilon(0.01));
  CHECK(values[198'000] == Approx(0.300).epsilon(0.03));
}

TEST_CASE("a constant is itself whatever the bits", "[distribution]") {
  const Distribution d = 250ms;
  CHECK(d.is_constant());
  CHECK(d.sample(0) == 250ms);
  CHECK(d.sample(kEveryBit) == 250ms);
  CHECK(d.upper_bound() == 250ms);
  CHECK(Distribution{}.sample(5) == 0s);
}

// A user may well write them; a logarithm of one or a division by nothing must not follow.
TEST_CASE("degenerate parameters give constants", "[distribution]") {
  using D = Distribution;
  const auto [distribution, value] = GENERATE(table<D, SimDuration>({
      {D(D::Uniform{5s, 5s}), 5s},
      {D(D::Exponential{0s}), 0s},
      {D(D::Lognormal{40ms, 40ms}), 40ms},
      {D(D::Erlang{3, 0s}), 0s},
      {D(D::Pareto{0s, 2.0}), 0s},
  }));
  CHECK(distribution.is_constant());
  CHECK(distribution.sample(0) == value);
  CHECK(distribution.sample(kEveryBit) == value);
  CHECK(distribution.upper_bound() == value);
  CHECK(distribution.mean_seconds() == Approx(static_cast<double>(value.count()) / 1e9));
}

TEST_CASE("every value lies between zero and the upper bound, at the ends too", "[distribution]") {
  using D = Distribution;
  const D distribution =
      GENERATE(D(D::Uniform{2s, 6s}), D(D::Exponential{24h * 3650}), D(D::Lognormal{1ns, 24h}),
               D(D::Erlang{64, 24h * 3650}), D(D::Pareto{1s, 0.001}),
               D(D::Empirical{{{0, 0s}, {1, 1s}}}), mixture(0.5, 1s, D(D::Pareto{1s, 0.001})));
  INFO(distribution.describe());
  const RandomStream stream{1, "ends"};
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::uint64_t bits = i == 0 ? 0 : i == 1 ? kEveryBit : stream.bits(i, 0);
    const SimDuration value = distribution.sample(bits);
    REQUIRE(value >= 0s);
    REQUIRE(value <= distribution.upper_bound());
  }
  CHECK(distribution.upper_bound() <= kLongestDuration);
}

TEST_CASE("a uniform never reaches its maximum, and reaches its minimum", "[distribution]") {
  const Distribution d(Distribution::Uniform{2ns, 6ns});
  CHECK(d.sample(0) == 2ns);
  CHECK(d.sample(kEveryBit) == 5ns);
  CHECK(d.upper_bound() == 5ns);
}

// The second part must see the whole of its own range, not only what is left of the bits.
TEST_CASE("each part of a mixture sees all of its own range", "[distribution]") {
  using D = Distribution;
  const D d(D::Mixture{{{1, {D(D::Uniform{0s, 1s})}},
                        {0, {7s}},
                        {2, {D(D::Uniform{10s, 11s})}},
                        {1, {D(D::Uniform{20s, 21s})}}}});
  constexpr std::uint64_t kQuarter = std::uint64_t{1} << 62;
  CHECK(d.sample(0) == 0s);
  CHECK(d.sample(kQuarter - 1) == 1s - 1ns);
  CHECK(d.sample(kQuarter) == 10s);
  // Stretching rounds down by less than one of 2^64 words, and so does the uniform.
  CHECK(d.sample(2 * kQuarter) == 10'500ms - 1ns);
  CHECK(d.sample(3 * kQuarter - 1) == 11s - 1ns);
  CHECK(d.sample(3 * kQuarter) == 20s);
  CHECK(d.sample(kEveryBit) == 21s - 1ns);
}

TEST_CASE("a mixture of one part is that part", "[distribution]") {
  using D = Distribution;
  const D one(D::Mixture{{{0.3, {D(D::Exponential{1s})}}}});
  const RandomStream stream{1, "one"};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t bits = stream.bits(i, 0);
    REQUIRE(one.sample(bits) == D(D::Exponential{1s}).sample(bits));
  }
}

TEST_CASE("an erlang of one stage is an exponential", "[distribution]") {
  using D = Distribution;
  const RandomStream stream{1, "one"};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t bits = stream.bits(i, 0);
    REQUIRE(D(D::Erlang{1, 2s}).sample(bits) == D(D::Exponential{2s}).sample(bits));
  }
}

TEST_CASE("a jump in an empirical table is never inside its gap", "[distribution]") {
  const Distribution d(Distribution::Empirical{{{0, 1s}, {0.5, 2s}, {0.5, 3s}, {1, 4s}}});
  CHECK(d.sample((std::uint64_t{1} << 63) - 1) <= 2s);
  CHECK(d.sample(std::uint64_t{1} << 63) >= 3s);
  CHECK(d.sample(0) == 1s);
  CHECK(d.sample(kEveryBit) == 4s);
}

TEST_CASE("a distribution describes itself as it was written", "[distribution]") {
  using D = Distribution;
  const auto [distribution, text] = GENERATE(table<D, const char*>({
      {D(40ms), "40ms"},
      {D(D::Uniform{1s, 90s}), "uniform(min 1s, max 1m30s)"},
      {D(D::Exponential{5ms}), "exponential(mean 5ms)"},
      {D(D::Lognormal{40ms, 300ms}), "lognormal(median 40ms, p99 300ms)"},
      {D(D::Erlang{4, 20ms}), "erlang(shape 4, mean 20ms)"},
      {D(D::Pareto{1ms, 1.5}), "pareto(minimum 1ms, shape 1.5)"},
      {D(D::Empirical{{{0, 1s}, {1, 2s}}}), "empirical(2 points, 1s to 2s)"},
      {mixture(0.75, 10ms, D(D::Exponential{2s})),
       "mixture(0.75 of 10ms, 0.25 of exponential(mean 2s))"},
  }));
  CHECK(distribution.describe() == text);
}

// "The app's start-up tripled" is one --set away, whatever its distribution.
TEST_CASE("a scaled distribution gives scaled values for the same bits", "[distribution]") {
  const RandomStream stream{1, "scaled"};
  for (const Expected& expected : all_expected()) {
    INFO(expected.name);
    const Distribution tripled = expected.distribution.scaled(3000);
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const std::uint64_t bits = stream.bits(i, 0);
      const SimDuration once = expected.distribution.sample(bits);
      const SimDuration difference = tripled.sample(bits) - 3 * once;
      REQUIRE(std::abs(difference.count()) <= 10);
    }
  }
  CHECK(Distribution(10ms).scaled(1500).sample(0) == 15ms);
  CHECK(Distribution(10ms).scaled(0).sample(0) == 0s);
  CHECK(Distribution(Distribution::Lognormal{40ms, 300ms}).scaled(0).sample(0) == 0s);
  CHECK(Distribution(24h * 3000).scaled(5000).sample(0) == kLongestDuration);
}

// Whoever reads a scenario refuses these with a sentence; what gets through is our bug.
TEST_CASE("parameters out of range are broken invariants", "[distribution]") {
  using D = Distribution;
  CHECK_THROWS_AS(D(-1ns), InternalError);
  CHECK_THROWS_AS(D(kLongestDuration + 1ns), InternalError);
  CHECK_THROWS_AS(D(D::Uniform{2s, 1s}), InternalError);
  CHECK_THROWS_AS(D(D::Exponential{-1s}), InternalError);
  CHECK_THROWS_AS(D(D::Lognormal{0s, 1s}), InternalError);
  CHECK_THROWS_AS(D(D::Lognormal{2s, 1s}), InternalError);
  CHECK_THROWS_AS(D(D::Erlang{0, 1s}), InternalError);
  CHECK_THROWS_AS(D(D::Erlang{65, 1s}), InternalError);
  CHECK_THROWS_AS(D(D::Pareto{1s, 0.0}), InternalError);
  CHECK_THROWS_AS(D(D::Pareto{1s, std::nan("")}), InternalError);
  CHECK_THROWS_AS(D(D::Empirical{{{0, 1s}}}), InternalError);
  CHECK_THROWS_AS(D(D::Empirical{{{0, 1s}, {0.9, 2s}}}), InternalError);
  CHECK_THROWS_AS(D(D::Empirical{{{0, 2s}, {1, 1s}}}), InternalError);
  CHECK_THROWS_AS(D(D::Mixture{}), InternalError);
  CHECK_THROWS_AS(D(D::Mixture{{{0, {1s}}}}), InternalError);
  CHECK_THROWS_AS(D(D::Mixture{{{1, {}}}}), InternalError);
  CHECK_THROWS_AS(D(D::Mixture{{{-1, {1s}}, {2, {1s}}}}), InternalError);
}
