#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

/// Some Classic balancers hold what no instance has room for (elb.md 1.9): few, so that their
/// queues are full at times, or more than ever come.
void draw_surge(Script& script, std::uint64_t seed) {
  const RandomStream stream(seed, "oracle, surge");
  std::uint32_t draw = 0;
  for (auto& listener : script.listeners) {
    const std::uint64_t kind = stream.below(4, 0, draw++), few = stream.below(12, 0, draw++);
    if (listener.classic && kind > 0) listener.surge = kind == 1 ? 1024 : 1 + few;
  }
}

}  // namespace steady::dataplane::testing
