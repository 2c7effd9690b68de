#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using namespace steady::ecs::testing;

namespace {

/// Deploys and gives the first old task, whose stop is looked at.
const Task* stopped_by_deploy(SmallService& cloud, SimDuration time = 10min) {
  const Task* old = cloud.running("web:1");
  cloud.deploy("web:2");
  cloud.run_for(time);
  return old;
}

}  // namespace

// ecs.md 2.12 and OBS-1: "has stopped" first, deregistered a pass later, the signal when the delay
// is over and a pass has seen it.
TEST_CASE("today a task drains in the order of the trace", "[ecs][scheduler][ecs.md 2.12]") {
  SmallService cloud({.desired = 1, .drain = 30s});
  const Task* old = stopped_by_deploy(cloud);
  CHECK(cloud.story() == "start 1, register 1, stop 1, deregister 1, drain 1, completed, steady");
  const auto told = cloud.first("has stopped"), left = cloud.first("deregistered");
  CHECK(cloud.when(old, "DEACTIVATING") == told);
  CHECK(left - told == 10s);
  const auto signalled = cloud.when(old, "STOPPING");
  CHECK(signalled - left >= 30s);
  CHECK(signalled - left <= 40s);
  CHECK(cloud.when(old, "STOPPED") == signalled);  // nothing in flight: it exits at once
}

// Up to 2018 the stop was told when it was over (ecs.md 2.12, 4.2).
TEST_CASE("in 2017 the stop is told at its end", "[ecs][scheduler][ecs.md 2.12]") {
  SmallService cloud({.era = "2017-06-01", .desired = 1, .drain = 30s});
  const Task* old = stopped_by_deploy(cloud);
  CHECK(cloud.story() == "start 1, register 1, deregister 1, drain 1, stop 1, steady");
  CHECK(cloud.first("has stopped") >= cloud.when(old, "STOPPED"));
}

// The switch stopOrder of stories.md 2.2.
TEST_CASE("each stop order does what it says", "[ecs][scheduler][ecs.md 2.12]") {
  struct Case {
    StopOrder order;
    SimDuration least, most;  // from deregistration to the signal
  };
  const Case cases[] = {{StopOrder::kDeregWaitFull, 30s, 40s},
                        {StopOrder::kDeregAndSigtermTogether, 0s, 0s},
                        {StopOrder::kDeregWaitInflight, 0s, 10s}};
  for (const auto& one : cases) {
    SmallService cloud({.desired = 1, .drain = 30s, .behaviour = [&one](Behaviour& b) {
                          b.stop_order = one.order;
                        }});
    const Task* old = stopped_by_deploy(cloud);
    const auto gap = cloud.when(old, "STOPPING") - cloud.first("deregistered");
    CHECK(gap >= one.least);
    CHECK(gap <= one.most);
  }
  // The signal first: the target leaves after the gap, and the balancer sends meanwhile (R1, R6).
  SmallService cloud({.desired = 1, .drain = 30s, .behaviour = [](Behaviour& b) {
                        b.stop_order = StopOrder::kSigtermFirst;
                        b.stop_task_deregister_gap = 4s;
                      }});
  const Task* old = stopped_by_deploy(cloud);
  CHECK(cloud.when(old, "STOPPING") == cloud.first("has stopped"));
  SimDuration left{-1};
  for (std::size_t i = cloud.mark; i < cloud.world.journal().entries().size(); ++i) {
    const auto& entry = cloud.world.journal().entries()[i];
    if (entry.kind == journal::kTarget && entry["state"] == "draining")
      left = entry.at - cloud.called;
  }
  CHECK(left - cloud.when(old, "STOPPING") == 4s);
}

// elb.md 1.6: behind Classic the wait ends when the instance is out of service, so at once when
// nothing is in flight; ecs.md 2.12's full time-out is a switch; without draining there is no wait.
TEST_CASE("behind Classic an idle task need not wait", "[ecs][scheduler][elb.md 1.6]") {
  struct Case {
    SimDuration drain;
    bool full;
    SimDuration least, most;
  };
  for (const auto& one :
       {Case{60s, false, 0s, 10s}, Case{60s, true, 60s, 70s}, Case{0s, false, 0s, 10s}}) {
    SmallService cloud(
        {.machines = 2,
         .desired = 1,
         .front = Front::kClassic,
         .drain = one.drain,
         .behaviour = [&one](Behaviour& b) { b.classic_drain_wait_full = one.full; }});
    const Task* old = stopped_by_deploy(cloud);
    const auto gap = cloud.when(old, "STOPPING") - cloud.first("deregistered");
    CHECK(gap >= one.least);
    CHECK(gap <= one.most);
    CHECK(cloud.count("has begun draining") == (one.drain.count() > 0 ? 1 : 0));
  }
}

// Without a balancer straight to STOPPING; SIGKILL after stopTimeout (30 s by default) when the
// process ignores the signal.
TEST_CASE("a deaf process is killed after its stop time-out", "[ecs][scheduler][ecs.md 2.12]") {
  for (const int timeout : {30, 7}) {
    SmallService cloud(
        {.desired = 1,
         .front = Front::kNone,
         .first = [](app::AppModel& app) { app.on_sigterm = app::OnSigterm::kIgnore; },
         .definition =
             [timeout](TaskDefinition& definition) {
               if (timeout != 30)
                 definition.containers[0].stop_timeout = std::chrono::seconds{timeout};
             }});
    const Task* old = stopped_by_deploy(cloud);
    CHECK(cloud.when(old, "STOPPING") == cloud.first("has stopped"));
    CHECK(cloud.when(old, "STOPPED") - cloud.when(old, "STOPPING") ==
          std::chrono::seconds{timeout});
    CHECK(old->exit_code == 137);
  }
}

// ecs.md 2.12: StopTask deregisters first since 13 Feb 2023; before, the signal went out while the
// balancer still sent (R1).
TEST_CASE("StopTask drains since February 2023", "[ecs][scheduler][ecs.md 2.12][ecs.md 2.14 R1]") {
  for (const std::string era : {"2023-02-01", "2026"}) {
    SmallService cloud({.era = era, .desired = 2, .drain = 30s});
    cloud.called = cloud.world.now();
    const Task* task = cloud.running("web:1");
    const app::TargetId target = task->targets[0].target;
    REQUIRE(cloud.world.ecs().stop_task("main", task->id, "by hand"));
    cloud.run_for(1ms);
    CHECK(name(task->last_status) == (era == "2026" ? "DEACTIVATING" : "STOPPED"));
    CHECK(cloud.world.elb().health(target).state == "healthy");
    cloud.run_for(10s);
    CHECK(cloud.world.elb().health(target).state == "draining");
    CHECK(task->live() == (era == "2026"));
    CHECK(task->stop_code == "UserInitiated");
    cloud.run_for(5min);
    CHECK(cloud.counts().healthy == 2);  // replaced
  }
}

// R3: a task that ends by itself stays registered until the next pass notices.
TEST_CASE("a task that exits leaves its target behind for a pass",
          "[ecs][scheduler][ecs.md 2.14 R3]") {
  SmallService cloud({.desired = 2, .drain = 30s});
  cloud.called = cloud.world.now();
  const Task* task = cloud.running("web:1");
  const app::TargetId target = task->targets[0].target;
  cloud.world.fleet().crash(task->process, 1);
  CHECK(name(task->last_status) == "STOPPED");
  CHECK(task->stop_code == "EssentialContainerExited");
  CHECK(cloud.world.elb().health(target).state == "healthy");  // nobody has noticed
  cloud.run_for(10s);
  CHECK(cloud.world.elb().health(target).state == "draining");
  CHECK(cloud.first("deregistered 1 targets") <= 10s);
  CHECK(cloud.count("has begun draining") == 0);  // nothing of it is alive to drain
}

// R4: a drain shorter than what is in flight cuts it, and so does a stop time-out.
TEST_CASE("what outlives the drain is cut", "[ecs][scheduler][ecs.md 2.14 R4]") {
  for (const SimDuration drain : {SimDuration{5s}, SimDuration{60s}}) {
    SmallService cloud({.desired = 1, .drain = drain, .first = [](app::AppModel& app) {
                          app.service_time = Distribution(SimDuration{30s});
                        }});
    traffic::SourceSpec spec;
    spec.name = "traffic/0";
    spec.load_balancer = "front";
    spec.timeout = SimDuration::max();
    const traffic::Rate rate{2000};
    spec.profile = {{cloud.world.now(), cloud.world.now() + 60s, rate, rate}};
    spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
    cloud.world.data_plane().add_source(spec);
    cloud.deploy("web:2");
    cloud.run_for(5min);
    cloud.world.finish();
    const auto sums = cloud.world.data_plane().ledger().total();
    CHECK(sums.total() == 120);
    if (drain == 60s) {
      CHECK(sums.dropped() == 0);
    } else {
      CHECK(sums.dropped() > 0);
      CHECK(sums.dropped() ==
            sums.by_outcome[static_cast<std::size_t>(dataplane::Outcome::kReset)]);
    }
  }
}

// R14: resources are free for placement at STOPPING since July 2023; the new task then waits in the
// agent's queue until the old containers are gone. Before: free at STOPPED.
TEST_CASE("what a stopping task holds is free for placement since July 2023",
          "[ecs][scheduler][ecs.md 2.14 R14]") {
  for (const std::string era : {"2023-06-01", "2026"}) {
    SmallService cloud(
        {.era = era,
         .machines = 1,
         .cpu = 256,
         .desired = 1,
         .minimum = 0,
         .front = Front::kNone,
         .first = [](app::AppModel& app) { app.on_sigterm = app::OnSigterm::kIgnore; }});
    const Task* old = stopped_by_deploy(cloud, 3min);
    const Task* fresh = cloud.running("web:2");
    const auto gone = cloud.when(old, "STOPPED"), started = cloud.first("has started");
    CHECK((started < gone) == (era == "2026"));
    // It runs only when the machine has really room: 5 s of start after the old one has gone.
    CHECK(cloud.when(fresh, "RUNNING") >= gone + 5s);
  }
}

// R8: forced DeregisterContainerInstance: the containers go on as orphans, their targets drain, and
// the tasks are started elsewhere.
TEST_CASE("a forced deregistration leaves orphans that drain", "[ecs][scheduler][ecs.md 2.14 R8]") {
  SmallService cloud({.machines = 2, .desired = 2, .drain = 60s});
  cloud.called = cloud.world.now();
  const Task* task = cloud.running("web:1");
  const auto target = task->targets[0].target;
  const auto process = task->process;
  const auto id = task->instance->id;
  CHECK_FALSE(cloud.world.ecs().deregister_container_instance("main", id, false));
  REQUIRE(cloud.world.ecs().deregister_container_instance("main", id, true));
  CHECK(name(task->last_status) == "STOPPED");
  CHECK(cloud.world.elb().health(target).state == "draining");
  CHECK(cloud.world.fleet().process(process).state == app::ProcessState::kReady);
  cloud.run_for(3min);
  CHECK(cloud.counts().healthy == 2);
  for (const auto* live : cloud.world.ecs().tasks()) {
    if (live->live()) CHECK(live->instance->id != id);
  }
}
