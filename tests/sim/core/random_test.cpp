#include "sim/core/random.h"

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/support/catch.h"

#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#endif

using namespace steady;

namespace {

struct KnownAnswer {
  PhiloxBlock counter;
  PhiloxKey key;
  PhiloxBlock answer;
};

// The three lines "philox4x32 10" of kat_vectors in Random123 1.14.0 (Debian: librandom123-dev,
// /usr/share/doc/librandom123-dev/tests/kat_vectors.gz).
constexpr std::array<KnownAnswer, 3> kKnownAnswers{{
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
}};

}  // namespace

// Whoever knows Philox must be able to recompute every draw of a run.
TEST_CASE("philox gives the published known answers", "[random]") {
  for (const KnownAnswer& known : kKnownAnswers) {
    CHECK(philox4x32_10(known.counter, known.key) == known.answer);
  }
  static_assert(philox4x32_10(kKnownAnswers[0].counter, kKnownAnswers[0].key) ==
                kKnownAnswers[0].answer);
}

#if __has_include(<Random123/philox.h>)
// Three vectors could agree by luck of a special case; a million counters do not.
TEST_CASE("philox agrees with Random123 on a million counters", "[random]") {
  std::uint64_t x = 1;
  const auto word = [&x](int shift) { return static_cast<std::uint32_t>(mix64(x) >> shift); };
  std::uint64_t differing = 0;
  for (int i = 0; i < 1'000'000; ++i, ++x) {
    const PhiloxBlock counter{word(0), word(32), static_cast<std::uint32_t>(i), word(16)};
    const PhiloxKey key{word(8), word(24)};
    const r123::Philox4x32::ctr_type theirs_in = {{counter[0], counter[1], counter[2], counter[3]}};
    const r123::Philox4x32::key_type theirs_key = {{key[0], key[1]}};
    const auto theirs = r123::Philox4x32{}(theirs_in, theirs_key);
    const auto ours = philox4x32_10(counter, key);
    for (std::size_t k = 0; k < 4; ++k) differing += ours[k] != theirs[k] ? 1 : 0;
  }
  CHECK(differing == 0);
}
#endif

// One more task in a variant of a scenario must not shift what the others draw.
TEST_CASE("a draw does not depend on what other entities drew", "[random]") {
  const RandomStream stream{7, "service-time"};
  const std::uint64_t alone = stream.bits(42, 3);
  for (std::uint64_t entity = 0; entity < 100; ++entity) {
    for (std::uint32_t draw = 0; draw < 10; ++draw) static_cast<void>(stream.bits(entity, draw));
  }
  CHECK(stream.bits(42, 3) == alone);
  CHECK(RandomStream{7, "service-time"}.bits(42, 3) == alone);
}

// Two coordinates that were folded together would make two different things draw the same numbers.
TEST_CASE("seed, name, replication, entity and draw each give other bits", "[random]") {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL}) {
    for (const char* name : {"arrivals", "service-time", ""}) {
      for (const std::uint32_t replication : {0U, 1U, 2U}) {
        const RandomStream stream = RandomSource{seed, replication}.stream(name);
        for (const std::uint64_t entity : {0ULL, 1ULL, 1ULL << 32, ~0ULL}) {
          for (const std::uint32_t draw : {0U, 1U, 2U}) {
            seen.insert(stream.bits(entity, draw));
            ++count;
          }
        }
      }
    }
  }
  CHECK(seen.size() == count);
}

// Placement picks by below(): each of the candidates must have its chance, and no one else.
TEST_CASE("below gives every number under its bound equally often", "[random]") {
  const RandomStream stream{1, "pick"};
  constexpr std::uint64_t kBound = 10;
  constexpr std::uint64_t kDraws = 100'000;
  std::array<std::uint64_t, kBound> hits{};
  for (std::uint64_t i = 0; i < kDraws; ++i) ++hits.at(stream.below(kBound, i, 0));
  double chi_squared = 0.0;
  for (const std::uint64_t n : hits) {
    const double expected = static_cast<double>(kDraws) / kBound;
    chi_squared +=
        (static_cast<double>(n) - expected) * (static_cast<double>(n) - expected) / expected;
  }
  CHECK(chi_squared < 33.72);  // Nine degrees of freedom, significance 1e-4.
  CHECK(stream.below(1, 5, 0) == 0);
}

// The finaliser and the name hash are part of every key; published values pin them.
TEST_CASE("mix64 and hash_name give the published values", "[random]") {
  CHECK(mix64(0) == 0xE220A8397B1DCDAFULL);  // First output of SplitMix64 seeded with 0.
  CHECK(hash_name("") == 0xCBF29CE484222325ULL);
  CHECK(hash_name("a") == 0xAF63DC4C8601EC8CULL);  // FNV's own test suite.
  CHECK(hash_name("foobar") == 0x85944171F73967E8ULL);
}
