#pragma once

#include <algorithm>

/// How a loop is written once and compiled for several machines: STEADY_WIDE marks a function that
/// may use AVX2, STEADY_WIDEST one that may use AVX-512, STEADY_HAS_WIDE says whether there are
/// such. Who calls one has asked vector_units(): it changes the speed, never a bit.
#if defined(__x86_64__) && defined(__GNUC__)
#define STEADY_HAS_WIDE 1
#define STEADY_WIDE __attribute__((target("avx2")))
#if defined(__clang__)
#define STEADY_WIDEST \
  __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"), min_vector_width(512)))
#else
#define STEADY_WIDEST \
  __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512")))
#endif
#else
#define STEADY_HAS_WIDE 0
#define STEADY_WIDE
#define STEADY_WIDEST
#endif
/// Part of a function that is compiled for several machines.
#define STEADY_INLINE inline __attribute__((always_inline))

namespace steady {

enum class VectorUnits { kNone, kAvx2, kAvx512 };

namespace detail {
inline VectorUnits units_that_are_there() {
#if STEADY_HAS_WIDE
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
      __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0)
    return VectorUnits::kAvx512;
  if (__builtin_cpu_supports("avx2") != 0) return VectorUnits::kAvx2;
#endif
  return VectorUnits::kNone;
}
inline VectorUnits& units_in_use() {
  static VectorUnits units = units_that_are_there();
  return units;
}
}  // namespace detail

/// What this machine has.
inline VectorUnits vector_units() { return detail::units_in_use(); }
/// For tests, which hold one against the other: no more than these from now on.
inline void limit_vector_units(VectorUnits most) {
  detail::units_in_use() = std::min(detail::units_that_are_there(), most);
}

}  // namespace steady
