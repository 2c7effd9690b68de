#include "sim/core/batch.h"

#include "sim/core/dmath.h"
#include "sim/core/normal.h"

// Each kernel is written once and compiled twice: for any machine, and for one with AVX2. Neither
// contracts a multiplication and an addition, so both give the same bits.
#if defined(__x86_64__) && defined(__GNUC__)
#define STEADY_WIDE __attribute__((target("avx2")))
#define STEADY_HAS_WIDE 1
#else
#define STEADY_HAS_WIDE 0
#endif
#define STEADY_INLINE inline __attribute__((always_inline))

namespace steady::batch {
namespace {

constexpr std::size_t kChunk = 32;

#if STEADY_HAS_WIDE
bool wide(Units units) {
  static const bool known = __builtin_cpu_supports("avx2") != 0;
  return known && units == Units::kBest;
}
#endif

STEADY_INLINE void blocks_kernel(PhiloxKey key, std::uint64_t first, std::uint32_t draw,
                                 std::uint32_t replication, std::size_t count, Blocks out) {
  constexpr std::uint64_t kLow = 0xFFFFFFFFU;
  std::uint64_t c0[kChunk], c1[kChunk], c2[kChunk], c3[kChunk];
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    for (std::size_t i = 0; i < kChunk; ++i) {
      const std::uint64_t entity = first + begin + i;
      c0[i] = draw;
      c1[i] = entity & kLow;
      c2[i] = entity >> 32;
      c3[i] = replication;
    }
    std::uint64_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; ++round) {
      for (std::size_t i = 0; i < kChunk; ++i) {
        const std::uint64_t p0 = kPhiloxM0 * (c0[i] & kLow);
        const std::uint64_t p1 = kPhiloxM1 * (c2[i] & kLow);
        const std::uint64_t n0 = (p1 >> 32) ^ c1[i] ^ k0;
        const std::uint64_t n2 = (p0 >> 32) ^ c3[i] ^ k1;
        c1[i] = p1 & kLow;
        c3[i] = p0 & kLow;
        c0[i] = n0;
        c2[i] = n2;
      }
      k0 = (k0 + kPhiloxW0) & kLow;
      k1 = (k1 + kPhiloxW1) & kLow;
    }
    const std::size_t here = count - begin < kChunk ? count - begin : kChunk;
    for (std::size_t i = 0; i < here; ++i) {
      out.low[begin + i] = (c1[i] << 32) | c0[i];
      out.third[begin + i] = static_cast<std::uint32_t>(c2[i]);
      out.fourth[begin + i] = static_cast<std::uint32_t>(c3[i]);
    }
  }
}

STEADY_INLINE void exponentials_kernel(const std::uint64_t* words, std::size_t count, double* out) {
  double u[kChunk], log[kChunk];
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t here = count - begin < kChunk ? count - begin : kChunk;
    for (std::size_t i = 0; i < kChunk; ++i) u[i] = 0.5;
    for (std::size_t i = 0; i < here; ++i) u[i] = dmath::open_unit(~words[begin + i]);
    for (std::size_t i = 0; i < kChunk; ++i) log[i] = dmath::log(u[i]);
    for (std::size_t i = 0; i < here; ++i) out[begin + i] = -log[i];
  }
}

STEADY_INLINE void lognormals_kernel(const std::uint64_t* words, std::size_t count, double median,
                                     double sigma, double* out) {
  double p[kChunk], z[kChunk];
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t here = count - begin < kChunk ? count - begin : kChunk;
    for (std::size_t i = 0; i < kChunk; ++i) p[i] = 0.5;
    for (std::size_t i = 0; i < here; ++i) p[i] = dmath::open_unit(words[begin + i]);
    for (std::size_t i = 0; i < kChunk; ++i) z[i] = dmath::normal::middle(p[i] - 0.5);
    // One in seven lies in a tail.
    for (std::size_t i = 0; i < kChunk; ++i) {
      const double q = p[i] - 0.5;
      if (!(q >= -0.425 && q <= 0.425)) z[i] = dmath::inverse_normal(p[i]);
    }
    for (std::size_t i = 0; i < kChunk; ++i) z[i] = median * dmath::exp_in_range(sigma * z[i]);
    for (std::size_t i = 0; i < here; ++i) out[begin + i] = z[i];
  }
}

#if STEADY_HAS_WIDE
STEADY_WIDE void wide_blocks(PhiloxKey key, std::uint64_t first, std::uint32_t draw,
                             std::uint32_t replication, std::size_t count, Blocks out) {
  blocks_kernel(key, first, draw, replication, count, out);
}
STEADY_WIDE void wide_exponentials(const std::uint64_t* words, std::size_t count, double* out) {
  exponentials_kernel(words, count, out);
}
STEADY_WIDE void wide_lognormals(const std::uint64_t* words, std::size_t count, double median,
                                 double sigma, double* out) {
  lognormals_kernel(words, count, median, sigma, out);
}
#endif

}  // namespace

void blocks(const RandomStream& stream, std::uint64_t first, std::uint32_t draw, std::size_t count,
            Blocks out, [[maybe_unused]] Units units) {
#if STEADY_HAS_WIDE
  if (wide(units))
    return wide_blocks(stream.key(), first, draw, stream.replication(), count, out);
#endif
  blocks_kernel(stream.key(), first, draw, stream.replication(), count, out);
}

void unit_exponentials(const std::uint64_t* words, std::size_t count, double* out,
                       [[maybe_unused]] Units units) {
#if STEADY_HAS_WIDE
  if (wide(units)) return wide_exponentials(words, count, out);
#endif
  exponentials_kernel(words, count, out);
}

void lognormals(const std::uint64_t* words, std::size_t count, double median, double sigma,
                double* out, [[maybe_unused]] Units units) {
#if STEADY_HAS_WIDE
  if (wide(units)) return wide_lognormals(words, count, median, sigma, out);
#endif
  lognormals_kernel(words, count, median, sigma, out);
}

}  // namespace steady::batch
