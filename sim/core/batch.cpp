#include "sim/core/batch.h"

#include "sim/core/dmath.h"
#include "sim/core/normal.h"

// What computes with doubles is written once and compiled twice: for any machine, and for one with
// AVX2. Neither contracts a multiplication and an addition, so both give the same bits. The
// integers of Philox are written for both.
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
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

void plain_blocks(const RandomStream& stream, std::uint64_t first, std::uint32_t draw,
                  std::size_t count, Blocks out) {
  for (std::size_t i = 0; i < count; ++i) {
    const PhiloxBlock block = stream.block(first + i, draw);
    out.low[i] = (std::uint64_t{block[1]} << 32) | block[0];
    out.third[i] = block[2];
    out.fourth[i] = block[3];
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
/// Eight entities side by side. A product reads the low half of each lane only, so what the high
/// halves hold between two rounds does not matter.
STEADY_WIDE void wide_blocks(PhiloxKey key, std::uint64_t first, std::uint32_t draw,
                             std::uint32_t replication, std::size_t count, Blocks out) {
  constexpr std::size_t kSide = 8;
  const __m256i m0 = _mm256_set1_epi64x(kPhiloxM0), m1 = _mm256_set1_epi64x(kPhiloxM1);
  const __m256i w0 = _mm256_set1_epi32(static_cast<int>(kPhiloxW0));
  const __m256i w1 = _mm256_set1_epi32(static_cast<int>(kPhiloxW1));
  const __m256i low = _mm256_set1_epi64x(0xFFFFFFFF);
  const __m256i four = _mm256_set1_epi64x(4);
  alignas(32) std::uint64_t side[4][kSide];
  __m256i entity = _mm256_add_epi64(_mm256_set1_epi64x(static_cast<long long>(first)),
                                    _mm256_set_epi64x(3, 2, 1, 0));
  for (std::size_t begin = 0; begin < count; begin += kSide) {
    const __m256i next = _mm256_add_epi64(entity, four);
    __m256i a0 = _mm256_set1_epi64x(draw), b0 = a0;
    __m256i a1 = entity, b1 = next;
    __m256i a2 = _mm256_srli_epi64(entity, 32), b2 = _mm256_srli_epi64(next, 32);
    __m256i a3 = _mm256_set1_epi64x(replication), b3 = a3;
    __m256i k0 = _mm256_set1_epi32(static_cast<int>(key[0]));
    __m256i k1 = _mm256_set1_epi32(static_cast<int>(key[1]));
    for (int round = 0; round < 10; ++round) {
      const __m256i ap0 = _mm256_mul_epu32(m0, a0), ap1 = _mm256_mul_epu32(m1, a2);
      const __m256i bp0 = _mm256_mul_epu32(m0, b0), bp1 = _mm256_mul_epu32(m1, b2);
      a0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(ap1, 32), a1), k0);
      b0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(bp1, 32), b1), k0);
      a2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(ap0, 32), a3), k1);
      b2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(bp0, 32), b3), k1);
      a1 = ap1, b1 = bp1, a3 = ap0, b3 = bp0;
      k0 = _mm256_add_epi32(k0, w0);
      k1 = _mm256_add_epi32(k1, w1);
    }
    const auto keep = [](std::uint64_t* at, __m256i value) STEADY_WIDE {
      _mm256_store_si256(reinterpret_cast<__m256i*>(at), value);
    };
    keep(side[0], _mm256_or_si256(_mm256_slli_epi64(a1, 32), _mm256_and_si256(a0, low)));
    keep(side[0] + 4, _mm256_or_si256(_mm256_slli_epi64(b1, 32), _mm256_and_si256(b0, low)));
    keep(side[2], a2), keep(side[2] + 4, b2);
    keep(side[3], a3), keep(side[3] + 4, b3);
    const std::size_t here = count - begin < kSide ? count - begin : kSide;
    for (std::size_t i = 0; i < here; ++i) {
      out.low[begin + i] = side[0][i];
      out.third[begin + i] = static_cast<std::uint32_t>(side[2][i]);
      out.fourth[begin + i] = static_cast<std::uint32_t>(side[3][i]);
    }
    entity = _mm256_add_epi64(next, four);
  }
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
  if (wide(units)) return wide_blocks(stream.key(), first, draw, stream.replication(), count, out);
#endif
  plain_blocks(stream, first, draw, count, out);
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
