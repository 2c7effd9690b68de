#include "sim/faults/slowdown.h"

namespace steady::faults {

/// Work takes `factor` times as long.
std::unique_ptr<Fault> make_slow(Options& options) {
  std::int64_t factor = options.thousandths("factor");
  if (factor < 1000) {
    options.refuse("factor", "is how many times as long work takes: at least 1");
    factor = 1000;
  }
  return std::make_unique<Slowdown>(options, "slow", app::kFullSpeed * 1000 / factor);
}

}  // namespace steady::faults
