#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;
using steady::dataplane::testing::SmallPlane;

namespace {

/// One process with one worker that needs 3.5 s; ten requests come at 1 s, 2 s, ...
struct LoadedPlane : SmallPlane {
  LoadedPlane() : SmallPlane(7) {
    frontend.idle_timeout = 60s;
    model.revision = "web:1";
    model.concurrency = 1;
    model.service_time = Distribution(3500ms);
  }
  void run() {
    launch(1);
    traffic::SourceSpec spec;
    spec.timeout = 60s;
    send_ten(spec);
    finish(kStart + 60s);
  }
  std::string end_of(std::uint64_t index) const {
    for (const auto& record : told) {
      if (record.index != index) continue;
      const Cause& cause = plane.ledger().cause(record.cause);
      return format_seconds(record.ended_at) + " " + std::string(name(record.outcome)) +
             (record.outcome == Outcome::kOk
                  ? ""
                  : " " + std::to_string(cause.status) + " " + cause.text);
    }
    return "";
  }
};

}  // namespace

// The app answers at once and loses nothing of its time: whoever is in gets through.
TEST_CASE("an app sheds what comes while so many wait", "[dataplane][load]") {
  LoadedPlane world;
  world.model.shed_above = 1;
  world.run();
  CHECK(world.end_of(0) == "4.500s ok");  // 1 s to 4.5 s
  CHECK(world.end_of(1) == "8.000s ok");  // waits from 2 s on
  CHECK(world.end_of(2) == "3.000s app_error 503 shed: too many requests wait in the app");
  CHECK(world.end_of(3) == "4.000s app_error 503 shed: too many requests wait in the app");
  CHECK(world.end_of(4) == "11.500s ok");  // at 5 s nobody waits
}

// A full backlog is the kernel's: the app never sees what it refuses.
TEST_CASE("a backlog shorter than the app's queue refuses before the app can shed",
          "[dataplane][load]") {
  LoadedPlane world;
  world.model.backlog = 1;
  world.model.shed_above = 1;
  world.run();
  CHECK(world.end_of(2) == "3.000s overflow 502 the backlog of the target is full");
}

// Who has waited too long is answered when its turn comes, and takes nobody's time.
TEST_CASE("a request that waited longer than the app's time-out is answered without work",
          "[dataplane][load]") {
  LoadedPlane world;
  world.model.queue_timeout = 2500ms;
  world.run();
  CHECK(world.end_of(1) == "8.000s ok");  // waited exactly 2.5 s
  CHECK(world.end_of(2) == "8.000s app_error 503 shed: waited too long in the app");
  CHECK(world.end_of(5) == "11.500s ok");  // came at 6 s, and began at 8 s
}

// Dependencies come one after the other before the work; the first that fails ends it.
TEST_CASE("a request waits for its dependencies before it works", "[dataplane][load]") {
  LoadedPlane world;
  world.model.service_time = Distribution(100ms);
  world.model.dependencies = {{"db", Distribution(200ms), 500ms, 0},
                              {"cache", Distribution(50ms), SimDuration::max(), 0}};
  world.loop.at(kStart + 1500ms, "slow db",
                [&] { world.fleet.dependencies().begin({.name = "db", .factor = 2500}); });
  world.loop.at(kStart + 2500ms, "slower db",
                [&] { world.fleet.dependencies().begin({.name = "db", .factor = 2000}); });
  world.loop.at(kStart + 3500ms, "no cache", [&] {
    world.fleet.dependencies().begin({.name = "cache", .down = true});
    world.fleet.dependencies().end(0);
  });
  world.run();
  CHECK(world.end_of(0) == "1.350s ok");
  CHECK(world.end_of(1) == "2.650s ok");  // 500 ms are in time
  CHECK(world.end_of(2) == "3.500s app_error 500 dependency db timed out");
  CHECK(world.end_of(3) == "4.400s app_error 500 dependency cache is down");
}

// ecs.md 1.5: the kernel kills the process that exceeds its hard limit, and what it holds is reset.
TEST_CASE("a request too many ends a process that has no memory for it",
          "[dataplane][load][ecs.md 1.5]") {
  LoadedPlane world;
  world.model.concurrency = 10;
  world.model.memory = app::MemoryUse{.start = 100, .per_request = 100, .per_minute = 0};
  world.launch(1);
  world.fleet.limit_memory(world.processes[0], 300);
  traffic::SourceSpec spec;
  spec.timeout = 60s;
  world.send_ten(spec);
  world.finish(kStart + 60s);
  CHECK(world.end_of(0) == "3.000s reset 502 out of memory");
  CHECK(world.end_of(2) == "3.000s reset 502 out of memory");  // the one that was too much
  CHECK(world.end_of(3) == "4.000s refused 502 nobody listens at the target");
}

// Growth with time needs no request.
TEST_CASE("memory that grows by itself ends a process at its moment",
          "[dataplane][load][ecs.md 1.5]") {
  LoadedPlane world;
  world.model.memory = app::MemoryUse{.start = 0, .per_request = 0, .per_minute = 60};
  world.launch(1);
  world.fleet.limit_memory(world.processes[0], 4);
  world.send_ten({});
  world.finish(kStart + 60s);
  CHECK(world.fleet.process(world.processes[0]).out_of_memory);
  CHECK(world.end_of(1) == "5.000s reset 502 out of memory");  // the fifth byte
}

// elb.md 5.4 F11, stories.md S26: a check that waits in the queue meets what a request meets.
TEST_CASE("a check in the queue is refused, shed and answered late as a request is",
          "[dataplane][load][stories.md S26]") {
  const auto at_three_seconds = [](auto change) {
    LoadedPlane world;
    change(world.model);
    world.launch(1);
    world.send_ten({});
    world.loop.run_until(kStart + 2500ms);  // one is served until 4.5 s, one waits
    return world.plane.queued_check(world.processes[0]);
  };
  const auto waits = at_three_seconds([](app::AppModel&) {});
  CHECK(waits.wait == 5500ms);
  CHECK_FALSE(waits.refused);
  CHECK_FALSE(waits.shed);
  CHECK(at_three_seconds([](app::AppModel& m) { m.backlog = 1; }).refused);
  const auto shed = at_three_seconds([](app::AppModel& m) { m.shed_above = 1; });
  CHECK(shed.shed);
  CHECK(shed.wait == 0s);
  const auto late = at_three_seconds([](app::AppModel& m) { m.queue_timeout = 5s; });
  CHECK(late.shed);
  CHECK(late.wait == 5500ms);
}
