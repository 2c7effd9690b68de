#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using namespace steady::ecs::testing;

// elb.md 6.4: the grace counter covers preStop and the exit, then SIGKILL; a hook that overruns it
// gets two seconds more.
TEST_CASE("a hook before the stop is part of the stop time-out", "[ecs][scheduler][elb.md 6.4]") {
  struct Case {
    SimDuration hook;
    app::OnSigterm on_sigterm;
    SimDuration stopped_after;
  };
  const Case cases[] = {{0s, app::OnSigterm::kExit, 0s},
                        {12s, app::OnSigterm::kExit, 12s},
                        {12s, app::OnSigterm::kIgnore, 30s},
                        {40s, app::OnSigterm::kExit, 30s},
                        {40s, app::OnSigterm::kIgnore, 32s}};
  for (const auto& one : cases) {
    SmallService cloud({.desired = 1, .drain = 10s, .first = [&one](app::AppModel& app) {
                          app.pre_stop = one.hook;
                          app.on_sigterm = one.on_sigterm;
                        }});
    const Task* old = cloud.running("web:1");
    cloud.deploy("web:2");
    cloud.run_for(10min);
    CHECK(cloud.when(old, "STOPPED") - cloud.when(old, "STOPPING") == one.stopped_after);
  }
}

// elb.md 6.6 "stop signal": after the drain (ECS) or in parallel with it (Kubernetes).
TEST_CASE("a balancer's rules may send the signal with the deregistration",
          "[ecs][scheduler][elb.md 6.6]") {
  for (const bool together : {false, true}) {
    elb::ProxyRules rules;
    rules.signal_with_drain = together;
    SmallService cloud({.desired = 1, .drain = 30s, .proxy = rules});
    const Task* old = cloud.running("web:1");
    cloud.deploy("web:2");
    cloud.run_for(10min);
    const auto gap = cloud.when(old, "STOPPING") - cloud.first("deregistered");
    CHECK((gap == 0s) == together);
    if (!together) CHECK(gap >= 30s);
  }
}

// elb.md 6.1: with a drain that ends when nothing is in flight nobody waits for the delay.
TEST_CASE("ECS need not wait for the delay where a drain ends with the last request",
          "[ecs][scheduler][elb.md 6.1]") {
  elb::ProxyRules rules;
  rules.in_flight = elb::ProxyRules::InFlight::kFinish;
  SmallService cloud({.desired = 1, .drain = 300s, .proxy = rules});
  const Task* old = cloud.running("web:1");
  cloud.deploy("web:2");
  cloud.run_for(10min);
  CHECK(cloud.when(old, "STOPPING") - cloud.first("deregistered") <= 10s);
}
