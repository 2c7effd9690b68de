#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "harness/runner/run.h"
#include "harness/simulation/simulation.h"
#include "sim/core/journal_kinds.h"
#include "sim/core/random.h"
#include "tests/support/catch.h"
#include "tests/support/environment.h"

using namespace steady;
using test::environment;

namespace {

/// A small random world, drawn from its seed alone: a service behind a balancer, a deploy or two,
/// perhaps faults.
struct RandomWorld {
  explicit RandomWorld(std::uint64_t seed) : stream(seed, "random worlds") {
    desired = 1 + pick(6);
    low = std::vector<int>{0, 50, 66, 100}[static_cast<std::size_t>(pick(4))];
    high = std::vector<int>{100, 134, 150, 200}[static_cast<std::size_t>(pick(4))];
    if (high < low) high = 200;
    const bool classic = pick(3) == 0;
    const int machines = desired + pick(desired + 2);
    faults = pick(3) == 0;
    bad = pick(4) == 0;
    breaker = !classic && pick(2) == 0;
    // What comes beside the deploy; drawn from a stream of its own.
    RandomStream beside(seed, "random worlds, beside");
    std::uint32_t n = 0;
    auto also = [&](int bound) {
      return static_cast<int>(beside.below(static_cast<std::uint64_t>(bound), 0, n++));
    };
    const bool awsvpc = !classic && also(3) == 0;
    const int strategy = also(5), grace = also(3) * 30, drains = also(4), scales = also(4);
    const bool group = also(4) == 0;
    Json json;
    json["version"] = 1;
    json["name"] = "random world " + std::to_string(seed);
    json["why"] = "drawn from a seed";
    json["seed"] = seed;
    json["duration"] = "100m";
    json["era"] = classic && pick(2) == 0 ? "article" : (pick(4) == 0 ? "2022" : "2026");
    if (json["era"] == "article" || json["era"] == "2022") old_era = true;
    Json& cloud = json["cloud"];
    cloud["zones"] = {"us-east-1a", "us-east-1b"};
    cloud["instances"] = Json::array({{{"count", machines},
                                       {"cluster", "main"},
                                       {"cpu", 512 + 256 * pick(4)},
                                       {"memory", 1024 + 512 * pick(4)}}});
    if (awsvpc) cloud["instances"][0]["enis"] = 2 + also(4);
    if (group) {
      Json machine = cloud["instances"][0];
      machine.erase("count");
      cloud["instances"][0]["count"] = 1;
      machine.update(Json{{"AutoScalingGroupName", "group"},
                          {"MinSize", 0},
                          {"MaxSize", machines + 4},
                          {"DesiredCapacity", machines},
                          {"boot", "40s"},
                          {"instanceType", "m5.large"}});
      cloud["autoScalingGroups"] = Json::array({machine});
    }
    Json service{{"cluster", "main"},
                 {"serviceName", "web"},
                 {"taskDefinition", "web:1"},
                 {"desiredCount", desired}};
    static const char* const kStrategies[] = {
        "[]", R"([{"type": "spread", "field": "attribute:ecs.availability-zone"}])",
        R"([{"type": "binpack", "field": "memory"}])", R"([{"type": "random"}])",
        R"([{"type": "spread", "field": "instanceId"}, {"type": "binpack", "field": "cpu"}])"};
    service["placementStrategy"] = Json::parse(kStrategies[strategy]);
    if (grace > 0) service["healthCheckGracePeriodSeconds"] = grace;
    if (awsvpc)
      service["networkConfiguration"] = {{"awsvpcConfiguration", {{"subnets", {"us-east-1a"}}}}};
    service["deploymentConfiguration"] = {{"minimumHealthyPercent", low}, {"maximumPercent", high}};
    if (breaker)
      service["deploymentConfiguration"]["deploymentCircuitBreaker"] = {{"enable", true},
                                                                        {"rollback", pick(2) == 0}};
    const int port = classic ? 80 : 0;
    if (classic) {
      cloud["classicLoadBalancers"] = Json::array(
          {{{"LoadBalancerName", "front"},
            {"Listeners", Json::array({{{"Protocol", "HTTP"},
                                        {"LoadBalancerPort", 80},
                                        {"InstanceProtocol", "HTTP"},
                                        {"InstancePort", 80}}})},
            {"HealthCheck",
             {{"Target", "HTTP:80/"},
              {"Interval", 5 + pick(20)},
              {"Timeout", 2},
              {"UnhealthyThreshold", 2},
              {"HealthyThreshold", 2 + pick(3)}}},
            {"attributes",
             {{"CrossZoneLoadBalancing", {{"Enabled", true}}},
              {"ConnectionDraining", {{"Enabled", pick(2) == 0}, {"Timeout", 1 + pick(60)}}}}}}});
      service["loadBalancers"] = Json::array(
          {{{"loadBalancerName", "front"}, {"containerName", "web"}, {"containerPort", 80}}});
    } else {
      cloud["targetGroups"] =
          Json::array({{{"Name", "web"},
                        {"Protocol", "HTTP"},
                        {"Port", 80},
                        {"HealthCheckIntervalSeconds", 5 + pick(20)},
                        {"HealthCheckTimeoutSeconds", 2},
                        {"HealthyThresholdCount", 2 + pick(3)},
                        {"TargetType", awsvpc ? "ip" : "instance"},
                        {"attributes",
                         {{"deregistration_delay.timeout_seconds", std::to_string(pick(90))},
                          {"load_balancing.algorithm.type",
                           pick(2) == 0 ? "round_robin" : "least_outstanding_requests"}}}}});
      cloud["loadBalancers"] = Json::array(
          {{{"Name", "front"}, {"listeners", Json::array({{{"Port", 80}, {"forward", "web"}}})}}});
      service["loadBalancers"] =
          Json::array({{{"targetGroup", "web"}, {"containerName", "web"}, {"containerPort", 80}}});
    }
    for (int revision = 1; revision <= 2; ++revision) {
      json["taskDefinitions"].push_back(
          {{"family", "web"},
           {"containerDefinitions",
            Json::array({{{"name", "web"},
                          {"image", "web:" + std::to_string(revision)},
                          {"cpu", 128 * (1 + pick(2))},
                          {"memory", 256},
                          {"stopTimeout", 2 + pick(20)},
                          {"portMappings",
                           Json::array({{{"containerPort", 80}, {"hostPort", port}}})}}})}});
    }
    json["services"] = Json::array({service});
    if (awsvpc) {
      for (auto& definition : json["taskDefinitions"]) definition["networkMode"] = "awsvpc";
    }
    const std::vector<std::string> manners = {"finish", "exit", "ignore"};
    json["apps"]["web:1"] = {
        {"startup", std::to_string(1 + pick(30)) + "s"},
        {"serviceTime", {{"exponential", {{"mean", std::to_string(20 + pick(400)) + "ms"}}}}},
        {"concurrency", 1 + pick(8)},
        {"backlog", pick(20)},
        {"onSigterm", manners[static_cast<std::size_t>(pick(3))]}};
    json["apps"]["web:2"] = {{"like", "web:1"}};
    if (bad) {
      const int how = pick(3);
      if (how == 0) json["apps"]["web:2"]["crash"] = "on start";
      if (how == 1) json["apps"]["web:2"]["neverHealthy"] = true;
      if (how == 2) json["apps"]["web:2"]["exitAfter"] = "30s";
    }
    json["traffic"] = Json::array({{{"to", "front"},
                                    {"poisson", {{"rate", std::to_string(1 + pick(4)) + "/s"}}},
                                    {"timeout", "20s"}}});
    json["timeline"].push_back({{"at", "1m"}, {"deploy", "web:2"}});
    if (pick(3) == 0)
      json["timeline"].push_back(
          {{"at", std::to_string(62 + pick(120)) + "s"}, {"deploy", "web:1"}});
    // Instances that drain and come back; the scheduler moves their tasks within the bounds.
    if (drains == 0) {
      const int at = 30 + also(200);
      for (const char* state : {"DRAINING", "ACTIVE"}) {
        json["timeline"].push_back(
            {{"at", std::to_string(state[0] == 'D' ? at : at + 60 + also(600)) + "s"},
             {"call",
              {{"UpdateContainerInstancesState",
                {{"cluster", "main"}, {"containerInstances", {"i-1"}}, {"status", state}}}}}});
      }
    }
    if (scales == 0) {
      other_desired = std::max(1, desired + (also(2) == 0 ? 1 : -1));
      json["timeline"].push_back(
          {{"at", std::to_string(40 + also(200)) + "s"},
           {"call",
            {{"UpdateService",
              {{"cluster", "main"}, {"service", "web"}, {"desiredCount", other_desired}}}}}});
    }
    if (group && also(2) == 0) {
      const int size = machines - 1 + 2 * also(2);
      json["timeline"].push_back(
          {{"at", std::to_string(40 + also(300)) + "s"},
           {"call",
            {{"SetDesiredCapacity",
              {{"AutoScalingGroupName", "group"}, {"DesiredCapacity", size}}}}}});
      faults = faults || size < machines;  // a machine goes, whatever runs on it
    }
    if (faults) {
      const std::vector<std::string> kinds = {"taskCrash", "instanceCrash"};
      json["timeline"].push_back(
          {{"at", std::to_string(30 + pick(300)) + "s"},
           {"fault", {{kinds[static_cast<std::size_t>(pick(2))], {{"count", 1}}}}}});
    }
    text = json.dump();
  }
  int pick(int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  }

  RandomStream stream;
  std::uint32_t draw = 0;
  int desired = 1, other_desired = 0, low = 100, high = 200;
  bool faults = false, bad = false, breaker = false, old_era = false;
  std::string text;
};

/// Everything that must hold of a world, whatever it is; "" or what is broken.
std::string broken(const RandomWorld& world, const runner::RunResult& result) {
  if (result.exit_code == runner::kInternal) return "an invariant: " + result.errors.front();
  if (!result.record) return "";  // it does not fit at time 0: refused, nothing ran
  const auto& record = *result.record;
  const auto& history = record.history;
  const int fewest =
      world.other_desired == 0 ? world.desired : std::min(world.desired, world.other_desired);
  const int most = std::max(world.desired, world.other_desired);
  const int lower = (fewest * world.low + 99) / 100, upper = most * world.high / 100;

  // ecs.md 8.2: tasks that are wanted never exceed the upper bound, one deployment or two.
  simulation::Track wanted;
  std::map<std::string, bool> counted;
  std::int64_t now = 0;
  std::set<std::string> alive, started, stopped;
  for (const auto& entry : record.journal->entries()) {
    if (entry.kind == journal::kTask) {
      const bool counts = entry["desired"] == "RUNNING" && entry["status"] != "STOPPED";
      bool& before = counted[entry.subject];
      if (counts != before) now += counts ? 1 : -1;
      before = counts;
      if (now > std::max(upper, most)) return "tasks above the upper bound: " + std::to_string(now);
    } else if (entry.kind == journal::kDeployment) {
      if (entry["status"] == "INACTIVE") {
        alive.erase(entry.subject);
      } else {
        alive.insert(entry.subject);
      }
    } else if (entry.kind == journal::kServiceEvent) {
      const std::string message(entry["message"]);
      if (message.find("steady state") != std::string::npos && alive.size() > 1)
        return "steady state with two deployments";
      for (auto* names : {&started, &stopped}) {
        if (message.find(names == &started ? "has started" : "has stopped") == std::string::npos)
          continue;
        for (std::size_t at = message.find("(task "); at != std::string::npos;
             at = message.find("(task ", at + 1)) {
          if (!names->insert(message.substr(at, message.find(')', at) - at)).second)
            return "a task is told twice: " + message;
        }
      }
    }
  }
  // Healthy tasks never fall below the lower bound by the scheduler's own doing: without faults and
  // bad apps, never.
  if (!world.faults && !world.bad) {
    const auto healthy = history.healthy_targets("").min({{kStart, record.ended}});
    if (healthy < lower)
      return "healthy below the lower bound: " + std::to_string(healthy) + " of " +
             std::to_string(lower);
  }
  // In the end the world has settled, or there is a reason why it cannot.
  auto& simulated = result.simulation->world();
  if (!simulated.ecs().quiet()) {
    const bool no_room = !history.events_with("unable to place a task").empty();
    const bool stuck = !history.events_with("was unable to stop or start").empty();
    const bool failed = !history.events_with("deployment failed").empty();
    if (!no_room && !stuck && !failed && !world.bad)
      return "not settled after 90 minutes, and nothing says why";
  }
  return "";
}

}  // namespace

// Rules that hold for every world are worth more than examples; the seed of a failure is its
// replay. STEADY_WORLDS worlds from STEADY_FIRST_SEED on.
TEST_CASE("random worlds conserve requests, keep the bounds and settle", "[properties]") {
  const std::uint64_t first = environment("STEADY_FIRST_SEED", 1),
                      count = environment("STEADY_WORLDS", 2000);
  std::uint64_t ran = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const RandomWorld world(seed);
    const auto result = runner::run_text("random world", world.text, {});
    const std::string what = broken(world, result);
    if (result.record) ++ran;
    INFO("seed " << seed << ": " << what << "\n" << world.text);
    REQUIRE(what.empty());
    if (seed % 50 == 0 && result.record) {
      const auto again = runner::run_text("random world", world.text, {});
      REQUIRE(again.record->digest == result.record->digest);
    }
  }
  // Worlds that do not fit prove nothing: most have to.
  CHECK(ran * 10 > count * 7);
}
