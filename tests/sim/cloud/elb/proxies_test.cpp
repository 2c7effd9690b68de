#include "sim/cloud/elb/proxy.h"
#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

/// "front" behaves so; a drain may take 30 s.
Options with(const ProxyRules& rules) {
  Options options;
  options.behaviour.proxies["front"] = rules;
  return options;
}

std::vector<TargetId> kept(SmallElb& world) {
  std::vector<TargetId> result;
  for (const RouteTarget& target : world.node().kept) result.push_back(target.target);
  return result;
}

constexpr auto kReady = [](app::AppModel&) {};

}  // namespace

// elb.md 6.1 to 6.4 and the table of 6.6: who does what.
TEST_CASE("each preset has the values of its section", "[elb][proxies]") {
  const auto& of = [](std::string_view name) -> const ProxyRules& {
    const ProxyRules* rules = ProxyRules::preset(name);
    REQUIRE(rules != nullptr);
    return *rules;
  };
  CHECK(of("alb").retries == ProxyRetries{});
  CHECK(of("alb").fail_open_below == 0);
  CHECK(of("alb").in_flight == ProxyRules::InFlight::kDelay);
  CHECK(of("haproxy").new_requests == ProxyRules::NewRequests::kSticky);
  CHECK(of("haproxy").retries.attempts == 3);
  CHECK(of("haproxy").retries.wait == 1s);
  CHECK(of("envoy").fail_open_below == 50);
  CHECK(of("nginx").passive.max_fails == 1);
  CHECK(of("nginx").passive.fail_timeout == 10s);
  CHECK(of("nginx").retries.on == std::array{true, true, true, false});
  CHECK(of("kubernetes").signal_with_drain == true);
  CHECK(of("kubernetes").retries.attempts == 0);
  CHECK(ProxyRules::preset("traefik") == nullptr);
}

// elb.md 6.1: "drain: out of load balancing, still health-checked, still accepts connections bound
// by persistence".
TEST_CASE("a sticky drain keeps the target for those who are bound to it, while it is healthy",
          "[elb][proxies]") {
  ProxyRules rules;
  rules.new_requests = ProxyRules::NewRequests::kSticky;
  SmallElb world{with(rules)};
  const TargetId target = world.add(world.web, "i-1"), other = world.serving(world.web, "i-2");
  const auto process = world.run("i-1", kReady);
  world.elb.assume_healthy(target);
  world.elb.deregister_target(target);
  CHECK(world.candidates() == std::vector{other});
  CHECK(kept(world) == std::vector{target});
  SECTION("until the drain is over") {
    world.run_for(30s - 1ns);
    CHECK(kept(world) == std::vector{target});
    world.run_for(1ns);
    CHECK(kept(world).empty());
    CHECK(world.state(target) == "unused");
    CHECK(world.elb.targets(world.web) == std::vector{other});
  }
  SECTION("until its checks fail") {
    world.fleet.kill(process, {"killed"});
    world.run_for(25s);
    CHECK(kept(world).empty());
    CHECK(world.state(target) == "draining");
  }
}

// elb.md 6.1, 6.3: what is in flight finishes, however long it takes.
TEST_CASE("a drain without a bound lasts until nothing is in flight and cuts nothing",
          "[elb][proxies]") {
  ProxyRules rules;
  rules.in_flight = ProxyRules::InFlight::kFinish;
  SmallElb world{with(rules)};
  const TargetId target = world.serving(world.web, "i-1");
  world.plane.idle_at[target] = kStart + 95s;
  world.elb.deregister_target(target);
  world.run_for(95s - 1ns);
  CHECK(world.state(target) == "draining");
  world.run_for(1ns);
  CHECK(world.state(target) == "unused");
  CHECK(world.plane.cuts.empty());
}

// elb.md 6.6 "cut now": HAProxy at SIGTERM, Classic without draining.
TEST_CASE("a balancer that cuts what is in flight does not drain", "[elb][proxies]") {
  ProxyRules rules;
  rules.in_flight = ProxyRules::InFlight::kCut;
  SmallElb world{with(rules)};
  const TargetId target = world.serving(world.web, "i-1");
  world.elb.deregister_target(target);
  REQUIRE(world.plane.cuts.size() == 1);
  CHECK(world.plane.cuts[0].cause == "connection draining is off");
  CHECK(world.state(target) == "unused");
}

// elb.md 6.6 "at timeout": 502 to the client, a reset, or the flow is kept.
TEST_CASE("what is in flight when the delay is over is answered, reset or kept", "[elb][proxies]") {
  ProxyRules rules;
  rules.slow_start = 10s;  // so that "front" has rules of its own in each case
  const auto at_timeout = [&rules](ProxyRules::AtTimeout does) {
    rules.at_timeout = does;
    SmallElb world{with(rules)};
    const TargetId target = world.serving(world.web, "i-1");
    world.elb.deregister_target(target);
    world.run_for(30s);
    CHECK(world.state(target) == "unused");
    return world.plane.cuts;
  };
  const auto answered = at_timeout(ProxyRules::AtTimeout::kAnswer502);
  REQUIRE(answered.size() == 1);
  CHECK_FALSE(answered[0].without_answer);
  const auto reset = at_timeout(ProxyRules::AtTimeout::kReset);
  REQUIRE(reset.size() == 1);
  CHECK(reset[0].without_answer);
  CHECK(at_timeout(ProxyRules::AtTimeout::kKeep).empty());
}

// elb.md 6.1: `on-marked-down shutdown-sessions`, off by default.
TEST_CASE("a target that turns unhealthy loses what it holds only where the balancer cuts it",
          "[elb][proxies]") {
  for (const bool cuts : {false, true}) {
    ProxyRules rules;
    rules.slow_start = 10s;
    rules.cuts_unhealthy = cuts;
    SmallElb world{with(rules)};
    const TargetId target = world.add(world.web, "i-1");
    const auto process = world.run("i-1", kReady);
    world.elb.assume_healthy(target);
    world.fleet.kill(process, {"killed"});
    world.until(target, "unhealthy");
    CHECK(world.plane.cuts.size() == (cuts ? 1U : 0U));
  }
}

// elb.md 6.2: below a panic threshold of 50 % all hosts are used; with "never" nobody is (6.6).
TEST_CASE("unhealthy targets are used too below the threshold", "[elb][proxies]") {
  const auto used = [](std::optional<int> below, int healthy, int sick) {
    ProxyRules rules;
    rules.fail_open_below = below;
    rules.slow_start = 10s;
    SmallElb world{with(rules)};
    for (int i = 0; i < healthy + sick; ++i) {
      const std::string host = "i-" + std::to_string(i);
      if (i < healthy) {
        world.serving(world.web, host);
      } else {
        world.add(world.web, host);  // nobody listens: it never becomes healthy
      }
    }
    world.run_for(40s);
    const std::size_t n = world.candidates().size();
    if (n == 0) CHECK(world.node().empty_because == "no healthy target");
    CHECK(world.node().fail_open == (n > static_cast<std::size_t>(healthy)));
    return n;
  };
  CHECK(used(50, 2, 2) == 2);  // half of them is enough
  CHECK(used(50, 1, 2) == 3);
  CHECK(used(50, 0, 2) == 2);
  CHECK(used(0, 1, 2) == 1);
  CHECK(used(0, 0, 2) == 2);
  CHECK(used(std::nullopt, 1, 2) == 1);
  CHECK(used(std::nullopt, 0, 2) == 0);
}

// elb.md 6.4, 6.6: until the endpoints are updated all requests still come.
TEST_CASE("a balancer may have an endpoint update of its own", "[elb][proxies]") {
  ProxyRules rules;
  rules.endpoint_update = Distribution(SimDuration{7s});
  SmallElb world{with(rules)};
  const TargetId target = world.serving(world.web, "i-1"), other = world.serving(world.web, "i-2");
  world.elb.deregister_target(target);
  world.run_for(7s - 1ns);
  CHECK(world.candidates() == std::vector{target, other});
  world.run_for(1ns);
  CHECK(world.candidates() == std::vector{other});
}

// elb.md 6.1: slowstart of any length; AWS's begins at 30 s (2.8).
TEST_CASE("a balancer may start targets slowly for any length of time", "[elb][proxies]") {
  ProxyRules rules;
  rules.slow_start = 3s;
  SmallElb world{with(rules)};
  world.serving(world.web, "i-1");
  world.run("i-2", kReady);
  const TargetId target = world.add(world.web, "i-2");
  const SimTime before = world.loop.now();
  world.until(target, "healthy");
  for (const RouteTarget& candidate : world.node().candidates)
    CHECK((candidate.slow_since == kNever) == (candidate.target != target));
  CHECK(world.node().candidates.back().slow_since >= before);
}

}  // namespace steady::elb
