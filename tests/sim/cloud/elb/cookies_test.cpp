#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

// elb.md 2.10: what the data plane reads of the two kinds.
TEST_CASE("a group is sticky by the balancer's cookie or by the app's", "[elb][cookies]") {
  SmallElb world;
  TargetGroupSpec changed = *world.elb.target_group("web");
  changed.sticky = true;
  changed.app_sticky_for = 1h;
  changed.app_cookie = "session";
  Frontend* frontend = world.elb.frontend("front", 80);
  REQUIRE(world.elb.modify_target_group("web", changed));
  CHECK(frontend->sticky_for == 24h);
  CHECK(frontend->app_cookie.empty());
  changed.sticky_by_app = true;
  REQUIRE(world.elb.modify_target_group("web", changed));
  CHECK(frontend->sticky_for == 1h);
  CHECK(frontend->app_cookie == "session");
  CHECK(frontend->sticky_renews);

  changed.app_cookie.clear();
  CHECK_FALSE(world.elb.modify_target_group("web", changed));
  for (const char* reserved : {"AWSALB", "AWSALBAPP-0", "AWSALBTG"}) {
    changed.app_cookie = reserved;
    CHECK_FALSE(world.elb.modify_target_group("web", changed));
  }
}

// elb.md 1.8: HTTP(S) listeners only; expiry or the browser's session; or as the app's cookie.
TEST_CASE("a Classic listener is sticky by the policy that it names", "[elb][cookies][classic]") {
  Options options;
  options.classic.policies = {{"hour", "", 3600s}, {"session", "", std::nullopt}, {"app", "JSID"}};
  SmallElb world{options};
  Frontend* frontend = world.elb.frontend("old", 80);
  CHECK(frontend->sticky_for == 0s);
  const auto set = [&](std::vector<std::string> names) {
    ClassicSpec changed = *world.elb.classic("old");
    changed.listeners[0].policies = std::move(names);
    return world.elb.modify_classic("old", changed);
  };
  REQUIRE(set({"hour"}));
  CHECK(frontend->sticky_for == 3600s);
  CHECK_FALSE(frontend->sticky_renews);
  REQUIRE(set({"session"}));
  CHECK(frontend->sticky_for == SimDuration::max());
  REQUIRE(set({"app"}));
  CHECK(frontend->sticky_for == SimDuration::max());
  CHECK(frontend->app_cookie == "JSID");
  REQUIRE(set({}));
  CHECK(frontend->sticky_for == 0s);
  // The listener went on: its counters are what they were.
  CHECK(world.elb.frontend("old", 80) == frontend);
  CHECK(frontend->exists);

  CHECK_FALSE(set({"nobody's"}));
  CHECK_FALSE(set({"hour", "app"}));
  ClassicSpec changed = *world.elb.classic("old");
  changed.listeners[0].policies = {"hour"};
  changed.listeners[0].protocol = changed.listeners[0].instance_protocol = Protocol::kTcp;
  CHECK_FALSE(world.elb.modify_classic("old", changed));
}

}  // namespace
}  // namespace steady::elb
