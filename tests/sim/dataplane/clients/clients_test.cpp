#include <algorithm>
#include <map>

#include "sim/dataplane/causes.h"
#include "sim/dataplane/node_metrics.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// One process that takes a second for each request, one at a time.
struct Slow : testing::SmallPlane {
  explicit Slow(SimDuration service = 1s, std::uint32_t workers = 1) : SmallPlane(1) {
    model.revision = "web:1";
    model.service_time = Distribution(service);
    model.concurrency = workers;
    model.backlog = 1000;
  }
  void send(traffic::SourceSpec spec) {
    if (processes.empty()) launch(1);
    spec.name = "traffic/0";
    plane.add_source(spec);
    plane.observe([this](const RequestRecord& record) { told.push_back(record); });
  }
};

traffic::SourceSpec users(std::uint32_t number, std::optional<Distribution> think,
                          std::optional<Distribution> pace = {}) {
  traffic::SourceSpec spec;
  spec.users = traffic::Users{number, SimDuration{0}, std::move(think), std::move(pace)};
  if (spec.users->pace) spec.at_once = 1;
  spec.timeout = SimDuration::max();
  return spec;
}

/// Evenly spaced arrivals, one a second from 1 s to 10 s.
traffic::SourceSpec ten() {
  traffic::SourceSpec spec;
  spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
  spec.profile = {{kStart + 1s, kStart + 11s, {1000}, {1000}}};
  spec.timeout = SimDuration::max();
  return spec;
}

std::uint64_t of(const Sums& sums, Outcome outcome) {
  return sums.by_outcome[static_cast<std::size_t>(outcome)];
}

}  // namespace

// elb.md 8.3: closed: each sends after its last answer plus think time, so a user of a service that
// takes a second, and who thinks four, sends every five seconds.
TEST_CASE("a user of a closed loop sends a think time after its last answer", "[dataplane]") {
  Slow world;
  world.send(users(1, Distribution(SimDuration{4s})));
  world.finish(kStart + 51s);
  REQUIRE(world.told.size() == 11);
  for (const auto& record : world.told) {
    CHECK(record.sent_at == kStart + record.index * 5s);
    CHECK(record.ended_at - record.sent_at == 1s);
  }
}

// elb.md 8.3: load falls when the system slows. A ten-second stall costs the user what an open
// source would have sent in it.
TEST_CASE("a closed loop sends less where answers take longer", "[dataplane]") {
  Slow fast(1s), slow(6s);
  fast.send(users(1, Distribution(SimDuration{4s})));
  slow.send(users(1, Distribution(SimDuration{4s})));
  fast.finish(kStart + 100s);
  slow.finish(kStart + 100s);
  CHECK(fast.plane.sent() == 20);
  CHECK(slow.plane.sent() == 10);
}

// A test with all users at once would begin with a burst that no real crowd makes.
TEST_CASE("users begin one after the other during the ramp-up", "[dataplane]") {
  Slow world(10ms, 10);
  auto spec = users(4, Distribution(SimDuration{1000s}));
  spec.users->ramp_up = 20s;
  world.send(spec);
  world.finish(kStart + 60s);
  REQUIRE(world.told.size() == 4);
  for (const auto& record : world.told) CHECK(record.sent_at == kStart + record.index * 5s);
}

// elb.md 8.4: wrk2 measures from the planned send time. A server that stalls for ten seconds spoils
// ten requests of a user with a pace of a second, not one.
TEST_CASE("a paced user's latency counts from when it meant to send", "[dataplane][elb.md 8.4]") {
  Slow world(10ms);
  auto spec = users(1, {}, Distribution(SimDuration{1s}));
  world.launch(1);
  // The machine of the second process answers nothing for ten seconds: its first request.
  app::AppModel stalls = world.model;
  stalls.cold_requests = 1;
  stalls.cold_factor = 1000;
  const auto endpoint = world.fleet.endpoint(world.fleet.host("i-stalls"), 80);
  world.fleet.launch(stalls, endpoint, "task", 1, {});
  world.frontend.nodes[0].candidates = {{1, endpoint}};
  world.frontend.nodes[0].algorithm->set_candidates(world.frontend.nodes[0].candidates);
  world.send(spec);
  world.finish(kStart + 100s);
  const Sums sums = world.plane.ledger().total();
  REQUIRE(of(sums, Outcome::kOk) == 100);
  CHECK(sums.as_sent.quantile(950'000) < 11ms);
  CHECK(sums.latency.quantile(950'000) > 5s);
  CHECK(sums.latency.max() == 10s);
}

// elb.md 8.3: partly open: arrivals of sessions do not wait, what is in a session does.
TEST_CASE("a session is a chain of requests by one client", "[dataplane]") {
  Slow world(10ms, 10);
  auto spec = ten();
  spec.sessions.emplace();
  spec.sessions->requests.seconds = Distribution(SimDuration{3s});
  spec.sessions->think = Distribution(SimDuration{500ms});
  world.send(spec);
  world.finish(kStart + 100s);
  REQUIRE(world.plane.sent() == 30);
  std::map<std::uint64_t, SimTime> sent;
  for (const auto& record : world.told) sent[record.index] = record.sent_at;
  for (std::uint64_t session = 0; session < 10; ++session) {
    CHECK(sent.at(session) == kStart + 1s + session * 1s);
    CHECK(sent.at(session + kAgain) - sent.at(session) == 510ms);
    CHECK(sent.at(session + 2 * kAgain) - sent.at(session) == 1020ms);
    CHECK(world.plane.client_of(0, session + 2 * kAgain) == session);
  }
}

// elb.md 2.10: the cookie goes with the client; the next session is another client's.
TEST_CASE("a session stays with its target where the group is sticky", "[dataplane]") {
  for (const bool sticky : {false, true}) {
    Slow world(10ms, 10);
    world.frontend.sticky_for = sticky ? 1h : 0h;
    world.launch(4);
    auto spec = ten();
    spec.sessions.emplace();
    spec.sessions->requests.seconds = Distribution(SimDuration{5s});
    world.send(spec);
    world.finish(kStart + 100s);
    std::map<std::uint64_t, std::vector<std::string>> targets;
    for (const auto& record : world.told) targets[record.index % kAgain].push_back(record.target);
    std::size_t alone = 0;
    for (auto& [session, each] : targets) {
      std::ranges::sort(each);
      if (each.front() == each.back()) ++alone;
    }
    CHECK(alone == (sticky ? 10 : 0));
  }
}

// What is in flight when a run ends is followed to its end, and nothing new begins.
TEST_CASE("nobody goes on after the end of a run", "[dataplane]") {
  Slow world(10s, 10);
  world.send(users(3, Distribution(SimDuration{1s})));
  world.finish(kStart + 15s);
  CHECK(world.plane.sent() == 6);
  CHECK(world.plane.open() == 0);
}

// product.md: a 404 is a complete answer, `ok`; that the page is broken is counted beside.
TEST_CASE("an asset that another version was asked for is missing", "[dataplane]") {
  for (const bool keeps : {false, true}) {
    Slow world(10ms, 10);
    app::AppModel next = world.model;
    next.revision = "web:2";
    if (keeps) next.keeps_assets_of = {"web:1"};
    world.launch(1);
    world.launch_another(next);
    auto spec = ten();
    spec.page.emplace();
    spec.page->assets = 4;
    world.send(spec);
    world.finish(kStart + 100s);
    const Sums sums = world.plane.ledger().total();
    CHECK(of(sums, Outcome::kOk) == 50);
    // Round robin: of four assets two go to the other version. web:1 never has those of web:2.
    CHECK(sums.missing_assets == (keeps ? 10 : 20));
    for (const auto& record : world.told) {
      const Cause& cause = world.plane.ledger().cause(record.cause);
      if (record.cause != 0) CHECK(cause.status == 404);
      if (record.asset) CHECK(record.index >= kAgain);
    }
  }
}

// Cookies keep a page together with what it asks for (elb.md 2.10).
TEST_CASE("stickiness keeps the assets of a page at the version that answered it", "[dataplane]") {
  Slow world(10ms, 10);
  world.frontend.sticky_for = 1h;
  app::AppModel next = world.model;
  next.revision = "web:2";
  world.launch(1);
  world.launch_another(next);
  auto spec = ten();
  spec.page = traffic::PageLoad{4, {}};
  world.send(spec);
  world.finish(kStart + 100s);
  CHECK(world.plane.ledger().total().missing_assets == 0);
}

// elb.md 2.14: one HTTP/1.1 request at a time per connection. With two of them the assets of a page
// that take a second each come two by two, and wait at the client; their latency tells.
TEST_CASE("what finds all connections of its client busy waits for one", "[dataplane]") {
  Slow world(1s, 100);
  auto spec = ten();
  spec.profile = {{kStart + 1s, kStart + 2s, {1000}, {1000}}};
  spec.page = traffic::PageLoad{6, {}};
  spec.at_once = 2;
  world.send(spec);
  world.finish(kStart + 100s);
  REQUIRE(world.told.size() == 7);
  std::vector<SimDuration> took;
  for (const auto& record : world.told) {
    if (record.asset) took.push_back(record.ended_at - record.sent_at);
  }
  std::ranges::sort(took);
  CHECK(took == std::vector<SimDuration>{1s, 1s, 2s, 2s, 3s, 3s});
  CHECK(world.plane.ledger().total().as_sent.max() == 1s);
}

namespace {

/// One page with six assets, for a client with two connections.
traffic::SourceSpec a_page_of_six() {
  auto spec = ten();
  spec.profile = {{kStart + 1s, kStart + 2s, {1000}, {1000}}};
  spec.page = traffic::PageLoad{6, {}};
  spec.at_once = 2;
  return spec;
}

/// Requests that had no connection until their client gave up.
std::uint64_t waited_in_vain(const Slow& world) {
  std::uint64_t waited = 0;
  for (const auto& record : world.told) {
    if (world.plane.ledger().cause(record.cause).text == causes::kNoConnection) ++waited;
  }
  return waited;
}

}  // namespace

// elb.md 8.4: latency and time-outs count from the intended sending, so a request may end before it
// was sent at all.
TEST_CASE("a client gives up what waits too long for a connection", "[dataplane]") {
  Slow world(1s, 100);
  auto spec = a_page_of_six();
  spec.timeout = 2500ms;
  world.send(spec);
  world.finish(kStart + 100s);
  const Sums sums = world.plane.ledger().total();
  CHECK(of(sums, Outcome::kOk) == 5);
  CHECK(of(sums, Outcome::kClientGaveUp) == 2);
  CHECK(waited_in_vain(world) == 0);  // the last two were sent at 2 s, with half a second left
  spec.timeout = 1500ms;
  Slow hurry(1s, 100);
  hurry.send(spec);
  hurry.finish(kStart + 100s);
  CHECK(waited_in_vain(hurry) == 2);
}

// elb.md 2.19: a balancer counts what came to it. What its client never sent it knows nothing of.
TEST_CASE("no metric counts what never left its client", "[dataplane][elb.md 2.19]") {
  Slow world(1s, 100);
  world.plane.keep_metrics(SimDuration{0});
  auto spec = a_page_of_six();
  spec.timeout = 1500ms;
  world.send(spec);
  world.finish(kStart + 100s);
  std::uint64_t attempts = 0, gave_up = 0;
  world.plane.metrics()->visit(
      [&](const elb::Frontend&, std::size_t, std::int64_t, const NodeMinute& counts) {
        attempts += counts.attempts;
        gave_up += counts.by_balancer[4];
      });
  // Two assets are answered after a second, two are sent then and given up half a second later, and
  // the last two wait for them until their own time-out.
  CHECK(of(world.plane.ledger().total(), Outcome::kClientGaveUp) == 4);
  CHECK(gave_up == 2);
  CHECK(attempts == 5);
}
