#include "sim/faults/slowdown.h"

namespace steady::faults {

/// Processes stand still, as for a collection of garbage.
std::unique_ptr<Fault> make_pause(Options& options) {
  return std::make_unique<Slowdown>(options, "pause", 0);
}

}  // namespace steady::faults
