#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/runner/run.h"
#include "harness/simulation/simulation.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

constexpr const char* kRate = "/traffic/0/poisson/rate=20/s";

struct Logged {
  std::string text;
  std::vector<std::vector<std::string>> lines;  ///< words, quoted ones whole
};

/// What `steady run FILE --access-log` writes, with changes.
Logged logged(const std::string& file, std::vector<std::string> set,
              std::optional<SimDuration> until = {}) {
  runner::RunOptions options;
  options.set = std::move(set);
  options.access_log = true;
  options.until = until;
  const auto result = runner::run_file(std::string(STEADY_SOURCE_DIR) + "/" + file, options);
  for (const auto& error : result.errors) UNSCOPED_INFO(error);
  REQUIRE(result.access_log);
  std::ostringstream out;
  result.access_log->write(result.simulation->world(), out);
  Logged log;
  log.text = out.str();
  std::istringstream in(log.text);
  for (std::string line; std::getline(in, line);) {
    auto& words = log.lines.emplace_back();
    std::istringstream rest(line);
    for (std::string word; rest >> word;) {
      while (word.front() == '"' && (word.size() == 1 || word.back() != '"')) {
        std::string more;
        REQUIRE(rest >> more);
        word += " " + more;
      }
      words.push_back(word);
    }
  }
  return log;
}

/// The change that sends a log again.
std::string replayed(const std::string& to, const Logged& log, const std::string& name) {
  const auto path = std::filesystem::temp_directory_path() / name;
  std::ofstream(path) << log.text;
  return R"(/traffic=[{"to": ")" + to + R"(", "trace": {"file": ")" + path.string() +
         R"(", "align": "clock"}}])";
}

}  // namespace

// The issue: a log that a run wrote is a trace of the same arrivals, to the log's resolution, in
// the same order, with client and route; a second round trip changes nothing at all.
TEST_CASE("an access log that is read back as a trace gives the same arrivals", "[runner]") {
  const Logged first =
      logged("scenarios/first.json", {"/traffic/0/clients=40", "/traffic/0/timeout=200ms", kRate});
  const std::string set = replayed("front", first, "steady-trace-a.log");
  const Logged second = logged("scenarios/first.json", {set});
  const Logged third =
      logged("scenarios/first.json", {replayed("front", second, "steady-trace-b.log")});
  REQUIRE(first.lines.size() > 1000);
  REQUIRE(first.lines.size() == second.lines.size());
  for (std::size_t i = 0; i < first.lines.size(); ++i) {
    const auto &a = first.lines[i], &b = second.lines[i];
    REQUIRE(a.size() == 29);  // elb.md 2.18: so many fields
    // request_creation_time, client:port, "request"
    if (a[21] != b[21] || a[3] != b[3] || a[12] != b[12]) {
      INFO("line " << i);
      CHECK(a == b);
      break;
    }
  }
  CHECK(second.text == third.text);
}

// elb.md 2.18: "Client gone: 460"; an answer has its time in the second of three fields, and what
// got none has -1 there.
TEST_CASE("an Application balancer's log tells each outcome in AWS's way", "[runner]") {
  const Logged log = logged("scenarios/first.json", {"/traffic/0/timeout=100ms", kRate});
  std::size_t answered = 0, gone = 0;
  for (const auto& line : log.lines) {
    CHECK(line[0] == "http");
    CHECK(line[2].starts_with("app/front/"));
    if (line[8] == "200") {
      ++answered;
      CHECK(line[5] == "0.000");
      CHECK(line[6].size() == 5);
      CHECK(line[9] == "200");
    } else {
      ++gone;
      CHECK(line[8] == "460");
      CHECK(line[5] + line[6] + line[7] == "-1-1-1");
      CHECK(line[9] == "-");
    }
  }
  CHECK(answered > 100);
  CHECK(gone > 100);
}

// elb.md 1.10, 1.11: a Classic balancer answers 504 where the instance closed the connection, and
// its times have microseconds. Its log too is a trace.
TEST_CASE("a Classic balancer's log has its own format and is a trace as well", "[runner]") {
  const Logged log = logged("scenarios/article/drain-off.json", {});
  std::size_t lost = 0;
  for (const auto& line : log.lines) {
    REQUIRE(line.size() == 15);
    if (line[7] == "504") ++lost;
    if (line[7] == "200") CHECK(line[4] == "0.000000");
  }
  CHECK(lost == 18);
  const Logged again = logged("scenarios/article/drain-off.json",
                              {replayed(log.lines[0][1], log, "steady-trace-c.log")});
  REQUIRE(again.lines.size() == log.lines.size());
  for (std::size_t i = 0; i < log.lines.size(); ++i) {
    if (again.lines[i][0] != log.lines[i][0] || again.lines[i][2] != log.lines[i][2]) {
      INFO("line " << i);
      CHECK(again.lines[i] == log.lines[i]);
      break;
    }
  }
}

// The issue: arrivals, clients and routes come back, through listener rules and redirects too;
// elb.md 2.18: redirect_url says where a redirect leads.
TEST_CASE("rules and redirects survive the round trip of an access log", "[runner]") {
  const std::string file = "scenarios/traffic/canary.json";
  const std::string rate = "/traffic/0/poisson/rate=20/s";
  constexpr SimDuration kEnd = 2min;
  const Logged first = logged(file, {rate}, kEnd);
  const Logged second = logged(file, {replayed("front", first, "steady-trace-d.log")}, kEnd);
  const Logged third = logged(file, {replayed("front", second, "steady-trace-e.log")}, kEnd);
  REQUIRE(first.lines.size() > 2000);
  REQUIRE(first.lines.size() == second.lines.size());
  std::size_t redirects = 0, others = 0;
  for (std::size_t i = 0; i < first.lines.size(); ++i) {
    const auto &a = first.lines[i], &b = second.lines[i];
    const bool same = a[21] == b[21] && a[3] == b[3] && a[12] == b[12] && a[23] == b[23];
    others += same ? 0 : 1;
    if (a[22] != "\"redirect\"") continue;
    ++redirects;
    CHECK(a[23] == "\"http://www.example.com:80/new\"");
  }
  CHECK(others == 0);
  CHECK(redirects > 300);
  CHECK(second.text == third.text);
}
