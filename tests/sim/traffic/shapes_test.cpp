#include <algorithm>
#include <cmath>

#include "sim/traffic/source.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::traffic;

namespace {

RateProfile steady_rate(std::int64_t per_second, SimDuration length = 100s) {
  const Rate rate{per_second * 1000};
  return {{kStart, kStart + length, rate, rate}};
}

std::vector<SimTime> all(Shape& shape, std::size_t batch = 1'000'000) {
  std::vector<SimTime> out;
  for (std::size_t before = 1; before != out.size();) {
    before = out.size();
    shape.next(kNever, batch, out);
    if (out.size() == before) break;
  }
  return out;
}

}  // namespace

// A rate of 3/s must not lose a request a minute to rounding: the k-th comes at floor(k / rate).
TEST_CASE("constant arrivals are exact quotients", "[traffic]") {
  auto shape = make_constant(steady_rate(3, 1h));
  const auto at = all(*shape);
  REQUIRE(at.size() == 3 * 3600);
  CHECK(at[0] == kStart);
  CHECK((at[1] - kStart).count() == 333'333'333);
  CHECK((at[2] - kStart).count() == 666'666'666);
  CHECK(at[3] == kStart + 1s);
  CHECK(at[9000] == kStart + 3000s);
}

// Ramps, gaps and spikes: as many as the integral says, none where the rate is 0.
TEST_CASE("constant arrivals follow a piecewise profile", "[traffic]") {
  const Rate zero{0}, ten{10'000}, hundred{100'000};
  auto shape = make_constant({{kStart, kStart + 10s, zero, ten},                 // 50
                              {kStart + 20s, kStart + 30s, ten, ten},            // 100
                              {kStart + 30s, kStart + 31s, hundred, hundred}});  // 100
  const auto at = all(*shape);
  const auto in = [&](SimDuration from, SimDuration to) {
    return std::ranges::count_if(at,
                                 [&](SimTime t) { return t >= kStart + from && t < kStart + to; });
  };
  CHECK(std::abs(in(0s, 10s) - 50) <= 1);
  CHECK(in(10s, 20s) == 0);
  CHECK(in(20s, 30s) == 100);
  CHECK(in(30s, 31s) == 100);
  CHECK(in(31s, 1h) == 0);
  CHECK(in(0s, 5s) < in(5s, 10s) / 2);  // the ramp rises: 12.5 against 37.5
}

// Counts per second of a Poisson stream have mean = variance = rate.
TEST_CASE("Poisson arrivals have Poisson counts", "[traffic]") {
  auto shape = make_poisson(steady_rate(50, 4000s), RandomStream(5, "test"));
  const auto at = all(*shape);
  std::vector<double> counts(4000);
  for (const SimTime t : at) counts[static_cast<std::size_t>((t - kStart) / SimDuration{1s})] += 1;
  double mean = 0, variance = 0;
  for (const double n : counts) mean += n / 4000;
  for (const double n : counts) variance += (n - mean) * (n - mean) / 3999;
  CHECK(std::abs(mean - 50) < 4 * std::sqrt(50.0 / 4000));
  CHECK(std::abs(variance / 50 - 1) < 4 * std::sqrt(2.0 / 4000));
  CHECK(std::ranges::is_sorted(at));
}

// How a caller cuts its batches must not change what comes.
TEST_CASE("batches and deadlines do not move arrivals", "[traffic]") {
  for (const bool poisson : {false, true}) {
    auto make = [&] {
      return poisson ? make_poisson(steady_rate(20), RandomStream(9, "test"))
                     : make_constant(steady_rate(20));
    };
    auto whole = make(), pieces = make();
    const auto expected = all(*whole);
    std::vector<SimTime> got;
    for (int i = 1; i <= 400; ++i) {
      const SimTime until = kStart + i * 250ms;
      for (;;) {
        const auto before = got.size();
        pieces->next(until, 2, got);
        if (got.size() == before) break;
        CHECK(got.back() < until);
      }
    }
    CHECK(got == expected);
  }
}

// Common random numbers: another source's stream is another one, the same name is the same.
TEST_CASE("arrivals are a function of the stream alone", "[traffic]") {
  auto a = make_poisson(steady_rate(20), RandomStream(9, "traffic/0")),
       b = make_poisson(steady_rate(20), RandomStream(9, "traffic/0")),
       c = make_poisson(steady_rate(20), RandomStream(9, "traffic/1"));
  const auto first = all(*a);
  CHECK(first == all(*b));
  CHECK(first != all(*c));
}
