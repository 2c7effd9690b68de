#include <map>

#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// One process that always answers 500, behind one node, and one client a second for ten seconds.
struct Failing : testing::SmallPlane {
  explicit Failing(traffic::RetryPolicy retry) : SmallPlane(1) {
    model.revision = "web:1";
    model.service_time = Distribution(SimDuration{10ms});
    model.errors_per_million = 1'000'000;
    launch(1);
    traffic::SourceSpec spec;
    spec.retry = retry;
    send_ten(spec);
  }
};

traffic::RetryPolicy three() {
  traffic::RetryPolicy retry;
  retry.attempts = 3;
  retry.exponential = false;
  retry.base = 100ms;
  return retry;
}

}  // namespace

// elb.md 8.5: report raw failed attempts and failed operations apart. A request that fails three
// times is one drop and three attempts; its time runs from the first sending.
TEST_CASE("a request that is sent three times is counted once and ends with its last attempt",
          "[dataplane]") {
  Failing world(three());
  world.finish(kStart + 20s);
  const Sums sums = world.plane.ledger().total();
  CHECK(world.plane.sent() == 10);
  CHECK(sums.total() == 10);
  CHECK(sums.dropped() == 10);
  CHECK(sums.retried() == 20);
  std::map<std::uint64_t, std::vector<RequestRecord>> by_index;
  for (const auto& record : world.told) by_index[record.index].push_back(record);
  for (const auto& [index, attempts] : by_index) {
    REQUIRE(attempts.size() == 3);
    CHECK(attempts[0].retried);
    CHECK(attempts[1].retried);
    CHECK(attempts[1].sent_at - attempts[0].ended_at == 100ms);
    CHECK_FALSE(attempts[2].retried);
    CHECK(attempts[2].attempt == 2);
    CHECK(attempts[2].sent_at == kStart + 1s + index * 1s);
    CHECK(attempts[2].ended_at - attempts[2].sent_at == 230ms);
  }
}

// A budget of a half lets one retry through for two first attempts (elb.md 8.5: a quota); what is
// left begins full.
TEST_CASE("a retry budget bounds the retries by the first attempts", "[dataplane]") {
  traffic::RetryPolicy retry = three();
  retry.budget_per_mille = 500;
  retry.burst = 1;
  Failing world(retry);
  world.finish(kStart + 20s);
  const Sums sums = world.plane.ledger().total();
  CHECK(sums.total() == 10);
  CHECK(sums.retried() == 5);
}

// Nobody sends again after the time at which nobody waits any more.
TEST_CASE("no attempt begins at or after the deadline of its request", "[dataplane]") {
  traffic::RetryPolicy retry = three();
  retry.deadline = 110ms;  // the first retry would begin at 10 + 100 ms
  Failing none(retry);
  none.finish(kStart + 20s);
  CHECK(none.plane.ledger().total().retried() == 0);
  retry.deadline = 115ms;  // it begins, and is given up 5 ms later
  Failing one(retry);
  one.finish(kStart + 20s);
  const Sums sums = one.plane.ledger().total();
  CHECK(sums.retried() == 10);
  CHECK(sums.by_outcome[static_cast<std::size_t>(Outcome::kClientGaveUp)] == 10);
}

// At the end of a run clients that were about to send again do so, as things stand: no request is
// left without an end.
TEST_CASE("requests whose clients wait when a run ends are followed to their end", "[dataplane]") {
  traffic::RetryPolicy retry = three();
  retry.base = 30s;
  Failing world(retry);
  world.finish(kStart + 5s);
  CHECK(world.plane.sent() == 4);
  CHECK(world.plane.ledger().total().total() == 4);
  CHECK(world.plane.open() == 0);
}
