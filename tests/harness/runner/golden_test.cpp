#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/report/report.h"
#include "harness/runner/run.h"
#include "tests/support/catch.h"

using namespace steady;
namespace fs = std::filesystem;

namespace {

const fs::path kRoot = STEADY_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

// The event console of the article's stories, as approved by a person: any shift of the model is
// seen here. UPDATE_GOLDEN=1 rewrites the files; read the difference then.
TEST_CASE("the article's scenarios tell the approved story", "[golden]") {
  for (const auto& entry : fs::directory_iterator(kRoot / "scenarios/article")) {
    const std::string name = entry.path().stem().string();
    const fs::path golden = kRoot / "tests/golden" / (name + ".txt");
    const auto result =
        runner::run_text("scenarios/article/" + name + ".json", read(entry.path()), {});
    INFO(name);
    REQUIRE(result.record);
    CHECK(result.exit_code == runner::kAllHold);
    std::ostringstream out;
    report::write_text(result.report(), {}, out);
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
      std::ofstream(golden) << out.str();
    } else {
      CHECK(out.str() == read(golden));
    }
  }
}

// product.md, Determinism: one scenario and one seed give one result, another seed another.
TEST_CASE("a run is a function of scenario and seed", "[determinism]") {
  for (const char* file : {"scenarios/first.json", "scenarios/article/rolling-update.json",
                           "scenarios/article/vm-swap-back.json"}) {
    const std::string text = read(kRoot / file);
    runner::RunOptions options;
    options.seed = 7;
    const auto a = runner::run_text(file, text, options);
    const auto b = runner::run_text(file, text, options);
    REQUIRE(a.record);
    REQUIRE(b.record);
    CHECK(report::to_json(a.report()).dump() == report::to_json(b.report()).dump());
    options.seed = 8;
    const auto c = runner::run_text(file, text, options);
    CHECK(c.record->digest != a.record->digest);
  }
}

// A result that named a path, a host or the time of day would differ between two machines.
TEST_CASE("a result names no path and no host", "[determinism]") {
  const auto result =
      runner::run_text("/some/where/x.json", read(kRoot / "scenarios/first.json"), {});
  REQUIRE(result.record);
  CHECK(report::to_json(result.report()).dump().find("/some/where") == std::string::npos);
}

TEST_CASE("another seed tells the same story with other ids", "[determinism]") {
  runner::RunOptions options;
  options.seed = 2;
  const auto result =
      runner::run_text("f", read(kRoot / "scenarios/article/rolling-update.json"), options);
  CHECK(result.exit_code == runner::kAllHold);
}

TEST_CASE("exit codes: the worst decides, an interrupt beats all", "[exit]") {
  using namespace runner;
  CHECK(worse(kAllHold, kFailed) == kFailed);
  CHECK(worse(kFailed, kWrongInput) == kWrongInput);
  CHECK(worse(kInternal, kWrongInput) == kInternal);
  CHECK(worse(kNothingRan, kAllHold) == kNothingRan);
  CHECK(worse(kInconclusive, kNothingRan) == kInconclusive);
  CHECK(worse(kInternal, kInterrupted) == kInterrupted);
}

// stories.md S01, S02, S41 and more, with the outcomes that follow from the rules.
TEST_CASE("stories with a known outcome have it", "[stories]") {
  struct Row {
    const char* what;
    std::vector<std::string> set;
    std::vector<std::string> expect;
  };
  const std::string text = read(kRoot / "scenarios/first.json");
  const Row row = GENERATE(
      Row{"S02: 50/150 blocks one task",
          {"/services/0/desiredCount=1",
           "/services/0/deploymentConfiguration/minimumHealthyPercent=50"},
          {"tasks web:2 started == 0", "deployment web is IN_PROGRESS at 15m",
           "event 'was unable to stop or start tasks during a deployment' count >= 1"}},
      Row{"S41: one wave takes start, passes and the whole drain",
          {"/services/0/deploymentConfiguration/maximumPercent=200",
           "/cloud/targetGroups/0/attributes/deregistration_delay.timeout_seconds=300",
           "/cloud/instances/0/count=12"},
          {"deployment web duration in [330s, 400s]", "requests.dropped == 0"}},
      Row{"F4: SIGTERM with the drain and an app that exits cuts what is in flight",
          {"/behaviour={\"stopOrder\": \"dereg_and_sigterm_together\"}",
           "/apps/web:1/onSigterm=exit"},
          {"requests.reset > 0", "requests.reset == requests.dropped"}},
      Row{"S25: no grace and a slow start: tasks are killed for ever",
          {"/apps/web:2/readyAfter=90s", "/apps/web:2/startup=5s", "/services/0/desiredCount=2",
           "/services/0/deploymentConfiguration/maximumPercent=200", "/traffic/0/poisson/rate=50/s",
           "/cloud/targetGroups/0/HealthCheckIntervalSeconds=30",
           "/cloud/targetGroups/0/HealthyThresholdCount=5"},
          {"targets web:2 healthy max == 0", "tasks web:2 started >= 10", "requests.dropped == 0"}},
      Row{"S29: an image that cannot be pulled trips the breaker at 5 of 10",
          {"/apps/web:2/imagePull=fail",
           "/services/0/deploymentConfiguration/deploymentCircuitBreaker={\"enable\": true, "
           "\"rollback\": true}"},
          {"deployment web FAILED within 5m", "service web taskDefinition == web:1 at 15m",
           "requests.dropped == 0"}},
      Row{"R9: minimum 0 of one task leaves a gap without a target",
          {"/services/0/desiredCount=1",
           "/services/0/deploymentConfiguration/minimumHealthyPercent=0",
           "/services/0/deploymentConfiguration/maximumPercent=100", "/apps/web:1/concurrency=200",
           "/apps/web:2/concurrency=200"},
          {"requests.no_target > 0"}},
      Row{"stop-then-start drops what comes in between",
          {"/timeline/0/deploy={\"engine\": \"stop-then-start\", \"service\": \"web\", "
           "\"taskDefinition\": \"web:2\"}"},
          {"requests.no_target > 1000", "deploy stop-then-start is good"}},
      Row{"an instance that crashes loses what it held, and its tasks come back",
          {"/timeline/-={\"at\": \"6m\", \"fault\": {\"instanceCrash\": {\"count\": 1}}}"},
          {"requests.dropped > 0", "tasks running == 10 at 14m"}});
  runner::RunOptions options;
  options.set = row.set;
  Json expect = Json(row.expect);
  options.set.push_back("/expect=" + expect.dump());
  const auto result = runner::run_text("scenarios/first.json", text, options);
  INFO(row.what);
  std::string said;
  for (const auto& error : result.errors) said += error + "\n";
  for (const auto& judgement : result.judgements)
    said += judgement.expectation + " got " + judgement.got + "\n";
  INFO(said);
  CHECK(result.exit_code == runner::kAllHold);
}
