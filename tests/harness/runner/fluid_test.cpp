#include <algorithm>
#include <map>
#include <sstream>

#include "harness/report/report.h"
#include "harness/runner/run.h"
#include "harness/simulation/simulation.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

const std::string kScenarios = std::string(STEADY_SOURCE_DIR) + "/scenarios/";

runner::RunResult run(const std::string& file, std::vector<std::string> set,
                      std::uint64_t seed = 1) {
  runner::RunOptions options;
  options.set = std::move(set);
  options.seed = seed;
  return runner::run_file(kScenarios + file, options);
}

std::uint64_t apart(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

bool mentions(const std::vector<std::string>& errors, const std::string& text) {
  return std::ranges::any_of(errors,
                             [&](const auto& e) { return e.find(text) != std::string::npos; });
}

}  // namespace

// What a fluid run says of itself must hold for the deploys that are shipped: drains that are off
// or too short, a keep-alive race, columns that go, processes that stop too early, queues that fail
// their checks. The kills are the control plane's own, so is the scheduler.
TEST_CASE("exact runs of shipped scenarios stay within the fluid run's bound", "[fluid]") {
  const std::string file = GENERATE(values<std::string>(
      {"theory/inflight-at-kill.json", "stories/keep-alive-race.json",
       "stories/sigterm-inside-the-drain.json", "stories/stop-task-signals-first.json",
       "stories/rename-and-rollback.json", "first.json"}));
  INFO(file);
  const auto fluid = run(file, {"/fluid=true"});
  REQUIRE(fluid.record);
  REQUIRE(fluid.record->fluid);
  const auto& bound = *fluid.record->fluid;
  const auto expected = fluid.record->ledger->total();
  const auto exact = run(file, {}, 2);
  REQUIRE(exact.record);
  CHECK_FALSE(exact.record->fluid);
  const auto got = exact.record->ledger->total();
  CHECK(apart(expected.total(), got.total()) <= bound.total);
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i) {
    INFO(dataplane::name(static_cast<dataplane::Outcome>(i))
         << ": fluid " << expected.by_outcome[i] << ", exact " << got.by_outcome[i] << ", bound "
         << bound.by_outcome[i]);
    CHECK(apart(expected.by_outcome[i], got.by_outcome[i]) <= bound.by_outcome[i]);
  }
  for (const auto& quantile : bound.latency) {
    CHECK(got.latency.quantile(quantile.per_million) >= quantile.least);
    CHECK(got.latency.quantile(quantile.per_million) <= quantile.most);
  }
}

// product.md: the same scenario, seed and version give the same bytes.
TEST_CASE("a fluid run gives the same bytes twice, and says what it is", "[fluid]") {
  const auto once = run("theory/inflight-at-kill.json", {"/fluid=true"});
  const auto again = run("theory/inflight-at-kill.json", {"/fluid=true"});
  REQUIRE(once.record);
  REQUIRE(again.record);
  const auto json = report::to_json(once.report());
  CHECK(json.dump() == report::to_json(again.report()).dump());
  CHECK(json["fluid"]["errorBound"]["requests"].contains("ok"));
  REQUIRE(json["causes"].size() > 0);
  CHECK(json["causes"][0].contains("errorBound"));
  std::ostringstream text;
  report::write_text(once.report(), {}, text);
  CHECK(text.str().find("fluid: expected numbers") != std::string::npos);
  CHECK_FALSE(report::to_json(run("theory/inflight-at-kill.json", {}).report()).contains("fluid"));
}

// Nothing is silently left out: what a flow cannot carry is refused by name, all of it at once.
TEST_CASE("the fluid mode refuses what it does not carry, all at once", "[fluid]") {
  const auto result = run(
      "first.json",
      {"/fluid=true", "/traffic/0/clients=100", "/traffic/0/atOnce=2",
       R"(/traffic/0/stream={"life": "1m"})",
       R"(/cloud/targetGroups/0/attributes/load_balancing.algorithm.type="least_outstanding_requests")"});
  CHECK(result.exit_code == runner::kWrongInput);
  CHECK(mentions(result.errors, "E1230"));
  CHECK(mentions(result.errors, "a population of clients ('clients')"));
  CHECK(mentions(result.errors, "long connections ('stream')"));
  CHECK(mentions(result.errors, "clients with so many connections ('atOnce')"));
  const auto algorithm = run(
      "first.json",
      {"/fluid=true",
       R"(/cloud/targetGroups/0/attributes/load_balancing.algorithm.type="least_outstanding_requests")"});
  CHECK(algorithm.exit_code == runner::kWrongInput);
  CHECK(mentions(algorithm.errors, "an algorithm that looks at what is outstanding"));
  // elb.md 2.9: shares that follow failures, and who asks for them; also in the middle of a run.
  const std::string mitigation =
      R"({"load_balancing.algorithm.type": "weighted_random", "load_balancing.algorithm.anomaly_mitigation": "on"})";
  const auto weights = run(
      "first.json",
      {"/fluid=true", "/cloud/targetGroups/0/attributes=" + mitigation,
       R"(/timeline=[{"at": "1m", "call": {"DescribeTargetHealth": {"TargetGroupArn": "web", "Include": ["All"]}}}])"});
  CHECK(weights.exit_code == runner::kWrongInput);
  CHECK(mentions(weights.errors, "weights that follow failures (anomaly mitigation)"));
  CHECK(mentions(weights.errors, "anomalies of targets"));
  const auto later = run(
      "first.json",
      {"/fluid=true",
       R"(/timeline=[{"at": "1m", "call": {"ModifyTargetGroupAttributes": {"TargetGroupArn": "web", "Attributes": )" +
           mitigation + "}}}]"});
  CHECK(later.exit_code == runner::kWrongInput);
  CHECK(mentions(later.errors, "weights that follow failures (anomaly mitigation)"));
}

// The same for apps: whatever makes one request unlike another.
TEST_CASE("the fluid mode names every way of an app that it does not carry", "[fluid]") {
  const auto result =
      run("first.json",
          {"/fluid=true", "/apps/web:1/coldStart={\"requests\": 10, \"factor\": 3}",
           R"(/apps/web:1/dependencies=[{"name": "db", "latency": "5ms"}])",
           R"(/apps/web:1/pauses={"every": "10s", "for": "1s"})",
           R"(/apps/web:1/cpu={"busy": 0.5})", R"(/apps/web:1/memory={"perRequest": "64KiB"})",
           R"(/apps/web:1/shed={"queue": 10})", R"(/apps/web:1/queueTimeout="1s")"});
  CHECK(result.exit_code == runner::kWrongInput);
  for (const auto* feature : {"'coldStart'", "'dependencies'", "'pauses'", "'cpu'", "'memory'",
                              "'shed'", "'queueTimeout'"})
    CHECK(mentions(result.errors, feature));
}

// What asks for single requests, or for what nodes count of them, has nothing to get from a flow.
TEST_CASE("what tells of single requests does not go with a fluid run", "[fluid]") {
  runner::RunOptions options;
  options.set = {"/fluid=true"};
  options.keep_all_drops = options.metrics = options.access_log = options.trace = true;
  const auto result = runner::run_file(kScenarios + "first.json", options);
  CHECK(result.exit_code == runner::kWrongInput);
  CHECK(mentions(result.errors, "a fluid run sends no single request"));
  CHECK(mentions(result.errors, "--ledger, --metrics, --access-log, --trace"));
  const auto metric = run(
      "first.json", {"/fluid=true", R"(/expect=["metric HTTPCode_ELB_5XX_Count of front == 0"])"});
  CHECK(metric.exit_code == runner::kWrongInput);
  CHECK(mentions(metric.errors, "E1230"));
  CHECK(mentions(metric.errors, "metrics"));
}

// Two thousand million is what a run can send one by one; a flow sends none of them.
TEST_CASE("the limit on requests does not hold for a fluid run", "[fluid]") {
  const auto result = run("first.json", {"/fluid=true", "/traffic/0/poisson/rate=9000000/s"});
  CHECK_FALSE(mentions(result.errors, "a run sends at most"));
  REQUIRE(result.record);
  CHECK(result.record->ledger->total().total() == 8'100'000'000U);
}
