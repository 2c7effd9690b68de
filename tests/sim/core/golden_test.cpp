#include <bit>
#include <cstdint>
#include <string>

#include "sim/core/distribution.h"
#include "sim/core/dmath.h"
#include "sim/core/random.h"
#include "sim/core/sha256.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

constexpr std::uint64_t kCount = 100'000;

void add(Sha256& hash, std::uint64_t word) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(word >> shift);
  hash.update(bytes);
}

/// SHA-256 over 100,000 samples as 8 bytes each, the lowest first.
std::string digest_of(const Distribution& distribution) {
  const RandomStream stream{24378, "golden"};
  Sha256 hash;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    add(hash, static_cast<std::uint64_t>(distribution.sample(stream.bits(i, 0)).count()));
  }
  return hash.hex();
}

/// The same over the bit patterns of f at 100,000 points of (0, 1).
std::string digest_of(double (*f)(double)) {
  const RandomStream stream{24378, "golden"};
  Sha256 hash;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    add(hash, std::bit_cast<std::uint64_t>(f(dmath::open_unit(stream.bits(i, 0)))));
  }
  return hash.hex();
}

}  // namespace

// Results name runs by digest, over compilers and optimisation levels. When one of these changes,
// so do all stored results: change them knowingly, and say so in the commit.
TEST_CASE("every distribution gives its pinned bits", "[distribution][golden]") {
  using D = Distribution;
  CHECK(digest_of(D(D::Uniform{2s, 6s})) ==
        "b2a9f2f6539a0f767be7165ece5454732573a74c1f72d4f56cf36925ebb88fd1");
  CHECK(digest_of(D(D::Exponential{3s})) ==
        "e9b12242fb33f79bfa86112a25e3ba5db539b6bb7ffec9afe9a64ad9d7841420");
  CHECK(digest_of(D(D::Lognormal{40ms, 300ms})) ==
        "ec398aae6fac796b5a857d5233ae37053f1ba63fd0ed6906782fe41bc98c4ba0");
  CHECK(digest_of(D(D::Erlang{20, 2s})) ==
        "0ec9cd9ee40575ba35ad583facd458bcbe6678e57da9cc859c609dfe6f1e891d");
  CHECK(digest_of(D(D::Pareto{1s, 1.5})) ==
        "2904d24542a8064a751cf2a58c69c77c6a7f089688941fbedd1c10f8939078c0");
  CHECK(digest_of(D(D::Empirical{{{0, 1s}, {0.3, 2s}, {0.9, 4s}, {1, 10s}}})) ==
        "5cb9f29144e4a32b73bd86d60c67e676d0973c50b7ca7bf2038d8fe679672226");
  CHECK(digest_of(D(D::Mixture{{{0.7, {D(D::Lognormal{40ms, 300ms})}},
                                {0.2, {D(D::Erlang{3, 2s})}},
                                {0.1, {D(30s)}}}})) ==
        "a44fd0788375c24b22268ed79621812ba58e38eb09435ab710ecbef21e9227e9");
}

TEST_CASE("the elementary functions give their pinned bits", "[dmath][golden]") {
  CHECK(digest_of(dmath::log) ==
        "b03459994a05ab124c5d99da954855d758662e311763062012ea4352f491b786");
  CHECK(digest_of([](double u) { return dmath::exp((u - 0.5) * 1400); }) ==
        "0f37c98560a148c9488ecf0176a2346e6e1c9cd874f1a77e1efd135618add99c");
  CHECK(digest_of(dmath::inverse_normal) ==
        "ac99c46fa3cdad36d8a14b5f7fcd371be1a27d8843609354e88cc9dd4d92c754");
}

// The draws behind all of them.
TEST_CASE("a stream gives its pinned bits", "[random][golden]") {
  Sha256 hash;
  const RandomStream stream = RandomSource{24378, 3}.stream("golden");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    add(hash, stream.bits(i, 0));
    add(hash, stream.bits(1, static_cast<std::uint32_t>(i)));
  }
  CHECK(hash.hex() == "545ea65290e2ceff35e31d67e9fa2210d73993aa3431dc3185c7821764d1c88b");
}
