#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/json/json.h"
#include "harness/report/report.h"
#include "harness/runner/run.h"
#include "harness/runner/suite.h"
#include "harness/simulation/cloud_watch.h"
#include "harness/simulation/simulation.h"
#include "sim/dataplane/causes.h"
#include "tests/support/catch.h"

using namespace steady;
using dataplane::Outcome;

namespace {

runner::RunResult measured(const std::string& file, std::optional<SimDuration> until = {},
                           std::vector<std::string> set = {}) {
  runner::RunOptions options;
  options.metrics = true;
  options.until = until;
  options.set = std::move(set);
  auto result = runner::run_file(file, options);
  for (const auto& error : result.errors) UNSCOPED_INFO(error);
  REQUIRE(result.record);
  REQUIRE(result.record->metrics);
  return result;
}

std::string root() { return STEADY_SOURCE_DIR; }

/// Sums over all load balancers and minutes, by name without "_Count": both kinds call them so.
struct Sums {
  std::map<std::string, std::uint64_t> all, by_zone, by_group;
  explicit Sums(const simulation::CloudWatch& watch) {
    for (const auto& [key, points] : watch.series()) {
      const auto& info = simulation::metric_infos()[key.metric];
      if (info.source == simulation::MetricInfo::Source::kPerTarget) continue;
      std::string name(info.name.substr(0, info.name.find("_Count")));
      if (name.starts_with("HTTPCode_Backend")) name.replace(9, 7, "Target");
      auto& sums = !key.group.empty() ? by_group : key.zone.empty() ? all : by_zone;
      if (!key.group.empty() && !key.zone.empty()) continue;
      for (const auto& [minute, of] : points) sums[name] += static_cast<std::uint64_t>(of.sum);
    }
  }
};

std::string text(const runner::RunResult& result, bool as_csv) {
  std::ostringstream out;
  report::write_metrics({result.report()}, as_csv, out);
  return out.str();
}

std::vector<Json> points(const runner::RunResult& result) {
  std::vector<Json> all;
  std::istringstream in(text(result, false));
  for (std::string line; std::getline(in, line);) all.push_back(Json::parse(line));
  return all;
}

}  // namespace

// The issue: "counted from the same ledger". elb.md 8.5: a balancer counts attempts, also those
// that clients send again.
TEST_CASE("the sums over all datapoints are the ledger's, for every scenario",
          "[runner][metrics]") {
  std::vector<std::string> missing;
  const auto files = runner::find_scenarios({root() + "/scenarios"}, missing);
  REQUIRE(files.size() > 30);
  for (const auto& file : files) {
    INFO(file);
    // A flow has no requests that nodes could count.
    if (runner::read_file(file)->find("\"fluid\": true") != std::string::npos) continue;
    const auto result = measured(file, 4min);
    const auto& ledger = *result.record->ledger;
    const auto total = ledger.total();
    std::map<std::string, std::uint64_t> wanted;
    const auto count = [&](const std::map<dataplane::CauseId, std::uint64_t>& by_cause) {
      for (const auto& [id, times] : by_cause) {
        const auto& cause = ledger.cause(id);
        const bool app = cause.component == "app" || cause.component == "database" ||
                         cause.component == "dependency";
        const bool nobody = cause.outcome == Outcome::kNoTarget && cause.status == 0;
        const bool gave_up = cause.outcome == Outcome::kClientGaveUp;
        // That one came after an answer, and to no balancer.
        if (cause.text == dataplane::causes::kTooManyRedirects) continue;
        if (nobody || (cause.status == 0 && !gave_up)) continue;
        const int status = gave_up ? 460 : cause.status;
        const std::string digit = std::to_string(status / 100);
        wanted[std::string("HTTPCode_") + (app ? "Target_" : "ELB_") + digit + "XX"] += times;
      }
    };
    count(total.by_cause);
    count(total.retried_by_cause);
    Sums got(*result.record->metrics);
    for (const char* name : {"HTTPCode_ELB_4XX", "HTTPCode_ELB_5XX", "HTTPCode_Target_5XX"}) {
      INFO(name);
      // What a rule answers is no failure, and so in none of the ledger's causes.
      const std::uint64_t own = got.all["HTTP_Fixed_Response"];
      CHECK(got.all[name] >= wanted[name]);
      CHECK(got.all[name] <= wanted[name] + own);
    }
    // Long connections are no requests, and a Network balancer knows none.
    bool others = false, flows_only = true;
    auto& world = result.simulation->world();
    const auto& plane = world.data_plane();
    for (std::uint16_t source = 0; source < plane.sources(); ++source) {
      const auto& spec = plane.source(source);
      const auto* frontend = world.elb().frontend(spec.load_balancer, spec.port);
      others = others || spec.stream.has_value() ||
               (frontend != nullptr && frontend->kind == elb::Kind::kNetwork);
      flows_only = flows_only && frontend != nullptr && frontend->kind == elb::Kind::kNetwork;
    }
    // elb.md 3.4: whoever resets a flow is counted, and clients whose flows rest hear of more.
    if (flows_only && plane.sources() > 0) {
      std::uint64_t resets = 0, given_up = 0;
      for (const auto* causes : {&total.by_cause, &total.retried_by_cause}) {
        for (const auto& [id, times] : *causes) {
          const auto& cause = ledger.cause(id);
          if (cause.component == "client") given_up += times;
          const bool refused =
              cause.outcome == Outcome::kRefused || cause.outcome == Outcome::kOverflow;
          if (cause.outcome == Outcome::kReset || refused) resets += times;
        }
      }
      CHECK(got.all["TCP_Client_Reset"] == given_up);
      CHECK(got.all["TCP_Target_Reset"] <= resets);
      CHECK(got.all["TCP_Target_Reset"] + got.all["TCP_ELB_Reset"] >= resets);
      CHECK(got.all["NewFlowCount"] > 0);
      CHECK(got.all["ActiveFlowCount"] > 0);
    }
    if (!others) {
      CHECK(got.all["HTTPCode_Target_2XX"] + got.all["HTTP_Redirect"] +
                got.all["HTTP_Fixed_Response"] ==
            total.by_outcome[0] + total.redirected);
    }
    // Zones and target groups share all that was counted.
    for (const char* name : {"RequestCount", "HTTPCode_Target_2XX", "HTTPCode_ELB_5XX",
                             "NewFlowCount", "ActiveFlowCount"})
      CHECK(got.by_zone[name] == got.all[name]);
  }
}

// elb.md 2.19: names, dimensions, 60-second datapoints, and a RequestCount of those only for which
// a target was chosen.
TEST_CASE("a datapoint has CloudWatch's shape", "[runner][metrics]") {
  const auto result = measured(root() + "/scenarios/first.json", 4min);
  std::map<std::string, std::size_t> of;
  for (const auto& point : points(result)) {
    CHECK(point["Namespace"] == "AWS/ApplicationELB");
    CHECK(point["Period"] == 60);
    CHECK(point["Timestamp"].get<std::string>().ends_with(":00Z"));
    std::string names;
    for (const auto& dimension : point["Dimensions"])
      names += (names.empty() ? "" : ",") + dimension["Name"].get<std::string>();
    ++of[point["MetricName"].get<std::string>() + " by " + names];
    if (point["MetricName"] == "TargetResponseTime") {
      CHECK(point["Unit"] == "Seconds");
      CHECK(point["ExtendedStatistics"]["p50"].get<double>() <
            point["ExtendedStatistics"]["p99"].get<double>());
      CHECK(point["Maximum"].get<double>() < 10);
    }
  }
  // What is open after four minutes ends in the fifth.
  CHECK(of["RequestCount by LoadBalancer"] == 5);
  CHECK(of["RequestCount by AvailabilityZone,LoadBalancer"] == 15);
  CHECK(of["RequestCount by TargetGroup,LoadBalancer"] == 5);
  CHECK(of["RequestCount by TargetGroup,AvailabilityZone,LoadBalancer"] == 15);
  CHECK(of["RequestCountPerTarget by TargetGroup,LoadBalancer"] == 4);
  CHECK(of["HealthyHostCount by TargetGroup,LoadBalancer"] == 4);
  CHECK(of["HTTPCode_ELB_5XX_Count by LoadBalancer"] == 0);  // no data, no datapoint
}

// The contract: same scenario, seed and version, same bytes.
TEST_CASE("metrics have the same bytes each time, in both formats", "[runner][determinism]") {
  const std::string file = root() + "/scenarios/article/drain-off.json";
  const auto first = measured(file), second = measured(file);
  CHECK(text(first, false) == text(second, false));
  CHECK(text(first, true) == text(second, true));
  CHECK(text(first, true).starts_with("Namespace,MetricName,Dimensions,Timestamp,Period,Unit"));
  // Who counts changes nothing of what is counted.
  const auto without = runner::run_file(file, {});
  CHECK(without.record->digest == first.record->digest);
  CHECK(without.record->metrics == nullptr);
}

// elb.md 2.4, 2.19: host counts are the nodes' own opinions; a target that starts makes the minimum
// and the maximum differ only while nodes disagree.
TEST_CASE("host counts follow what the nodes believe", "[runner][metrics]") {
  const auto result = measured(root() + "/scenarios/first.json", 6min);
  double least = 1e9, most = 0;
  for (const auto& point : points(result)) {
    if (point["MetricName"] != "HealthyHostCount" || point["Dimensions"].size() != 2) continue;
    CHECK(point["SampleCount"] == 3);  // one a node
    least = std::min(least, point["Minimum"].get<double>());
    most = std::max(most, point["Maximum"].get<double>());
  }
  CHECK(least == 10);
  CHECK(most > 10);
  CHECK(most <= 15);  // maximumPercent 150
}

// elb.md 2.19, 2.9: at every look the group's anomalous targets. The access log, which knows
// nothing of anomalies, tells how often each target failed in the five seconds before.
TEST_CASE("anomalous hosts are those that stand out in the access log", "[runner][metrics]") {
  runner::RunOptions options;
  options.metrics = options.access_log = true;
  options.until = 4min;
  options.variant = "mitigated and repaired";
  // It fails from time to time only, so that it comes and goes.
  options.set = {"/apps/bad:1={\"errorRate\": 0.3, \"reads\": []}"};
  const auto result =
      runner::run_file(root() + "/scenarios/load/one-task-fails-fast.json", options);
  for (const auto& error : result.errors) UNSCOPED_INFO(error);
  REQUIRE(result.record);
  std::ostringstream log;
  result.access_log->write(result.simulation->world(), log);
  std::map<int, std::map<std::string, std::pair<int, int>>> looks;  // all, and failed, by target
  std::istringstream lines(log.str());
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> word(std::istream_iterator<std::string>(words), {});
    const std::string clock = word.at(1).substr(word.at(1).find('T') + 1);
    const int second = std::stoi(clock.substr(3, 2)) * 60 + std::stoi(clock.substr(6, 2));
    auto& [all, failed] = looks[second / 5 + 1][word.at(4)];
    ++all;
    if (word.at(9).starts_with('5')) ++failed;
  }
  std::map<std::int64_t, std::uint64_t> wanted;
  std::set<std::string> anomalous;
  for (int look = 1; look <= 48; ++look) {
    std::vector<double> rates;
    for (const auto& [target, n] : looks[look]) rates.push_back(1.0 * n.second / n.first);
    std::sort(rates.begin(), rates.end());
    const double most = 3 * rates[rates.size() / 2] + 0.02;
    for (const auto& [target, n] : looks[look]) {
      if (1.0 * n.second / n.first <= most) {
        anomalous.erase(target);
      } else if (n.second >= 5) {
        anomalous.insert(target);
      }
    }
    wanted[look / 12] += anomalous.size();
  }
  std::map<std::int64_t, std::uint64_t> got, looked;
  const auto& infos = simulation::metric_infos();
  for (const auto& [key, all] : result.record->metrics->series()) {
    if (infos[key.metric].name != "AnomalousHostCount" || !key.zone.empty()) continue;
    for (const auto& [minute, of] : all) {
      got[minute] = static_cast<std::uint64_t>(of.sum);
      looked[minute] = of.samples;
    }
  }
  // The look at the end of the run is in a minute of its own.
  wanted.erase(4);
  CHECK(got == wanted);
  CHECK(looked == std::map<std::int64_t, std::uint64_t>{{0, 11}, {1, 12}, {2, 12}, {3, 12}});
  std::uint64_t sum = 0;
  for (const auto& [minute, n] : wanted) sum += n;
  CHECK(sum > 5);
  CHECK(sum < 47);
}

// Conditions read the same datapoints; a name that nobody has is told with its nearest, one that is
// not modelled with the reason.
TEST_CASE("expectations may ask for metrics", "[runner][metrics]") {
  const auto judged = [](const std::string& condition) {
    runner::RunOptions options;
    options.until = 4min;
    options.set = {"/expect=[\"" + condition + "\"]"};
    return runner::run_file(root() + "/scenarios/first.json", options);
  };
  const auto holds = [&](const std::string& condition) {
    const auto result = judged(condition);
    for (const auto& error : result.errors) UNSCOPED_INFO(error);
    REQUIRE(result.judgements.size() == 1);
    UNSCOPED_INFO(condition << " got " << result.judgements[0].got);
    return result.judgements[0].holds;
  };
  CHECK(holds("metric HTTPCode_ELB_5XX_Count of front sum == 0 during deployment"));
  CHECK(holds("metric RequestCount of front == requests.total"));
  CHECK(holds("metric RequestCount of web == requests.total"));
  CHECK(holds("metric RequestCount of front in us-east-1a < requests.total"));
  CHECK(holds("metric RequestCount of front sum in [100000, 130000]"));
  CHECK(holds("metric TargetResponseTime of front p99 in [500ms, 700ms]"));
  CHECK(holds("metric TargetResponseTime of web average < 200ms at 30s"));
  CHECK(holds("metric HealthyHostCount of web minimum >= 10"));
  CHECK_FALSE(holds("metric RequestCount of front == 0"));
  CHECK_FALSE(holds("metric Latency of front > 0s"));  // Classic's name
  const auto error = [&](const std::string& condition) {
    const auto result = judged(condition);
    std::string all;
    for (const auto& one : result.errors) all += one;
    return all;
  };
  CHECK_THAT(error("metric RequestCont of front == 0"),
             Catch::Contains("E1302") && Catch::Contains("'RequestCount'"));
  CHECK_THAT(error("metric ConsumedLCUs of front == 0"),
             Catch::Contains("E1303") && Catch::Contains("costs are not modelled"));
  CHECK_THAT(error("metric RequestCount of frnt == 0"), Catch::Contains("E1211"));
}
