#include "sim/dataplane/node_metrics.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// Two processes behind a Network load balancer, and one client that asks once a second, from 1 s
/// to 10 s; each answer takes 100 ms. The run, and the counting, ends after two minutes.
struct Counted : testing::SmallPlane {
  Counted() : SmallPlane(1) {
    model.revision = "web:1";
    model.concurrency = 100;
    model.service_time = Distribution(100ms);
    behind_network();
    spec.clients = 1;
    spec.timeout = 5s;
  }
  void begin() {
    launch(2);
    plane.keep_metrics(0s);
    send_ten(spec);
  }
  void finish() {
    SmallPlane::finish(kStart + 2min);
    plane.metrics()->visit(
        [&](const elb::Frontend&, std::size_t, std::int64_t minute, const NodeMinute& counts) {
          if (minute == 0) first = counts;
          all.new_flows += counts.new_flows;
          all.unhealthy_flows += counts.unhealthy_flows;
          all.client_resets += counts.client_resets;
          all.target_resets += counts.target_resets;
          all.balancer_resets += counts.balancer_resets;
        });
    plane.metrics()->visit_flows(
        [&](const elb::Frontend&, std::size_t, const OpenFlows& flows, const auto&) {
          std::int64_t now = 0;
          for (const std::int64_t more : flows.more) open.push_back(now += more);
        });
    open.resize(std::max<std::size_t>(open.size(), 120), open.empty() ? 0 : open.back());
  }
  /// The target of the client's connection: the other one is nobody's.
  std::uint32_t used() const { return told.back().target == "i-0:80" ? 0 : 1; }
  void at(SimDuration when, std::function<void()> deed) {
    loop.at(kStart + when, "deed", std::move(deed));
  }
  traffic::SourceSpec spec;
  NodeMinute first, all;
  std::vector<std::int64_t> open;  ///< by second
};

}  // namespace

// elb.md 3.4, ActiveFlowCount and NewFlowCount: one connection carries all ten requests, and is one
// flow until its client closes it, or the balancer forgets it, or the run is over.
TEST_CASE("a kept connection is one flow for as long as its balancer has it",
          "[dataplane][flows][elb.md 3.4]") {
  for (const int who : {0, 1, 2}) {
    Counted world;
    if (who == 0) world.spec.connections.idle = 5s;
    if (who == 1) world.frontend.idle_timeout = 20s;
    world.begin();
    world.finish();
    CHECK(world.all.new_flows == 1);
    CHECK(world.open[0] == 0);
    CHECK(world.open[1] == 1);
    CHECK(world.open[15] == 1);
    CHECK(world.open[16] == (who == 0 ? 0 : 1));  // rests from 10.1 s on
    CHECK(world.open[30] == (who == 0 ? 0 : 1));
    CHECK(world.open[31] == (who == 2 ? 1 : 0));
    CHECK(world.open[119] == (who == 2 ? 1 : 0));
    CHECK(world.all.balancer_resets == 0);  // nobody sent on it any more
  }
}

// elb.md 3.1: of clients that never come back each request is a flow, for as long as it takes.
TEST_CASE("each request of a client that never comes back is a flow of its own",
          "[dataplane][flows][elb.md 3.4]") {
  Counted world;
  world.spec.clients = 0;
  world.model.service_time = Distribution(2500ms);
  world.begin();
  world.finish();
  CHECK(world.all.new_flows == 10);
  const std::vector<std::int64_t> begins(world.open.begin(), world.open.begin() + 14);
  CHECK(begins == std::vector<std::int64_t>{0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 2, 1, 0});
}

// elb.md 3.4: a flow counts in the minute in which it is opened, its reset in that in which it
// ends.
TEST_CASE("a flow is counted where it begins, and its reset where it ends",
          "[dataplane][flows][elb.md 3.4]") {
  Counted world;
  world.spec.clients = 0;
  world.spec.timeout = 70s;
  world.model.service_time = Distribution(100s);
  world.begin();
  world.finish();
  CHECK(world.first.new_flows == 10);
  CHECK(world.first.client_resets == 0);
  CHECK(world.all.client_resets == 10);
  CHECK(world.open[60] == 10);
  CHECK(world.open[80] == 0);
}

// elb.md 3.2, 3.3: the balancer answers the next packet to an unhealthy target with RST; where it
// terminates connections, clients hear of it at once, whether anything is under way or not.
TEST_CASE("resets by the balancer are counted as its own", "[dataplane][flows][elb.md 3.4]") {
  for (const bool told : {false, true}) {
    for (const SimDuration when : {5050ms, 5500ms}) {
      Counted world;
      world.begin();
      world.at(when, [&] { world.plane.end_flows(0, world.used(), {"ended"}, told); });
      world.finish();
      CHECK(world.all.balancer_resets == 1);
      CHECK(world.all.target_resets == 0);
      CHECK(world.all.client_resets == 0);
      CHECK(world.all.new_flows == 2);
    }
  }
}

// elb.md 3.4, 2.14: a process that dies resets what is under way, and closes what rests with a FIN;
// a connect that is refused is answered with a reset, and is no flow that was established.
TEST_CASE("resets by targets are counted as theirs", "[dataplane][flows][elb.md 3.4]") {
  for (const SimDuration when : {5050ms, 5500ms}) {
    Counted world;
    world.begin();
    world.at(when, [&] {
      for (const auto process : world.processes) world.fleet.kill(process, {"killed"});
    });
    world.finish();
    CHECK(world.all.target_resets == (when == 5050ms ? 1 : 0) + 5);
    CHECK(world.all.balancer_resets == 0);
    CHECK(world.all.new_flows == 1);
    CHECK(world.open[5] == 1);
    CHECK(world.open[6] == 0);
  }
}

// elb.md 3.4: from a machine that is gone nothing comes. A client that gives up there resets
// nobody, and its flow lasts until it does; one that waits for an answer to its SYN is a flow too.
TEST_CASE("where nobody is at the other end nobody resets anything",
          "[dataplane][flows][elb.md 3.4]") {
  Counted world;
  world.spec.timeout = 3s;
  world.begin();
  world.at(5500ms, [&] {
    for (const char* machine : {"i-0", "i-1"})
      world.fleet.host_gone(world.fleet.host(machine), {"instance lost", true});
  });
  world.finish();
  CHECK(world.all.client_resets + world.all.target_resets + world.all.balancer_resets == 0);
  CHECK(world.all.new_flows == 1);
  CHECK(world.open[6] == 1);  // on the old connection
  CHECK(world.open[8] == 3);  // and two that are being set up
  CHECK(world.open[13] == 0);
}

// elb.md 2.12, 3.2: flows that go out while no target is healthy, whether they are taken or not.
TEST_CASE("flows that fail open are counted", "[dataplane][flows][elb.md 3.4]") {
  Counted world;
  world.spec.clients = 0;
  world.begin();
  world.at(5500ms, [&] { world.frontend.nodes[0].fail_open = true; });
  world.finish();
  CHECK(world.all.unhealthy_flows == 5);
  CHECK(world.all.new_flows == 10);
}
