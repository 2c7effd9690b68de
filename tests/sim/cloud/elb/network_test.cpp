#include "sim/cloud/elb/validation.h"
#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using Catch::Contains;
using testing::Options;
using testing::SmallElb;

/// Beside the others a Network load balancer "net" with target group "tcp": one node, checks every
/// 10 s, a delay of 30 s.
struct Network : SmallElb {
  explicit Network(FlowSettings flows = {}, Behaviour behaviour = {.first_check_immediate = true})
      : SmallElb(options(behaviour)) {
    REQUIRE(elb.create_load_balancer(
        {.name = "net", .type = LoadBalancerSpec::Type::kNetwork, .zones = {"us-east-1a"}}));
    const auto made = elb.create_target_group(group(flows));
    REQUIRE(made);
    tcp = *made;
    const auto listener = elb.create_listener("net", listening(Protocol::kTcp));
    REQUIRE(listener);
    arn = *listener;
  }
  static Options options(const Behaviour& behaviour) {
    Options made;
    made.behaviour = behaviour;
    return made;
  }
  static TargetGroupSpec group(FlowSettings flows) {
    TargetGroupSpec spec = testing::tcp_group();
    spec.flows = flows;
    return spec;
  }
  static ListenerSpec listening(Protocol protocol, const std::string& group = "tcp") {
    return {.port = 80, .protocol = protocol, .action = forward_to(group)};
  }
  /// Nobody listens there from now on.
  void stop(const std::string& host) {
    fleet.kill(fleet.process_id_at(fleet.endpoint(fleet.host(host), 80)), {"killed"});
  }
  std::vector<TargetId> routed() { return candidates(0, "net"); }
  GroupId tcp = 0;
};

std::string error(const Status& status) {
  return status ? "" : status.error().code + ": " + status.error().message;
}
template <class T>
std::string error(const Result<T>& result) {
  return result ? "" : result.error().code + ": " + result.error().message;
}

}  // namespace

// elb.md 3.3: existing flows keep working past the delay; the delay decides when the state changes.
TEST_CASE("the end of the delay leaves the flows of a target alone", "[elb][network]") {
  Network world;
  const TargetId target = world.serving(world.tcp, "i-1");
  world.elb.deregister_target(target);
  CHECK(world.state(target) == "draining");
  CHECK(world.routed().empty());
  world.run_for(30s);
  CHECK(world.state(target) == "unused");
  CHECK(world.plane.cuts.empty());
  CHECK(world.plane.flows.empty());
}

// elb.md 3.3: deregistration_delay.connection_termination.enabled closes flows after the delay.
TEST_CASE("with connection termination the flows end with the delay", "[elb][network]") {
  Network world({.end_after_delay = true});
  const TargetId target = world.serving(world.tcp, "i-1");
  world.elb.deregister_target(target);
  world.run_for(30s - 1ns);
  CHECK(world.plane.flows.empty());
  world.run_for(1ns);
  REQUIRE(world.plane.flows.size() == 1);
  CHECK(world.plane.flows[0].target == target);
  CHECK(world.plane.flows[0].told);
  CHECK(world.plane.flows[0].cause == "deregistration delay over and connection termination is on");
}

// elb.md 3.2: an unhealthy target's flows are answered with RST by default.
TEST_CASE("a target that turns unhealthy loses its flows", "[elb][network]") {
  for (const bool on : {true, false}) {
    Network world({.end_unhealthy = on});
    const TargetId target = world.serving(world.tcp, "i-1");
    world.serving(world.tcp, "i-2");
    world.stop("i-1");
    world.until(target, "unhealthy");
    // elb.md 3.2: what HTTP checks would say is not reported.
    CHECK(world.reason(target) == "Target.FailedHealthChecks");
    CHECK(world.plane.flows.size() == (on ? 1 : 0));
    if (!on) continue;
    CHECK(world.plane.flows[0].target == target);
    CHECK_FALSE(world.plane.flows[0].told);
  }
}

// elb.md 3.2: all targets unhealthy: fail open, and then the flows of the last one go on.
TEST_CASE("the last healthy target keeps its flows when it turns unhealthy", "[elb][network]") {
  Network world;
  const TargetId target = world.serving(world.tcp, "i-1");
  world.stop("i-1");
  world.until(target, "unhealthy");
  CHECK(world.plane.flows.empty());
  CHECK(world.routed() == std::vector{target});
  CHECK(world.node(0, "net").fail_open);
}

// elb.md 3.2: with termination off, the draining interval is waited in state unhealthy.draining.
TEST_CASE("an unhealthy target keeps its flows for the draining interval", "[elb][network]") {
  Network world({.end_unhealthy = false, .unhealthy_draining = 60s});
  const TargetId target = world.serving(world.tcp, "i-1");
  const TargetId other = world.serving(world.tcp, "i-2");
  world.stop("i-1");
  world.until(target, "unhealthy.draining");
  CHECK(world.elb.unhealthy(target));
  CHECK(world.routed() == std::vector{other});
  world.run_for(59s);
  CHECK(world.state(target) == "unhealthy.draining");
  CHECK(world.plane.flows.empty());
  world.until(target, "unhealthy");
  REQUIRE(world.plane.flows.size() == 1);
  CHECK(world.plane.flows[0].cause == "unhealthy draining interval over");
}

TEST_CASE("a target that recovers within the draining interval keeps its flows", "[elb][network]") {
  // elb.md 3.2; five passed checks bring it back (3.2, threshold).
  Network world({.end_unhealthy = false, .unhealthy_draining = 200s});
  const TargetId target = world.serving(world.tcp, "i-1");
  world.serving(world.tcp, "i-2");
  world.stop("i-1");
  world.until(target, "unhealthy.draining");
  world.run("i-1");
  world.until(target, "healthy");
  world.run_for(300s);
  CHECK(world.plane.flows.empty());
}

TEST_CASE("a deregistration ends the unhealthy draining", "[elb][network]") {
  // elb.md 3.3: its state is draining then, and the delay decides.
  Network world({.end_unhealthy = false, .unhealthy_draining = 60s});
  const TargetId target = world.serving(world.tcp, "i-1");
  world.serving(world.tcp, "i-2");
  world.stop("i-1");
  world.until(target, "unhealthy.draining");
  world.elb.deregister_target(target);
  CHECK(world.state(target) == "draining");
  world.run_for(300s);
  CHECK(world.state(target) == "unused");
  CHECK(world.plane.flows.empty());
}

// elb.md 4.3: new flows also after failing health checks for 30-40 s.
TEST_CASE("new flows go on to an unhealthy target until its node acts on it", "[elb][network]") {
  Network world(
      {}, {.network_unhealthy_propagation = Distribution(35s), .first_check_immediate = true});
  const TargetId target = world.serving(world.tcp, "i-1");
  const TargetId other = world.serving(world.tcp, "i-2");
  world.stop("i-1");
  world.until(target, "unhealthy");
  world.run_for(30s);
  CHECK(world.routed() == std::vector{target, other});
  world.run_for(6s);
  CHECK(world.routed() == std::vector{other});
}

// elb.md 4.3: registration and deregistration have delays of their own, whatever the delay is set
// to.
TEST_CASE("a node of a Network load balancer learns late who comes and goes", "[elb][network]") {
  Network world({}, {.deregister_propagation = Distribution(1s),
                     .network_deregister_propagation = Distribution(120s),
                     .network_register_propagation = Distribution(100s),
                     .first_check_immediate = true});
  const TargetId first = world.serving(world.tcp, "i-1");
  world.run("i-2");
  const TargetId second = world.add(world.tcp, "i-2");
  world.elb.deregister_target(first);
  world.run_for(99s);
  CHECK(world.state(first) == "unused");
  CHECK(world.state(second) == "initial");
  CHECK(world.routed() == std::vector{first});
  world.run_for(2s);
  CHECK(world.state(second) == "healthy");
  CHECK(world.routed() == std::vector{first, second});
  world.run_for(20s);
  CHECK(world.routed() == std::vector{second});
}

// elb.md 3.1, 3.4, 7.1.
TEST_CASE("a Network load balancer has names, listeners and time-outs of its own",
          "[elb][network]") {
  Network world;
  CHECK_THAT(world.elb.load_balancer_arn("net"), Contains(":loadbalancer/net/net/"));
  CHECK_THAT(world.elb.dns_name("net"), Contains(".elb.us-east-1.amazonaws.com"));
  CHECK_THAT(world.arn, Contains(":listener/net/net/"));
  const Frontend& frontend = *world.elb.frontend("net", 80);
  CHECK(frontend.kind == Kind::kNetwork);
  CHECK(frontend.idle_timeout == 350s);
  ListenerSpec spec = Network::listening(Protocol::kTcp);
  spec.tcp_idle_timeout = 6000s;
  CHECK(error(world.elb.modify_listener(world.arn, spec)) == "");
  CHECK(frontend.idle_timeout == 6000s);
  spec.tcp_idle_timeout = 6001s;
  CHECK_THAT(error(world.elb.modify_listener(world.arn, spec)), Contains("'60-6000'"));
}

// elb.md 3.1, 2.1: what goes with which kind of balancer.
TEST_CASE("listeners and groups of one kind do not go with a balancer of the other",
          "[elb][network]") {
  Network world;
  ListenerSpec spec = Network::listening(Protocol::kHttp);
  spec.port = 81;
  CHECK_THAT(error(world.elb.create_listener("net", spec)), Contains("[TCP, TLS]"));
  spec.protocol = Protocol::kTls;
  CHECK(error(world.elb.create_listener("net", spec)) == "");
  TargetGroupSpec unused = Network::group({});
  unused.name = "unused";
  REQUIRE(world.elb.create_target_group(unused));
  spec = Network::listening(Protocol::kHttp, "unused");
  spec.port = 82;
  CHECK_THAT(error(world.elb.create_listener("front", spec)),
             Contains("does not go with an Application load balancer"));
  spec = Network::listening(Protocol::kTcp, "web");
  spec.port = 83;
  CHECK_THAT(error(world.elb.create_listener("net", spec)),
             Contains("TargetGroupAssociationLimit") || Contains("does not go with"));
  RuleSpec rule{.priority = 1, .conditions = {}, .action = forward_to("tcp")};
  CHECK_THAT(error(world.elb.create_rule(world.arn, rule)), Contains("have no rules"));
  spec = Network::listening(Protocol::kTcp);
  spec.port = 84;
  spec.action.type = ActionSpec::Type::kFixedResponse;
  spec.action.status = 503;
  CHECK_THAT(error(world.elb.create_listener("net", spec)), Contains("can only forward"));
}

// elb.md 3.2: ranges, and what needs what.
TEST_CASE("settings of TCP groups are checked, all faults at once", "[elb][network]") {
  TargetGroupSpec spec = Network::group({.end_unhealthy = true, .unhealthy_draining = 10s});
  spec.sticky = true;
  spec.slow_start = 60s;
  spec.health_check.interval = 4s;
  const Faults faults = faults_of(spec);
  const std::string all = error(refuse(faults));
  CHECK(faults.size() == 5);
  for (const char* part : {"must be false before", "Stickiness by cookies", "slow_start",
                           "interval value '4'", "timeout '9' must be smaller"})
    CHECK_THAT(all, Contains(part));
  spec = Network::group({});
  spec.health_check.protocol = Protocol::kHttp;
  spec.health_check.matcher = {{200, 599}};
  CHECK(faults_of(spec).empty());
}

}  // namespace steady::elb
