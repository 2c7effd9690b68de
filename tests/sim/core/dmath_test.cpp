#include "sim/core/dmath.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/core/random.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

constexpr double kBound = 1e-15;

/// Uniform points for i = 0, 1, ...
double point(std::uint64_t i) { return dmath::open_unit(mix64(i)); }

long double relative_error(double ours, long double exact) {
  return exact == 0.0L ? std::fabs(static_cast<long double>(ours))
                       : std::fabs((static_cast<long double>(ours) - exact) / exact);
}

/// The normal quantile to long double precision: Newton's method on erf in the middle, where p -
/// 1/2 is exact, and on erfc in the tails.
long double exact_inverse_normal(double p) {
  const long double q = static_cast<long double>(p) - 0.5L;
  const long double root2 = std::sqrt(2.0L);
  const long double density_scale = 1.0L / std::sqrt(2.0L * std::acos(-1.0L));
  const long double tail = q < 0 ? static_cast<long double>(p) : 0.5L - q;
  // Positive half only; the sign comes back at the end.
  long double z = std::fabs(static_cast<long double>(dmath::inverse_normal(p)));
  for (int i = 0; i < 3; ++i) {
    const long double density = density_scale * std::exp(-z * z / 2);
    const long double excess = std::fabs(q) < 0.25L ? std::erf(z / root2) / 2 - std::fabs(q)
                                                    : tail - std::erfc(z / root2) / 2;
    z -= excess / density;
  }
  return q < 0 ? -z : z;
}

}  // namespace

// Samplers stand on these functions; an error of 1e-15 is below a nanosecond in a week.
TEST_CASE("log agrees with long double to 1e-15", "[dmath]") {
  long double worst = 0;
  for (std::uint64_t i = 0; i < 300'000; ++i) {
    const double u = point(i);
    // Near 1, the sampler's range, and over all exponents.
    const double wide = std::ldexp(1.0 + u, static_cast<int>(i % 2044) - 1022);
    for (const double x : {u, 1.0 - u / 1024, 1.0 + u / 1024, 1.0 + u * 1e-12, wide}) {
      worst = std::max(worst, relative_error(dmath::log(x), std::log(static_cast<long double>(x))));
    }
  }
  CHECK(worst < kBound);
  CHECK(dmath::log(1.0) == 0.0);
}

TEST_CASE("exp agrees with long double to 1e-15", "[dmath]") {
  long double worst = 0;
  for (std::uint64_t i = 0; i < 300'000; ++i) {
    const double u = point(i);
    for (const double x : {u, -u, u * 1e-9, (u - 0.5) * 40, (u - 0.5) * 1400, u * 709.78}) {
      worst = std::max(worst, relative_error(dmath::exp(x), std::exp(static_cast<long double>(x))));
    }
  }
  CHECK(worst < kBound);
  CHECK(dmath::exp(0.0) == 1.0);
}

// A Pareto draw of small shape overflows; it has to end at the clamp, not at infinity or NaN.
TEST_CASE("exp saturates instead of overflowing", "[dmath]") {
  CHECK(dmath::exp(709.78) < std::numeric_limits<double>::infinity());
  CHECK(dmath::exp(709.79) == std::numeric_limits<double>::max());
  CHECK(dmath::exp(1e300) == std::numeric_limits<double>::max());
  CHECK(dmath::exp(-708.0) > 0.0);
  CHECK(dmath::exp(-709.0) == 0.0);
  CHECK(dmath::exp(-1e300) == 0.0);
}

TEST_CASE("pow agrees with long double while the result is of moderate size", "[dmath]") {
  long double worst = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const double x = 0.01 + 100 * point(2 * i);
    const double y = (point(2 * i + 1) - 0.5) * 20;
    const long double exact = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    worst = std::max(worst, relative_error(dmath::pow(x, y), exact));
  }
  CHECK(worst < 1e-13);
}

// Lognormal service times are made of it, out to the last of 2^52 quantiles.
TEST_CASE("inverse_normal agrees with long double to 1e-15", "[dmath]") {
  long double worst = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const double u = point(i);
    for (const double p : {u, 0.5 + (u - 0.5) / 1024, std::ldexp(u, -20), std::ldexp(u, -45),
                           1.0 - std::ldexp(u, -20)}) {
      if (p == 0.5 || p == 1.0) continue;
      worst = std::max(worst, relative_error(dmath::inverse_normal(p), exact_inverse_normal(p)));
    }
  }
  CHECK(worst < kBound);
  CHECK(dmath::inverse_normal(0.5) == 0.0);
  CHECK(dmath::inverse_normal(0.99) == Approx(2.3263478740408408).epsilon(1e-15));
}

// The ends are where a logarithm of zero would wait.
TEST_CASE("open_unit stays inside the open interval and is symmetric", "[dmath]") {
  CHECK(dmath::open_unit(0) == 0x1p-53);
  CHECK(dmath::open_unit(~std::uint64_t{0}) == 1.0 - 0x1p-53);
  CHECK(dmath::open_unit(std::uint64_t{1} << 63) == 0.5 + 0x1p-53);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t bits = mix64(i);
    CHECK(1.0 - dmath::open_unit(bits) == dmath::open_unit(~bits));
  }
}
