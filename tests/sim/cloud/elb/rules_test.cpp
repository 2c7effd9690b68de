#include "sim/cloud/elb/rules.h"

#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

Condition path(std::string pattern) {
  return {.field = Condition::Field::kPath, .values = {std::move(pattern)}};
}

HttpRequest asking(std::string_view url) {
  HttpRequest request;
  read_url(url, request);
  return request;
}

ActionSpec fixed(int status) {
  ActionSpec action;
  action.type = ActionSpec::Type::kFixedResponse;
  action.status = status;
  return action;
}

std::string code(const Status& status) { return status ? "" : status.error().code; }
template <class T>
std::string code(const Result<T>& result) {
  return result ? "" : result.error().code;
}

/// Which rule the listener's first node follows for this URL, by priority; -1 when it has no rules.
int rule_for(SmallElb& world, std::string_view url, std::size_t node = 0) {
  const Frontend* frontend = world.elb.frontend("front", 80);
  if (frontend->routes.empty()) return -1;
  return route_of(*frontend->routes[node], asking(url)).priority;
}

}  // namespace

// elb.md 2.11: "*" is any run of characters, "?" one of them.
TEST_CASE("wildcards match runs and single characters", "[elb][rules]") {
  CHECK(matches("/img/*", "/img/a/b.png", false));
  CHECK(matches("/img/*", "/img/", false));
  CHECK_FALSE(matches("/img/*", "/img", false));
  CHECK(matches("/?.html", "/a.html", false));
  CHECK_FALSE(matches("/?.html", "/.html", false));
  CHECK(matches("*a*b*c", "xxaxxbxxabc", false));
  CHECK_FALSE(matches("*a*b*c", "xxaxxbxxab", false));
  CHECK(matches("*", "", false));
  CHECK_FALSE(matches("", "a", false));
}

// elb.md 2.11: hosts and headers ignore case, paths do not.
TEST_CASE("each kind of condition looks at its part of the request", "[elb][rules]") {
  using Field = Condition::Field;
  HttpRequest request = asking("https://API.Example.com:8443/users/7?color=Red&x");
  request.headers = {{"x-canary", "Yes"}};
  request.source_ip = "203.0.113.77";
  CHECK(request.host == "API.Example.com");
  CHECK(request.path == "/users/7");
  CHECK(holds({.field = Field::kHost, .values = {"*.example.COM"}}, request));
  CHECK_FALSE(holds({.field = Field::kHost, .values = {"example.com"}}, request));
  CHECK(holds(path("/users/*"), request));
  CHECK_FALSE(holds(path("/Users/*"), request));
  CHECK(holds({.field = Field::kMethod, .values = {"POST", "GET"}}, request));
  CHECK_FALSE(holds({.field = Field::kMethod, .values = {"POST"}}, request));
  CHECK(holds({.field = Field::kHeader, .values = {"y*"}, .header = "X-Canary"}, request));
  CHECK_FALSE(holds({.field = Field::kHeader, .values = {"y*"}, .header = "X-Canar"}, request));
  CHECK(holds({.field = Field::kQuery, .query = {{"Color", "red"}}}, request));
  CHECK(holds({.field = Field::kQuery, .query = {{"", "r?d"}}}, request));
  CHECK_FALSE(holds({.field = Field::kQuery, .query = {{"shade", "red"}}}, request));
  CHECK(holds({.field = Field::kSourceIp, .values = {"203.0.113.64/26"}}, request));
  CHECK_FALSE(holds({.field = Field::kSourceIp, .values = {"203.0.113.0/26"}}, request));
  // A client whose address nobody told is in no block.
  CHECK_FALSE(holds({.field = Field::kSourceIp, .values = {"0.0.0.0/0"}}, HttpRequest{}));
}

// elb.md 2.11: source-ip takes IPv4 and IPv6 blocks (RFC 4291, 2.2 for their text).
TEST_CASE("blocks of addresses", "[elb][rules]") {
  CHECK(in_block("2001:db8::1", "2001:db8::/32"));
  CHECK(in_block("2001:0db8:0:0:0:0:0:1", "2001:db8::1/128"));
  CHECK_FALSE(in_block("2001:db9::1", "2001:db8::/32"));
  CHECK_FALSE(in_block("10.0.0.1", "::/0"));
  CHECK(in_block("10.0.0.1", "0.0.0.0/0"));
  for (const char* bad : {"10.0.0.1", "10.0.0/8", "10.0.0.256/8", "10.0.0.0/33", "10.0.0.0/",
                          "1:2:3:4:5:6:7:8:9/64", "12345::/16", "x/8"})
    CHECK_FALSE(is_block(bad));
}

// elb.md 2.11: ascending priority, the default last, first match wins.
TEST_CASE("the first rule that matches takes the request", "[elb][rules]") {
  SmallElb world;
  CHECK(rule_for(world, "/") == -1);
  REQUIRE(world.elb.create_rule(
      "front:80", {.priority = 20, .conditions = {path("/a*")}, .action = fixed(503)}));
  REQUIRE(world.elb.create_rule(
      world.arn, {.priority = 10, .conditions = {path("/ab*")}, .action = fixed(404)}));
  CHECK(rule_for(world, "/abc") == 10);
  CHECK(rule_for(world, "/axc") == 20);
  CHECK(rule_for(world, "/") == 0);
  REQUIRE(world.elb.set_rule_priorities({{"front:80/10", 20}, {"front:80/20", 10}}));
  CHECK(rule_for(world, "/abc") == 10);
  CHECK(world.elb.listeners("front")[0].rules[0].spec.action == fixed(503));
  REQUIRE(world.elb.delete_rule("front:80/10"));
  CHECK(rule_for(world, "/axc") == 0);
  REQUIRE(world.elb.delete_rule("front:80/20"));
  CHECK(rule_for(world, "/abc") == -1);
}

// elb.md 7.2, 2.20: what AWS refuses, and nothing is made half.
TEST_CASE("rules that AWS refuses", "[elb][rules]") {
  SmallElb world;
  Elb& elb = world.elb;
  const RuleSpec good{.priority = 10, .conditions = {path("/a*")}, .action = fixed(503)};
  REQUIRE(elb.create_rule(world.arn, good));
  CHECK(code(elb.create_rule(world.arn, good)) == "PriorityInUse");
  CHECK(code(elb.create_rule("front:81", good)) == "ListenerNotFound");
  CHECK(code(elb.modify_rule("front:80/11", good)) == "RuleNotFound");
  CHECK(code(elb.delete_rule("front:80/11")) == "RuleNotFound");
  CHECK(code(elb.set_rule_priorities({{"front:80/11", 1}})) == "RuleNotFound");
  RuleSpec bad = good;
  bad.priority = 11;
  bad.action = forward_to("nope");
  CHECK(code(elb.create_rule(world.arn, bad)) == "TargetGroupNotFound");
  bad.priority = 50001;
  bad.conditions = {path("/*/*/*/*/*/*"), path("")};
  bad.action = fixed(302);
  const auto refused = elb.create_rule(world.arn, bad);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "ValidationError");
  for (const char* fault :
       {"priority", "only one 'path-pattern'", "1 to 128 characters", "at most 5 wildcards"})
    CHECK_THAT(refused.error().message, Catch::Contains(fault));
  // Target stickiness inside a weighted forward needs group stickiness (elb.md 2.10).
  REQUIRE(elb.create_target_group({.name = "green", .sticky = true}));
  ActionSpec weighted = forward_to("web");
  weighted.groups.push_back({"green", 1});
  CHECK(code(elb.modify_listener(world.arn, {.port = 80, .action = weighted})) ==
        "InvalidConfigurationRequest");
  weighted.sticky = true;
  CHECK(elb.modify_listener(world.arn, {.port = 80, .action = weighted}));
  CHECK(code(elb.delete_target_group("green")) == "ResourceInUse");
  REQUIRE(elb.create_load_balancer({.name = "second", .zones = {"us-east-1a"}}));
  CHECK(code(elb.create_listener("second", {.port = 80, .action = forward_to("green")})) ==
        "TargetGroupAssociationLimit");
  RuleSpec many = good;
  for (int priority = 100; priority < 199; ++priority) {
    many.priority = priority;
    REQUIRE(elb.create_rule(world.arn, many));
  }
  many.priority = 1;
  CHECK(code(elb.create_rule(world.arn, many)) == "TooManyRules");
}

// elb.md 2.2: a group to which no rule leads is not checked; 2.11: a weight of 0 still uses it.
TEST_CASE("a group is in use while any rule leads to it", "[elb][rules]") {
  SmallElb world;
  const auto green = world.elb.create_target_group({.name = "green"});
  REQUIRE(green);
  world.run("i-2");
  const TargetId target = world.add(*green, "i-2");
  CHECK(world.state(target) == "unused");
  REQUIRE(world.elb.create_rule(
      world.arn, {.priority = 1, .conditions = {path("/new*")}, .action = forward_to("green")}));
  world.until(target, "healthy");
  ActionSpec weighted = forward_to("web");
  weighted.groups.push_back({"green", 0});
  REQUIRE(world.elb.modify_listener(world.arn, {.port = 80, .action = weighted}));
  REQUIRE(world.elb.delete_rule("front:80/1"));
  CHECK(world.state(target) == "healthy");
  REQUIRE(world.elb.modify_listener(world.arn, {.port = 80, .action = forward_to("web")}));
  CHECK(world.state(target) == "unused");
}

// elb.md 4.1: t_cfg_i, each node learns of changed rules by itself; the old group serves until the
// last has.
TEST_CASE("rules reach the nodes one after the other", "[elb][rules]") {
  Options options;
  options.zones = {"us-east-1a", "us-east-1b"};
  options.behaviour.rule_propagation = Distribution(Distribution::Uniform{5s, 15s});
  SmallElb world(options);
  const TargetId blue = world.serving(world.web, "i-1");
  REQUIRE(world.elb.create_target_group({.name = "green"}));
  REQUIRE(world.elb.modify_listener(world.arn, {.port = 80, .action = forward_to("green")}));
  const auto group_at = [&world](std::size_t node) {
    const Frontend* frontend = world.elb.frontend("front", 80);
    if (frontend->routes.empty()) return world.elb.group_name(frontend->group);
    return world.elb.group_name(frontend->routes[node]->front().ways.front().to->group);
  };
  CHECK(group_at(0) == "web");
  CHECK(group_at(1) == "web");
  CHECK(world.state(blue) == "healthy");
  bool apart = false;
  for (int second = 0; second < 20; ++second) {
    world.run_for(1s);
    apart = apart || group_at(0) != group_at(1);
    if (group_at(0) == "web" || group_at(1) == "web") CHECK(world.state(blue) == "healthy");
  }
  CHECK(apart);
  CHECK(group_at(0) == "green");
  CHECK(group_at(1) == "green");
  CHECK(world.state(blue) == "unused");
  CHECK(world.elb.frontend("front", 80)->routes.empty());
}

// elb.md 4.1: a listener that only answers by itself has all nodes too, and each changes by itself.
TEST_CASE("a listener without a group changes node by node", "[elb][rules]") {
  Options options;
  options.zones = {"us-east-1a", "us-east-1b"};
  options.behaviour.rule_propagation = Distribution(Distribution::Uniform{5s, 15s});
  options.listener = false;
  SmallElb world(options);
  const auto arn = world.elb.create_listener("front", {.port = 80, .action = fixed(503)});
  REQUIRE(arn);
  CHECK(world.elb.frontend("front", 80)->routes.size() == 2);
  REQUIRE(world.elb.modify_listener(*arn, {.port = 80, .action = forward_to("web")}));
  CHECK(world.elb.frontend("front", 80)->routes[1]->front().status == 503);
  world.run_for(20s);
  CHECK(world.elb.frontend("front", 80)->routes.empty());
  CHECK(world.elb.frontend("front", 80)->nodes.size() == 2);
}

// A changed algorithm takes the next request on every way to the group, whatever rule led there.
TEST_CASE("a changed algorithm reaches the ways behind rules", "[elb][rules]") {
  SmallElb world;
  const TargetId blue = world.serving(world.web, "i-1");
  REQUIRE(world.elb.create_rule(world.arn,
                                {.priority = 1, .conditions = {path("/x")}, .action = fixed(200)}));
  const Frontend* before = world.elb.frontend("front", 80)->routes[0]->back().ways.front().to;
  TargetGroupSpec changed = *world.elb.target_group("web");
  changed.algorithm = "least_outstanding_requests";
  REQUIRE(world.elb.modify_target_group("web", changed));
  const Frontend* after = world.elb.frontend("front", 80)->routes[0]->back().ways.front().to;
  CHECK(before != after);
  CHECK_FALSE(before->exists);
  CHECK(after->exists);
  REQUIRE(after->nodes[0].candidates.size() == 1);
  CHECK(after->nodes[0].candidates[0].target == blue);
  CHECK(after->nodes[0].algorithm->counts_outstanding());
}

}  // namespace steady::elb
