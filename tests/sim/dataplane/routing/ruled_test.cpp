#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// Two groups of one process each behind one listener; requests come every 10 ms for 100 s.
struct TwoGroups {
  explicit TwoGroups(elb::Route route, std::uint32_t clients = 0) : plane(7) {
    for (int i = 0; i < 2; ++i) {
      ways[i].group = static_cast<app::GroupId>(i + 1);
      ways[i].nodes.resize(1);
      const auto endpoint = plane.fleet.endpoint(plane.fleet.host("i-" + std::to_string(i)), 80);
      plane.model.revision = "web:1";
      plane.fleet.launch(plane.model, endpoint, "task", static_cast<std::uint64_t>(i), {});
      ways[i].nodes[0].candidates.push_back({static_cast<app::TargetId>(i), endpoint});
      ways[i].nodes[0].algorithm = elb::make_algorithm("round_robin");
      ways[i].nodes[0].algorithm->set_candidates(ways[i].nodes[0].candidates);
    }
    for (auto& way : route.ways) way.to = &ways[way.to == nullptr ? made++ : 1];
    set(std::move(route));
    traffic::SourceSpec spec;
    spec.name = "traffic/0";
    spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
    spec.profile = {{kStart, kStart + 100s, {100'000}, {100'000}}};
    spec.clients = clients;
    plane.plane.add_source(spec);
    plane.plane.observe([this](const RequestRecord& record) {
      if (record.group == 0xFFFFFFFFU) return;
      ++got[record.group];
      by_client[plane.plane.client_of(0, record.index)][record.group]++;
    });
  }
  void set(elb::Route route) {
    plane.frontend.routes = {std::make_shared<const elb::Routes>(elb::Routes{std::move(route)})};
    plane.plane.frontends_changed();
  }
  testing::SmallPlane plane;
  elb::Frontend ways[2];
  int made = 0;
  std::map<std::uint32_t, int> got;
  std::map<std::uint32_t, std::map<std::uint32_t, int>> by_client;
};

elb::Route weighted(std::uint32_t first, std::uint32_t second) {
  elb::Route route;
  route.ways = {{nullptr, first}, {nullptr, second}};
  return route;
}

}  // namespace

// elb.md 2.11: share = weight / sum. 10,000 requests, so 300 is seven deviations.
TEST_CASE("a weighted forward gives each group its share", "[dataplane][rules]") {
  TwoGroups world(weighted(900, 100));
  world.plane.finish(kStart + 200s);
  CHECK(world.got[1] + world.got[2] == 10'000);
  CHECK(std::abs(world.got[2] - 1000) < 210);
}

// elb.md 2.11: weight 0 gets nothing new.
TEST_CASE("a group of weight 0 gets nothing", "[dataplane][rules]") {
  TwoGroups world(weighted(0, 1));
  world.plane.finish(kStart + 200s);
  CHECK(world.got[2] == 10'000);
}

// Undocumented (deviations): with no weight at all nobody is chosen.
TEST_CASE("a forward without any weight answers 503", "[dataplane][rules]") {
  TwoGroups world(weighted(0, 0));
  world.plane.finish(kStart + 200s);
  CHECK(world.got.empty());
  const auto sums = world.plane.plane.ledger().total();
  CHECK(sums.by_outcome[static_cast<std::size_t>(Outcome::kNoTarget)] == 10'000);
  CHECK(world.plane.plane.ledger().drops.front().outcome == Outcome::kNoTarget);
}

// elb.md 2.10: with group stickiness a client stays with its group, even when its weight becomes 0.
TEST_CASE("a client stays with its group", "[dataplane][rules]") {
  elb::Route route = weighted(1, 1);
  route.sticky_for = 1h;
  TwoGroups world(route, 50);
  world.plane.loop.run_until(kStart + 50s);
  for (auto& way : route.ways) way = {nullptr, 1};
  elb::Route later = route;
  later.ways = {{&world.ways[0], 1}, {&world.ways[1], 0}};
  world.set(later);
  world.plane.finish(kStart + 200s);
  CHECK(world.by_client.size() == 50);
  for (const auto& [client, groups] : world.by_client) CHECK(groups.size() == 1);
  CHECK(world.got[1] > 1000);
  CHECK(world.got[2] > 1000);
}

// product.md: what the scenario asked the balancer to answer is ok, whatever its status.
TEST_CASE("a fixed response is no loss and reaches nobody", "[dataplane][rules]") {
  elb::Route route;
  route.type = elb::ActionSpec::Type::kFixedResponse;
  route.status = 503;
  TwoGroups world(route);
  world.plane.finish(kStart + 200s);
  CHECK(world.got.empty());
  const auto& ledger = world.plane.plane.ledger();
  CHECK(ledger.total().by_outcome[static_cast<std::size_t>(Outcome::kOk)] == 10'000);
  CHECK(ledger.total().dropped() == 0);
  CHECK(ledger.total().by_cause.empty());
}
