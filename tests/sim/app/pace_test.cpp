#include "sim/app/fleet.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::app;

namespace {

/// Notes the speeds that it is told, and is idle when the test says.
struct NotedPlane final : RequestPlane {
  void cut_process(ProcessId, Cut cut) override { cuts.emplace_back(cut.cause); }
  void cut_target(GroupId, TargetId, Cut) override {}
  SimTime process_idle_at(ProcessId) override { return idle; }
  SimTime target_idle_at(GroupId, TargetId) override { return idle; }
  QueuedCheck queued_check(ProcessId) override { return {}; }
  void change_speed(ProcessId, std::int64_t speed) override { speeds.push_back(speed); }
  SimTime idle{};
  std::vector<std::int64_t> speeds;
  std::vector<std::string> cuts;
};

struct PacedFleet {
  PacedFleet() : fleet(loop, RandomSource{3, 0}, journal) {
    fleet.attach(plane);
    model.revision = "web:1";
  }
  ProcessId launch() {
    return fleet.launch(model, fleet.endpoint(fleet.host("i-1"), 80), "task", 0,
                        [this](ProcessId, int code) { exit = code; });
  }
  void run_to(SimDuration time) { loop.run_until(kStart + time); }
  EventLoop loop;
  Journal journal;
  NotedPlane plane;
  Fleet fleet;
  AppModel model;
  int exit = -1;
};

}  // namespace

// Two reasons to be slow at once: a half of a third is a sixth; a standstill is one, and what was
// before it is so after it.
TEST_CASE("slowdowns of a process multiply, and a standstill is one", "[app][speed]") {
  PacedFleet small;
  const auto id = small.launch();
  const auto half = small.fleet.slow_down(id, 500'000, kNever);
  const auto third = small.fleet.slow_down(id, 333'333, kNever);
  const auto still = small.fleet.slow_down(id, 0, kStart + 5s);
  CHECK(small.fleet.process(id).stands_until == kStart + 5s);
  CHECK(small.fleet.process(id).speed_after == 166'666);
  small.fleet.end_slowdown(id, half);
  small.fleet.end_slowdown(id, still);
  small.fleet.end_slowdown(id, third);
  small.fleet.end_slowdown(id, third);  // again: nothing
  CHECK(small.plane.speeds == std::vector<std::int64_t>{500'000, 166'666, 0, 333'333, kFullSpeed});
}

// A JVM that starts beside busy neighbours starts later: its start is work, too.
TEST_CASE("a process that starts slowly is ready later, by what is left", "[app][speed]") {
  PacedFleet small;
  small.model.ready_after = Distribution(10s);
  const auto id = small.launch();
  small.run_to(4s);
  const auto slow = small.fleet.slow_down(id, 250'000, kNever);  // 6 s are left: 24 at a quarter
  small.run_to(12s);                                             // 2 of them are done
  small.fleet.end_slowdown(id, slow);
  small.run_to(16s - 1ns);
  CHECK(small.fleet.process(id).state == ProcessState::kNotReady);
  small.run_to(16s);
  CHECK(small.fleet.process(id).state == ProcessState::kReady);
}

// A collection of garbage stops signal handlers as well.
TEST_CASE("SIGTERM waits until a process that stands still goes on", "[app][speed]") {
  PacedFleet small;
  small.model.on_sigterm = OnSigterm::kExit;
  const auto id = small.launch();
  const auto still = small.fleet.slow_down(id, 0, kStart + 5s);
  small.fleet.sigterm(id);
  small.run_to(5s);
  CHECK(small.exit == -1);
  small.fleet.end_slowdown(id, still);
  CHECK(small.exit == 143);
}

// Whoever finishes at SIGTERM exits when its last request is done, and that moment moves.
TEST_CASE("a slow process that finishes exits later", "[app][speed]") {
  PacedFleet small;
  const auto id = small.launch();
  small.plane.idle = kStart + 2s;
  small.fleet.sigterm(id);
  small.run_to(1s);
  small.plane.idle = kNever;
  const auto still = small.fleet.slow_down(id, 0, kNever);
  small.run_to(3s);
  CHECK(small.exit == -1);
  small.plane.idle = kStart + 4s;
  small.fleet.end_slowdown(id, still);
  small.run_to(4s);
  CHECK(small.exit == 0);
}

// elb.md 1.3, 2.3: an answer must come within the time-out; it comes when the process goes on.
TEST_CASE("a process that stands still answers checks when it goes on", "[app][speed]") {
  PacedFleet small;
  const auto id = small.launch();
  small.run_to(1s);
  small.fleet.slow_down(id, 0, kStart + 4s);
  CHECK(small.fleet.check(small.fleet.process(id).endpoint).after == 3s);
}

TEST_CASE("an app's own pauses come after one another", "[app][speed]") {
  PacedFleet small;
  small.model.pauses = Pauses{Distribution(10s), Distribution(500ms)};
  const auto id = small.launch();
  small.run_to(10s);
  CHECK(small.fleet.process(id).speed == 0);
  small.run_to(10500ms);
  CHECK(small.fleet.process(id).speed == kFullSpeed);
  small.run_to(20500ms);  // from the end of one to the next
  CHECK(small.fleet.process(id).speed == 0);
  small.fleet.kill(id, {"killed"});
  small.run_to(1min);
  CHECK(small.plane.speeds.size() == 3);
}

// ecs.md 1.5: exceeding the hard limit kills the container, exit 137.
TEST_CASE("memory is full at the nanosecond at which it passes the limit", "[app][ecs.md 1.5]") {
  PacedFleet small;
  small.model.memory = MemoryUse{.start = 1000, .per_request = 10, .per_minute = 600};
  const auto id = small.launch();
  small.fleet.limit_memory(id, 0);  // only a soft limit
  CHECK(small.fleet.growing().empty());
  small.fleet.limit_memory(id, 2000);
  CHECK(small.fleet.growing() == std::vector<ProcessId>{id});
  // 1000 bytes of room are not too much, 1001 are: 100.1 s at 10 bytes a second.
  CHECK(small.fleet.memory_full_at(id, 0) == kStart + 100'100ms);
  CHECK(small.fleet.memory_full_at(id, 100) == kStart + 100ms);  // nothing left
  CHECK(small.fleet.memory_full_at(id, 101) == kStart);          // too much already
  small.fleet.out_of_memory(id);
  CHECK(small.exit == 137);
  CHECK(small.plane.cuts == std::vector<std::string>{"out of memory"});
  CHECK(small.fleet.process(id).out_of_memory);
  CHECK(small.fleet.growing().empty());
}
