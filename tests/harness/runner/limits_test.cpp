#include <atomic>
#include <sstream>

#include "harness/report/report.h"
#include "harness/runner/run.h"
#include "harness/simulation/simulation.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

const std::string kFile = std::string(STEADY_SOURCE_DIR) + "/scenarios/article/rolling-update.json";

}  // namespace

// ux.md 1: an interrupt leaves what there is, marked, and 130; nothing is judged on half a run.
TEST_CASE("an interrupted run is partial, judged by nobody, and exits 130", "[runner]") {
  const std::atomic<bool> now{true};
  runner::RunOptions options;
  options.interrupted = &now;
  const auto result = runner::run_file(kFile, options);
  CHECK(result.exit_code == runner::kInterrupted);
  REQUIRE(result.record);
  CHECK(result.record->partial);
  std::ostringstream text;
  report::write_text(result.report(), {}, text);
  CHECK(text.str().find("PARTIAL: interrupted") != std::string::npos);
  const auto json = report::to_json(result.report());
  CHECK(json["partial"] == true);
  CHECK(json["verdict"] == "partial");
  CHECK(json["expectations"].empty());
  CHECK(text.str().find("PASS ") == std::string::npos);
}

// Issue: a bound on tasks and requests per run is an input error that says which limit.
TEST_CASE("limits of a run name themselves", "[runner]") {
  struct Case {
    std::string set, says;
  };
  for (const auto& one :
       {Case{"/traffic/0/constant/rate=9000000/s",
             "the traffic adds up to 5400000000 requests; a run sends at most 2000000000"},
        Case{R"(/cloud/instances=[{"count": 10000}, {"count": 10000}, {"count": 1}])",
             "20001 instances are more than 20000"}}) {
    runner::RunOptions options;
    options.set = {one.set};
    const auto result = runner::run_file(kFile, options);
    INFO(one.set);
    CHECK(result.exit_code == runner::kWrongInput);
    REQUIRE_FALSE(result.errors.empty());
    INFO(result.errors.front());
    CHECK(result.errors.front().find(one.says) != std::string::npos);
  }
}

// The bound holds when the file could not know: requests are counted as they are sent.
TEST_CASE("more requests than the bound end a world with the limit's name", "[runner]") {
  world::Settings settings;
  settings.random = RandomSource{1};
  settings.request_limits.requests = 10;
  world::World world(settings);
  traffic::SourceSpec spec;
  spec.name = "traffic/0";
  spec.load_balancer = "nowhere";
  const traffic::Rate rate{1000};
  spec.profile = {{kStart, kStart + 1min, rate, rate}};
  spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
  world.data_plane().add_source(spec);
  world.run_until(kStart + 9500ms);
  CHECK_THROWS_AS(world.run_until(kStart + 1min), LimitReached);
}

// A world in which tasks are started without end reaches the bound on tasks, and is told so.
TEST_CASE("more tasks than the bound end a world with the limit's name", "[runner]") {
  world::Settings settings;
  settings.random = RandomSource{1};
  settings.ecs_limits.tasks = 5;
  world::World world(settings);
  app::AppModel model;
  model.revision = "web:1";
  world.add_app(model);
  world.ecs().create_cluster("main");
  ec2::LaunchSpec machine;
  machine.cluster = "main";
  machine.zone = world.ec2().zones().front();
  world.ec2().begin_running(machine);
  world.run_until(kStart + 1s);
  ecs::TaskDefinition definition;
  definition.family = "web";
  ecs::ContainerDefinition container;
  container.name = "web";
  container.image = "web";
  container.memory = 8;
  definition.containers = {container};
  REQUIRE(world.ecs().register_task_definition(definition));
  ecs::RunRequest request;
  request.cluster = "main";
  request.definition = "web";
  request.count = 5;
  CHECK(world.ecs().run_task(request));
  request.count = 1;
  CHECK_THROWS_AS(world.ecs().run_task(request), LimitReached);
}

// What AWS would refuse at time 0, and a service that does not fit, are errors of the file: nothing
// is run (stories.md 1.1).
TEST_CASE("a cloud that cannot be made is an error of the file", "[runner]") {
  struct Case {
    std::string set, rule;
  };
  for (const auto& one :
       {Case{"/services/0/desiredCount=7", "E1221"},
        Case{R"(/services/0/placementConstraints=[{"type": "memberOf", "expression": "a =="}])",
             "E1220"}}) {
    runner::RunOptions options;
    options.set = {one.set};
    const auto result = runner::run_file(kFile, options);
    INFO(one.set);
    CHECK(result.exit_code == runner::kWrongInput);
    CHECK(result.record == nullptr);
    REQUIRE_FALSE(result.errors.empty());
    INFO(result.errors.front());
    CHECK(result.errors.front().starts_with(one.rule));
  }
}

// A pasted definition keeps the revision that AWS printed, so that a pasted service finds it
// (issue, Shows 4); later ones count on from there.
TEST_CASE("a described definition keeps its revision", "[runner][ecs.md 1.5]") {
  runner::RunOptions options;
  options.set = {
      "/taskDefinitions/0/revision=7", "/services/0/taskDefinition=web:7",
      "/timeline/0/deploy=web:8",
      R"(/apps={"web:7": {"startup": "5s"}, "web:8": {"startup": "5s"}})",
      R"(/expect=["service web taskDefinition == web:8 at 10m", "requests.dropped == 0"])"};
  const auto result =
      runner::run_file(std::string(STEADY_SOURCE_DIR) + "/scenarios/first.json", options);
  INFO((result.errors.empty() ? "" : result.errors.front()));
  CHECK(result.exit_code == runner::kAllHold);
}
