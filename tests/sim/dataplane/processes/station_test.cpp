#include "sim/dataplane/processes/station.h"

#include <algorithm>
#include <vector>

#include "sim/core/random.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

SimTime at(std::int64_t ns) { return SimTime{SimDuration{ns}}; }

/// The obvious way: every worker's moment in a list that is searched, every start kept.
struct Obvious {
  std::vector<SimTime> free;
  std::vector<SimTime> starts;
  SimTime next_start(SimTime now) const { return std::max(now, *std::ranges::min_element(free)); }
  std::size_t waiting(SimTime now) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(starts, [now](SimTime start) { return start > now; }));
  }
  void take(SimTime start, SimTime done) {
    *std::ranges::min_element(free) = done;
    starts.push_back(start);
  }
};

}  // namespace

// Kiefer and Wolfowitz 1955: the earliest worker takes the next request. Few workers are kept in
// another way than many, and what has started is forgotten late: nobody may see either.
TEST_CASE("a station of any number of workers is the obvious one", "[dataplane][station]") {
  const RandomStream draw(7, "station");
  for (const std::uint32_t concurrency : {1U, 2U, 7U, 8U, 9U, 20U}) {
    for (const std::uint32_t backlog : {0U, 1U, 5U, 40U}) {
      INFO(concurrency << " workers, backlog " << backlog);
      Station station(concurrency, backlog);
      Obvious obvious{std::vector<SimTime>(concurrency, SimTime::min()), {}};
      std::uint64_t full = 0, waited = 0;
      SimTime now = at(1'000'000);
      for (std::uint64_t i = 0; i < 3000; ++i) {
        now += SimDuration{static_cast<std::int64_t>(draw.below(2'000 / concurrency, i, 0))};
        REQUIRE(station.next_start(now) == obvious.next_start(now));
        const bool no_room = obvious.next_start(now) > now && obvious.waiting(now) >= backlog;
        REQUIRE(station.full(now) == no_room);
        if (no_room) {
          ++full;
          continue;
        }
        const SimTime start = station.next_start(now);
        waited += start > now ? 1 : 0;
        const SimTime done =
            start + SimDuration{static_cast<std::int64_t>(draw.below(2'000, i, 1))};
        station.take(now, start, done);
        obvious.take(start, done);
        if (i % 50 == 0) REQUIRE(station.waiting(now) == obvious.waiting(now));
        REQUIRE(std::max(now, station.idle_at()) ==
                std::max(now, *std::ranges::max_element(obvious.free)));
        if (i % 700 == 699) {
          // Planned anew with half of the workers busy.
          std::vector<SimTime> busy;
          for (std::uint32_t n = 0; n < concurrency / 2; ++n)
            busy.push_back(now + SimDuration{100 + 10 * n});
          station.replan(now, busy);
          obvious.free.assign(concurrency, SimTime::min());
          std::ranges::copy(busy, obvious.free.begin());
          obvious.starts.clear();
        }
      }
      if (backlog <= 5) CHECK(full > 0);
      CHECK((waited > 0) == (backlog > 0));
    }
  }
}
