#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

/// Elementary functions that give the same bits everywhere: IEEE +, -, *, / and square root only,
/// in a fixed order (compiled with -ffp-contract=off, rounding to nearest). libm differs between
/// systems and may not reach a result. Relative error below 1e-15 where nothing else is said; in
/// the header, because samplers call them for every request.
namespace steady::dmath {

/// IEEE square root, correctly rounded.
inline double sqrt(double x) { return std::sqrt(x); }

namespace detail {
// ln 2 in two parts: the first has 20 trailing zero bits, so its product with an exponent is exact.
inline constexpr double kLn2High = 0x1.62e42fee00000p-1;
inline constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
inline constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;
}  // namespace detail

/// Natural logarithm, x > 0, finite and not subnormal.
inline double log(double x) {
  // x = 2^k m with m in [sqrt(1/2), sqrt(2)): subtracting the bits of sqrt(1/2) carries into the
  // exponent exactly where m has to change its octave.
  constexpr std::uint64_t kSqrtHalf = 0x3FE6A09E667F3BCDULL;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) - kSqrtHalf;
  // The exponent as a double, in steps that vector units have: 12 bits, their sign extended, laid
  // into the low bits of 1.5 * 2^52.
  const std::uint64_t exponent = ((bits >> 52) ^ 0x800U) - 0x800U;
  const double k = std::bit_cast<double>(0x4338000000000000ULL + exponent) - 0x1.8p52;
  const double m = std::bit_cast<double>((bits & detail::kMantissa) + kSqrtHalf);
  // log m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.1716: ten terms of s^2 below 0.0295.
  const double f = m - 1.0;
  const double s = f / (m + 1.0);
  const double z = s * s;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double low = (1.0 / 3 + z * (1.0 / 5)) + z2 * (1.0 / 7 + z * (1.0 / 9));
  const double middle = (1.0 / 11 + z * (1.0 / 13)) + z2 * (1.0 / 15 + z * (1.0 / 17));
  const double high = 1.0 / 19 + z * (1.0 / 21);
  const double series = z * (low + z4 * (middle + z4 * high));
  // 2s = f - s f, so f, which is exact, carries the leading bits.
  return k * detail::kLn2High + (f - (s * (f - 2.0 * series) - k * detail::kLn2Low));
}

/// Exponential function for x in [-708, 709.78].
inline double exp_in_range(double x) {
  // x = k ln 2 + r with |r| <= ln(2) / 2. Adding 1.5 * 2^52 rounds to an integer in the low bits.
  constexpr double kRounder = 0x1.8p52;
  const double shifted = x * 1.4426950408889634 + kRounder;
  const std::uint64_t k =
      std::bit_cast<std::uint64_t>(shifted) - std::bit_cast<std::uint64_t>(kRounder);
  const double whole = shifted - kRounder;
  const double r = (x - whole * detail::kLn2High) - whole * detail::kLn2Low;
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double r8 = r4 * r4;
  const double a = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
  const double b = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
  const double c =
      (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800.0));
  const double power = 1.0 + (r + r2 * (a + r4 * b + r8 * c));
  // Scaling in two steps: 2^1024 is no double, while power * 2^1024 may be one.
  const std::uint64_t half = static_cast<std::uint64_t>(static_cast<std::int64_t>(k) >> 1);
  const double first = std::bit_cast<double>((half + 1023) << 52);
  const double second = std::bit_cast<double>((k - half + 1023) << 52);
  return power * first * second;
}

/// Exponential function; 0 below the smallest normal number, the largest double where it overflows.
inline double exp(double x) {
  if (x < -708.0) return 0.0;
  if (x > 709.782712893383) return std::numeric_limits<double>::max();
  return exp_in_range(x);
}

/// exp(y log x), x > 0. The relative error grows with |y log x|, by about 1e-16 for each unit.
inline double pow(double x, double y) { return exp(y * log(x)); }

/// Inverse of the standard normal distribution function, 0 < p < 1 (Wichura, AS 241, 1988).
double inverse_normal(double p);

/// 64 random bits as a double in the open interval (0, 1): the 52 high bits plus one half. Exact,
/// so 1 - open_unit(bits) is open_unit(~bits) to the last bit. (53 bits and a half need 54 bits,
/// and would round up to 1.)
inline double open_unit(std::uint64_t bits) {
  const double one_and_more = std::bit_cast<double>((bits >> 12) | 0x3FF0000000000000ULL);
  return one_and_more - 0x1.fffffffffffffp-1;
}

}  // namespace steady::dmath
