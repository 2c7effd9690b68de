#pragma once

#include <cstdint>

/// Elementary functions that give the same bits everywhere: IEEE +, -, *, / and square root only, in a
/// fixed order (compiled with -ffp-contract=off). libm differs between systems and may not reach a
/// result. Relative error below 1e-13 where nothing else is said.
namespace steady::dmath {

double log(double x);   ///< natural logarithm, x > 0 and finite
double exp(double x);   ///< saturates at 0 and at the largest double
double pow(double x, double y);  ///< exp(y log x), x > 0
double sqrt(double x);  ///< IEEE square root, correctly rounded
/// Inverse of the standard normal distribution function, 0 < p < 1 (Wichura, AS 241, 1988).
double inverse_normal(double p);
/// 64 random bits as a double in the open interval (0, 1): the 53 high bits plus one half.
double open_unit(std::uint64_t bits);

}  // namespace steady::dmath
