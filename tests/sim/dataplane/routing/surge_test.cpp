#include <algorithm>

#include "sim/dataplane/causes.h"
#include "sim/dataplane/node_metrics.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;
using steady::dataplane::testing::SmallPlane;

namespace {

/// A Classic node with a queue of so many before one process that serves one request at a time, for
/// two seconds and a half, and lets nobody wait.
void make_narrow(SmallPlane& small, std::size_t queue) {
  small.frontend.kind = elb::Kind::kClassic;
  small.frontend.surge_queue = queue;
  small.model.service_time = Distribution(SimDuration{2'500'000'000});
  small.model.concurrency = 1;
  small.model.backlog = 0;
  small.launch(1);
}

/// In the order of their sending.
std::vector<RequestRecord> in_order(const SmallPlane& small) {
  auto told = small.told;
  std::ranges::sort(told, {}, &RequestRecord::index);
  REQUIRE(told.size() == 10);
  return told;
}

SimTime second(int tenths) { return kStart + SimDuration{tenths * 100'000'000LL}; }

}  // namespace

// elb.md 1.9: requests that cannot be placed wait at the node. First in, first out, and each is
// sent at the very moment at which the instance has room.
TEST_CASE("a Classic node holds what no instance has room for", "[dataplane][surge]") {
  SmallPlane small(1);
  make_narrow(small, 1024);
  small.send_ten({});
  small.finish(kStart + 60s);
  const auto told = in_order(small);
  for (int i = 0; i < 10; ++i) {
    const RequestRecord& one = told[static_cast<std::size_t>(i)];
    CHECK(one.outcome == Outcome::kOk);
    CHECK(one.sent_at == second(10 + 10 * i));
    CHECK(one.ended_at == second(10 + 25 * (i + 1)));
    // Sent on when the one before was done.
    CHECK(one.queued == SimDuration{15 * 100'000'000LL * i});
  }
}

// elb.md 1.9, 1.10: the queue has a bound, and beyond it HTTP gets 503 at once.
TEST_CASE("a full surge queue spills over with 503", "[dataplane][surge]") {
  SmallPlane small(1);
  make_narrow(small, 2);
  small.plane.keep_metrics(SimDuration{0});
  small.send_ten({});
  small.finish(kStart + 60s);
  // Sent at 1, 2, 3; the one of 4 goes into the place that the first leaves at 3.5, and so on.
  std::string ends;
  for (const auto& one : in_order(small)) {
    ends += one.outcome == Outcome::kOk ? 'k' : 'S';
    if (one.outcome == Outcome::kOk) continue;
    CHECK(one.outcome == Outcome::kOverflow);
    const Cause& cause = small.plane.ledger().cause(one.cause);
    CHECK(cause.text == causes::kSurgeFull);
    CHECK(cause.status == 503);
    CHECK(one.ended_at == one.sent_at);
  }
  CHECK(ends == "kkkkSkSSkS");
  std::uint64_t spilled = 0, longest = 0, requests = 0, made_by_node = 0;
  small.plane.metrics()->visit(
      [&](const elb::Frontend&, std::size_t, std::int64_t, const NodeMinute& counts) {
        spilled += counts.spilled;
        longest = std::max(longest, counts.queue_length);
        requests += counts.requests;
        made_by_node += counts.b503;
      });
  CHECK(spilled == 4);
  CHECK(made_by_node == 4);
  CHECK(longest == 2);
  CHECK(requests == 6);
}

// elb.md 1.7, 1.10: the idle time-out holds for the client's connection, so it ends the wait as
// well.
TEST_CASE("the idle time-out ends a wait in the surge queue", "[dataplane][surge]") {
  SmallPlane small(1);
  make_narrow(small, 1024);
  small.frontend.idle_timeout = 4s;
  small.send_ten({});
  small.finish(kStart + 60s);
  const auto told = in_order(small);
  CHECK(told[0].outcome == Outcome::kOk);
  CHECK(told[1].outcome == Outcome::kOk);  // sent on at 3.5 s, answered at 6 s: in time
  // At 6 s the third is sent on and answered too late; the fourth is over at 8 s, before its turn.
  CHECK(small.plane.ledger().cause(told[2].cause).text == causes::kIdleTimeout);
  CHECK(told[2].ended_at == second(70));
  CHECK(small.plane.ledger().cause(told[3].cause).text == causes::kSurgeTimeout);
  CHECK(told[3].ended_at == second(80));
  CHECK(told[3].target.empty());
}

// elb.md 1.9: whoever waits is sent on as soon as an instance accepts, one that comes as well.
TEST_CASE("an instance that comes takes from the surge queue at once", "[dataplane][surge]") {
  SmallPlane small(1);
  make_narrow(small, 1024);
  small.send_ten({});
  small.loop.at(second(42), "another instance", [&small] { small.launch_another(); });
  small.finish(kStart + 60s);
  const auto told = in_order(small);
  // At 4.2 s those of 3 s and 4 s wait (that of 2 s was sent on at 3.5 s).
  CHECK(told[2].queued == second(42) - second(30));
  CHECK(told[2].ended_at == second(67));
  CHECK(told[3].queued == second(60) - second(40));
}

// elb.md 1.9: "ALB has no surge queue".
TEST_CASE("an Application balancer has no surge queue", "[dataplane][surge]") {
  SmallPlane small(1);
  make_narrow(small, 0);
  small.frontend.kind = elb::Kind::kApplication;
  small.send_ten({});
  small.finish(kStart + 60s);
  std::size_t lost = 0;
  for (const auto& one : in_order(small)) {
    if (one.outcome == Outcome::kOk) continue;
    ++lost;
    CHECK(small.plane.ledger().cause(one.cause).text == causes::kBacklogFull);
    CHECK(small.plane.ledger().cause(one.cause).status == 502);
  }
  CHECK(lost == 6);
}
