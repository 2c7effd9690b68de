#include "harness/expectations/expectation.h"

#include "tests/support/catch.h"
#include "tests/support/story.h"

using namespace steady;
using dataplane::Outcome;
using expectations::Expectation;
using test::Story;

// A user reads a verdict as arithmetic, so each comparison must mean what it says at its edges.
TEST_CASE("counts of requests are compared exactly, at the edges too", "[expectations]") {
  Story story;
  story.requests("web:1", Outcome::kOk, 97);
  story.requests("web:1", Outcome::kReset, 2, 1ms, "drain timeout");
  story.requests("web:2", Outcome::kAppError, 1, 1ms, "answered 500");

  CHECK(story.holds("requests.total == 100"));
  CHECK(story.holds("requests.dropped == 3"));
  CHECK_FALSE(story.holds("requests.dropped < 3"));
  CHECK(story.holds("requests.dropped in [3, 5]"));
  CHECK(story.holds("requests.dropped in [1, 3]"));
  CHECK_FALSE(story.holds("requests.dropped in [4, 5]"));
  CHECK(story.holds("requests.dropped / requests.total <= 3/100"));
  CHECK(story.holds("requests.dropped / requests.total <= 3%"));
  CHECK_FALSE(story.holds("requests.dropped / requests.total < 3%"));
  CHECK(story.holds("requests.reset cause 'drain' == 2"));
  CHECK(story.holds("requests.app_error to web:2 == requests to web:2"));
  CHECK(story.holds("requests to web:1 == 99"));
  CHECK(story.holds("availability == 0.97"));
  CHECK(story.judge("requests.dropped == 0").got == "3");
}

// A deploy's cost is asked for a stretch of time; a request belongs to the one in which it was
// sent.
TEST_CASE("a window counts the requests that were sent in it", "[expectations]") {
  Story story;
  story.requests("web:1", Outcome::kOk, 10);
  story.ledger.cut(Story::at(10min));
  story.requests("web:1", Outcome::kTimeout, 5, 1s, "no answer");
  story.ledger.cut(Story::at(20min));
  story.requests("web:1", Outcome::kOk, 7);

  CHECK(story.holds("requests.dropped == 5 during [10m, 20m]"));
  CHECK(story.holds("requests.dropped == 0 during [20m, 1h]"));
  CHECK(story.holds("requests.total == 7 during [20m, 1h]"));
  CHECK(story.holds("requests.total == 10 during [0s, 10m]"));
}

// "No such thing" is not zero: a condition about an event that never came must fail, whatever it
// compares.
TEST_CASE("a condition on something that never happened does not hold", "[expectations]") {
  Story story;
  CHECK_FALSE(story.holds("first event 'has started' at <= 1h"));
  CHECK_FALSE(story.holds("first event 'has started' at >= 0s"));
  CHECK(story.judge("first event 'has started' at <= 1h").got == "never");
  CHECK_FALSE(story.holds("latency.p99 < 1s"));
  CHECK_FALSE(story.holds("requests.dropped == 0 during 2m after web:2 healthy"));
}

// stories.md S01: pending and running counts are those of the API, by desired status.
TEST_CASE("task counts follow last and desired status", "[expectations]") {
  Story story;
  story.task(0s, "a", "RUNNING");
  story.task(10s, "b", "PENDING", "web:2");
  story.task(30s, "b", "RUNNING", "web:2");
  story.task(40s, "a", "DEACTIVATING", "web:1", "STOPPED");
  story.task(50s, "a", "STOPPED", "web:1", "STOPPED");

  CHECK(story.holds("tasks running max == 2"));
  CHECK(story.holds("tasks web:2 running max == 1"));
  CHECK(story.holds("tasks running == 1 at 20s"));
  CHECK(story.holds("tasks pending == 1 at 20s"));
  CHECK(story.holds("tasks running == 1 at 45s"));
  CHECK(story.holds("tasks DEACTIVATING == 1 at 45s"));
  CHECK(story.holds("tasks running min == 1"));
  CHECK(story.holds("tasks web:2 started == 1"));
  CHECK(story.holds("tasks started == 1"));
  CHECK(story.holds("tasks web:2 pending longest == 20s"));
  CHECK(story.holds("time until tasks running == 2 == 30s"));
}

// ecs.md 7.6 R13: a deploy is judged by the deployment it made, not by what a rollback did after
// it.
TEST_CASE("a deployment's state and duration are its own", "[expectations]") {
  Story story;
  story.deployment(0s, "d0", "web:1", "COMPLETED", 0, true);
  story.deployment(60s, "d1", "web:2", "IN_PROGRESS");
  story.deployment(90s, "d1", "web:2", "IN_PROGRESS", 2);
  story.deployment(120s, "d1", "web:2", "FAILED", 3);

  CHECK(story.holds("deployment web is IN_PROGRESS at 100s"));
  CHECK(story.holds("deployment web FAILED within 1m"));
  CHECK_FALSE(story.holds("deployment web FAILED within 59s"));
  CHECK(story.holds("deployment web:2 duration == 60s"));
  CHECK(story.holds("deployment web failedTasks max == 3"));
  CHECK(story.holds("deployment web failedTasks == 2 at 100s"));
  CHECK_FALSE(story.holds("deployment web COMPLETED within 1h"));
}

// Behind Classic there is no rolloutState (ecs.md 1.7): the steady state ends the deployment.
TEST_CASE("without a rolloutState the steady state ends a deployment", "[expectations]") {
  Story story;
  story.deployment(0s, "d0", "web:1", "", 0, true);
  story.deployment(60s, "d1", "web:2", "");
  story.event(200s, "(service web) has reached a steady state.");

  CHECK(story.holds("deployment web duration == 140s"));
  CHECK(story.holds("service web reaches steady state within 140s"));
  CHECK_FALSE(story.holds("service web reaches steady state within 139s"));
}

// Mixed versions and healthy counts come from targets, which change state one by one.
TEST_CASE("targets of two revisions make mixed-version time", "[expectations]") {
  Story story;
  story.target(0s, "i-1:80", "healthy", "web:1");
  story.target(30s, "i-2:80", "initial", "web:2");
  story.target(40s, "i-2:80", "healthy", "web:2");
  story.target(70s, "i-1:80", "draining", "web:1");

  CHECK(story.holds("mixed-version time == 30s"));
  CHECK(story.holds("healthy targets max == 2"));
  CHECK(story.holds("targets web:2 healthy max == 1"));
  CHECK(story.holds("targets web:1 healthy == 0 at 71s"));
}

// Every plain condition of the stories has to be sayable, or be refused by name (stories.md 1.2).
TEST_CASE("every plain condition of the stories is understood", "[expectations]") {
  const char* text = GENERATE(
      "tasks web:2 running max == 0", "deployment web is IN_PROGRESS at 6h",
      "requests.dropped == 0", "event 'is already using a port required by your task' count >= 1",
      "service web reaches steady state within 30m", "tasks running min == 2",
      "tasks web:2 started == 0", "requests.no_target > 0",
      "first event 'has started 1 tasks' at in [290s, 420s]",
      "first event 'has started 1 tasks' at <= 40s", "asg web-asg desired max == 2",
      "service web desiredCount == 1 at 24h", "instance hours == 24",
      "cluster cpu reserved max < 40%", "tasks web:2 pending longest >= 585s",
      "tasks web:2 pending longest in [900s, 1260s]", "tasks running == 8 at 10m",
      "tasks killed with exit code 137 >= 1",
      "first kill with exit code 137 at in [10m30s, 11m30s]", "asg web-asg instances <= 25 at 590s",
      "time until tasks running == 30 >= 800s", "tasks PROVISIONING max == 500",
      "calls RunTask failed == 10",
      "tasks stopped with 'TaskFailedToStart' all between 10m and 30m",
      "requests.dropped / requests.total in [0.65, 0.68] while healthy targets == 1",
      "requests.reset in [18, 72]",
      "requests.dropped cause 'instance terminated' == requests.dropped",
      "requests.reset / requests.total in [4.4e-5, 1.04e-4]",
      "latency.p99 in [5.5s, 11s] during 2m after web:2 healthy", "targets web:2 healthy max == 0",
      "deployment web FAILED within 5m", "deployment web:2 FAILED within 2m",
      "requests.ok / requests.total < 0.5 during [19m30s, 20m30s]",
      "deployment web failedTasks max == 0", "deployment web failedTasks >= 3",
      "deployment web failedTasks max <= 1", "service web taskDefinition == web:1 at 1h",
      "longest gap between starts <= 27m",
      "first failed call CreateTaskSet is number 5 with '5 deployments exist on the service'",
      "deployment web duration in [350s, 415s]", "requests.app_error to web:1 == requests to web:1",
      "requests.ok == 0 during [45m, 1h]", "schema has b at 30m",
      "latency.p99 < 400ms during deployment", "requests.dropped / requests.total <= 1/200");
  CAPTURE(text);
  const auto parsed = Expectation::parse(text);
  CHECK((parsed ? "" : parsed.error().message) == std::string());
}

TEST_CASE("a measure that is not there yet is refused by name", "[expectations]") {
  const char* text =
      GENERATE("mean(requests.reset) in [37, 51]", "share(requests.dropped == 0) >= 0.9",
               "scaling refusals >= 1", "asg flaps == 0", "check finding 'x' at 1m",
               "deploys failed in [8, 9]", "migration interrupted");
  CAPTURE(text);
  const auto parsed = Expectation::parse(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == "E1303");
}

// A misspelt condition must not pass silently, and its message must help.
TEST_CASE("a wrong condition is refused with place and remedy", "[expectations]") {
  auto error = [](const char* text) {
    const auto parsed = Expectation::parse(text);
    return parsed ? std::string("none") : parsed.error().code + " " + parsed.error().message;
  };
  CHECK_THAT(error("requests.droped == 0"),
             Catch::Contains("E1302") && Catch::Contains("requests.dropped"));
  CHECK_THAT(error("requests.dropped = 0"), Catch::Contains("E1301"));
  CHECK_THAT(error("requests.dropped"), Catch::Contains("E1301") && Catch::Contains("comparison"));
  CHECK_THAT(error("requests.dropped =="), Catch::Contains("E1301"));
  CHECK_THAT(error("requests.dropped == 0 sometimes"), Catch::Contains("sometimes"));
  CHECK_THAT(error("requests.dropped == 0 during [20m, 10m]"), Catch::Contains("E1304"));
  CHECK_THAT(error("event 'open count == 1"), Catch::Contains("never closed"));
  CHECK_THAT(error("requests.dropped in [1, 2"), Catch::Contains("E1301"));
  CHECK_THAT(error("service web reaches steady state"), Catch::Contains("within"));
  CHECK_THAT(error("requests.dropped == 0 at 10 parsecs"), Catch::Contains("E1304"));
  CHECK_THAT(error("latncy.p99 < 1s"), Catch::Contains("latency"));
}
