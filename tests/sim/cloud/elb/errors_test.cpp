#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::SmallElb;

template <class T>
std::string code(const Result<T>& result) {
  return result ? "" : result.error().code;
}
template <class T>
std::string message(const Result<T>& result) {
  return result ? "" : result.error().message;
}

// elb.md 7.2
TEST_CASE("creating the same target group again gives the same one, with other settings an error",
          "[elb][errors]") {
  SmallElb world;
  const auto first = world.elb.create_target_group({.name = "api", .port = 8080});
  REQUIRE(first);
  const auto same = world.elb.create_target_group({.name = "api", .port = 8080});
  REQUIRE(same);
  CHECK(*first == *same);
  const auto other = world.elb.create_target_group({.name = "api", .port = 8081});
  CHECK(code(other) == "DuplicateTargetGroupName");
  CHECK(world.elb.target_groups() == std::vector<std::string>{"web", "api"});
}

// elb.md 7.2: names; 2.3: ranges; moto's sentences where there are.
TEST_CASE("settings of a target group have AWS's ranges", "[elb][errors]") {
  SmallElb world;
  struct Row {
    std::function<void(TargetGroupSpec&)> change;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {[](auto& s) { s.name = std::string(33, 'x'); },
       "Target group name '" + std::string(33, 'x') + "' cannot be longer than '32' characters"},
      {[](auto& s) { s.name = "a_b"; },
       "Target group name 'a_b' can only contain characters that are alphanumeric characters or "
       "hyphens(-)"},
      {[](auto& s) { s.name = "-a"; }, "Target group name '-a' cannot begin or end with '-'"},
      {[](auto& s) { s.health_check.interval = 4s, s.health_check.timeout = 2s; },
       "Health check interval value '4' must be between '5-300' inclusive"},
      {[](auto& s) { s.health_check.interval = 301s; },
       "Health check interval value '301' must be between '5-300' inclusive"},
      {[](auto& s) { s.health_check.timeout = 1s; },
       "Health check timeout value '1' must be between '2-120' inclusive"},
      {[](auto& s) { s.health_check.interval = 10s, s.health_check.timeout = 10s; },
       "Health check timeout '10' must be smaller than the interval '10'"},
      {[](auto& s) { s.health_check.healthy_threshold = 1; },
       "Healthy threshold count value '1' must be between '2-10' inclusive"},
      {[](auto& s) { s.health_check.unhealthy_threshold = 11; },
       "Unhealthy threshold count value '11' must be between '2-10' inclusive"},
      {[](auto& s) {
         s.health_check.matcher = {{200, 500}};
       },
       "Matcher HttpCode '200-500' must be between '200-499' inclusive"},
      {[](auto& s) { s.health_check.path = "health"; },
       "Health check path 'health' must begin with a '/' character and have at most 1024 "
       "characters"},
      {[](auto& s) { s.health_check.protocol = Protocol::kTcp; },
       "Health check protocol 'TCP' must be one of '[HTTP, HTTPS]'"},
      {[](auto& s) { s.protocol = Protocol::kSsl; },
       "Target group protocol 'SSL' must be one of '[HTTP, HTTPS, TCP, TLS]'"},
      {[](auto& s) { s.deregistration_delay = 3601s; },
       "'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' inclusive"},
      {[](auto& s) { s.algorithm = "round_robbin"; },
       "'load_balancing.algorithm.type' value 'round_robbin' must be one of '[round_robin, "
       "least_outstanding_requests, weighted_random]'; did you mean 'round_robin'?"},
  }));
  TargetGroupSpec spec{.name = "api"};
  row.change(spec);
  const auto made = world.elb.create_target_group(spec);
  CHECK(code(made) == "ValidationError");
  CHECK(message(made) == row.message);
  CHECK(world.elb.target_groups().size() == 1);
}

// Strictness is kindness only if it is not drop by drop.
TEST_CASE("all faults of a target group come at once", "[elb][errors]") {
  SmallElb world;
  const auto made = world.elb.create_target_group(
      {.name = "", .health_check = {.interval = 1s}, .deregistration_delay = 2h});
  CHECK(message(made) ==
        "Target group name cannot be empty; Health check interval value '1' must be between "
        "'5-300' inclusive; Health check timeout '5' must be smaller than the interval '1'; "
        "'deregistration_delay.timeout_seconds' value '7200' must be between '0-3600' inclusive");
}

// elb.md 2.3, 2.6: the bounds themselves are allowed.
TEST_CASE("the bounds of the ranges are inside", "[elb][errors]") {
  SmallElb world;
  TargetGroupSpec spec{.name = std::string(32, 'x')};
  spec.deregistration_delay = 3600s;
  spec.health_check = {.interval = 300s,
                       .timeout = 120s,
                       .healthy_threshold = 10,
                       .unhealthy_threshold = 10,
                       .matcher = {{200, 499}}};
  CHECK(world.elb.create_target_group(spec));
  spec.name = "y";
  spec.deregistration_delay = 0s;
  spec.health_check = {
      .interval = 5s, .timeout = 2s, .healthy_threshold = 2, .unhealthy_threshold = 2};
  CHECK(world.elb.create_target_group(spec));
}

// elb.md 7.2
TEST_CASE("a refused change of a target group changes nothing", "[elb][errors]") {
  SmallElb world;
  const TargetGroupSpec before = *world.elb.target_group("web");
  TargetGroupSpec changed = before;
  changed.health_check.interval = 1s;
  CHECK(code(world.elb.modify_target_group("web", changed)) == "ValidationError");
  changed = before;
  changed.port = 8080;
  CHECK(code(world.elb.modify_target_group("web", changed)) == "InvalidConfigurationRequest");
  CHECK(*world.elb.target_group("web") == before);
  CHECK(code(world.elb.modify_target_group("nope", before)) == "TargetGroupNotFound");
  CHECK(message(world.elb.modify_target_group("nope", before)) ==
        "The specified target group does not exist.");
}

// elb.md 7.2: first the listener, then the group.
TEST_CASE("a target group in use cannot be deleted", "[elb][errors]") {
  SmallElb world;
  const TargetId target = world.serving(world.web, "i-1");
  const auto refused = world.elb.delete_target_group("web");
  CHECK(code(refused) == "ResourceInUse");
  CHECK(message(refused) == "The target group '" + world.elb.group_arn(world.web) +
                                "' is currently in use by a listener or a rule");
  REQUIRE(world.elb.delete_listener(world.arn));
  CHECK(world.elb.delete_target_group("web"));
  CHECK(world.elb.find_group("web") == nullptr);
  CHECK(world.elb.drained(target));
  CHECK(world.elb.delete_target_group("web"));  // No error when missing.
  CHECK(code(world.elb.register_target(world.web, "i-2", 80, "")) == "TargetGroupNotFound");
}

// elb.md 2.1, 7.2
TEST_CASE("a target group belongs to at most one load balancer", "[elb][errors]") {
  SmallElb world;
  REQUIRE(world.elb.create_load_balancer({.name = "second", .zones = {"us-east-1a"}}));
  const auto refused =
      world.elb.create_listener("second", {.port = 80, .action = forward_to("web")});
  CHECK(code(refused) == "TargetGroupAssociationLimit");
  // Several listeners of one balancer may share it, and it is free again after the last of them.
  const auto second = world.elb.create_listener("front", {.port = 81, .action = forward_to("web")});
  REQUIRE(second);
  REQUIRE(world.elb.delete_listener(world.arn));
  CHECK(world.elb.has_load_balancer(world.web));
  REQUIRE(world.elb.delete_listener(*second));
  CHECK(world.elb.create_listener("second", {.port = 80, .action = forward_to("web")}));
}

// elb.md 7.2
TEST_CASE("listeners need a balancer, a free port and a group", "[elb][errors]") {
  SmallElb world;
  auto& elb = world.elb;
  CHECK(code(elb.create_listener("nope", {.action = forward_to("web")})) == "LoadBalancerNotFound");
  CHECK(message(elb.create_listener("nope", {.action = forward_to("web")})) ==
        "The specified load balancer does not exist.");
  CHECK(code(elb.create_listener("front", {.action = forward_to("web")})) == "DuplicateListener");
  CHECK(message(elb.create_listener("front", {.action = forward_to("web")})) ==
        "A listener with the specified port already exists.");
  CHECK(code(elb.create_listener("front", {.port = 81, .action = forward_to("nope")})) ==
        "TargetGroupNotFound");
  CHECK(code(elb.create_listener("front", {.port = 81})) == "ValidationError");
  CHECK(code(elb.create_listener("front", {.port = 0, .action = forward_to("web")})) ==
        "ValidationError");
  CHECK(code(elb.delete_listener("nope")) == "ListenerNotFound");
  CHECK(code(elb.modify_listener("nope", {.action = forward_to("web")})) == "ListenerNotFound");
  const auto second = elb.create_listener("front", {.port = 81, .action = forward_to("web")});
  REQUIRE(second);
  CHECK(code(elb.modify_listener(*second, {.port = 80, .action = forward_to("web")})) ==
        "DuplicateListener");
  REQUIRE(elb.modify_listener(*second, {.port = 82, .action = forward_to("web")}));
  CHECK(elb.frontend("front", 81) == nullptr);
  CHECK(elb.frontend("front", 82) != nullptr);
}

// elb.md 2.1, 7.2; one zone is accepted on purpose.
TEST_CASE("load balancers need a name and zones", "[elb][errors]") {
  SmallElb world;
  auto& elb = world.elb;
  const auto none = elb.create_load_balancer({.name = "second", .zones = {}});
  CHECK(code(none) == "ValidationError");
  CHECK(message(none) ==
        "At least two subnets in two different Availability Zones must be specified");
  CHECK(code(elb.create_load_balancer({.name = "internal-a", .zones = {"a"}})) ==
        "ValidationError");
  CHECK(code(elb.create_load_balancer({.name = "b", .zones = {"a", "a"}})) == "ValidationError");
  CHECK(code(elb.create_load_balancer({.name = "b", .zones = {"a"}, .idle_timeout = 4001s})) ==
        "ValidationError");
  CHECK(elb.create_load_balancer({.name = "front", .zones = {"us-east-1a"}}));  // idempotent
  CHECK(code(elb.create_load_balancer({.name = "front", .zones = {"us-east-1b"}})) ==
        "DuplicateLoadBalancerName");
  CHECK(code(elb.create_load_balancer({.name = "old", .zones = {"us-east-1a"}})) ==
        "DuplicateLoadBalancerName");
  CHECK(code(elb.modify_load_balancer("nope", {})) == "LoadBalancerNotFound");
  CHECK(code(elb.modify_load_balancer("front", {.zones = {"us-east-1b"}})) == "NotModelled");
  CHECK(elb.delete_load_balancer("nope"));
}

// elb.md 1.1, 1.3, 1.6, 1.7, 7.3
TEST_CASE("settings of a Classic balancer have AWS's ranges", "[elb][errors][classic]") {
  SmallElb world;
  struct Row {
    std::function<void(ClassicSpec&)> change;
    std::string code, message;
  };
  const auto row = GENERATE(values<Row>({
      {[](auto& s) { s.name = "old"; }, "DuplicateLoadBalancerName",
       "The specified load balancer name already exists for this account."},
      {[](auto& s) { s.name = "front"; }, "DuplicateLoadBalancerName",
       "The specified load balancer name already exists for this account."},
      {[](auto& s) { s.listeners.clear(); }, "ValidationError", "Listeners cannot be empty"},
      {[](auto& s) { s.listeners.push_back({.instance_port = 81}); }, "DuplicateListener",
       "A listener already exists for the specified load balancer name and port, but with a "
       "different instance port, protocol, or SSL certificate."},
      {[](auto& s) { s.listeners[0].instance_protocol = Protocol::kTcp; }, "ValidationError",
       "Listener protocol HTTP and instance protocol TCP must be at the same Internet protocol "
       "layer"},
      {[](auto& s) {
         s.listeners.push_back({.load_balancer_port = 443, .instance_protocol = Protocol::kHttps});
       },
       "ValidationError",
       "Listeners that share instance port 80 must agree on whether it is "
       "encrypted"},
      {[](auto& s) { s.health_check.timeout = 30s; }, "ValidationError",
       "Health check timeout '30' must be smaller than the interval '30'"},
      {[](auto& s) { s.health_check.timeout = 61s, s.health_check.interval = 100s; },
       "ValidationError", "HealthCheck Timeout value '61' must be between '2-60' inclusive"},
      {[](auto& s) { s.health_check.healthy_threshold = 11; }, "ValidationError",
       "HealthCheck HealthyThreshold value '11' must be between '2-10' inclusive"},
      {[](auto& s) { s.health_check.port = 0; }, "ValidationError",
       "HealthCheck Target port must be between 1 and 65535"},
      {[](auto& s) { s.draining_timeout = 0s; }, "ValidationError",
       "ConnectionDraining Timeout value '0' must be between '1-3600' inclusive"},
      {[](auto& s) { s.idle_timeout = 3601s; }, "ValidationError",
       "ConnectionSettings IdleTimeout value '3601' must be between '1-3600' inclusive"},
      {[](auto& s) {
         s.cross_zone = false, s.zones = {"a", "b"};
       },
       "ValidationError",
       "CrossZoneLoadBalancing Enabled=false is not modelled yet: set it to true"},
  }));
  ClassicSpec spec{
      .name = "another", .zones = {"us-east-1a"}, .listeners = {ClassicListenerSpec{}}};
  row.change(spec);
  const auto made = world.elb.create_classic(spec);
  CHECK(code(made) == row.code);
  CHECK(message(made) == row.message);
  CHECK(world.elb.classics() == std::vector<std::string>{"old"});
}

// elb.md 7.3
TEST_CASE("a Classic balancer's listeners can change", "[elb][errors][classic]") {
  SmallElb world;
  const TargetId target = world.serving(world.old, "i-1");
  Frontend* kept = world.elb.frontend("old", 80);
  ClassicSpec changed = *world.elb.classic("old");
  changed.listeners.push_back({.load_balancer_port = 8080});
  REQUIRE(world.elb.modify_classic("old", changed));
  CHECK(world.elb.frontend("old", 80) == kept);
  CHECK(world.elb.frontend("old", 8080)->nodes[0].candidates.size() == 1);
  changed.listeners.erase(changed.listeners.begin());
  REQUIRE(world.elb.modify_classic("old", changed));
  CHECK_FALSE(kept->exists);
  CHECK(world.elb.in_service(target));
  CHECK(code(world.elb.modify_classic("nope", changed)) == "LoadBalancerNotFound");
}

// elb.md 2.1: registering an instance requires it to be running.
TEST_CASE("a terminated instance cannot be registered", "[elb][errors]") {
  SmallElb world;
  world.elb.host_terminated("i-1");
  CHECK(code(world.elb.register_target(world.web, "i-1", 80, "")) == "InvalidTarget");
  CHECK(code(world.elb.register_target(world.old, "i-1", 80, "")) == "InvalidInstance");
}

// elb.md 7.1
TEST_CASE("names, ARNs and DNS names look like AWS's", "[elb]") {
  SmallElb world;
  auto& elb = world.elb;
  CHECK(elb.group_arn(world.web).starts_with(
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/"));
  CHECK(elb.load_balancer_arn("front").starts_with(
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/front/"));
  CHECK(world.arn.starts_with(
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/front/"));
  CHECK(elb.dns_name("front").starts_with("front-"));
  CHECK(elb.dns_name("front").ends_with(".us-east-1.elb.amazonaws.com"));
  CHECK(elb.dns_name("old").starts_with("old-"));
  CHECK(elb.dns_name("nope").empty());
  CHECK(*elb.find_group(elb.group_arn(world.web)) == world.web);
  CHECK(elb.load_balancer(elb.load_balancer_arn("front")) == elb.load_balancer("front"));
  REQUIRE(elb.listeners("front").size() == 1);
  CHECK(elb.listeners("front")[0].arn == world.arn);
  CHECK(elb.listeners("front")[0].spec.action == forward_to("web"));
  CHECK(elb.group_name(world.old) == "old");
  CHECK(elb.is_classic(world.old));
  CHECK(elb.load_balancers() == std::vector<std::string>{"front"});
  CHECK(elb.target(world.add(world.web, "i-9", 0)).port == 80);
}

// A run is named by its seed.
TEST_CASE("the same seed gives the same checks, another seed others", "[elb][determinism]") {
  const auto digest = [](std::uint64_t seed) {
    testing::Options options{.seed = seed, .zones = {"us-east-1a", "us-east-1b"}};
    options.behaviour = {.register_propagation = Distribution(Distribution::Uniform{1s, 5s})};
    SmallElb world{options};
    world.run("i-1");
    world.add(world.web, "i-1");
    world.run_for(60s);
    return world.journal.digest();
  };
  CHECK(digest(3) == digest(3));
  CHECK(digest(3) != digest(4));
}

}  // namespace
}  // namespace steady::elb
