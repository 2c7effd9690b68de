#include "sim/engines/deploy_engine.h"
#include "tests/sim/cloud/ecs/scheduler/small_service.h"

using namespace steady;
using namespace steady::engines;
using ecs::testing::SmallService;

namespace {

/// Settings with which each engine deploys web:2 to the small service; the VM engine needs a
/// balancer with machines, which is told apart.
std::map<std::string, std::string> settings(const std::string& engine) {
  if (engine == "vm-swap") return {{"loadBalancer", "front"}};
  return {{"cluster", "main"}, {"service", "web"}, {"taskDefinition", "web:2"}};
}

}  // namespace

// A user's own engine is made as ours are: by name, with settings read strictly.
TEST_CASE("engines refuse settings that they do not know, and need theirs", "[engines]") {
  const EngineRegistry registry;
  for (const auto& name : registry.names()) {
    EngineOptions none;
    INFO(name);
    CHECK_FALSE(registry.make(name, none));
    auto given = settings(name);
    EngineOptions right(given);
    CHECK(registry.make(name, right));
    given["speed"] = "high";
    EngineOptions odd(given);
    const auto refused = registry.make(name, odd);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("speed") != std::string::npos);
  }
  EngineOptions options;
  CHECK(registry.make("vm-swpa", options).error().message.find("did you mean 'vm-swap'") !=
        std::string::npos);
}

// Every engine ends with a verdict and a sentence, on a good cloud and on one that refuses it.
TEST_CASE("engines end with a verdict", "[engines]") {
  const EngineRegistry registry;
  for (const std::string name : {"ecs", "stop-then-start"}) {
    for (const bool good : {true, false}) {
      SmallService small({.desired = 2});
      Cloud cloud(small.world, name);
      auto given = settings(name);
      if (!good) given["service"] = "nothing";
      EngineOptions options(given);
      auto engine = registry.make(name, options);
      REQUIRE(engine);
      auto story = (*engine)->deploy(cloud);
      story.start();
      small.run_for(20min);
      REQUIRE(story.done());
      const Verdict verdict = story.take();
      INFO(name << ": " << verdict.sentence);
      CHECK(verdict.good == good);
      CHECK_FALSE(verdict.sentence.empty());
      CHECK(small.tasks(good ? "web:2" : "web:1", "RUNNING") == 2);
    }
  }
}

// ecs.md 7.6, R13: services-stable is true after a rollback too, so the engine looks again.
TEST_CASE("the ECS engine knows a rollback from success", "[engines][ecs.md 2.14 R13]") {
  SmallService small({.desired = 2,
                      .breaker = {.enable = true, .rollback = true},
                      .second = [](app::AppModel& app) { app.crash_on_start = true; }});
  const EngineRegistry registry;
  Cloud cloud(small.world, "ecs");
  EngineOptions options(settings("ecs"));
  auto engine = registry.make("ecs", options);
  REQUIRE(engine);
  auto story = (*engine)->deploy(cloud);
  story.start();
  small.run_for(1h);
  REQUIRE(story.done());
  const Verdict verdict = story.take();
  CHECK_FALSE(verdict.good);
  CHECK(verdict.sentence == "rolled back to web:1");
}

// A run may end in the middle of a story: the coroutine goes with its engine, nothing dangles (the
// sanitizers watch this test).
TEST_CASE("an engine may be left in the middle of its story", "[engines]") {
  const EngineRegistry registry;
  for (const std::string name : {"ecs", "stop-then-start"}) {
    SmallService small({.desired = 2});
    Cloud cloud(small.world, name);
    EngineOptions options(settings(name));
    auto engine = registry.make(name, options);
    REQUIRE(engine);
    auto story = (*engine)->deploy(cloud);
    story.start();
    small.run_for(12s);
    CHECK_FALSE(story.done());
  }
}
