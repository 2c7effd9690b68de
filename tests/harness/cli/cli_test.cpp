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

// The ledger is the answer to "which requests, and why": one line a drop, each with its cause.
TEST_CASE("the ledger's file has every drop, in both formats", "[cli][ledger]") {
  const auto lines = steady("run scenarios/article/drain-off.json --ledger - 2>/dev/null");
  std::size_t count = 0;
  for (const char c : lines.out) count += c == '\n' ? 1 : 0;
  CHECK(count == 18);
  CHECK_THAT(lines.out, Contains("\"cause\":\"connection draining is off\"") &&
                            Contains("\"phase\":\"during ecs-svc/") &&
                            Contains("\"zone\":\"us-east-1a\"") && Contains("the client saw 504"));
  // The state of all that took part, and what led there, down to who called for the deploy.
  CHECK_THAT(lines.out, Contains("\"nodeState\":\"told of its end\"") &&
                            Contains("\"connection\":\"reset\"") &&
                            Contains("\"taskState\":\"STOPPING\""));
  const auto link = [&](const char* text) {
    return lines.out.find(text, lines.out.find("\"chain\""));
  };
  CHECK(link("is DEACTIVATING (Scaling activity") < link("to sample-webapp:2 began\""));
  CHECK(link("to sample-webapp:2 began\"") < link("UpdateService of "));
  CHECK(link("UpdateService of ") < link("deploy ecs of sample-webapp:2 began"));
  const std::string file = "build-ledger-test.csv";
  const auto path = (std::filesystem::temp_directory_path() / file).string();
  REQUIRE(steady("run scenarios/article/schema-breaking.json --ledger '" + path + "'").code == 0);
  std::ifstream csv(path);
  std::string head, line;
  std::getline(csv, head);
  CHECK_THAT(head, Catch::StartsWith("source,request,sentNs,endedNs,outcome,status"));
  count = 0;
  while (std::getline(csv, line)) ++count;
  CHECK(count > 1000);  // more than are kept without a ledger
  csv.close();
  std::filesystem::remove(path);
}

// elb.md 2.11: what a rule answered needs no target, and the story says which rule it was.
TEST_CASE("steady why and the access log name the rule that took a request", "[cli][rules]") {
  const auto folder = std::filesystem::temp_directory_path();
  const auto result = (folder / "steady-rules-test.json").string();
  const auto log = (folder / "steady-rules-test.log").string();
  // Cut off after a minute its expectations fail; that is not what this looks at.
  CHECK(steady("run scenarios/traffic/canary.json --until 1m --access-log " + log).code == 1);
  std::ifstream lines(log);
  int forwards = 0, redirects = 0, answers = 0;
  for (std::string line; std::getline(lines, line);) {
    forwards += line.find(" \"forward\" ") != std::string::npos;
    const bool redirect = line.find(" \"redirect\" ") != std::string::npos;
    redirects += redirect;
    if (redirect) CHECK_THAT(line, Contains(" - -1 -1 -1 301 - ") && Contains("/old/page HTTP"));
    const bool answer = line.find(" \"fixed-response\" ") != std::string::npos;
    answers += answer;
    if (answer) CHECK_THAT(line, Contains(" 203.0.113.7:") && Contains(" 503 - "));
  }
  CHECK(forwards > 10'000);
  CHECK(redirects > 200);
  CHECK(answers > 200);
  CHECK(steady("run scenarios/traffic/canary.json --json " + result).code == 0);
  CHECK_THAT(steady("why " + result + " 2/3").out,
             Contains("followed rule 20 and answered by itself") && Contains("the client saw 301"));
  CHECK_THAT(steady("why " + result + " 1/1").out, Contains("followed rule 10 and chose"));
  std::filesystem::remove(result);
  std::filesystem::remove(log);
}

// elb.md 2.11, 2.18: each redirect that a client follows is a request to its load balancer, with a
// line of its own; the request's story has them all.
TEST_CASE("steady why and the access log tell where redirects led a client", "[cli][rules]") {
  const auto folder = std::filesystem::temp_directory_path();
  const auto result = (folder / "steady-redirects-test.json").string();
  const auto log = (folder / "steady-redirects-test.log").string();
  const std::string file = "scenarios/traffic/a-circle-of-redirects.json";
  CHECK(steady("run " + file + " --json " + result).code == 0);
  CHECK(steady("run " + file + " --until 1m --access-log " + log).code == 1);
  std::ifstream lines(log);
  int sent_on = 0, answered = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool redirect = line.find(" \"redirect\" ") != std::string::npos;
    ++(redirect ? sent_on : answered);
    CHECK(line.starts_with(redirect ? "http " : "https "));
    CHECK_THAT(line, Contains(redirect ? "\"GET http://front" : "\"GET https://front"));
    CHECK_THAT(line, Contains(redirect ? ":80/cart?id=7 HTTP/1.1\"" : ":443/cart?id=7 HTTP/1.1\""));
    if (redirect) CHECK_THAT(line, Contains(":443/cart?id=7\" \"-\""));
  }
  CHECK(sent_on > 1000);
  CHECK(sent_on == answered);
  CHECK_THAT(steady("why " + result + " 0/5").out,
             Contains("after 1 other attempt") &&
                 Contains(": ok, redirect; the client goes on to "
                          "/cart at front:443") &&
                 Contains("ok"));
  CHECK_THAT(steady("why " + result + " 0/9000").out,
             Contains("goes on to /cart at front:80") &&
                 Contains("the client has followed enough of them") &&
                 Contains("client_gave_up, too many redirects"));
  std::filesystem::remove(result);
  std::filesystem::remove(log);
}

// "Why was this request lost?" must have an answer that is the run's own, or none.
TEST_CASE("steady why tells a request's story, and refuses another run's", "[cli][ledger]") {
  const auto path = (std::filesystem::temp_directory_path() / "steady-why-test.json").string();
  REQUIRE(steady("run scenarios/article/drain-off.json --seed 1 --json '" + path + "'").code == 0);
  const auto lost = steady("why '" + path + "' 0/4899");
  CHECK(lost.code == 0);
  CHECK_THAT(lost.out, Contains("97.980s  sent by source 0 as its request 4899") &&
                           Contains("a worker takes it at once") &&
                           Contains("reset, connection draining is off") &&
                           Contains("the client saw 504") &&
                           Contains("At that moment: target InService; task STOPPING; connection "
                                    "reset; to node 1 the target was told of its end.") &&
                           Contains("  <- 60.000s  deploy ecs of sample-webapp:2 began"));
  const auto good = steady("why '" + path + "' 41");
  CHECK(good.code == 0);
  CHECK_THAT(good.out, Contains(": ok"));
  CHECK(steady("why '" + path + "' x/y").code == 2);
  CHECK_THAT(steady("why '" + path + "' 0/99999999").out, Contains("the run has no request"));
  CHECK(steady("why scenarios/first.json 0/1").code == 2);
  CHECK(steady("why nowhere.json 0/1").code == 2);
  // Another seed, another digest: the story would be another request's.
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  in.close();
  const auto seed = text.find("\"seed\": 1,\n  \"replication\"");
  REQUIRE(seed != std::string::npos);
  std::ofstream(path) << text.replace(seed, 9, "\"seed\": 2");
  const auto other = steady("why '" + path + "' 0/4899");
  CHECK(other.code == 2);
  CHECK_THAT(other.out, Contains("digest"));
  const auto version = text.find("\"steadyVersion\": \"");
  REQUIRE(version != std::string::npos);
  std::ofstream(path) << text.insert(version + 18, "9");
  CHECK_THAT(steady("why '" + path + "' 0/4899").out, Contains("was made by version 9"));
  std::filesystem::remove(path);
}
