#pragma once

#include "sim/core/vector_units.h"

/// As if the machine had no more than these, until it goes.
class UnitsForNow {
 public:
  explicit UnitsForNow(steady::VectorUnits most) { steady::limit_vector_units(most); }
  ~UnitsForNow() { steady::limit_vector_units(steady::VectorUnits::kAvx512); }
  UnitsForNow(const UnitsForNow&) = delete;
  UnitsForNow& operator=(const UnitsForNow&) = delete;
};

constexpr steady::VectorUnits kAllUnits[] = {steady::VectorUnits::kNone, steady::VectorUnits::kAvx2,
                                             steady::VectorUnits::kAvx512};
