#include "sim/core/dmath.h"

#include "sim/core/normal.h"

namespace steady::dmath {

using namespace normal;

double inverse_normal(double p) {
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) return middle(q);
  const double tail = q < 0.0 ? p : 1.0 - p;
  double r = sqrt(-log(tail));
  double z = 0.0;
  if (r <= 5.0) {
    r -= 1.6;
    z = evaluate(kTailTop, r) / evaluate(kTailBottom, r);
  } else {
    r -= 5.0;
    z = evaluate(kFarTop, r) / evaluate(kFarBottom, r);
  }
  return q < 0.0 ? -z : z;
}

}  // namespace steady::dmath
