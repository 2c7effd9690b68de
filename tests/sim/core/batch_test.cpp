#include "sim/core/batch.h"

#include <vector>

#include "sim/core/distribution.h"
#include "sim/core/dmath.h"
#include "tests/support/catch.h"
#include "tests/support/units.h"

using namespace steady;

namespace {

/// Ordinary words, and the ones at the ends and at the seams of the samplers.
std::vector<std::uint64_t> some_words(std::size_t count) {
  std::vector<std::uint64_t> words{0, 1, ~std::uint64_t{0}, std::uint64_t{1} << 63};
  // q = 0.425 from the middle: where the tails begin.
  for (const double p : {0.075, 0.925, 0.5})
    for (int i = -3; i <= 3; ++i)
      words.push_back(static_cast<std::uint64_t>(p * 0x1p64) +
                      (static_cast<std::uint64_t>(static_cast<std::int64_t>(i)) << 11));
  // Far tails, where the words are all zeroes or ones but for their last bits.
  for (const std::uint64_t far :
       {std::uint64_t{1} << 12, std::uint64_t{1} << 27, std::uint64_t{1} << 28})
    words.push_back(far), words.push_back(~far);
  while (words.size() < count) words.push_back(mix64(words.size()));
  return words;
}

}  // namespace

// Batches are only faster: every draw is the one that its key gives alone, on machines with vector
// units and without.
TEST_CASE("a batch of blocks is the blocks one by one", "[batch]") {
  const RandomStream stream(42, "batch", 3);
  for (const auto units : kAllUnits) {
    const UnitsForNow limited(units);
    for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{16},
                                    std::size_t{43}, std::size_t{256}}) {
      for (const std::uint64_t first :
           {std::uint64_t{0}, std::uint64_t{0xFFFFFFF0}, std::uint64_t{1} << 40}) {
        std::vector<std::uint64_t> low(count);
        std::vector<std::uint32_t> third(count), fourth(count);
        batch::blocks(stream, first, 5, count, {low.data(), third.data(), fourth.data()});
        for (std::size_t i = 0; i < count; ++i) {
          const PhiloxBlock block = stream.block(first + i, 5);
          REQUIRE(low[i] == ((std::uint64_t{block[1]} << 32) | block[0]));
          REQUIRE(third[i] == block[2]);
          REQUIRE(fourth[i] == block[3]);
        }
      }
    }
  }
}

TEST_CASE("batches of exponentials and lognormals are the scalar functions", "[batch]") {
  const auto words = some_words(20'001);
  std::vector<double> got(words.size());
  for (const auto units : kAllUnits) {
    const UnitsForNow limited(units);
    batch::unit_exponentials(words.data(), words.size(), got.data());
    for (std::size_t i = 0; i < words.size(); ++i)
      REQUIRE(got[i] == -dmath::log(dmath::open_unit(~words[i])));
    batch::lognormals(words.data(), words.size(), 4.2e7, 0.6, got.data());
    for (std::size_t i = 0; i < words.size(); ++i) {
      const double z = dmath::inverse_normal(dmath::open_unit(words[i]));
      REQUIRE(got[i] == 4.2e7 * dmath::exp(0.6 * z));
    }
  }
}

TEST_CASE("many samples are the samples one by one", "[batch][distribution]") {
  using D = Distribution;
  const auto words = some_words(3000);
  std::vector<std::int64_t> got(words.size());
  for (const D& distribution :
       {D(5ms), D(D::Uniform{1ms, 2ms}), D(D::Exponential{5ms}), D(D::Lognormal{40ms, 300ms}),
        D(D::Lognormal{1ns, std::chrono::hours{24 * 3650}}), D(D::Erlang{4, 5ms}),
        D(D::Pareto{1ms, 2.5}), D(D::Mixture{{{0.9, {D(4ms)}}, {0.1, {D(D::Exponential{2s})}}}})}) {
    INFO(distribution.describe());
    distribution.sample_many(words.data(), words.size(), got.data());
    for (std::size_t i = 0; i < words.size(); ++i)
      REQUIRE(got[i] == distribution.sample(words[i]).count());
  }
}
