#include "sim/dataplane/batched/accepted.h"

#include "sim/core/vector_units.h"
#if STEADY_HAS_WIDE
#include <immintrin.h>
#endif

namespace steady::dataplane {
namespace {

/// The fields by address: nobody else writes where they lie.
struct Fields {
  explicit Fields(Accepted& of)
      : sent(of.sent.data()), end(of.end.data()), number(of.number.data()), home(of.home.data()) {}
  void copy(std::size_t from, const Fields& other, std::size_t to) const {
    other.sent[to] = sent[from];
    other.end[to] = end[from];
    other.number[to] = number[from];
    other.home[to] = home[from];
  }
  SimTime* sent;
  SimTime* end;
  std::uint64_t* number;
  std::uint32_t* home;
};
struct Counts {
  std::size_t looked_at = 0, stay = 0, go = 0;
};

/// Each goes both ways, and stays where it belongs: no branch on what is later.
void part(const Fields& all, std::size_t count, SimTime now, const Fields& ended, Counts& counts) {
  for (std::size_t i = counts.looked_at; i < count; ++i) {
    const bool over = all.end[i] <= now;
    all.copy(i, ended, counts.go);
    all.copy(i, all, counts.stay);
    counts.go += over ? 1 : 0;
    counts.stay += over ? 0 : 1;
  }
  counts.looked_at = count;
}

#if STEADY_HAS_WIDE
/// The same, eight at a time.
STEADY_WIDEST void part_widest(const Fields& all, std::size_t count, SimTime now,
                               const Fields& ended, Counts& counts) {
  const __m512i moment = _mm512_set1_epi64(now.time_since_epoch().count());
  std::size_t stay = 0, go = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m512i sent = _mm512_loadu_si512(all.sent + i), end = _mm512_loadu_si512(all.end + i),
                  number = _mm512_loadu_si512(all.number + i);
    const __m256i home = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(all.home + i));
    const __mmask8 over = _mm512_cmple_epi64_mask(end, moment);
    const auto later = static_cast<__mmask8>(~over);
    _mm512_storeu_si512(ended.sent + go, _mm512_maskz_compress_epi64(over, sent));
    _mm512_storeu_si512(ended.end + go, _mm512_maskz_compress_epi64(over, end));
    _mm512_storeu_si512(ended.number + go, _mm512_maskz_compress_epi64(over, number));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(ended.home + go),
                        _mm256_maskz_compress_epi32(over, home));
    // These overwrite what was read: nobody stays behind his own place.
    _mm512_storeu_si512(all.sent + stay, _mm512_maskz_compress_epi64(later, sent));
    _mm512_storeu_si512(all.end + stay, _mm512_maskz_compress_epi64(later, end));
    _mm512_storeu_si512(all.number + stay, _mm512_maskz_compress_epi64(later, number));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(all.home + stay),
                        _mm256_maskz_compress_epi32(later, home));
    const auto gone = static_cast<std::size_t>(__builtin_popcount(over));
    go += gone;
    stay += 8 - gone;
  }
  counts = {i, stay, go};
}
#endif

}  // namespace

void Accepted::make_room(std::size_t most) {
  if (most <= sent.size()) return;
  sent.resize(most);
  end.resize(most);
  number.resize(most);
  home.resize(most);
}

void Accepted::move_ended(SimTime now, Accepted& ended) {
  // Eight more, since eight are written at once.
  ended.make_room(count + 8);
  Counts counts;
  const Fields mine(*this), others(ended);
#if STEADY_HAS_WIDE
  if (vector_units() == VectorUnits::kAvx512) part_widest(mine, count, now, others, counts);
#endif
  part(mine, count, now, others, counts);
  count = counts.stay;
  ended.count = counts.go;
}

}  // namespace steady::dataplane
