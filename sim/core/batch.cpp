#include "sim/core/batch.h"

#include "sim/core/dmath.h"
#include "sim/core/normal.h"
#include "sim/core/vector_units.h"
#if STEADY_HAS_WIDE
#include <immintrin.h>
#endif

// What computes with doubles is written once and compiled three times: for any machine, for one
// with AVX2 and for one with AVX-512. None contracts a multiplication and an addition, so all give
// the same bits. The integers of Philox are written for each.
namespace steady::batch {
namespace {

constexpr std::size_t kChunk = 128, kSide = 8;

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
  for (std::size_t i = 0; i < count; ++i) out[i] = -dmath::log(dmath::open_unit(~words[i]));
}

/// What inverse_normal() gives for p outside the middle, short of the far tails: those are one in
/// tens of billions, and asked for one by one.
STEADY_INLINE double near_tail(double p, double r) {
  const double near = r - 1.6;
  const double z = dmath::normal::evaluate(dmath::normal::kTailTop, near) /
                   dmath::normal::evaluate(dmath::normal::kTailBottom, near);
  return p < 0.5 ? -z : z;
}

STEADY_INLINE void lognormals_kernel(const std::uint64_t* words, std::size_t count, double median,
                                     double sigma, double* out) {
  double p[kChunk], z[kChunk], tail[kChunk + kSide], root[kChunk + kSide];
  std::uint32_t where[kChunk + 1];
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t here = count - begin < kChunk ? count - begin : kChunk;
    for (std::size_t i = here; i < kChunk; ++i) p[i] = 0.5;
    for (std::size_t i = 0; i < here; ++i) p[i] = dmath::open_unit(words[begin + i]);
    for (std::size_t i = 0; i < kChunk; ++i) z[i] = dmath::normal::middle(p[i] - 0.5);
    // One in seven lies in a tail: these are laid side by side too.
    std::size_t tails = 0;
    for (std::size_t i = 0; i < kChunk; ++i) {
      const double q = p[i] - 0.5;
      where[tails] = static_cast<std::uint32_t>(i);
      tails += q >= -0.425 && q <= 0.425 ? 0 : 1;
    }
    for (std::size_t t = 0; t < tails; ++t) tail[t] = p[where[t]];
    const std::size_t sides = (tails + kSide - 1) / kSide * kSide;
    for (std::size_t t = tails; t < sides; ++t) tail[t] = 0.05;
    for (std::size_t t = 0; t < sides; ++t)
      root[t] = dmath::sqrt(-dmath::log(tail[t] < 0.5 ? tail[t] : 1.0 - tail[t]));
    for (std::size_t t = 0; t < sides; ++t) tail[t] = near_tail(tail[t], root[t]);
    for (std::size_t t = 0; t < tails; ++t) {
      const std::size_t i = where[t];
      z[i] = root[t] <= 5.0 ? tail[t] : dmath::inverse_normal(p[i]);
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
    for (std::size_t i = 0; i < kSide; ++i) {
      out.low[begin + i] = side[0][i];
      out.third[begin + i] = static_cast<std::uint32_t>(side[2][i]);
      out.fourth[begin + i] = static_cast<std::uint32_t>(side[3][i]);
    }
    entity = _mm256_add_epi64(next, four);
  }
}
/// Sixteen entities side by side: two vectors, since a product takes longer than one round of one.
STEADY_WIDEST void widest_blocks(PhiloxKey key, std::uint64_t first, std::uint32_t draw,
                                 std::uint32_t replication, std::size_t count, Blocks out) {
  const __m512i m0 = _mm512_set1_epi64(kPhiloxM0), m1 = _mm512_set1_epi64(kPhiloxM1);
  const __m512i w0 = _mm512_set1_epi32(static_cast<int>(kPhiloxW0));
  const __m512i w1 = _mm512_set1_epi32(static_cast<int>(kPhiloxW1));
  const __m512i low = _mm512_set1_epi64(0xFFFFFFFF), eight = _mm512_set1_epi64(8);
  constexpr int kXor3 = 0x96;
  __m512i entity = _mm512_add_epi64(_mm512_set1_epi64(static_cast<long long>(first)),
                                    _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
  const auto keep = [&](std::size_t at, __m512i c0, __m512i c1, __m512i c2,
                        __m512i c3) STEADY_WIDEST {
    _mm512_storeu_si512(out.low + at,
                        _mm512_or_si512(_mm512_slli_epi64(c1, 32), _mm512_and_si512(c0, low)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.third + at), _mm512_cvtepi64_epi32(c2));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.fourth + at), _mm512_cvtepi64_epi32(c3));
  };
  for (std::size_t begin = 0; begin < count; begin += 2 * kSide) {
    const __m512i next = _mm512_add_epi64(entity, eight);
    __m512i a0 = _mm512_set1_epi64(draw), b0 = a0;
    __m512i a1 = entity, b1 = next;
    __m512i a2 = _mm512_srli_epi64(entity, 32), b2 = _mm512_srli_epi64(next, 32);
    __m512i a3 = _mm512_set1_epi64(replication), b3 = a3;
    __m512i k0 = _mm512_set1_epi32(static_cast<int>(key[0]));
    __m512i k1 = _mm512_set1_epi32(static_cast<int>(key[1]));
    for (int round = 0; round < 10; ++round) {
      const __m512i ap0 = _mm512_mul_epu32(m0, a0), ap1 = _mm512_mul_epu32(m1, a2);
      const __m512i bp0 = _mm512_mul_epu32(m0, b0), bp1 = _mm512_mul_epu32(m1, b2);
      a0 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(ap1, 32), a1, k0, kXor3);
      b0 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(bp1, 32), b1, k0, kXor3);
      a2 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(ap0, 32), a3, k1, kXor3);
      b2 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(bp0, 32), b3, k1, kXor3);
      a1 = ap1, b1 = bp1, a3 = ap0, b3 = bp0;
      k0 = _mm512_add_epi32(k0, w0);
      k1 = _mm512_add_epi32(k1, w1);
    }
    keep(begin, a0, a1, a2, a3);
    keep(begin + kSide, b0, b1, b2, b3);
    entity = _mm512_add_epi64(next, eight);
  }
}
STEADY_WIDE void wide_exponentials(const std::uint64_t* words, std::size_t count, double* out) {
  exponentials_kernel(words, count, out);
}
STEADY_WIDE void wide_lognormals(const std::uint64_t* words, std::size_t count, double median,
                                 double sigma, double* out) {
  lognormals_kernel(words, count, median, sigma, out);
}
STEADY_WIDEST void widest_exponentials(const std::uint64_t* words, std::size_t count, double* out) {
  exponentials_kernel(words, count, out);
}
STEADY_WIDEST void widest_lognormals(const std::uint64_t* words, std::size_t count, double median,
                                     double sigma, double* out) {
  lognormals_kernel(words, count, median, sigma, out);
}
#endif

}  // namespace

void blocks(const RandomStream& stream, std::uint64_t first, std::uint32_t draw, std::size_t count,
            Blocks out) {
  std::size_t done = 0;
#if STEADY_HAS_WIDE
  const VectorUnits units = vector_units();
  if (units == VectorUnits::kAvx512) {
    done = count / (2 * kSide) * (2 * kSide);
    widest_blocks(stream.key(), first, draw, stream.replication(), done, out);
  } else if (units == VectorUnits::kAvx2) {
    done = count / kSide * kSide;
    wide_blocks(stream.key(), first, draw, stream.replication(), done, out);
  }
#endif
  plain_blocks(stream, first + done, draw, count - done,
               {out.low + done, out.third + done, out.fourth + done});
}

void unit_exponentials(const std::uint64_t* words, std::size_t count, double* out) {
#if STEADY_HAS_WIDE
  const VectorUnits units = vector_units();
  if (units == VectorUnits::kAvx512) return widest_exponentials(words, count, out);
  if (units == VectorUnits::kAvx2) return wide_exponentials(words, count, out);
#endif
  exponentials_kernel(words, count, out);
}

void lognormals(const std::uint64_t* words, std::size_t count, double median, double sigma,
                double* out) {
#if STEADY_HAS_WIDE
  const VectorUnits units = vector_units();
  if (units == VectorUnits::kAvx512) return widest_lognormals(words, count, median, sigma, out);
  if (units == VectorUnits::kAvx2) return wide_lognormals(words, count, median, sigma, out);
#endif
  lognormals_kernel(words, count, median, sigma, out);
}

}  // namespace steady::batch
