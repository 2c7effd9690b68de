#include <map>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;
using dataplane::testing::SmallPlane;

namespace {

/// Two nodes with one target each; DNS names both until 100 s, then the second alone.
struct TwoNodes : SmallPlane {
  TwoNodes() : SmallPlane(1) {
    model.service_time = Distribution(SimDuration{1ms});
    launch(1);
    frontend.load_balancer = "front";
    frontend.nodes.emplace_back().algorithm = elb::make_algorithm("round_robin");
    frontend.nodes[1].candidates = frontend.nodes[0].candidates;
    frontend.nodes[1].algorithm->set_candidates(frontend.nodes[1].candidates);
    answers.all = {{kStart, {0, 1}}, {kStart + 100s, {1}}};
    frontend.dns = &answers;
  }
  /// 100 requests a second from 100 s to 300 s.
  void send(traffic::SourceSpec spec) {
    spec.name = "traffic/0";
    spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
    spec.profile = {{kStart + 100s, kStart + 300s, {100'000}, {100'000}}};
    plane.add_source(spec);
    plane.observe([this](const RequestRecord& record) { told.push_back(record); });
    finish(kStart + 301s);
  }
  /// How many requests of [from, to) seconds went to the first node.
  std::size_t to_first(int from, int to) const {
    return static_cast<std::size_t>(std::ranges::count_if(told, [&](const RequestRecord& record) {
      return record.node == 0 && record.sent_at >= kStart + std::chrono::seconds{from} &&
             record.sent_at < kStart + std::chrono::seconds{to};
    }));
  }
  elb::DnsAnswers answers;
};

}  // namespace

// elb.md 4.4: the name's time to live is 60 s. Answers are of any age, so those who hold an old one
// become fewer in a straight line: of 100/s half went to the node, on average half of them still
// do.
TEST_CASE("clients use an old answer until its 60 s are over", "[dataplane][dns][elb.md 4.4]") {
  TwoNodes world;
  world.send({});
  CHECK(world.told.size() == 20'000);
  const std::size_t all = world.to_first(100, 160);
  CHECK(all > 1'350);  // 1,500, and four standard deviations of about 37
  CHECK(all < 1'650);
  CHECK(world.to_first(100, 115) > world.to_first(145, 160));
  CHECK(world.to_first(160, 300) == 0);
}

// elb.md 4.4: "clients that cache longer keep using old nodes".
TEST_CASE("clients that cache longer keep using old nodes, those that do not cache none",
          "[dataplane][dns][elb.md 4.4]") {
  TwoNodes world;
  traffic::SourceSpec spec;
  SECTION("an hour") {
    spec.dns_ttl = 1h;
    world.send(spec);
    CHECK(world.to_first(160, 300) > 6'000);  // 7,000 minus a few per cent
  }
  SECTION("not at all") {
    spec.dns_ttl = SimDuration{0};
    world.send(spec);
    CHECK(world.to_first(100, 300) == 0);
  }
}

// A client's answer is its own: once it has the new one it never goes back.
TEST_CASE("each client of a population moves once", "[dataplane][dns][elb.md 4.4]") {
  TwoNodes world;
  traffic::SourceSpec spec;
  spec.clients = 50;
  world.send(spec);
  std::map<std::uint32_t, SimTime> last_old;
  for (const auto& record : world.told) {
    if (record.node == 0) last_old[world.plane.client_of(0, record.index)] = record.sent_at;
  }
  CHECK(last_old.size() > 40);
  // Before its last request to the old node a client uses both, after it only the new.
  for (const auto& record : world.told) {
    const auto known = last_old.find(world.plane.client_of(0, record.index));
    if (known == last_old.end() || record.sent_at >= kStart + 160s) continue;
    CHECK((record.node == 1 || record.sent_at <= known->second));
  }
  CHECK(world.to_first(160, 300) == 0);
}

// elb.md 4.4: after its time a node closes its connections; what is in flight there is lost, and
// who still holds the old answer finds nobody.
TEST_CASE("a node that goes takes what it holds, and nobody else's",
          "[dataplane][dns][elb.md 4.4]") {
  TwoNodes world;
  world.model.service_time = Distribution(SimDuration{2s});
  world.model.concurrency = 1000;
  world.loop.at(kStart + 130s, "node goes", [&world] {
    world.frontend.nodes[0].gone = true;
    world.plane.cut_node("other", 1);
    world.plane.cut_node("front", 0);
  });
  world.send({});
  std::map<std::string, std::size_t> causes;
  for (const auto& record : world.told) {
    const Cause& cause = world.plane.ledger().cause(record.cause);
    if (record.outcome == Outcome::kOk) continue;
    CHECK(record.node == 0);
    CHECK(cause.status == 0);
    CHECK(cause.component == "load balancer");
    CHECK(record.outcome ==
          (cause.text == causes::kNodeCloses ? Outcome::kReset : Outcome::kRefused));
    ++causes[cause.text];
  }
  CHECK(causes[std::string(causes::kNodeCloses)] == world.to_first(128, 130));
  CHECK(causes[std::string(causes::kNodeGone)] == world.to_first(130, 160));
  CHECK(causes.size() == 2);
}
