#include <algorithm>

#include "tests/sim/dataplane/theory/theory.h"

using namespace steady;
using namespace steady::dataplane;
using namespace steady::dataplane::testing;

// The machine-repairman model, closed and of product form (Gordon and Newell 1967): of N users n
// are at the station with a chance in proportion to N!/(N-n)! (S/Z)^n / (n! up to c, then c!
// c^(n-c)). With a throughput of X the time in the system is N / X - Z: users who think are no open
// stream (elb.md 8.3).
TEST_CASE("a closed loop has the time in the system of the machine-repairman model", "[theory]") {
  struct Case {
    std::uint32_t users, workers;
    double think;
  };
  for (const Case& one : {Case{10, 1, 0.5}, Case{40, 4, 1.0}, Case{20, 8, 0.1}}) {
    constexpr double kService = 0.1;
    double weight = 1, all = 1, busy = 0;
    for (std::uint32_t n = 1; n <= one.users; ++n) {
      const std::uint32_t working = std::min(n, one.workers);
      weight *= (one.users - n + 1) * kService / one.think / working;
      all += weight;
      busy += weight * working;
    }
    const double throughput = busy / all / kService;
    INFO(one.users << " users, " << one.workers << " workers");
    agrees(one.users / throughput - one.think, [&](std::uint64_t seed) {
      const Station station{D(D::Exponential{100ms}), one.workers, 0, 2'000s};
      Run run(seed, station);
      traffic::SourceSpec spec;
      spec.name = "traffic/users";
      spec.timeout = SimDuration::max();
      const SimDuration think{static_cast<std::int64_t>(one.think * 1e9)};
      spec.users = traffic::Users{one.users, SimDuration{0}, D(D::Exponential{think}), {}};
      run.plane.add_source(spec);
      return sojourn(run, station);
    });
  }
}
