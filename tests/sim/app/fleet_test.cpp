#include "sim/app/fleet.h"

#include <map>

#include "sim/core/journal_kinds.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::app;

namespace {

/// Holds what the test says, and notes what is cut.
struct Plane final : RequestPlane {
  explicit Plane(EventLoop& l) : loop(l) {}
  void cut_process(ProcessId process, Cut cut) override {
    cuts.emplace_back(process, std::string(cut.cause), cut.connection_vanishes);
  }
  void cut_target(GroupId, TargetId, Cut) override {}
  void close_streams(ProcessId process) override { closed.push_back(process); }
  SimTime process_idle_at(ProcessId) override { return loop.now() + busy; }
  SimTime target_idle_at(GroupId, TargetId) override { return loop.now(); }
  QueuedCheck queued_check(ProcessId) override { return queued; }
  void change_speed(ProcessId process, std::int64_t speed) override {
    speeds.emplace_back(process, speed);
  }
  EventLoop& loop;
  SimDuration busy{0};
  QueuedCheck queued;
  std::vector<std::pair<ProcessId, std::int64_t>> speeds;
  std::vector<std::tuple<ProcessId, std::string, bool>> cuts;
  std::vector<ProcessId> closed;
};

struct SmallFleet {
  SmallFleet() : plane(loop), fleet(loop, RandomSource{3, 0}, journal) { fleet.attach(plane); }
  ProcessId launch(const AppModel& model, std::uint16_t port = 80) {
    return fleet.launch(model, fleet.endpoint(fleet.host("i-1"), port), "task", next++,
                        [this](ProcessId id, int code) {
                          exits[id] = {loop.now(), code};
                        });
  }
  void run_for(SimDuration time) { loop.run_until(loop.now() + time); }
  EventLoop loop;
  Journal journal;
  Plane plane;
  Fleet fleet;
  std::uint64_t next = 0;
  std::map<ProcessId, std::pair<SimTime, int>> exits;
};

AppModel app_model() {
  AppModel model;
  model.revision = "web:1";
  return model;
}

}  // namespace

// A balancer's check must fail until the app answers, so readiness is apart from RUNNING.
TEST_CASE("a process refuses until it is ready", "[app]") {
  SmallFleet small;
  AppModel model = app_model();
  model.ready_after = Distribution(SimDuration{10s});
  const auto id = small.launch(model);
  const auto endpoint = small.fleet.process(id).endpoint;
  CHECK(small.fleet.reach(endpoint) == Reach::kRefused);
  CHECK(small.fleet.check(endpoint).status == 0);
  small.run_for(10s);
  CHECK(small.fleet.reach(endpoint) == Reach::kProcess);
  CHECK(small.fleet.check(endpoint).status == 200);
  CHECK(small.fleet.process(id).ready_at == kStart + 10s);
}

// The three manners of stories.md: finish what it holds, exit at once, or not listen.
TEST_CASE("each manner meets SIGTERM in its own way", "[app]") {
  SmallFleet small;
  AppModel finish = app_model(), exit = app_model(), ignore = app_model();
  exit.on_sigterm = OnSigterm::kExit;
  ignore.on_sigterm = OnSigterm::kIgnore;
  const auto a = small.launch(finish, 80), b = small.launch(exit, 81), c = small.launch(ignore, 82);
  small.plane.busy = 7s;
  for (const auto id : {a, b, c}) small.fleet.sigterm(id);
  CHECK(small.fleet.process(a).state == ProcessState::kStopping);
  CHECK(small.fleet.reach(small.fleet.process(a).endpoint) == Reach::kRefused);
  CHECK(small.fleet.process(b).state == ProcessState::kGone);
  CHECK(small.exits.at(b) == std::pair{kStart, 143});
  CHECK(small.fleet.process(c).state == ProcessState::kReady);
  REQUIRE(small.plane.cuts.size() == 1);  // only the one that left at once lost anything
  CHECK(std::get<0>(small.plane.cuts[0]) == b);
  small.fleet.sigterm(a);  // again changes nothing
  small.run_for(1h);
  CHECK(small.exits.at(a) == std::pair{kStart + 7s, 0});
  CHECK(small.exits.count(c) == 0);
  small.fleet.kill(c, {"killed"});
  CHECK(small.fleet.process(c).state == ProcessState::kGone);
  CHECK(small.exits.count(c) == 0);  // kill() tells nobody
}

// A crash is told with its code; draws depend on the entity alone.
TEST_CASE("a process ends by itself after its time", "[app]") {
  SmallFleet small;
  AppModel model = app_model();
  model.exit_after = Distribution(SimDuration{30s});
  model.exit_code = 17;
  const auto id = small.launch(model);
  small.run_for(1min);
  CHECK(small.exits.at(id) == std::pair{kStart + 30s, 17});
  CHECK(small.fleet.reach(small.fleet.process(id).endpoint) == Reach::kRefused);
}

// A lost machine answers nothing at all: its processes' requests vanish, its address stays dark.
TEST_CASE("a lost host is a black hole", "[app]") {
  SmallFleet small;
  const AppModel model = app_model();
  const auto id = small.launch(model);
  small.fleet.host_gone(small.fleet.host("i-1"), {"instance terminated", true});
  CHECK(small.fleet.process(id).state == ProcessState::kGone);
  CHECK(small.fleet.reach(small.fleet.process(id).endpoint) == Reach::kBlackHole);
  REQUIRE(small.plane.cuts.size() == 1);
  CHECK(std::get<2>(small.plane.cuts[0]));
}

// Checks see sickness that requests do not: never healthy, healthy for a while, the queue, the
// schema.
TEST_CASE("health checks answer as the model says", "[app]") {
  SmallFleet small;
  AppModel never = app_model(), soon = app_model(), queued = app_model(), schema = app_model();
  never.never_healthy = true;
  soon.healthy_for = Distribution(SimDuration{20s});
  queued.health = HealthMode::kQueued;
  schema.health = HealthMode::kSchema;
  bool columns = true;
  small.fleet.set_schema_probe([&](const AppModel&) { return columns; });
  std::vector<EndpointId> at;
  std::uint16_t port = 80;
  for (const auto* model : {&never, &soon, &queued, &schema})
    at.push_back(small.fleet.process(small.launch(*model, port++)).endpoint);
  small.plane.queued.wait = 3s;
  CHECK(small.fleet.check(at[0]).status == 503);
  CHECK(small.fleet.check(at[1]).status == 200);
  CHECK(small.fleet.check(at[2]).after == 3s);
  CHECK(small.fleet.check(at[3]).status == 200);
  columns = false;
  small.plane.queued.shed = true;
  CHECK(small.fleet.check(at[2]).status == 503);  // the app sheds it like a request
  small.plane.queued.refused = true;
  small.run_for(20s);
  CHECK(small.fleet.check(at[1]).status == 503);
  CHECK(small.fleet.check(at[2]).reach == Reach::kRefused);  // the backlog is full
  CHECK(small.fleet.check(at[3]).status == 503);
}

// Two listeners at one address would make "who answered?" a question; the second is our bug.
TEST_CASE("an address has one process at a time", "[app]") {
  SmallFleet small;
  const AppModel model = app_model();
  const auto id = small.launch(model);
  CHECK_THROWS_AS(small.launch(model), InternalError);
  small.fleet.kill(id, {"killed"});
  const auto next = small.launch(model);
  CHECK(small.fleet.process_id_at(small.fleet.process(id).endpoint) == next);
}

// elb.md 2.15: a drain that is over cuts long connections, so apps that know their signal close
// them first; one that exits at once has no time for it.
TEST_CASE("at SIGTERM an app closes its streams unless it exits", "[app]") {
  SmallFleet small;
  AppModel model = app_model();
  for (const auto on_sigterm : {OnSigterm::kFinish, OnSigterm::kIgnore, OnSigterm::kExit}) {
    for (const bool closes : {false, true}) {
      model.on_sigterm = on_sigterm;
      model.closes_streams = closes;
      small.plane.closed.clear();
      const auto id = small.launch(model, static_cast<std::uint16_t>(100 + small.next));
      small.fleet.sigterm(id);
      CHECK(small.plane.closed.size() == (closes && on_sigterm != OnSigterm::kExit ? 1U : 0U));
      small.fleet.kill(id, {"done"});
    }
  }
}
