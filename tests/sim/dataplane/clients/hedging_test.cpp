#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// Two processes in turn: the first needs ten seconds for each request, the second 10 ms.
struct OneIsSlow : testing::SmallPlane {
  OneIsSlow() : SmallPlane(1) {
    model.revision = "web:1";
    model.concurrency = 100;
    model.service_time = Distribution(SimDuration{10s});
    launch(1);
    second = model;
    second.service_time = Distribution(SimDuration{10ms});
    launch_another(second);
  }
  app::AppModel second;
};

/// Two processes that answer after so long, and a client that hedges after 100 ms.
struct Alike : testing::SmallPlane {
  explicit Alike(SimDuration answers) : SmallPlane(1) {
    model.revision = "web:1";
    model.concurrency = 100;
    model.service_time = Distribution(answers);
    launch(2);
    spec.hedge = traffic::Hedge{100ms};
  }
  traffic::SourceSpec spec;
};

std::uint64_t of(const Sums& sums, Outcome outcome) {
  return sums.by_outcome[static_cast<std::size_t>(outcome)];
}

}  // namespace

// Dean and Barroso's hedged requests: whoever has no answer after a while asks somebody else, and
// takes what comes first. The request is one, its attempts are counted beside (elb.md 8.5).
TEST_CASE("a hedged request is answered by whoever is first", "[dataplane]") {
  OneIsSlow world;
  traffic::SourceSpec spec;
  spec.hedge = traffic::Hedge{100ms};
  world.send_ten(spec);
  world.finish(kStart + 60s);
  const Sums sums = world.plane.ledger().total();
  CHECK(world.plane.sent() == 10);
  CHECK(of(sums, Outcome::kOk) == 10);
  CHECK(sums.hedges > 0);
  CHECK(sums.attempts() == 10 + sums.hedges);
  CHECK(sums.latency.max() == 110ms);
  std::uint64_t given_up = 0;
  for (const auto& record : world.told) {
    if (!record.beside) continue;
    ++given_up;
    CHECK(world.plane.ledger().cause(record.cause).text == causes::kOtherAttempt);
    CHECK(record.outcome == Outcome::kClientGaveUp);
  }
  CHECK(given_up == sums.hedges);
}

// A failure beside an attempt that is still open is no answer: the client waits for the other.
TEST_CASE("a hedged request fails only if both attempts do", "[dataplane]") {
  Alike world(1s);
  world.send_ten(world.spec);
  // The first of them dies while it has one of the two attempts of a request.
  world.loop.at(kStart + 1500ms, "kill", [&] {
    world.fleet.kill(world.processes[0], {"killed"});
    world.leave(0);
  });
  world.finish(kStart + 60s);
  const Sums sums = world.plane.ledger().total();
  CHECK(of(sums, Outcome::kOk) == 10);
  std::uint64_t beside = 0;
  for (const auto& record : world.told) {
    if (record.beside && record.outcome == Outcome::kReset) ++beside;
  }
  CHECK(beside == 1);
}

// Builders' Library (elb.md 8.5): what clients send in addition is a share of the traffic. Hedges
// take from the budget that retries take from.
TEST_CASE("hedges share the budget of the retries", "[dataplane]") {
  Alike world(500ms);
  world.spec.retry.budget_per_mille = 200;
  world.spec.retry.burst = 1;
  world.send_ten(world.spec);
  world.finish(kStart + 60s);
  CHECK(world.plane.ledger().total().hedges == 2);
}
