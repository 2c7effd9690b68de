#include <deque>
#include <map>

#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

/// What the anomalies of targets are found by (elb.md 2.9).
namespace steady::dataplane {
namespace {

using testing::SmallPlane;
using Ends = std::vector<app::TargetEnds>;

traffic::SourceSpec steady_rate(std::int64_t per_second, SimDuration lasts) {
  traffic::SourceSpec spec;
  spec.name = "traffic/0";
  spec.profile = {{kStart, kStart + lasts, {per_second * 1000}, {per_second * 1000}}};
  return spec;
}

/// All attempts and failures of one interval, over all targets.
app::TargetEnds sum(const Ends& ends) {
  app::TargetEnds all;
  for (const auto& one : ends) {
    all.all += one.all;
    all.failed += one.failed;
  }
  return all;
}

}  // namespace

// elb.md 2.9: a rate is of what ended in an interval, whenever it was sent, and however late the
// fast path books it.
TEST_CASE("an attempt counts in the interval in which it ends",
          "[dataplane][anomalies][elb.md 2.9]") {
  SmallPlane world(1);
  world.model.service_time = Distribution(3s);
  world.model.concurrency = 10;
  world.launch(1);
  world.send_ten({});
  world.plane.keep_target_ends(5s);
  std::vector<std::uint64_t> counted;
  for (int i = 1; i <= 3; ++i) {
    world.loop.run_until(kStart + i * 5s);
    counted.push_back(sum(world.plane.target_ends()).all);
  }
  // Sent from 1 s to 10 s, they end from 4 s to 13 s; what ends at 5 s stands in what begins there.
  CHECK(counted == std::vector<std::uint64_t>{1, 5, 4});
}

// elb.md 2.9: 5xx of the target, and connects that fail. What the balancer answers by itself, or
// the client, says nothing about the target.
TEST_CASE("errors of the app and failed connects count as failures",
          "[dataplane][anomalies][elb.md 2.9]") {
  SmallPlane world(2);
  std::deque<app::AppModel> models(4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    models[i].service_time = Distribution(i < 2 ? SimDuration{100'000'000} : SimDuration{4s});
    if (i == 0) models[i].errors_per_million = 1'000'000;
    const auto endpoint = world.fleet.endpoint(world.fleet.host("i-" + std::to_string(i)), 80);
    world.processes.push_back(world.fleet.launch(models[i], endpoint, "task", i, {}));
    world.frontend.nodes[0].candidates.push_back({i, endpoint});
  }
  world.frontend.nodes[0].algorithm->set_candidates(world.frontend.nodes[0].candidates);
  world.fleet.kill(world.processes[3], {"killed"});
  auto spec = steady_rate(40, 10s);
  spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
  spec.timeout = 1s;
  world.plane.add_source(spec);
  world.plane.keep_target_ends(5s);
  world.loop.run_until(kStart + 10s);
  const Ends ends = world.plane.target_ends();
  REQUIRE(ends.size() == 4);
  for (const auto& one : ends) CHECK(one.all == 50);
  CHECK(ends[0].failed == 50);  // answered 500
  CHECK(ends[1].failed == 0);   // answered
  CHECK(ends[2].failed == 0);   // its clients gave up
  CHECK(ends[3].failed == 50);  // nobody listens
}

// The issue: what is off costs nothing, so simple worlds go many at a time until somebody counts;
// from then on nothing is missed, not even what was under way.
TEST_CASE("counting that begins in the middle misses nothing",
          "[dataplane][anomalies][elb.md 2.9]") {
  std::map<bool, std::vector<std::uint64_t>> counted;
  for (const bool from_the_start : {true, false}) {
    SmallPlane world(3);
    world.model.service_time = Distribution(Distribution::Exponential{2s});
    world.model.concurrency = 100;
    world.launch(3);
    world.plane.add_source(steady_rate(50, 40s));
    if (from_the_start) world.plane.keep_target_ends(5s);
    world.loop.run_until(kStart + 10s);
    CHECK((world.plane.carried_in_batches() > 0) == !from_the_start);
    const std::uint64_t many = world.plane.carried_in_batches();
    world.plane.keep_target_ends(5s);
    for (int i = 3; i <= 8; ++i) {
      world.loop.run_until(kStart + i * 5s);
      counted[from_the_start].push_back(sum(world.plane.target_ends()).all);
    }
    CHECK(world.plane.carried_in_batches() == many);
    // And when nobody counts any more all goes fast again.
    world.plane.keep_target_ends(0s);
    CHECK(world.plane.target_ends().empty());
  }
  CHECK(counted[true] == counted[false]);
  CHECK(counted[true][2] > 200);
}

// elb.md 8.5: a balancer counts attempts, and does not know that a client sends again.
TEST_CASE("every attempt of a request counts by itself", "[dataplane][anomalies][elb.md 2.9]") {
  SmallPlane world(4);
  world.model.service_time = Distribution(SimDuration{1'000'000});
  world.model.errors_per_million = 1'000'000;
  world.launch(1);
  traffic::SourceSpec spec;
  spec.retry.attempts = 3;
  spec.retry.on[static_cast<std::size_t>(Outcome::kAppError)] = true;
  world.send_ten(spec);
  world.plane.keep_target_ends(60s);
  world.loop.run_until(kStart + 60s);
  const auto all = sum(world.plane.target_ends());
  CHECK(all.all == 30);
  CHECK(all.failed == 30);
}

}  // namespace steady::dataplane
