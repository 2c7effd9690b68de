#include "sim/dataplane/causes.h"
#include "sim/dataplane/node_metrics.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// One process with two workers that needs 100 ms for each request.
struct Bodies : testing::SmallPlane {
  explicit Bodies(traffic::Transfer transfer, std::uint32_t workers = 2) : SmallPlane(1) {
    model.revision = "web:1";
    model.concurrency = workers;
    model.backlog = 100;
    model.service_time = Distribution(SimDuration{100ms});
    launch(1);
    traffic::SourceSpec spec;
    spec.timeout = SimDuration::max();
    spec.transfer = transfer;
    send_ten(spec);
  }
  const Cause& cause(const RequestRecord& record) { return plane.ledger().cause(record.cause); }
};

traffic::Transfer slow(SimDuration upload, SimDuration download, bool holds = true) {
  traffic::Transfer transfer;
  transfer.upload = Distribution(upload);
  transfer.download = Distribution(download);
  transfer.holds_worker = holds;
  return transfer;
}

std::uint64_t of(const Sums& sums, Outcome outcome) {
  return sums.by_outcome[static_cast<std::size_t>(outcome)];
}

}  // namespace

// elb.md 2.14: a balancer passes a body on as it comes, so a worker waits for it. With one worker
// and a body of 2.9 s, one request a second waits for those before it.
TEST_CASE("an upload holds a worker from its start to its last byte", "[dataplane]") {
  Bodies two(slow(1900ms, 0ms), 2), one(slow(1900ms, 0ms), 1);
  two.finish(kStart + 100s);
  one.finish(kStart + 100s);
  for (const auto& record : two.told) CHECK(record.ended_at - record.sent_at == 2s);
  // Bodies that have arrived while their requests waited are read at once: 100 ms each.
  CHECK(one.told.back().ended_at - one.told.back().sent_at == 2s);
}

// elb.md 2.14: the idle time-out counts bytes on a connection. While a body comes it does not run.
TEST_CASE("an upload may take longer than the idle time-out", "[dataplane]") {
  Bodies world(slow(90s, 0ms), 100);
  world.frontend.idle_timeout = 60s;
  world.finish(kStart + 200s);
  CHECK(of(world.plane.ledger().total(), Outcome::kOk) == 10);
}

// elb.md 2.17: 408, the client sent no data before the idle time-out. It is the client that is
// lost, so the outcome is client_gave_up.
TEST_CASE("an upload that stalls is ended after the idle time-out", "[dataplane][elb.md 2.17]") {
  traffic::Transfer transfer = slow(10s, 0ms);
  transfer.stalls_per_million = 1'000'000;
  Bodies world(transfer, 100);
  world.frontend.idle_timeout = 60s;
  world.finish(kStart + 200s);
  for (const auto& record : world.told) {
    CHECK(record.outcome == Outcome::kClientGaveUp);
    CHECK(world.cause(record).status == 408);
    CHECK(record.ended_at - record.sent_at == 65s);
  }
}

// elb.md 2.7: response headers already sent, then the target dies: the client sees a truncated
// body; the status stays 200. product.md: such a body is `reset`.
TEST_CASE("a process that dies cuts the bodies that its clients read", "[dataplane][elb.md 2.7]") {
  Bodies world(slow(0ms, 30s), 100);
  world.loop.at(kStart + 5500ms, "kill", [&] { world.fleet.kill(world.processes[0], {"killed"}); });
  world.finish(kStart + 100s);
  const Sums sums = world.plane.ledger().total();
  CHECK(of(sums, Outcome::kReset) == 5);
  for (const auto& record : world.told) {
    if (record.outcome != Outcome::kReset) continue;
    CHECK(world.cause(record).status == 200);
    CHECK(world.cause(record).text == "answer cut: killed");
  }
}

// A server that waits for its clients can take no others; one that has its answers buffered can.
TEST_CASE("a slow reader holds a worker unless its answer is buffered", "[dataplane]") {
  Bodies holds(slow(0ms, 3s, true), 1), buffered(slow(0ms, 3s, false), 1);
  holds.finish(kStart + 100s);
  buffered.finish(kStart + 100s);
  for (const auto& record : buffered.told) CHECK(record.ended_at - record.sent_at == 3100ms);
  CHECK(holds.told.back().ended_at - holds.told.back().sent_at == 31s - 9s);
}

// The process is idle when its last answer is read, whoever has it in its buffers: a process that
// finishes its work after SIGTERM does not cut them.
TEST_CASE("a process that finishes waits for its clients to read", "[dataplane]") {
  Bodies world(slow(0ms, 30s, false), 100);
  world.loop.at(kStart + 5500ms, "stop", [&] { world.fleet.sigterm(world.processes[0]); });
  world.finish(kStart + 100s);
  const Sums sums = world.plane.ledger().total();
  CHECK(of(sums, Outcome::kOk) == 5);
  CHECK(of(sums, Outcome::kReset) == 0);
}

// elb.md 2.19: TargetResponseTime is from the sending to the first header of the answer; how long
// its client reads is in no metric. 2.7: of an answer that was cut the status had been passed on.
TEST_CASE("the target's response time ends with the first byte", "[dataplane][elb.md 2.19]") {
  for (const bool killed : {false, true}) {
    Bodies world(slow(0ms, 30s), 100);
    world.plane.keep_metrics(SimDuration{0});
    if (killed)
      world.loop.at(kStart + 11s, "kill",
                    [&] { world.fleet.kill(world.processes[0], {"killed"}); });
    world.finish(kStart + 100s);
    std::uint64_t answers = 0, by_balancer = 0;
    world.plane.metrics()->visit(
        [&](const elb::Frontend&, std::size_t, std::int64_t, const NodeMinute& counts) {
          answers += counts.by_target[2];
          for (const std::uint64_t n : counts.by_balancer) by_balancer += n;
          CHECK(counts.response.max() == 100ms);
        });
    CHECK(answers == 10);
    CHECK(by_balancer == 0);
    CHECK(of(world.plane.ledger().total(), Outcome::kReset) == (killed ? 10 : 0));
  }
}
