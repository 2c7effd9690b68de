#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;
using steady::dataplane::testing::SmallPlane;

namespace {

/// One worker, one process; ten requests come at 1 s, 2 s, ...
struct SlowPlane : SmallPlane {
  SlowPlane(SimDuration work, SimDuration timeout) : SmallPlane(7) {
    plane.expect_speed_changes();
    frontend.idle_timeout = 60s;
    model.revision = "web:1";
    model.concurrency = 1;
    model.service_time = Distribution(work);
    launch(1);
    traffic::SourceSpec spec;
    spec.timeout = timeout;
    send_ten(spec);
  }
  /// From now on, until the second moment.
  void slow_between(SimDuration from, SimDuration to, std::int64_t speed) {
    loop.at(kStart + from, "slow", [this, to, speed] {
      const auto number = fleet.slow_down(processes[0], speed, kStart + to);
      loop.at(kStart + to, "repaired",
              [this, number] { fleet.end_slowdown(processes[0], number); });
    });
  }
  const RequestRecord& request(std::uint64_t index) const {
    for (const auto& record : told) {
      if (record.index == index) return record;
    }
    throw std::runtime_error("no such request");
  }
  SimDuration ended(std::uint64_t index) const { return request(index).ended_at - kStart; }
};

}  // namespace

// Issue 3: exact revision when a target is slowed or repaired. 200 ms are done when it gets half as
// fast; 150 of the other 200 in 300 ms; the last 50 at full speed again.
TEST_CASE("work that is left takes longer from the moment at which its process slows down",
          "[dataplane][speed]") {
  SlowPlane world(400ms, 30s);
  world.slow_between(1200ms, 1500ms, 500'000);
  world.finish(kStart + 20s);
  CHECK(world.ended(0) == 1550ms);
  CHECK(world.ended(1) == 2400ms);
}

// A collection of garbage: nothing is done meanwhile, and everything behind moves by as much.
TEST_CASE("a standstill moves whoever is served and whoever waits", "[dataplane][speed]") {
  SlowPlane world(1500ms, 30s);
  world.slow_between(2s, 3s, 0);
  world.finish(kStart + 60s);
  CHECK(world.ended(0) == 3500ms);
  CHECK(world.ended(1) == 5s);
  CHECK(world.ended(9) == 17s);
  // Ten served for 1.5 s each, the waits before them, and the standstill of those that were there.
  CHECK(world.plane.station(world.processes[0]).answered == 10);
}

// A client's patience is measured by the clock, whatever the process does.
TEST_CASE(
    "a process that stands still makes clients give up, and one that goes on in time does not",
    "[dataplane][speed]") {
  SlowPlane world(400ms, 2400ms);
  world.slow_between(1100ms, 3500ms, 0);  // the first gives up at 3.4 s
  world.finish(kStart + 20s);
  CHECK(world.request(0).outcome == Outcome::kClientGaveUp);
  CHECK(world.ended(0) == 3400ms);
  CHECK(world.request(1).outcome == Outcome::kOk);
  // The app goes on with the first, whose client has gone: 300 ms, then 400 ms of the second.
  CHECK(world.ended(1) == 4200ms);
  CHECK(world.request(2).outcome == Outcome::kOk);
  CHECK(world.ended(2) == 4600ms);
}

// A request that was going to be late is not when its process is repaired.
TEST_CASE("a repair in time saves a request that would have timed out", "[dataplane][speed]") {
  SlowPlane world(400ms, 1s);
  world.slow_between(1100ms, 1600ms, 1'000);
  world.finish(kStart + 20s);
  CHECK(world.request(0).outcome == Outcome::kOk);
  // Half a millisecond of the 300 is done in half a second.
  CHECK(world.ended(0) == 1899500us);
}

// The balancer's count follows: a target that holds its requests longer gets fewer new ones.
TEST_CASE("least outstanding requests keeps away from a slow target", "[dataplane][speed]") {
  SmallPlane world(3);
  world.plane.expect_speed_changes();
  world.frontend.nodes[0].algorithm = elb::make_algorithm("least_outstanding_requests");
  world.model.revision = "web:1";
  world.model.service_time = Distribution(200ms);
  world.launch(2);
  world.send_ten({});
  world.loop.at(kStart + 1100ms, "slow", [&] {
    for (const auto process : world.processes) world.fleet.slow_down(process, 0, kStart + 8500ms);
  });
  world.loop.at(kStart + 2500ms, "one of two goes on",
                [&] { world.fleet.end_slowdown(world.processes[1], 1); });
  world.finish(kStart + 30s);
  int first = 0;
  for (const auto& record : world.told) first += record.process == world.processes[0] ? 1 : 0;
  CHECK(first == 1);
}

// elb.md 2.3: whether a check is in time depends on when the process goes on, and on who is before.
TEST_CASE("a check in the queue of a process that stands still waits for the queue behind it",
          "[dataplane][speed]") {
  SlowPlane world(1500ms, 30s);
  world.slow_between(2s, 4s, 0);
  world.loop.run_until(kStart + 3500ms);
  // The first has half a second left at 4 s, the two behind it three seconds.
  CHECK(world.plane.queued_check(world.processes[0]).wait == 4s);
}
