#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::ecs;
using namespace steady::ecs::testing;

// ecs.md 4.1: a message equal to one given for an unresolved cause is kept back for 6 h; steady
// state too is repeated every 6 h.
TEST_CASE("events of a lasting cause come every six hours", "[ecs][scheduler][ecs.md 4.1]") {
  SmallService cloud({.machines = 1, .cpu = 512, .desired = 2});
  cloud.deploy("web:2");
  cloud.run_for(13h);
  const auto told = cloud.events("was unable to place a task");
  REQUIRE(told.size() == 3);
  for (std::size_t i = 1; i < told.size(); ++i) {
    CHECK(told[i].at - told[i - 1].at >= 6h);
    CHECK(told[i].at - told[i - 1].at <= 6h + 5min + 10s);
  }
  SmallService calm({.desired = 1});
  calm.called = calm.world.now();
  calm.run_for(25h);
  CHECK(calm.count("has reached a steady state.") == 4);
}

// Resolved and back again: it is told again at once.
TEST_CASE("a cause that comes back is told again", "[ecs][scheduler][ecs.md 4.1]") {
  SmallService cloud({.machines = 1, .cpu = 768, .desired = 2, .drain = 0s});
  cloud.deploy("web:2");
  cloud.run_for(10min);
  CHECK(cloud.tasks("web:2", "RUNNING") == 2);
  const auto first = cloud.count("was unable to place a task");
  CHECK(first >= 1);
  cloud.deploy("web:3");
  cloud.run_for(10min);
  CHECK(cloud.count("was unable to place a task") > first);
}

// ecs.md 4.1: 100 are kept, the newest.
TEST_CASE("a service keeps its hundred newest events", "[ecs][scheduler][ecs.md 4.1]") {
  SmallService cloud({.desired = 1, .second = [](app::AppModel& app) {
                        app.exit_after = Distribution(SimDuration{1s});
                      }});
  cloud.deploy("web:2");
  cloud.run_for(1h);
  CHECK(cloud.events().size() > 100);
  CHECK(cloud.service().events.size() == 100);
  CHECK(cloud.service().events.back().message.ends_with(cloud.events().back().text));
}

// Events of one pass have rising moments, a millisecond apart: `deployment completed` just before
// steady state (ecs.md 4.1).
TEST_CASE("events of one pass are a millisecond apart", "[ecs][scheduler][ecs.md 4.1]") {
  SmallService cloud({.desired = 1});
  cloud.deploy("web:2");
  cloud.run_for(5min);
  const auto& events = cloud.service().events;
  for (std::size_t i = 1; i < events.size(); ++i)
    CHECK(events[i].created_at > events[i - 1].created_at);
  REQUIRE(events.size() >= 2);
  CHECK(events.back().created_at - events[events.size() - 2].created_at == 1ms);
}

// ecs.md 4.5: in April 2015 the closest instance was not named.
TEST_CASE("the wording of a missing room is that of its time", "[ecs][scheduler][ecs.md 4.5]") {
  struct Case {
    std::string era, text;
  };
  for (const auto& one :
       {Case{"article", "was unable to place a task because the resources could not be found."},
        Case{"2016-03-01",
             "has insufficient CPU units available. For more information, see the "
             "Troubleshooting section of the Amazon ECS Developer Guide."},
        Case{"2026",
             "has insufficient CPU units available. For more information, see the "
             "Troubleshooting section of the Amazon ECS Developer Guide."}}) {
    SmallService cloud(
        {.era = one.era, .machines = 1, .cpu = 256, .desired = 1, .front = Front::kNone});
    cloud.deploy("web:2");
    cloud.run_for(1min);
    INFO(one.era << ": " << cloud.story());
    CHECK(cloud.count(one.text) == 1);
  }
}
