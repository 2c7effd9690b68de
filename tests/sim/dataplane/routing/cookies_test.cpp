#include <algorithm>

#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;
using dataplane::testing::SmallPlane;

namespace {

/// Three targets in turn, one client that sends a request a second, ten in all.
struct OneClient : SmallPlane {
  OneClient() : SmallPlane(1) { model.service_time = Distribution(SimDuration{10ms}); }
  /// Which target got each of the ten.
  std::string targets() {
    launch(3);
    traffic::SourceSpec spec;
    spec.clients = 1;
    send_ten(spec);
    finish(kStart + 12s);
    // They are booked in no order.
    std::ranges::sort(told, {}, &RequestRecord::index);
    std::string numbers;
    for (const auto& record : told) numbers += record.target.substr(2, 1);
    return numbers;
  }
};

}  // namespace

// elb.md 2.10: the app's cookie has to be there before the balancer binds anybody to a target.
TEST_CASE("a client is bound once the app has set its cookie",
          "[dataplane][cookies][elb.md 2.10]") {
  OneClient world;
  world.frontend.sticky_for = 24h;
  world.frontend.app_cookie = "session";
  SECTION("an app that sets it") {
    world.model.cookie = app::AppCookie{.name = "session"};
    CHECK(world.targets() == "0000000000");
  }
  SECTION("an app that sets another") {
    world.model.cookie = app::AppCookie{.name = "other"};
    CHECK(world.targets() == "0120120120");
  }
  SECTION("an app that sets none") { CHECK(world.targets() == "0120120120"); }
  SECTION("a cookie that the client drops after three seconds takes the binding with it") {
    world.model.cookie = app::AppCookie{.name = "session", .life = 3s};
    CHECK(world.targets() == "0001112220");
  }
  // Two requests after the binding's own life the app's cookie alone binds nobody.
  SECTION("a binding that is not renewed in time") {
    world.model.cookie = app::AppCookie{.name = "session"};
    world.frontend.sticky_for = 500ms;
    CHECK(world.targets() == "0120120120");
  }
}

// elb.md 1.8: Classic neither refreshes its cookie nor checks it, the client drops it; an
// Application balancer renews it with each response (2.10).
TEST_CASE("Classic's own cookie is not renewed, an Application balancer's is",
          "[dataplane][cookies][elb.md 1.8]") {
  OneClient world;
  world.frontend.sticky_for = 3s;
  SECTION("Classic, three seconds") {
    world.frontend.sticky_renews = false;
    CHECK(world.targets() == "0001112220");
  }
  SECTION("Classic, until the browser closes") {
    world.frontend.sticky_renews = false;
    world.frontend.sticky_for = SimDuration::max();
    CHECK(world.targets() == "0000000000");
  }
  SECTION("Application") { CHECK(world.targets() == "0000000000"); }
}

// elb.md 1.8: the balancer's cookie follows the app's for as long as that lasts.
TEST_CASE("Classic's application policy lasts as long as the app's cookie",
          "[dataplane][cookies][elb.md 1.8]") {
  OneClient world;
  world.frontend.sticky_renews = false;
  world.frontend.sticky_for = SimDuration::max();
  world.frontend.app_cookie = "session";
  world.model.cookie = app::AppCookie{.name = "session", .life = 4s};
  CHECK(world.targets() == "0000111122");
}

// elb.md 1.8, 2.10: as if there were no cookie; the session moves for good.
TEST_CASE("a bound client whose target is gone gets another and stays there",
          "[dataplane][cookies][elb.md 1.8]") {
  OneClient world;
  world.frontend.sticky_for = 24h;
  SECTION("by the app's cookie, which the other process sets anew") {
    world.frontend.app_cookie = "session";
    world.model.cookie = app::AppCookie{.name = "session"};
  }
  SECTION("by Classic's own") { world.frontend.sticky_renews = false; }
  SECTION("by an Application balancer's own") {}
  world.loop.at(kStart + 4500ms, "deregistered", [&world] {
    auto& node = world.frontend.nodes[0];
    node.candidates.erase(node.candidates.begin());
    node.algorithm->set_candidates(node.candidates);
  });
  world.loop.at(kStart + 7500ms, "registered again", [&world] {
    auto& node = world.frontend.nodes[0];
    node.candidates.insert(node.candidates.begin(),
                           {0, world.fleet.endpoint(world.fleet.host("i-0"), 80)});
    node.algorithm->set_candidates(node.candidates);
  });
  CHECK(world.targets() == "0000111111");
}
