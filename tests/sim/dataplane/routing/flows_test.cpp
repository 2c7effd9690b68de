#include "sim/dataplane/routing/flows.h"

#include <algorithm>
#include <set>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// Two processes behind a Network load balancer, and one client that asks once a second, from 1 s
/// to 10 s; each answer takes 100 ms.
struct Flows : testing::SmallPlane {
  Flows() : SmallPlane(1) {
    model.revision = "web:1";
    model.service_time = Distribution(100ms);
    behind_network();
    spec.clients = 1;
    spec.timeout = 5s;
  }
  void begin(std::uint32_t targets = 2) {
    launch(targets);
    send_ten(spec);
  }
  void finish() {
    SmallPlane::finish(kStart + 2000s);
    std::ranges::sort(told, {}, &RequestRecord::index);
  }
  /// The target of the client's connection at `second`, deregistered at all nodes now.
  std::uint32_t leave() {
    const std::uint32_t target = told.back().target == "i-0:80" ? 0 : 1;
    SmallPlane::leave(target);
    return target;
  }
  std::size_t count(Outcome outcome) const {
    return static_cast<std::size_t>(std::ranges::count(told, outcome, &RequestRecord::outcome));
  }
  std::size_t opened() const {
    return static_cast<std::size_t>(std::ranges::count(told, true, &RequestRecord::opens));
  }
  std::string cause(std::size_t number) const {
    return plane.ledger().cause(told[number].cause).text;
  }
  int status(std::size_t number) const { return plane.ledger().cause(told[number].cause).status; }
  void at(SimDuration when, std::function<void()> deed) {
    loop.at(kStart + when, "deed", std::move(deed));
  }
  traffic::SourceSpec spec;
};

}  // namespace

// elb.md 3.1: a flow stays on one target for its life, and a client reuses its connection.
TEST_CASE("all requests of one connection go to one target", "[dataplane][flows]") {
  Flows world;
  world.begin();
  world.finish();
  CHECK(world.count(Outcome::kOk) == 10);
  CHECK(world.opened() == 1);
  for (const auto& record : world.told) CHECK(record.target == world.told[0].target);
}

// elb.md 3.1: without a population each request is a flow of its own, hashed anew.
TEST_CASE("requests of clients that never come back are flows of their own", "[dataplane][flows]") {
  Flows world;
  world.spec.clients = 0;
  world.begin();
  world.finish();
  CHECK(world.opened() == 10);
  std::set<std::string> targets;
  for (const auto& record : world.told) targets.insert(record.target);
  CHECK(targets.size() == 2);
}

// elb.md 3.3: no new flows, but existing ones keep working for as long as they are active.
TEST_CASE("a flow goes on to a target that has left the balancer", "[dataplane][flows]") {
  Flows world;
  world.begin();
  world.at(5500ms, [&] { world.leave(); });
  world.finish();
  CHECK(world.count(Outcome::kOk) == 10);
  CHECK(world.opened() == 1);
  CHECK(world.told.back().target == world.told.front().target);
}

// elb.md 3.3: connection termination closes flows after the delay; a resting client hears of it.
TEST_CASE("a terminated flow loses what is in flight, and its client connects anew",
          "[dataplane][flows]") {
  for (const bool in_flight : {false, true}) {
    Flows world;
    world.begin();
    world.at(in_flight ? 5050ms : 5500ms,
             [&] { world.plane.end_flows(0, world.leave(), {"delay over"}, true); });
    world.finish();
    CHECK(world.count(Outcome::kReset) == (in_flight ? 1 : 0));
    CHECK(world.opened() == 2);
    CHECK(world.told.back().target != world.told.front().target);
    if (!in_flight) continue;
    CHECK(world.cause(4) == "delay over");
    CHECK(world.status(4) == 0);
  }
}

// elb.md 3.2: for packets on existing connections of an unhealthy target a RST is sent.
TEST_CASE("the next request on a flow of an unhealthy target is reset", "[dataplane][flows]") {
  Flows world;
  world.begin();
  world.at(5500ms, [&] { world.plane.end_flows(0, world.leave(), {"unhealthy"}, false); });
  world.finish();
  CHECK(world.count(Outcome::kReset) == 1);
  CHECK(world.cause(5) == "unhealthy");
  CHECK(world.told[5].ended_at == world.told[5].sent_at);
  CHECK(world.opened() == 2);
}

// elb.md 3.4: after the idle time-out a packet is answered with RST; keep-alive probes reset it.
TEST_CASE("a flow that rests for the idle time-out is reset at its next packet",
          "[dataplane][flows]") {
  for (const bool probes : {false, true}) {
    Flows world;
    world.frontend.idle_timeout = 900ms;
    world.spec.connections.tcp_keep_alive = probes;
    world.begin();
    world.finish();
    // Each rests for 900 ms: every other request finds its connection forgotten.
    CHECK(world.count(Outcome::kReset) == (probes ? 0 : 5));
    if (!probes) CHECK(world.cause(1) == causes::kFlowIdle);
  }
  Flows world;
  world.frontend.idle_timeout = 901ms;
  world.begin();
  world.finish();
  CHECK(world.count(Outcome::kOk) == 10);
}

// elb.md 3.4: never an HTTP code: an answer after the idle time-out finds no flow any more.
TEST_CASE("an answer later than the idle time-out never arrives", "[dataplane][flows]") {
  Flows world;
  world.frontend.idle_timeout = 60s;
  world.model.service_time = Distribution(70s);
  world.spec.timeout = 80s;
  world.spec.clients = 100;
  world.begin();
  world.finish();
  CHECK(world.count(Outcome::kClientGaveUp) == 10);
  CHECK(world.cause(0) == causes::kFlowIdle);
  CHECK(world.status(0) == 0);
  CHECK(world.told[0].ended_at - world.told[0].sent_at == 80s);
}

// elb.md 2.14: the app's FIN reaches the client; only a request that crosses it is lost.
TEST_CASE("an app that closes idle connections costs only the requests that cross the close",
          "[dataplane][flows]") {
  for (const SimDuration keep_alive : {500ms, 900ms}) {
    Flows world;
    world.model.keep_alive = keep_alive;
    world.begin();
    world.finish();
    CHECK(world.count(Outcome::kReset) == (keep_alive == 900ms ? 5 : 0));
    CHECK(world.opened() == (keep_alive == 900ms ? 5 : 10));
    if (keep_alive == 900ms) CHECK(world.cause(1) == causes::kKeepAliveRace);
  }
}

// elb.md 3.3: the host's RST or FIN is heard, and the next flow goes elsewhere.
TEST_CASE("a process that dies resets the flows that it has", "[dataplane][flows]") {
  for (const SimDuration when : {5050ms, 5500ms}) {
    Flows world;
    world.begin();
    world.at(when, [&] { world.fleet.kill(world.processes[world.leave()], {"killed"}); });
    world.finish();
    CHECK(world.count(Outcome::kReset) == (when == 5050ms ? 1 : 0));
    CHECK(world.opened() == 2);
  }
}

// elb.md 3.3: "or nothing (IP gone: client times out)".
TEST_CASE("where the address is gone the client hears nothing until its time-out",
          "[dataplane][flows]") {
  Flows world;
  world.spec.timeout = 3s;
  world.begin();
  world.at(5500ms, [&] {
    world.fleet.host_gone(world.fleet.host("i-" + std::to_string(world.leave())),
                          {"instance lost", true});
  });
  world.finish();
  // The request of 6 s waits for its time-out; the others find its connection busy and open more.
  CHECK(world.count(Outcome::kClientGaveUp) == 1);
  const auto lost = std::ranges::find(world.told, Outcome::kClientGaveUp, &RequestRecord::outcome);
  CHECK(lost->ended_at - lost->sent_at == 3s);
  CHECK_FALSE(lost->opens);
}

// elb.md 3.1: nothing is retried by the balancer; a refused connection is seen as RST.
TEST_CASE("a refused connection is the client's to see, without a status", "[dataplane][flows]") {
  Flows world;
  world.begin(1);
  world.at(5500ms, [&] { world.fleet.kill(world.processes[0], {"killed"}); });
  world.finish();
  CHECK(world.count(Outcome::kRefused) == 5);
  CHECK(world.status(9) == 0);
  CHECK(world.cause(9) == causes::kNobodyListens);
}

// elb.md 2.14: at SIGTERM an app that finishes closes what rests and answers what it holds.
TEST_CASE("a process that is told to stop closes its flows in good order", "[dataplane][flows]") {
  for (const SimDuration when : {5050ms, 5500ms}) {
    Flows world;
    world.begin();
    world.at(when, [&] { world.fleet.sigterm(world.processes[world.leave()]); });
    world.finish();
    CHECK(world.count(Outcome::kOk) == 10);
    CHECK(world.opened() == 2);
  }
}

// A pool: what finds all connections busy opens one for itself and closes it again.
TEST_CASE("a client opens a connection for what its busy ones cannot carry", "[dataplane][flows]") {
  for (const std::uint32_t each : {1U, 2U, 3U}) {
    Flows world;
    world.model.service_time = Distribution(1500ms);
    world.spec.connections.each = each;
    world.begin();
    world.finish();
    CHECK(world.count(Outcome::kOk) == 10);
    CHECK(world.opened() == (each == 1 ? 6 : 2));
  }
}

// Whoever closes first loses nothing: the client's own limits are polite.
TEST_CASE("a client ends its connections by age and by rest without a loss", "[dataplane][flows]") {
  Flows old;
  old.spec.connections.life = Distribution(2500ms);
  old.begin();
  old.finish();
  CHECK(old.count(Outcome::kOk) == 10);
  CHECK(old.opened() == 4);
  Flows resting;
  resting.spec.connections.idle = 800ms;
  resting.frontend.idle_timeout = 850ms;
  resting.begin();
  resting.finish();
  CHECK(resting.count(Outcome::kOk) == 10);
  CHECK(resting.opened() == 10);
}
