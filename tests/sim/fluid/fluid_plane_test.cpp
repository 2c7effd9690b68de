#include <iostream>

#include "tests/sim/fluid/both.h"

using namespace steady;
using namespace steady::fluid;
using namespace steady::fluid::testing;
using Plane = Ground::Plane;
using dataplane::Outcome;

namespace {

app::AppModel web(Distribution service, std::uint32_t workers = 1000) {
  app::AppModel model;
  model.revision = "web:1";
  model.service_time = std::move(service);
  model.concurrency = workers;
  return model;
}

Distribution lognormal(SimDuration median, SimDuration p99) {
  return Distribution{Distribution::Lognormal{median, p99}};
}

std::uint64_t count(const dataplane::Ledger& ledger, Outcome outcome) {
  return ledger.total().by_outcome[static_cast<std::size_t>(outcome)];
}

}  // namespace

// elb.md 5.5: in flight at an instant kill is (L/N) E[S], whatever the law of the service time.
TEST_CASE("a kill loses rate by mean service time", "[fluid]") {
  const auto model = web(lognormal(100ms, 900ms), 10'000'000);
  Ground ground(Plane::kFluid, 1);
  ground.route_all({ground.launch(model), ground.launch(model)});
  ground.send(Ground::poisson(1'000'000, 0s, 60s));
  ground.at(30s, [&] {
    ground.fleet.kill(ground.processes[0], {"process killed"});
    ground.route_all({1});
  });
  const auto& ledger = ground.run(60s);
  const double expected = 500'000 * model.service_time.mean_seconds();
  CHECK(count(ledger, Outcome::kReset) == Approx(expected).epsilon(0.001));
  CHECK(ledger.total().total() == 60'000'000);
}

// elb.md 5.5: what a drain of T cuts is (L/N) E[(S - T)+].
TEST_CASE("a drain that is too short loses the excess of the service time over it", "[fluid]") {
  const auto model = web(Distribution{Distribution::Exponential{2s}}, 10'000'000);
  Ground ground(Plane::kFluid, 1);
  ground.route_all({ground.launch(model), ground.launch(model)});
  ground.send(Ground::poisson(1'000'000, 0s, 120s));
  ground.at(60s, [&] { ground.route_all({1}); });
  ground.at(65s, [&] { ground.plane().cut_target(0, 0, {"drain timeout"}); });
  const auto& ledger = ground.run(120s);
  // Of an exponential: mean e^(-T / mean).
  CHECK(count(ledger, Outcome::kReset) == Approx(500'000 * 2 * 0.0820850).epsilon(0.001));
}

// Deterministic fluid queue: work comes at twice what the workers do, the backlog fills, and from
// then on as many are shed as are served.
TEST_CASE("an overloaded process fills its backlog and sheds the excess", "[fluid]") {
  auto model = web(100ms, 10);
  model.backlog = 500;
  Ground ground(Plane::kFluid, 1);
  ground.route_all({ground.launch(model)});
  ground.send(Ground::poisson(200, 0s, 100s));
  const auto& ledger = ground.run(100s);
  // Served: 100 a second; 500 + 10 are held in the end, and end well.
  CHECK(count(ledger, Outcome::kOverflow) == Approx(20'000 - 10'000 - 510).margin(12));
  CHECK(ledger.total().latency.max() > 5s);
  CHECK(ledger.total().latency.max() < 5200ms);
}

// A vessel empties whether anybody looks or not: a target that was taken out with a full queue has
// none when it comes back.
TEST_CASE("a target that was away for long has emptied when it comes back", "[fluid]") {
  auto model = web(100ms, 10);
  model.backlog = 500;
  Ground ground(Plane::kFluid, 1);
  const auto spare = web(10ms);
  const auto one = ground.launch(model), other = ground.launch(spare);
  ground.route_all({one});
  ground.send(Ground::poisson(150, 0s, 30s));
  ground.send(Ground::poisson(50, 120s, 150s));
  ground.at(30s, [&] { ground.route_all({other}); });
  ground.at(110s, [&] {
    CHECK(ground.plane().queued_check(ground.processes[one]).wait == 0s);
    ground.route_all({one});
    ground.exact.ledger().cut(ground.loop.now());
  });
  const auto& ledger = ground.run(150s);
  const auto after = ledger.sum(kStart + 110s, kNever);
  CHECK(after.total() == 1500);
  CHECK(after.by_outcome[0] == 1500);
  // Five seconds of queue are gone: only who waits by chance waits.
  CHECK(after.latency.quantile(990'000) < 120ms);
}

// Any window is a sum of segments (ledger.h), so each must have its own whole number of requests.
TEST_CASE("every window has its own requests, and none is lost between two", "[fluid]") {
  auto model = web(lognormal(50ms, 400ms));
  model.errors_per_million = 1234;
  Ground ground(Plane::kFluid, 1, 3);
  ground.route_all({ground.launch(model), ground.launch(model)});
  ground.send(Ground::poisson(333, 0s, 100s));
  for (int i = 1; i < 100; ++i)
    ground.at(1s * i, [&] { ground.exact.ledger().cut(ground.loop.now()); });
  const auto& ledger = ground.run(100s);
  std::uint64_t sum = 0;
  for (int i = 0; i < 100; ++i) {
    const auto window = ledger.sum(kStart + 1s * i, kStart + 1s * (i + 1));
    CHECK(apart(window.total(), 333) <= 1);
    CHECK(window.latency.count() == window.by_outcome[0]);
    sum += window.total();
  }
  CHECK(sum == 33'300);
  // 0.41 errors a window: what is rounded off is carried on.
  CHECK(count(ledger, Outcome::kAppError) == Approx(41).margin(1));
}

// elb.md 2.6: what hangs on a host that is gone waits for the idle time-out, unless the end of the
// drain comes first. The exact plane says so, too.
TEST_CASE("a drain's end cuts what hangs on a host that is gone", "[fluid]") {
  const auto model = web(Distribution{Distribution::Exponential{200ms}});
  for (const SimDuration drain : {10s, 40s}) {
    for (const Plane plane : {Plane::kFluid, Plane::kExact}) {
      Ground ground(plane, 1);
      ground.route_all({ground.launch(model), ground.launch(model)});
      auto source = Ground::poisson(2000, 0s, 20s);
      source.timeout = 30s;
      ground.send(source);
      ground.at(10s, [&] {
        ground.fleet.host_gone(ground.hosts[0], {"instance terminated", true});
        ground.route_all({1});
      });
      ground.at(10s + drain, [&] { ground.plane().cut_target(0, 0, {"drain timeout"}); });
      const auto& ledger = ground.run(60s);
      INFO(format_duration(drain) << (plane == Plane::kFluid ? ", fluid" : ", exact"));
      // 1,000 a second for 0.2 s.
      const Outcome outcome = drain == 10s ? Outcome::kReset : Outcome::kClientGaveUp;
      CHECK(count(ledger, outcome) == Approx(200).margin(5 * 14));
      CHECK(ledger.total().dropped() == count(ledger, outcome));
    }
  }
}

// A Classic balancer holds what no instance has room for (elb.md 1.9); a flow does not.
TEST_CASE("a Classic balancer is carried until its instances are full", "[fluid]") {
  for (const std::int64_t rate : {500, 1500}) {
    auto model = web(100ms, 100);
    model.backlog = 50;
    Ground ground(Plane::kFluid, 1);
    ground.frontend.kind = elb::Kind::kClassic;
    ground.frontend.surge_queue = elb::kSurgeQueue;
    ground.route_all({ground.launch(model)});
    ground.send(Ground::poisson(rate, 0s, 10s));
    if (rate < 1000) {
      CHECK(count(ground.run(10s), Outcome::kOk) == 5000);
    } else {
      CHECK_THROWS_WITH(ground.run(10s), Catch::Contains("surge queue"));
    }
  }
}

// Nothing that changes requests may be passed over, whoever switches it on.
TEST_CASE("a change of speed and a node's end are not carried", "[fluid]") {
  Ground ground(Plane::kFluid, 1);
  const auto model = web(10ms);
  ground.route_all({ground.launch(model)});
  ground.send(Ground::poisson(10, 0s, 10s));
  CHECK_THROWS_WITH(ground.flow.change_speed(0, 500'000), Catch::Contains("slower or faster"));
  CHECK_THROWS_WITH(ground.flow.cut_node("", 0), Catch::Contains("closes its connections"));
  CHECK_NOTHROW(ground.flow.cut_node("another", 0));
}

// The rest of the world may only be asked in ways that both planes have; what comes up in the
// middle of a run is not passed over.
TEST_CASE("what the fluid plane does not carry ends the run by its name", "[fluid]") {
  Ground ground(Plane::kFluid, 1, 1, "least_outstanding_requests");
  const auto model = web(10ms);
  ground.route_all({ground.launch(model)});
  ground.send(Ground::poisson(10, 0s, 10s));
  CHECK_THROWS_WITH(ground.run(10s), Catch::Contains("looks at what is outstanding"));
}
