#include "harness/simulation/track.h"

#include "tests/support/catch.h"

using namespace steady;
using simulation::Track;

namespace {
SimTime at(int seconds) { return kStart + std::chrono::seconds{seconds}; }
}  // namespace

// "min == 2" must not be missed because the value changed twice at one instant, nor seen because of
// it.
TEST_CASE("changes at one instant count as one, to the last value", "[track]") {
  Track track;
  track.set(at(0), 2);
  track.set(at(10), 1);
  track.set(at(10), 2);
  CHECK(track.min({{kStart, kNever}}) == 2);
  track.set(at(20), 0);
  CHECK(track.min({{kStart, kNever}}) == 0);
  CHECK(track.min({{kStart, at(20)}}) == 2);
  CHECK(track.max({{at(21), kNever}}) == 0);
}

TEST_CASE("a track knows its value at, before and after a change", "[track]") {
  Track track;
  track.set(at(10), 5);
  CHECK(track.at(at(9)) == 0);
  CHECK(track.at(at(10)) == 5);
  CHECK(track.first(5) == at(10));
  CHECK_FALSE(track.first(7).has_value());
}

// instance hours and stalls are integrals; a stretch that is still open ends with the run.
TEST_CASE("integrals and stretches end with the run", "[track]") {
  Track track;
  track.set(at(10), 2);
  track.set(at(20), 1);
  CHECK(track.integral({{kStart, kNever}}, at(30)) == 30'000'000'000);
  const auto spans = track.where([](std::int64_t v) { return v >= 1; }, at(30));
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].from == at(10));
  CHECK(spans[0].to == at(30));
}
