#include "sim/dataplane/routing/departures.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "sim/core/random.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

SimTime at(std::uint64_t ns) { return kStart + SimDuration{static_cast<std::int64_t>(ns)}; }

/// What the algorithm is told of.
struct Counts {
  std::map<app::TargetId, int> held;
  void operator()(app::TargetId target, int by) { held[target] += by; }
};

}  // namespace

// A node counts what is in progress at the moment of a choice (elb.md 2.9): whether a request was
// told of at once or only noted, and however long nobody asked, must not be seen in the counts.
TEST_CASE("counts are those of the requests in progress, whenever somebody looks", "[dataplane]") {
  const std::uint64_t seed = GENERATE(range(1, 21));
  const RandomStream draw = RandomSource{seed}.stream("departures");
  dataplane::Departures departures;
  Counts counts;
  std::vector<std::pair<SimTime, app::TargetId>> open;
  SimTime now = at(0);
  const std::uint32_t choices = seed % 4 == 0 ? 2000U : 2U;  // one in so many requests
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const PhiloxBlock bits = draw.block(i, 0);
    now = now + SimDuration{bits[0] % 100'000};
    // Most are short, some very long.
    const SimTime end =
        now + SimDuration{bits[1] % (bits[2] % 50 == 0 ? 4'000'000'000U : 5'000'000U)};
    const auto target = static_cast<app::TargetId>(bits[3] % 7);
    if (bits[2] % 3 == 0) {
      departures.catch_up(now, std::ref(counts));
      counts(target, 1);
      departures.add(end, target);
    } else {
      departures.note(now, end, target);
    }
    open.emplace_back(end, target);
    if (bits[2] % 97 == 0) {  // one is cut
      const auto victim = open[bits[3] % open.size()];
      if (victim.first > now) {
        departures.catch_up(now, std::ref(counts));
        departures.cancel(victim.first, victim.second);
        counts(victim.second, -1);
        open.erase(std::ranges::find(open, victim));
      }
    }
    if (draw.block(i, 1)[0] % choices != 0) continue;
    departures.catch_up(now, std::ref(counts));
    std::erase_if(open, [now](const auto& each) { return each.first <= now; });
    std::map<app::TargetId, int> held;
    for (const auto& each : open) ++held[each.second];
    std::erase_if(counts.held, [](const auto& each) { return each.second == 0; });
    REQUIRE(counts.held == held);
  }
}
