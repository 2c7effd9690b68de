#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/core/wide.h"

namespace steady {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3, SC
/// 2011): a draw is a function of key and counter, there is no state.
using PhiloxKey = std::array<std::uint32_t, 2>;
using PhiloxBlock = std::array<std::uint32_t, 4>;

inline constexpr std::uint32_t kPhiloxM0 = 0xD2511F53U;
inline constexpr std::uint32_t kPhiloxM1 = 0xCD9E8D57U;
inline constexpr std::uint32_t kPhiloxW0 = 0x9E3779B9U;
inline constexpr std::uint32_t kPhiloxW1 = 0xBB67AE85U;

constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, PhiloxKey key) {
  std::uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  std::uint32_t k0 = key[0], k1 = key[1];
  const auto round = [&] {
    const std::uint64_t p0 = std::uint64_t{kPhiloxM0} * c0;
    const std::uint64_t p1 = std::uint64_t{kPhiloxM1} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += kPhiloxW0;
    k1 += kPhiloxW1;
  };
  // Ten calls and no loop: compilers keep the loop at -O2, and it takes twice as long.
  round(), round(), round(), round(), round();
  round(), round(), round(), round(), round();
  return {c0, c1, c2, c3};
}

/// SplitMix64's finaliser: a bijection that spreads every bit. Used to derive further words from
/// one draw (the second uniform of an Erlang, say) and to fold names into keys.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

/// FNV-1a, 64 bits: names to numbers, the same everywhere.
constexpr std::uint64_t hash_name(std::string_view name) {
  std::uint64_t h = 0xCBF29CE484222325ULL;
  for (const char c : name) {
    h ^= static_cast<unsigned char>(c);
    h *= 0x100000001B3ULL;
  }
  return h;
}

/// A named stream of draws: a pure function of (seed, stream name, replication, entity, draw).
/// No stream depends on how often another is asked, so one more task shifts nobody's numbers
/// (experiments.md 2).
class RandomStream {
 public:
  RandomStream() = default;
  RandomStream(std::uint64_t seed, std::string_view name, std::uint32_t replication = 0)
      : replication_(replication) {
    const std::uint64_t k = mix64(mix64(seed) ^ hash_name(name));
    key_ = {static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k >> 32)};
  }

  /// 128 random bits for draw number `draw` of `entity` (a request's index, hash_name() of an id).
  PhiloxBlock block(std::uint64_t entity, std::uint32_t draw) const {
    return philox4x32_10({draw, static_cast<std::uint32_t>(entity),
                          static_cast<std::uint32_t>(entity >> 32), replication_},
                         key_);
  }
  /// What batches need of it.
  PhiloxKey key() const { return key_; }
  std::uint32_t replication() const { return replication_; }
  /// 64 random bits of the same block.
  std::uint64_t bits(std::uint64_t entity, std::uint32_t draw) const {
    const PhiloxBlock b = block(entity, draw);
    return (std::uint64_t{b[1]} << 32) | b[0];
  }
  /// A number in [0, bound), without bias that anybody could see (multiply-shift on 64 bits).
  std::uint64_t below(std::uint64_t bound, std::uint64_t entity, std::uint32_t draw) const {
    return static_cast<std::uint64_t>((Uint128{bits(entity, draw)} * bound) >> 64);
  }

 private:
  PhiloxKey key_{};
  std::uint32_t replication_ = 0;
};

/// Where streams come from: one seed and one replication number a run.
struct RandomSource {
  std::uint64_t seed = 1;
  std::uint32_t replication = 0;
  RandomStream stream(std::string_view name) const { return {seed, name, replication}; }
};

}  // namespace steady
