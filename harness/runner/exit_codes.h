#pragma once

#include <initializer_list>

namespace steady::runner {

/// The contract with scripts (ux.md 1): few, documented, stable.
enum ExitCode : int {
  kAllHold = 0,        ///< every expectation holds
  kFailed = 1,         ///< an expectation failed
  kWrongInput = 2,     ///< wrong usage or an invalid scenario; nothing was simulated
  kInternal = 3,       ///< a bug of ours: version, seed and replay line are printed
  kNothingRan = 4,     ///< no file, no match
  kInconclusive = 5,   ///< no verdict within the budget
  kInterrupted = 130,  ///< partial results are written and marked
};

/// Over several scenarios the worst decides, in the order 3, 2, 1, 5, 4, 0; an interrupt beats all.
constexpr ExitCode worse(ExitCode a, ExitCode b) {
  for (const ExitCode code :
       {kInterrupted, kInternal, kWrongInput, kFailed, kInconclusive, kNothingRan}) {
    if (a == code || b == code) return code;
  }
  return kAllHold;
}

}  // namespace steady::runner
