#include "sim/core/histogram.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "sim/core/random.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

/// Values over many orders of magnitude, as latencies are.
std::vector<std::int64_t> some_values(std::size_t count, std::uint64_t seed) {
  const RandomStream stream{seed, "values"};
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < count; ++i) {
    const PhiloxBlock b = stream.block(i, 0);
    values.push_back(static_cast<std::int64_t>(stream.bits(i, 1) >> (1 + b[0] % 63)));
  }
  return values;
}

Histogram of(const std::vector<std::int64_t>& values) {
  Histogram histogram;
  for (const std::int64_t v : values) histogram.add(SimDuration{v});
  return histogram;
}

}  // namespace

// A gap or an overlap between buckets would lose a latency or count it in two places.
TEST_CASE("buckets cover all values without gap or overlap", "[histogram]") {
  const std::uint32_t last = Histogram::bucket_of(INT64_MAX);
  CHECK(Histogram::bucket_low(0) == 0);
  CHECK(Histogram::bucket_high(last) == INT64_MAX);
  for (std::uint32_t bucket = 0; bucket <= last; ++bucket) {
    const std::int64_t low = Histogram::bucket_low(bucket);
    const std::int64_t high = Histogram::bucket_high(bucket);
    REQUIRE(low <= high);
    REQUIRE(Histogram::bucket_of(low) == bucket);
    REQUIRE(Histogram::bucket_of(high) == bucket);
    if (bucket < last) REQUIRE(Histogram::bucket_low(bucket + 1) == high + 1);
  }
}

// What a report prints as p99 may be off by the width of a bucket and by nothing else.
TEST_CASE("a bucket is less than one percent wide", "[histogram]") {
  for (std::uint32_t bucket = 0; bucket <= Histogram::bucket_of(INT64_MAX); ++bucket) {
    const auto low = static_cast<double>(Histogram::bucket_low(bucket));
    const auto high = static_cast<double>(Histogram::bucket_high(bucket));
    REQUIRE(high - low <= 0.008 * std::max(low, 1.0));
  }
}

// Replications come back from other threads and machines in any order.
TEST_CASE("merging in any order gives the same histogram", "[histogram]") {
  std::vector<Histogram> parts;
  Histogram whole;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto values = some_values(i * 50, i);  // The first is empty.
    parts.push_back(of(values));
    for (const std::int64_t v : values) whole.add(SimDuration{v});
  }
  std::mt19937 order{1};
  for (int round = 0; round < 100; ++round) {
    std::shuffle(parts.begin(), parts.end(), order);
    Histogram merged;
    for (const Histogram& part : parts) merged.merge(part);
    REQUIRE(merged == whole);
  }
}

TEST_CASE("many values at once are the values one by one", "[histogram]") {
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{3000}}) {
    std::vector<std::int64_t> values = some_values(count, 9);
    if (count > 1) values[1] = -5;  // Counts as 0.
    Histogram many, single = of(values);
    many.add(3s);
    single.add(3s);
    many.add_many(values.data(), values.size());
    REQUIRE(many == single);
  }
}

// What workers count is handed over again and again, so forgetting must leave nothing behind.
TEST_CASE("a histogram that was cleared is like a new one", "[histogram]") {
  Histogram used = of(some_values(500, 3)), fresh;
  used.clear();
  CHECK(used.count() == 0);
  for (const std::uint64_t n : used.buckets()) REQUIRE(n == 0);
  used.add(40ms);
  fresh.add(40ms);
  CHECK(used.sum() == fresh.sum());
  CHECK(used.min() == fresh.min());
  CHECK(used.max() == fresh.max());
  CHECK(used.quantile(500'000) == fresh.quantile(500'000));
}

TEST_CASE("adding a value many times is adding it with a count", "[histogram]") {
  Histogram once;
  Histogram often;
  once.add(40ms, 1000);
  once.add(2s, 0);
  for (int i = 0; i < 1000; ++i) often.add(40ms);
  CHECK(once == often);
}

// Nearest rank is what people compute by hand from a sorted list.
TEST_CASE("quantiles are nearest ranks, reported as the top of their bucket", "[histogram]") {
  SECTION("exactly, where buckets hold one value") {
    Histogram histogram;
    for (int v = 1; v <= 100; ++v) histogram.add(SimDuration{v});
    CHECK(histogram.quantile(0) == 1ns);
    CHECK(histogram.quantile(10'000) == 1ns);
    CHECK(histogram.quantile(10'001) == 2ns);
    CHECK(histogram.quantile(500'000) == 50ns);
    CHECK(histogram.quantile(990'000) == 99ns);
    CHECK(histogram.quantile(999'000) == 100ns);
    CHECK(histogram.quantile(1'000'000) == 100ns);
  }
  SECTION("within one percent over all magnitudes") {
    auto values = some_values(10'001, 5);
    const Histogram histogram = of(values);
    std::sort(values.begin(), values.end());
    for (const std::uint32_t p : {1U, 1'000U, 250'000U, 500'000U, 900'000U, 990'000U, 999'900U}) {
      const std::size_t rank = (values.size() * p + 999'999) / 1'000'000;
      const std::int64_t exact = values[std::max<std::size_t>(rank, 1) - 1];
      const std::int64_t told = histogram.quantile(p).count();
      CHECK(told >= exact);
      CHECK(static_cast<double>(told - exact) <= 0.01 * static_cast<double>(exact));
    }
  }
  SECTION("never above the largest value") {
    Histogram histogram;
    histogram.add(1'000'001ns);
    CHECK(histogram.quantile(990'000) == 1'000'001ns);
  }
}

TEST_CASE("sum, mean, least and largest are exact", "[histogram]") {
  const auto values = some_values(1000, 9);
  const Histogram histogram = of(values);
  Uint128 sum = 0;
  for (const std::int64_t v : values) sum += static_cast<std::uint64_t>(v);
  CHECK((histogram.sum() == sum));
  CHECK(histogram.mean().count() == static_cast<std::int64_t>(sum / values.size()));
  CHECK(histogram.min().count() == *std::min_element(values.begin(), values.end()));
  CHECK(histogram.max().count() == *std::max_element(values.begin(), values.end()));
  CHECK(histogram.count() == values.size());
}

TEST_CASE("an empty histogram answers with zeros", "[histogram]") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.min() == 0ns);
  CHECK(histogram.max() == 0ns);
  CHECK(histogram.mean() == 0ns);
  CHECK(histogram.quantile(500'000) == 0ns);
}

// Nothing takes less than no time; a negative value is somebody's rounding.
TEST_CASE("negative values count as zero", "[histogram]") {
  Histogram histogram;
  histogram.add(-5ns);
  CHECK(histogram.count() == 1);
  CHECK(histogram.min() == 0ns);
  CHECK(histogram.max() == 0ns);
  CHECK(Histogram::bucket_of(INT64_MIN) == 0);
}
