#include <fstream>
#include <sstream>

#include "harness/expectations/expectation.h"
#include "harness/json/rules.h"
#include "harness/scenario/scenario.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(std::string(STEADY_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

scenario::LoadOptions options(std::vector<std::string> set = {}) {
  scenario::LoadOptions load;
  load.set = std::move(set);
  load.check_expectation =
      [](const std::string& condition) -> Result<std::vector<std::pair<std::string, std::string>>> {
    auto parsed = expectations::Expectation::parse(condition);
    if (!parsed) return parsed.error();
    return parsed->references();
  };
  return load;
}

/// All findings of a shipped scenario with one change.
std::string findings(const std::string& file, const std::string& set) {
  const auto loaded = scenario::load(file, read(file), options({set}));
  std::string all;
  for (const auto& finding : loaded.findings.all())
    all += finding.rule + " " + finding.message + " " + finding.remedy + "\n";
  return all;
}

struct Row {
  const char *set, *rule, *says;
};

}  // namespace

// One wrong change a row, each with the rule that finds it and the words that help (issue: at least
// one per rule).
TEST_CASE("a malformed scenario is told what is wrong", "[scenario]") {
  const Row row = GENERATE(
      Row{"/sead=1", "E1002", "seed"}, Row{"/version=2", "E1004", "1 to 1"},
      Row{"/name=5", "E1003", "a string"}, Row{"/why=null", "E1005", "why"},
      Row{"/seed=-1", "E1004", "out of range"}, Row{"/seed=x", "E1003", "whole number"},
      Row{"/duration=5", "E1007", "5s"}, Row{"/duration=5 minutes", "E1007", "no duration"},
      Row{"/duration=100d", "E1004", "out of range"}, Row{"/era=1999", "E1004", "no era"},
      Row{"/era=soon", "E1004", "no era"}, Row{"/start=yesterday", "E1004", "no date"},
      Row{"/behaviour={\"stopOrder\": \"sigterm\"}", "E1006", "sigterm_first"},
      Row{"/behaviour={\"stopordr\": 1}", "E1002", "stopOrder"},
      Row{"/cloud/loadBalancers/0/proxy=\"haproxi\"", "E1006", "haproxy"},
      Row{"/cloud/loadBalancers/0/proxy={\"retires\": 1}", "E1002", "retries"},
      Row{"/cloud/loadBalancers/0/proxy={\"retries\": {\"on\": [\"resets\"]}}", "E1006", "connect"},
      Row{"/cloud/loadBalancers/0/proxy={\"failOpenBelow\": 101}", "E1004", "0 to 100"},
      Row{"/cloud/loadBalancers/0/proxy={\"inFlight\": \"cut\", \"atTimeout\": \"keep\"}", "E1004",
          "delay"},
      Row{"/cloud/loadBalancers/0/proxy={\"outlierDetection\": {}}", "E1102", "passiveHealth"},
      Row{"/behaviour={\"warmupStarts\": \"inService\"}", "E1102", "not modelled yet"},
      Row{"/behaviour={\"initialSuccessThreshold\": 3}", "E1006", "configured"},
      Row{"/cloud/zones=us-east-1a", "E1003", "a list"},
      Row{"/cloud/zones=[]", "E1004", "one zone"},
      Row{"/cloud/instances/0/instanceType=m5.lrge", "E1201", "m5.large"},
      Row{"/cloud/instances/0/zone=us-east-1x", "E1202", "us-east-1"},
      Row{"/cloud/instances/0/count=-1", "E1004", "out of range"},
      Row{"/cloud/instances/0/count=10001", "E1004", "out of range"},
      Row{"/cloud/instances/0/clustr=main", "E1002", "cluster"},
      Row{"/cloud/instances/0/agent=5138", "E1003", "a string"},
      Row{"/cloud/instances/0/boot={\"normal\": 1}", "E1008", "constant"},
      Row{"/cloud/instances/0/reservedPorts=[70000]", "E1004", "65535"},
      Row{"/cloud/capacityProviders=[]", "E1102", "not modelled yet"},
      Row{"/cloud/targetGroups/0/Protocl=HTTP", "E1101", "Protocol"},
      Row{"/cloud/targetGroups/0/Port=x", "E1103", "whole number"},
      Row{"/cloud/targetGroups/0/ProtocolVersion=GRPC", "E1102", "gRPC"},
      Row{"/cloud/targetGroups/0/Name=null", "E1105", "Name"},
      Row{"/cloud/loadBalancers/0/Type=gateway", "E1102", "gateway"},
      Row{"/cloud/loadBalancers/0/listeners/0/forward=wbe", "E1213", "web"},
      Row{"/taskDefinitions/0/family=null", "E1105", "family"},
      Row{"/taskDefinitions/0/containerDefinitions=[]", "E1105", "containerDefinitions"},
      Row{"/taskDefinitions/0/containerDefinitions/0/memry=5", "E1101", "memory"},
      Row{"/taskDefinitions/0/containerDefinitions/0/dependsOn=[{\"containerName\": \"a\"}]",
          "E1102", "dependencies"},
      Row{"/taskDefinitions/0/containerDefinitions/0/cpu=lots", "E1103", "whole number"},
      Row{"/services/0/taskDefinition=web:7", "E1212", "web:"},
      Row{"/services/0/taskDefinition=null", "E1105", "taskDefinition"},
      Row{"/services/0/cluster=mian", "E1218", "main"},
      Row{"/services/0/desiredCount=-1", "E1104", "out of range"},
      Row{"/services/0/desiredCount=9999", "E1104", "out of range"},
      Row{"/services/0/desiredCount=two", "E1103", "whole number"},
      Row{"/services/0/loadBalancers/0/targetGroup=wbe", "E1213", "web"},
      Row{"/services/0/loadBalancers/0/containerName=wbe", "E1214", "web"},
      Row{"/services/0/loadBalancers/0/containerPort=81", "E1214", "81"},
      Row{"/services/0/schedulingStrategy=DAEMON", "E1102", "DAEMON"},
      Row{"/services/0/launchType=FARGATE", "E1102", "EC2"},
      Row{"/services/0/deploymentConfiguration/strategy=BLUE_GREEN", "E1102", "ROLLING"},
      Row{"/services/-={\"cluster\": \"main\", \"serviceName\": \"web\", \"taskDefinition\": "
          "\"web:1\"}",
          "E1217", "twice"},
      Row{"/apps/web:2/like=web:9", "E1203", "web:"},
      Row{"/apps/web:1/like=web:1", "E1203", "itself"}, Row{"/apps/web:9={}", "E1216", "web:"},
      Row{"/apps/web:1/onSigterm=die", "E1006", "finish"},
      Row{"/apps/web:1/concurrency=0", "E1004", "out of range"},
      Row{"/apps/web:1/errorRate=2", "E1004", "out of range"},
      Row{"/apps/web:1/keepAlive=5s", "E1222", "keep-alive race"},
      Row{"/apps/web:1/coldStart={}", "E1005", "requests"},
      Row{"/apps/web:1/dependencies=[{\"name\": \"db\"}]", "E1005", "how long a call takes"},
      Row{"/apps/web:1/dependencies=[{\"name\": \"db\", \"latency\": \"1s\"}, {\"name\": \"db\", "
          "\"latency\": \"1s\"}]",
          "E1217", "two dependencies"},
      Row{"/apps/web:1/shed={\"queu\": 5}", "E1002", "queue"},
      Row{"/apps/web:1/pauses={\"every\": \"0s\", \"for\": \"1s\"}", "E1004", "1ms"},
      Row{"/apps/web:1/cpu={\"busy\": \"half\"}", "E1004", "vCPUs"},
      Row{"/apps/web:1/memory={\"perRequest\": \"64kB\"}", "E1003", "64KiB"},
      Row{"/timeline/0={\"at\": \"1m\", \"fault\": {\"slow\": {\"for\": \"1m\", \"factor\": 0.5}}}",
          "E1208", "at least 1"},
      Row{"/timeline/0={\"at\": \"1m\", \"fault\": {\"dependency\": {\"for\": \"1m\", \"name\": "
          "\"db\", \"down\": true}}}",
          "E1208", "no app has a dependency"},
      Row{"/apps/web:1/reads=[\"a\"]", "E1219", "schema"},
      Row{"/apps/web:1/serviceTime={\"lognormal\": {\"median\": \"2s\", \"p99\": \"1s\"}}", "E1008",
          "p99"},
      Row{"/apps/web:1/serviceTime={\"uniform\": {\"min\": \"2s\", \"max\": \"1s\"}}", "E1008",
          "min"},
      Row{"/apps/web:1/serviceTime={\"mix\": []}", "E1008", "mix"},
      Row{"/traffic/0/to=frnt", "E1213", "front"},
      Row{"/traffic/0/poisson/rate=500", "E1205", "500/s"},
      Row{"/traffic/0/poisson/rate=1/fortnight", "E1205", "rate"},
      Row{"/traffic/0/poisson=null", "E1005", "constant"},
      Row{"/traffic/0/retries=-1", "E1004", "0 to 20"},
      Row{"/traffic/0/request=path", "E1003", "no URL"},
      Row{"/traffic/0/request={\"sourceIp\": \"10.0.0\"}", "E1003", "no IP address"},
      Row{"/traffic/0/request={\"headers\": {\"X\": 1}}", "E1003", "a text"},
      Row{"/cloud/loadBalancers/0/listeners/0/rules=[{\"Priority\": 1, \"Conditions\": "
          "[{\"Field\": "
          "\"path-pattern\", \"Values\": [\"/a\"]}], \"forward\": \"wbe\"}]",
          "E1213", "did you mean 'web'?"},
      Row{"/cloud/loadBalancers/0/listeners/0/rules=[{\"Priority\": 1, \"Conditions\": "
          "[{\"Field\": "
          "\"paths\", \"Values\": [\"/a\"]}], \"forward\": \"web\"}]",
          "E1106", "path-pattern"},
      Row{"/traffic/0={\"to\": \"front\", \"trace\": {\"file\": \"nowhere.log\"}}", "E1223",
          "nowhere.log"},
      Row{"/traffic/0={\"to\": \"front\", \"clients\": 3, \"trace\": {\"file\": \"x\"}}", "E1005",
          "does not go with"},
      Row{"/traffic/0/stream={}", "E1005", "life"},
      Row{"/traffic/0={\"to\": \"front\", \"poisson\": {\"rate\": \"1/s\"}, \"retries\": 2, "
          "\"stream\": {\"life\": \"1m\"}}",
          "E1005", "reconnect"},
      Row{"/traffic/0/retries={}", "E1005", "attempts"},
      Row{"/traffic/0/users={\"number\": 3, \"think\": \"1s\"}", "E1005", "one of 'constant'"},
      Row{"/traffic/0={\"to\": \"front\", \"users\": {\"number\": 3}}", "E1005", "'pace'"},
      Row{"/traffic/0={\"to\": \"front\", \"users\": {\"number\": 3, \"think\": \"0s\"}}", "E1004",
          "below 1ms"},
      Row{"/traffic/0/sessions={\"requests\": 0, \"think\": \"1s\"}", "E1004", "1 to"},
      Row{"/traffic/0/sessions={\"requests\": {\"pareto\": {}}, \"think\": \"1s\"}", "E1005",
          "shape"},
      Row{"/traffic/0/sessions={\"requests\": {}, \"think\": \"1s\"}", "E1005", "geometric"},
      Row{"/traffic/0/page={}", "E1005", "assets"}, Row{"/traffic/0/hedge={}", "E1005", "after"},
      Row{"/traffic/0/followRedirects=0", "E1004", "1 to 100"},
      Row{"/traffic/0/followRedirects=\"yes\"", "E1003", "whole number"},
      Row{"/traffic/0={\"to\": \"front\", \"poisson\": {\"rate\": \"1/s\"}, "
          "\"followRedirects\": true, \"hedge\": {\"after\": \"1s\"}}",
          "E1005", "'followRedirects' does not go with 'hedge'"},
      Row{"/traffic/0/atOnce={\"connections\": 1, \"protocol\": \"HTTP/3\"}", "E1006", "HTTP/2"},
      Row{"/traffic/0/upload={\"takes\": \"1s\", \"stalRate\": 1}", "E1002", "stallRate"},
      Row{"/traffic/0={\"to\": \"front\", \"poisson\": {\"rate\": \"1/s\"}, \"page\": {\"assets\": "
          "2}, "
          "\"stream\": {\"life\": \"1m\"}}",
          "E1005", "one long connection"},
      Row{"/apps/web:1/keepsAssetsOf=[\"web:9\"]", "E1216", "web:9"},
      Row{"/traffic/0/retries={\"attempts\": 3, \"on\": [\"timout\"]}", "E1006", "timeout"},
      Row{"/traffic/0/retries={\"attempts\": 3, \"backoff\": {}}", "E1005", "fixed"},
      Row{"/traffic/0/retries={\"attempts\": 3, \"backoff\": {\"exponential\": {\"base\": "
          "\"30s\"}}}",
          "E1004", "cap"},
      Row{"/traffic/0/retries={\"attempts\": 3, \"budget\": {}}", "E1005", "ratio"},
      Row{"/traffic/0/poisson={\"rates\": [{\"at\": \"5m\", \"rate\": \"1/s\"}, {\"at\": \"1m\", "
          "\"rate\": \"1/s\"}]}",
          "E1204", "rise"},
      Row{"/traffic/0/poisson={\"rate\": \"1/s\", \"rates\": []}", "E1005", "one of 'rate'"},
      Row{"/traffic/0/poisson={\"diurnal\": {\"low\": \"9/s\", \"high\": \"1/s\"}}", "E1004",
          "below 'low'"},
      Row{"/traffic/0/poisson={\"diurnal\": {\"low\": \"1/s\", \"hihg\": \"9/s\"}}", "E1002",
          "high"},
      Row{"/traffic/0/poisson={\"bursts\": [{\"rate\": \"1/s\", \"stay\": \"1s\"}]}", "E1005",
          "two states"},
      Row{"/traffic/0={\"to\": \"front\", \"spike\": {\"at\": \"1s\", \"for\": \"1s\", "
          "\"rate\": \"1/s\"}, \"poisson\": {\"bursts\": [{\"rate\": \"1/s\", \"stay\": "
          "\"1s\"}, {\"rate\": \"2/s\", \"stay\": \"1s\"}]}}",
          "E1005", "does not go with 'bursts'"},
      Row{"/traffic/0/flashCrowd={\"at\": \"1m\"}", "E1005", "rate"},
      Row{"/timeline/0/at=2h", "E1207", "after the end"},
      Row{"/timeline/0/deploy=web:9", "E1212", "web:"},
      Row{"/timeline/0/deploy=other:1", "E1215", "service"},
      Row{"/timeline/0/deploy={\"engine\": \"esc\"}", "E1206", "ecs"},
      Row{"/timeline/0={\"at\": \"1m\"}", "E1005", "one of"},
      Row{"/timeline/0={\"at\": \"1m\", \"call\": {\"UpdateServce\": {}}}", "E1210",
          "UpdateService"},
      Row{"/timeline/0={\"at\": \"1m\", \"call\": {\"CreateTaskSet\": {}}}", "E1102",
          "not modelled yet"},
      Row{"/timeline/0={\"at\": \"1m\", \"call\": {\"UpdateService\": {\"servic\": \"web\"}}}",
          "E1101", "service"},
      Row{"/timeline/0={\"at\": \"1m\", \"fault\": {\"instanceCrsh\": {}}}", "E1208",
          "instanceCrash"},
      Row{"/timeline/0={\"at\": \"1m\", \"fault\": {\"insufficientCapacity\": {}}}", "E1208",
          "for"},
      Row{"/timeline/0={\"at\": \"1m\", \"migration\": {\"add\": \"x\"}}", "E1219", "database"},
      Row{"/timeline/0={\"at\": \"1m\", \"get\": \"frnt\"}", "E1213", "front"},
      Row{"/expect/0=requests.droped == 0", "E1302", "requests.dropped"},
      Row{"/expect/0=requests.dropped = 0", "E1301", "means nothing"},
      Row{"/expect/0=mean(requests.reset) < 1", "E1303", "replications"},
      Row{"/expect/0=requests.dropped == 0 during [5m, 1m]", "E1304", "empty"},
      Row{"/expect/0=service wbe reaches steady state within 5m", "E1211", "web"},
      Row{"/expect/0=7", "E1003", "a string"}, Row{"/services/7/desiredCount=1", "E1011", "places"},
      Row{"desiredCount=1", "E1011", "--set"});
  const std::string all = findings("scenarios/first.json", row.set);
  INFO(row.set << "\n" << all);
  CHECK_THAT(all, Catch::Contains(std::string(row.rule) + " "));
  CHECK_THAT(all, Catch::Contains(row.says));
}

// What neither can do exactly with the other is refused, not guessed (deviations.md).
TEST_CASE("bodies that take their time are refused beside work that may be revised", "[scenario]") {
  const std::string file = "scenarios/first.json";
  const auto loaded = scenario::load(
      file, read(file), options({"/traffic/0/upload=3s", "/apps/web:1/shed={\"queue\": 5}"}));
  std::string all;
  for (const auto& finding : loaded.findings.all()) all += finding.rule + " " + finding.message;
  CHECK_THAT(all, Catch::Contains("E1102 'upload' and 'download' do not go with apps"));
}

// Five mistakes are five messages in the order of the file, not one after the other over five runs.
TEST_CASE("all faults of a file are told at once, in its order, each with its place",
          "[scenario]") {
  auto load = options({"/sead=1"});
  std::string text = read("scenarios/first.json");
  auto replace = [&](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("\"m5.large\"", "\"m5.lrge\"");
  replace("\"desiredCount\": 10", "\"desiredCount\": \"ten\"");
  replace("\"500/s\"", "500");
  replace("requests.dropped == 0", "requests.droped == 0");
  const auto loaded = scenario::load("f.json", text, load);
  REQUIRE_FALSE(loaded.scenario);
  std::vector<std::string> rules;
  std::size_t line = 0;
  for (const auto& finding : loaded.findings.all()) {
    rules.push_back(finding.rule);
    CHECK(finding.position.line >= line);
    line = finding.position.line;
  }
  CHECK(rules == std::vector<std::string>{"E1002", "E1201", "E1103", "E1205", "E1302"});
  CHECK_THAT(scenario::print("f.json", loaded.findings.all()[1]),
             Catch::Contains("f.json:12:") && Catch::Contains("remedy") &&
                 Catch::Contains("steady explain E1201"));
}

TEST_CASE("every rule that loading prints can be explained", "[scenario]") {
  for (const char* set : {"/sead=1", "/traffic/0/to=x", "/expect/0=x", "/timeline/0/deploy=x:1"}) {
    const auto loaded = scenario::load("f", read("scenarios/first.json"), options({set}));
    for (const auto& finding : loaded.findings.all())
      CHECK(json::find_rule(finding.rule) != nullptr);
  }
}

// stories.md S01, S02: a deploy that cannot finish is found without a run, and is a warning.
TEST_CASE("check warns of deploys that cannot finish", "[scenario]") {
  CHECK_THAT(findings("scenarios/article/no-room.json", "/seed=1"), Catch::Contains("W1402"));
  CHECK_THAT(findings("scenarios/first.json",
                      "/services/0/deploymentConfiguration={\"minimumHealthyPercent\": 100, "
                      "\"maximumPercent\": 100}"),
             Catch::Contains("W1401"));
  CHECK_THAT(findings("scenarios/stories/no-network-interface.json", "/seed=1"),
             Catch::Contains("W1403"));
  CHECK_THAT(findings("scenarios/first.json", "/services/0/desiredCount=48"),
             Catch::Contains("W1404"));
  CHECK(findings("scenarios/first.json", "/seed=1").empty());
}

// ecs.md 1.5: `memoryReservation` is a soft limit, and kills nobody.
TEST_CASE("memory that grows needs a hard limit", "[scenario][ecs.md 1.5]") {
  const char* grows = R"(/apps/web:1/memory={"perRequest": "64KiB"})";
  CHECK(findings("scenarios/first.json", grows).empty());
  std::string soft = read("scenarios/first.json");
  for (auto at = soft.find("\"memory\""); at != std::string::npos; at = soft.find("\"memory\""))
    soft.replace(at, 8, "\"memoryReservation\"");
  const auto loaded = scenario::load("f", soft, options({grows}));
  REQUIRE(loaded.findings.has_errors());
  CHECK(loaded.findings.all().front().rule == "E1224");
}

// stories.md S22: the static comparison of the two time-outs.
TEST_CASE("check warns of a keep-alive below the idle time-out", "[scenario]") {
  const auto warned = scenario::load(
      "f", read("scenarios/first.json"),
      options({"/apps/web:1/keepAlive=5s",
               R"(/cloud/loadBalancers/0/pool={"reuseGap": {"exponential": {"mean": "5s"}}})"}));
  REQUIRE_FALSE(warned.findings.has_errors());
  std::string rules;
  for (const auto& finding : warned.findings.all()) rules += finding.rule + " ";
  CHECK_THAT(rules, Catch::Contains("W1407"));
  CHECK(findings("scenarios/first.json", "/apps/web:1/keepAlive=65s").empty());
}

// stories.md S25: ready after 90 s, unhealthy after two checks; the grace must outlast five passes.
TEST_CASE("check warns of a start that no grace period covers", "[scenario]") {
  const std::string slow = "/apps/web:2/readyAfter=150s";
  const std::string grace = "/services/0/healthCheckGracePeriodSeconds=";
  CHECK_THAT(findings("scenarios/article/bad-revision.json", slow), Catch::Contains("W1405"));
  CHECK(findings("scenarios/article/bad-revision.json", "/seed=1").empty());
  const auto covered = scenario::load("f", read("scenarios/article/bad-revision.json"),
                                      options({slow, grace + "600"}));
  CHECK(covered.findings.all().empty());
}

// stories.md S43: a rename under the old code, and a rollback to code without its column; the
// expansion that contracts after the deploy is fine.
TEST_CASE("check warns of code that will lack a column", "[scenario]") {
  const auto breaking = findings("scenarios/article/schema-breaking.json", "/seed=1");
  CHECK_THAT(breaking, Catch::Contains("W1406") && Catch::Contains("booking_ref"));
  CHECK(findings("scenarios/article/schema-expand-contract.json", "/seed=1").empty());
}

TEST_CASE("the first file that init writes passes check", "[scenario]") {
  const auto loaded = scenario::load("first", scenario::first_file(), options());
  CHECK(loaded.scenario.has_value());
  CHECK(loaded.findings.all().empty());
}

TEST_CASE("the schema is draft-07 and knows every key at the top", "[scenario]") {
  const Json schema = scenario::schema();
  CHECK(schema["$schema"] == "http://json-schema.org/draft-07/schema#");
  for (const char* key : {"version", "name", "why", "seed", "duration", "start", "era", "behaviour",
                          "cloud", "taskDefinitions", "services", "apps", "schema", "traffic",
                          "timeline", "expect", "variants"}) {
    CHECK(schema["properties"].contains(key));
  }
}
