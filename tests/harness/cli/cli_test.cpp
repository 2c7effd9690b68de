#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/catch.h"

namespace {

struct Ran {
  int code = 0;
  std::string out;
};

/// Runs the program as a shell would, from the root of the tree; both streams in one.
Ran steady(const std::string& arguments) {
  const std::string line = std::string("cd '") + STEADY_SOURCE_DIR + "' && '" + STEADY_PROGRAM +
                           "' " + arguments +
                           (arguments.find("2>") == std::string::npos ? " 2>&1" : "");
  Ran ran;
  FILE* pipe = popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    ran.out.append(buffer.data(), n);
  const int status = pclose(pipe);
  ran.code = WEXITSTATUS(status);
  return ran;
}

using Catch::Contains;

}  // namespace

// ux.md 1: scripts live by exit codes.
TEST_CASE("exit codes are those of the contract", "[cli]") {
  CHECK(steady("run scenarios/article/rolling-update.json").code == 0);
  CHECK(steady("run scenarios/article/rolling-update.json --set '/expect/0=requests.dropped > 0'")
            .code == 1);
  CHECK(steady("run scenarios/article/rolling-update.json --set /services/0/desiredCount=many")
            .code == 2);
  CHECK(steady("run nowhere.json").code == 2);
  CHECK(steady("rnu x").code == 2);
  CHECK(steady("run x --jsn y").code == 2);
  CHECK(steady("run").code == 2);
  CHECK(steady("run scenarios/first.json --replications 3").code == 2);
  CHECK(steady("test tests/support").code == 4);
  CHECK(steady("--help").code == 0);
  CHECK(steady("run --help").code == 0);
  CHECK(steady("--version").code == 0);
}

TEST_CASE("usage errors name the nearest word", "[cli]") {
  CHECK_THAT(steady("rnu x").out, Contains("did you mean 'run'"));
  CHECK_THAT(steady("run x --jsno y").out, Contains("did you mean '--json'"));
  CHECK_THAT(steady("explain E1208x").out, Contains("E1208"));
  CHECK_THAT(steady("run scenarios/first.json --variant nope").out, Contains("E1209"));
}

// ux.md 2: `steady run x --json - | jq` must work, so every human word leaves stdout.
TEST_CASE("a result on stdout stands alone there", "[cli]") {
  const auto ran = steady("run scenarios/article/rolling-update.json --json - 2>/dev/null");
  CHECK(ran.out.starts_with("{\n  \"schemaVersion\": 1"));
  CHECK(ran.out.ends_with("}\n"));
}

// A failure that cannot be repeated is a rumour.
TEST_CASE("the replay line of a failure repeats it", "[cli]") {
  const auto failed = steady(
      "run scenarios/article/drain-off.json --set '/expect/0=requests.dropped == 0' --seed 3");
  REQUIRE(failed.code == 1);
  const auto at = failed.out.find("replay: steady ");
  REQUIRE(at != std::string::npos);
  const std::string line = failed.out.substr(at + 15, failed.out.find('\n', at) - at - 15);
  const auto again = steady(line);
  CHECK(again.code == 1);
  const auto verdict = [](const std::string& out) {
    return out.substr(out.find("FAIL requests"), 60);
  };
  CHECK(verdict(again.out) == verdict(failed.out));
}

TEST_CASE("results have the same bytes for any number of jobs", "[cli][determinism]") {
  CHECK(steady("test scenarios/article --jobs 1").out ==
        steady("test scenarios/article --jobs 2").out);
}

TEST_CASE("JUnit names what failed, and XML is closed", "[cli]") {
  const auto ran = steady(
      "run scenarios/first.json --set '/expect/0=requests.dropped > 0' --junit - 2>/dev/null");
  CHECK(ran.code == 1);
  CHECK_THAT(ran.out, Contains("<testcase") && Contains("<failure") &&
                          Contains("requests.dropped &gt; 0") && Contains("</testsuites>"));
}

TEST_CASE("the flag --events shows more, --events=aws less", "[cli]") {
  CHECK_THAT(steady("run scenarios/article/no-room.json").out, Contains("why: "));
  CHECK_THAT(steady("run scenarios/article/no-room.json --events=aws").out, !Contains("why: "));
  CHECK_THAT(steady("run scenarios/article/no-room.json --events").out, Contains("status=RUNNING"));
}

TEST_CASE("check prints each error with its place, and explain knows its rule", "[cli]") {
  const auto ran = steady("check scenarios/first.json --set /services/0/taskDefinition=web:7");
  CHECK(ran.code == 2);
  CHECK_THAT(ran.out, Contains("E1212 scenarios/first.json:") &&
                          Contains("/services/0/taskDefinition") &&
                          Contains("more: steady explain E1212"));
  CHECK_THAT(steady("explain E1212").out, Contains("fails:") && Contains("passes:"));
  CHECK(steady("check scenarios/article/no-room.json").code == 0);
  CHECK(steady("check scenarios/article/no-room.json --strict").code == 1);
}

TEST_CASE("the flag --check-determinism runs twice and agrees", "[cli]") {
  const auto ran = steady("run scenarios/first.json --check-determinism");
  CHECK(ran.code == 0);
  CHECK_THAT(ran.out, Contains("same digest"));
}

TEST_CASE("the flag --until stops earlier", "[cli]") {
  CHECK_THAT(steady("run scenarios/first.json --until 3m").out,
             Contains("summary after 3m virtual"));
}

// A folder is what people type first: check looks at all below it, run says which command does.
TEST_CASE("a folder is checked whole, and run names the command for it", "[cli]") {
  const auto checked = steady("check scenarios/theory");
  CHECK(checked.code == 0);
  CHECK_THAT(checked.out, Contains("scenarios/theory/mm1.json: 0 errors, 0 warnings"));
  CHECK(steady("check tests/support").code == 4);
  const auto ran = steady("run scenarios/theory");
  CHECK(ran.code == 2);
  CHECK_THAT(ran.out, Contains("steady test scenarios/theory"));
}
