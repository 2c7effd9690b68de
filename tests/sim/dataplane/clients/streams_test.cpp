#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// Two processes with one worker each; a WebSocket of ten minutes is opened every second for ten
/// seconds.
struct Sockets : testing::SmallPlane {
  explicit Sockets(bool closes, std::optional<Distribution> reconnect = {}) : SmallPlane(1) {
    model.revision = "web:1";
    model.concurrency = 1;
    model.backlog = 0;
    model.closes_streams = closes;
    launch(2);
    traffic::SourceSpec spec;
    spec.timeout = 5s;
    spec.stream = traffic::StreamPolicy{Distribution(SimDuration{600s}), std::move(reconnect)};
    send_ten(spec);
    loop.run_until(kStart + 20s);
  }
  /// The node forgets the first target.
  void deregister() {
    auto& node = frontend.nodes[0];
    node.candidates.erase(node.candidates.begin());
    node.algorithm->set_candidates(node.candidates);
  }
  Sums finish() {
    SmallPlane::finish(kStart + 700s);
    return plane.ledger().total();
  }
  static std::uint64_t of(const Sums& sums, Outcome outcome) {
    return sums.by_outcome[static_cast<std::size_t>(outcome)];
  }
};

}  // namespace

// One worker holds five sockets at once, past the client's time-out of 5 s and the balancer's idle
// time-out: a WebSocket is a connection, not a request that somebody works on.
TEST_CASE("a stream holds no worker and no time-out ends it", "[dataplane]") {
  Sockets world(false);
  const Sums sums = world.finish();
  CHECK(sums.total() == 10);
  CHECK(Sockets::of(sums, Outcome::kOk) == 10);
  for (const auto& record : world.told) CHECK(record.ended_at - record.sent_at == 600s);
}

// product.md: a WebSocket cut by anybody but its two ends is `reset`. Its answer had come when it
// was opened, so the client sees no status.
TEST_CASE("a stream that the balancer cuts is a reset without a status", "[dataplane]") {
  Sockets world(false);
  world.deregister();
  world.plane.cut_target(0, 0, {"deregistration delay over with requests in flight"});
  const Sums sums = world.finish();
  CHECK(Sockets::of(sums, Outcome::kReset) == 5);
  for (const auto& [id, count] : sums.by_cause) {
    CHECK(world.plane.ledger().cause(id).status == 0);
    CHECK(world.plane.ledger().cause(id).text ==
          "stream cut: deregistration delay over with requests in flight");
  }
}

// The cure: the app closes them at SIGTERM, and clients come back for what is left of their time.
TEST_CASE("a stream that the app closes ends well, and its client connects again", "[dataplane]") {
  Sockets world(true, Distribution(SimDuration{2s}));
  world.deregister();
  world.fleet.sigterm(world.processes[0]);
  const Sums sums = world.finish();
  CHECK(sums.total() == 15);
  CHECK(Sockets::of(sums, Outcome::kOk) == 15);
  std::size_t again = 0;
  for (const auto& record : world.told) {
    if (record.sent_at != kStart + 22s) continue;
    ++again;
    // The first began at 1, 3, ... 9 s and had gone on to 20 s; two seconds are lost.
    const SimTime first = kStart + 1s + (record.index % (std::uint64_t{1} << 40)) * 1s;
    CHECK(record.ended_at == first + 600s + 2s);
  }
  CHECK(again == 5);
}

// A process that finishes waits for the streams that it does not close.
TEST_CASE("a process is idle only when its streams have ended", "[dataplane]") {
  Sockets world(false);
  CHECK(world.plane.process_idle_at(world.processes[0]) == kStart + 9s + 600s);
}
