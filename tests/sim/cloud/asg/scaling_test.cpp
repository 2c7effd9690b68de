#include <functional>

#include "tests/sim/cloud/asg/small_asg.h"

namespace steady::asg {
namespace {

using testing::Options;
using testing::SmallAsg;

// Scenarios begin in steady state: no boot, no activity, spread over the zones.
TEST_CASE("a group that begins running has its instances in service at time 0", "[asg]") {
  SmallAsg world({.desired = 3, .classic = {"old"}});
  CHECK(world.count("InService") == 3);
  CHECK(world.by_zone() == std::vector{2, 1, 0});
  CHECK(world.targets("old") == 3);
  CHECK(world.elb.in_service(world.target("old", "i-1")));
  CHECK(world.group().activities.empty());
  CHECK(world.groups.quiet());
}

// ecs.md 5.4: launched Pending, then InService; the causes tell why.
TEST_CASE("a new group launches its desired capacity, balanced over its zones", "[asg]") {
  SmallAsg world({.desired = 4, .running = false});
  CHECK(world.group().instances.empty());
  CHECK_FALSE(world.groups.quiet());
  world.run_for(1s);
  CHECK(world.count("Pending") == 4);
  CHECK(world.by_zone() == std::vector{2, 2, 0});
  CHECK(world.last_activity().status == "InProgress");
  CHECK(world.last_activity().description ==
        "Launching a new EC2 instance: " + world.ec2.find("i-4")->id);
  CHECK(world.last_activity().cause ==
        "At 0.000s a user request created an AutoScalingGroup changing the desired capacity from 0 "
        "to 4.  At 0.000s an instance was started in response to a difference between desired and "
        "actual capacity, increasing the capacity from 0 to 4.");
  world.run_for(59s);
  CHECK(world.count("InService") == 4);
  CHECK(world.member("i-1")->in_service_at == kStart + 60s);
  CHECK(world.statuses() == std::vector<std::string>(4, "Successful"));
  CHECK(world.groups.quiet());
}

// The article's way out of "the resources could not be found".
TEST_CASE("raising the desired capacity launches the difference", "[asg]") {
  SmallAsg world;
  world.run_for(3min);
  REQUIRE(world.groups.set_desired("web", 4));
  world.run_for(60s);
  CHECK(world.count("InService") == 4);
  CHECK(world.by_zone() == std::vector{2, 2, 0});
  CHECK(world.last_activity().cause ==
        "At 180.000s a user request explicitly set group desired capacity changing the desired "
        "capacity from 2 to 4.  At 180.000s an instance was started in response to a difference "
        "between desired and actual capacity, increasing the capacity from 2 to 4.");
}

// ecs.md 5.4: min <= desired <= max.
TEST_CASE("a desired capacity outside the bounds is refused", "[asg]") {
  SmallAsg world({.min = 1, .max = 3});
  const auto above = world.groups.set_desired("web", 4);
  CHECK(above.error().code == "ValidationError");
  CHECK(above.error().message ==
        "New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.");
  const auto below = world.groups.set_desired("web", 0);
  CHECK(below.error().message ==
        "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.");
  CHECK(world.group().spec.desired == 2);
  const auto unknown = world.groups.set_desired("none", 2);
  CHECK(unknown.error().message == "AutoScalingGroup name not found - no such group: none");
}

// UpdateAutoScalingGroup: the desired capacity follows new bounds.
TEST_CASE("new bounds move the desired capacity", "[asg]") {
  SmallAsg world({.desired = 4});
  GroupSpec changed = world.group().spec;
  SECTION("down to the maximum") {
    changed.max = 2;
    REQUIRE(world.groups.update("web", changed));
    CHECK(world.group().spec.desired == 2);
    world.run_for(1s);
    CHECK(world.last_activity().cause.starts_with(
        "At 0.000s a user request update of AutoScalingGroup constraints to min: 0, max: 2, "
        "desired: 2 changing the desired capacity from 4 to 2.  At 0.000s an instance was taken "
        "out of service in response to a difference between desired and actual capacity, "
        "shrinking the capacity from 4 to 2.  At 0.000s instance i-"));
    world.run_for(1min);
    CHECK(world.count("InService") == 2);
  }
  SECTION("up to the minimum") {
    changed.min = 6;
    REQUIRE(world.groups.update("web", changed));
    CHECK(world.group().spec.desired == 6);
  }
  SECTION("an own value outside of them is an error") {
    changed.desired = 11;
    const auto refused = world.groups.update("web", changed);
    CHECK(refused.error().message ==
          "Desired capacity:11 must be between the specified min size:0 and max size:10");
    CHECK(world.group().spec.desired == 4);
  }
}

// elb.md 1.6, ecs.md 5.4: registered at InService; deregistered and drained before it terminates.
TEST_CASE("an instance leaves its load balancers before it terminates", "[asg]") {
  SmallAsg world({.desired = 2, .classic = {"old"}, .target_groups = {"tg"}});
  world.run_for(10s);
  world.plane.idle_at = world.loop.now() + 12s;  // the last answer is on its way
  REQUIRE(world.groups.set_desired("web", 1));
  world.run_for(0s);
  REQUIRE(world.count("Terminating") == 1);
  CHECK(world.last_activity().status == "WaitingForELBConnectionDraining");
  const auto leaving =
      std::ranges::find(world.group().instances, "Terminating", &GroupInstance::lifecycle)->id;
  CHECK(world.elb.target(world.target("tg", leaving)).deregistering);
  CHECK(world.elb.target(world.target("old", leaving)).deregistering);
  // Classic is done after 12 s; the target group takes its whole delay (elb.md 2.6).
  world.run_for(29s);
  CHECK(world.state(leaving) == "running");
  world.run_for(1s);
  CHECK(world.state(leaving) == "shutting-down");
  world.run_for(ec2::Ec2::kShutdown);
  CHECK(world.member(leaving) == nullptr);
  CHECK(world.statuses() == std::vector<std::string>{"Successful"});
  CHECK(world.targets("tg") == 1);
  CHECK(world.groups.quiet());
}

TEST_CASE("behind Classic the wait ends with the last answer", "[asg]") {
  SmallAsg world({.desired = 1, .classic = {"old"}});
  world.run_for(10s);
  world.plane.idle_at = world.loop.now() + 12s;
  REQUIRE(world.groups.set_desired("web", 0));
  world.run_for(11s);
  CHECK(world.state("i-1") == "running");
  world.run_for(2s);
  CHECK(world.state("i-1") == "shutting-down");
}

TEST_CASE("a new instance is registered when it is in service", "[asg]") {
  SmallAsg world({.desired = 0, .classic = {"old"}, .target_groups = {"tg"}});
  REQUIRE(world.groups.set_desired("web", 1));
  world.run_for(60s - 1ns);
  CHECK(world.targets("tg") == 0);
  world.run_for(1ns);
  CHECK(world.targets("tg") == 1);
  CHECK(world.targets("old") == 1);
  CHECK(world.elb.target(world.target("tg", "i-1")).zone == "us-east-1a");
}

// Attached and detached while instances run.
TEST_CASE("load balancers are attached and detached under way", "[asg]") {
  SmallAsg world;
  REQUIRE(world.groups.attach_target_groups("web", {"tg"}));
  REQUIRE(world.groups.attach_target_groups("web", {"tg"}));
  REQUIRE(world.groups.attach_load_balancers("web", {"old"}));
  CHECK(world.targets("tg") == 2);
  CHECK(world.targets("old") == 2);
  CHECK(world.group().spec.target_groups == std::vector<std::string>{"tg"});
  REQUIRE(world.groups.detach_target_groups("web", {"tg"}));
  CHECK(world.elb.target(world.target("tg", "i-1")).deregistering);
  CHECK_FALSE(world.elb.target(world.target("old", "i-1")).deregistering);
  CHECK(world.group().spec.target_groups.empty());
  REQUIRE(world.groups.detach_load_balancers("web", {"old"}));
  world.run_for(31s);
  CHECK(world.targets("old") == 0);
  CHECK(world.groups.attach_load_balancers("web", {"none"}).error().message ==
        "Provided Load Balancers may not be valid. Please ensure they exist and try again.");
  CHECK(world.groups.attach_target_groups("web", {"none"}).error().message ==
        "Provided Target Groups may not be valid. Please ensure they exist and try again.");
}

// ecs.md 5.4: the zone with the most instances first.
TEST_CASE("scale-in takes from the fullest zone", "[asg]") {
  SmallAsg world({.desired = 5});
  REQUIRE(world.by_zone() == std::vector{3, 2, 0});
  REQUIRE(world.groups.set_desired("web", 4));
  world.run_for(0s);
  CHECK(world.by_zone() == std::vector{2, 2, 0});
  REQUIRE(world.groups.set_desired("web", 2));
  world.run_for(0s);
  CHECK(world.by_zone() == std::vector{1, 1, 0});
}

// ecs.md 5.4: instances protected from scale-in are skipped.
TEST_CASE("protected instances stay", "[asg]") {
  SmallAsg world({.desired = 3, .is_protected = true});
  REQUIRE(world.groups.set_protection("web", {"i-2"}, false));
  REQUIRE(world.groups.set_desired("web", 1));
  world.run_for(1min);
  CHECK(world.count("InService") == 2);
  CHECK(world.state("i-2") == "terminated");
  CHECK(world.groups.quiet());  // nothing moves: all that is left is protected
  REQUIRE(world.groups.set_protection("web", {"i-1"}, false));
  world.run_for(1min);
  CHECK(world.state("i-1") == "terminated");
  CHECK(world.groups.set_protection("web", {"i-9"}, true).error().message ==
        "The instance i-9 is not part of Auto Scaling group web.");
}

// A desired capacity that falls while instances boot must not wait for them.
TEST_CASE("an instance that still boots can be scaled in", "[asg]") {
  SmallAsg world({.desired = 0});
  REQUIRE(world.groups.set_desired("web", 2));
  world.run_for(10s);
  REQUIRE(world.groups.set_desired("web", 0));
  world.run_for(10s);
  CHECK(world.group().instances.empty());
  CHECK(world.statuses() ==
        std::vector<std::string>{"Cancelled", "Cancelled", "Successful", "Successful"});
}

// ecs.md 5.4, no capacity: other zones first.
TEST_CASE("without capacity in a zone the group launches in another", "[asg]") {
  SmallAsg world({.desired = 0});
  world.ec2.add_capacity_fault({"m5.large", "us-east-1a"});
  REQUIRE(world.groups.set_desired("web", 2));
  world.run_for(60s);
  CHECK(world.by_zone() == std::vector{0, 2, 0});
  const Activity& failed = world.group().activities.front();
  CHECK(failed.status == "Failed");
  CHECK(failed.status_message ==
        "We currently do not have sufficient m5.large capacity in the Availability Zone you "
        "requested (us-east-1a). Our system will be working on provisioning additional capacity. "
        "You can currently get m5.large capacity by not specifying an Availability Zone in your "
        "request or choosing us-east-1b, us-east-1c. Launching EC2 instance failed.");
}

// ecs.md 5.4: "then again later with growing waits": 1, 2, 4, 5, 5 ... minutes.
TEST_CASE("without any capacity the group tries again after growing waits", "[asg]") {
  SmallAsg world({.desired = 0, .zones = {"us-east-1a"}});
  world.ec2.add_capacity_fault({});
  REQUIRE(world.groups.set_desired("web", 1));
  std::vector<SimTime> tries;
  world.run_for(23min - 1ns);
  for (const auto& activity : world.group().activities) tries.push_back(activity.started_at);
  CHECK(tries == std::vector<SimTime>{kStart, kStart + 1min, kStart + 3min, kStart + 7min,
                                      kStart + 12min, kStart + 17min, kStart + 22min});
  CHECK_FALSE(world.groups.quiet());
  world.ec2.remove_capacity_fault({});
  world.run_for(4min);
  CHECK(world.group().instances.empty());
  world.run_for(1min + 60s);
  CHECK(world.count("InService") == 1);
  CHECK(world.groups.quiet());

  SECTION("a new request does not wait") {
    world.ec2.add_capacity_fault({});
    REQUIRE(world.groups.set_desired("web", 2));
    world.run_for(10min);
    world.ec2.remove_capacity_fault({});
    REQUIRE(world.groups.set_desired("web", 3));
    world.run_for(60s);
    CHECK(world.count("InService") == 3);
  }
}

// ecs.md 5.4: launches in the poor zone before terminating in the rich one, may exceed the maximum.
TEST_CASE("zones out of balance are evened out, launch first", "[asg]") {
  SmallAsg world({.desired = 4, .max = 4, .zones = {"us-east-1a"}});
  GroupSpec changed = world.group().spec;
  changed.zones = {"us-east-1a", "us-east-1b"};
  REQUIRE(world.groups.update("web", changed));
  world.run_for(1s);
  CHECK(world.by_zone() == std::vector{4, 1, 0});
  CHECK(world.last_activity().cause ==
        "At 0.000s availability zones us-east-1a us-east-1b had 4, 0 instances respectively. An "
        "instance was launched to aid in balancing the group's zones.");
  CHECK_FALSE(world.groups.quiet());
  int most = 0, fewest = 100;
  for (int i = 0; i < 600; ++i) {
    world.run_for(1s);
    most = std::max(most, world.count("InService") + world.count("Pending"));
    fewest = std::min(fewest, world.count("InService"));
  }
  CHECK(world.by_zone() == std::vector{2, 2, 0});
  CHECK(most == 5);
  CHECK(fewest == 4);
  CHECK(world.groups.quiet());
}

TEST_CASE("a zone that the group left is emptied", "[asg]") {
  SmallAsg world({.desired = 2});
  GroupSpec changed = world.group().spec;
  changed.zones = {"us-east-1c"};
  REQUIRE(world.groups.update("web", changed));
  world.run_for(10min);
  CHECK(world.by_zone() == std::vector{0, 0, 2});
}

// A scenario's "launch": "never".
TEST_CASE("a group that never launches stays as it is", "[asg]") {
  SmallAsg world({.desired = 3, .never_launches = true});
  world.run_for(1h);
  CHECK(world.group().instances.empty());
  CHECK(world.groups.quiet());
}

// TerminateInstanceInAutoScalingGroup
TEST_CASE("an instance is terminated by hand, with or without a successor", "[asg]") {
  SmallAsg world({.min = 1, .desired = 2});
  SECTION("with: terminate first, then launch") {
    REQUIRE(world.groups.terminate_instance("i-1", false));
    CHECK(world.last_activity().cause == "At 0.000s instance " + world.ec2.find("i-1")->id +
                                             " was taken out of service in response to a user "
                                             "request.");
    world.run_for(5s);
    CHECK(world.count("InService") == 1);
    CHECK(world.count("Pending") == 1);
    CHECK(world.ec2.find("i-3")->launched_at == kStart + 5s);
  }
  SECTION("without, down to the minimum") {
    REQUIRE(world.groups.terminate_instance("i-1", true));
    CHECK(world.group().spec.desired == 1);
    world.run_for(5min);
    CHECK(world.group().instances.size() == 1);
    const auto refused = world.groups.terminate_instance("i-2", true);
    CHECK(refused.error().code == "ValidationError");
    CHECK(refused.error().message.starts_with("Currently, desiredSize equals minSize (1)."));
  }
  CHECK(world.groups.terminate_instance("i-9", false).error().message ==
        "Instance Id not found - No managed instance found for instance ID: i-9");
}

TEST_CASE("running instances can be attached up to the maximum", "[asg]") {
  SmallAsg world({.desired = 1, .max = 2, .target_groups = {"tg"}});
  const std::string lone = world.ec2.begin_running({.image_id = "ami-web", .zone = "us-east-1b"});
  REQUIRE(world.groups.attach_instances("web", {lone}));
  CHECK(world.group().spec.desired == 2);
  CHECK(world.count("InService") == 2);
  CHECK(world.targets("tg") == 2);
  CHECK(world.ec2.find(lone)->spec.group == "web");
  world.run_for(1min);
  CHECK(world.groups.quiet());
  CHECK(world.groups.attach_instances("web", {lone}).error().message ==
        "Instance " + lone + " is already part of an AutoScalingGroup.");
  REQUIRE(world.ec2.run_instances({}, 1));
  CHECK(world.groups.attach_instances("web", {"i-3"}).error().message ==
        "Invalid Instance ID(s): [i-3] specified");
  world.run_for(2min);
  CHECK(world.groups.attach_instances("web", {"i-3"}).error().message ==
        "AutoScalingGroup web would grow to 3 instances, above its max size 2.");
}

TEST_CASE("a group is deleted when it is empty, or by force with its instances", "[asg]") {
  SmallAsg world({.target_groups = {"tg"}});
  CHECK(world.groups.remove("web", false).error().code == "ResourceInUse");
  SECTION("by force: they drain first") {
    REQUIRE(world.groups.remove("web", true));
    CHECK(world.groups.set_desired("web", 1).error().code == "ScalingActivityInProgress");
    world.run_for(10s);
    CHECK(world.count("Terminating") == 2);
    world.run_for(30s);
    CHECK(world.groups.find("web") == nullptr);
    CHECK(world.groups.groups().empty());
    CHECK(world.groups.quiet());
    CHECK(world.state("i-1") == "terminated");
  }
  SECTION("empty") {
    REQUIRE(world.groups.set_desired("web", 0));
    world.run_for(1s);
    CHECK(world.groups.remove("web", false).error().code == "ScalingActivityInProgress");
    world.run_for(1min);
    REQUIRE(world.groups.remove("web", false));
    world.run_for(0s);
    CHECK(world.groups.find("web") == nullptr);
    CHECK(world.groups.remove("web", false).error().code == "ValidationError");
  }
}

// ecs.md 5.4: DefaultCooldown 300 s, for those who ask to honour it.
TEST_CASE("the cooldown is honoured on request", "[asg]") {
  SmallAsg world({.desired = 1});
  REQUIRE(world.groups.set_desired("web", 2, true));
  world.run_for(2min);
  CHECK(world.groups.set_desired("web", 3, true).error().code == "ScalingActivityInProgress");
  REQUIRE(world.groups.set_desired("web", 3, false));
  world.run_for(61s + 300s);
  CHECK(world.groups.set_desired("web", 4, true));
}

TEST_CASE("what CreateAutoScalingGroup refuses", "[asg]") {
  SmallAsg world;
  struct Row {
    std::function<void(GroupSpec&)> change;
    std::string code, message;
  };
  const auto row = GENERATE(values<Row>({
      {[](auto& s) { s.name = "web"; }, "AlreadyExists",
       "AutoScalingGroup by this name already exists - A group with the name web already exists"},
      {[](auto& s) { s.min = 3, s.max = 1; }, "ValidationError",
       "Max bound, 1, must be greater than or equal to min bound, 3"},
      {[](auto& s) { s.desired = 11; }, "ValidationError",
       "Desired capacity:11 must be between the specified min size:0 and max size:10"},
      {[](auto& s) { s.zones.clear(); }, "ValidationError",
       "At least one Availability Zone or VPC Subnet is required."},
      {[](auto& s) { s.zones = {"mars-1a"}; }, "ValidationError",
       "Invalid availability zones: [mars-1a]"},
      {[](auto& s) {
         s.zones = {"us-east-1a", "us-east-1a"};
       },
       "ValidationError", "Availability zone us-east-1a is named twice."},
      {[](auto& s) { s.launch.instance_type = "m5.larg"; }, "ValidationError",
       "Invalid value 'm5.larg' for InstanceType. Did you mean 'm5.large'?"},
      {[](auto& s) { s.termination_policies = {"OldestInstanc"}; }, "ValidationError",
       "Invalid termination policy 'OldestInstanc'; did you mean 'OldestInstance'?"},
      {[](auto& s) { s.termination_policies = {"arn:aws:lambda:us-east-1:1:function:f"}; },
       "ValidationError", "Termination policies of your own (Lambda) are not modelled yet."},
      {[](auto& s) { s.health_check_type = "EBS"; }, "ValidationError",
       "Health check type 'EBS' is not modelled yet."},
      {[](auto& s) { s.health_check_type = "elb"; }, "ValidationError",
       "Health check type 'elb' is invalid; known: EC2, ELB."},
      {[](auto& s) { s.classic_load_balancers = {"none"}; }, "ValidationError",
       "Provided Load Balancers may not be valid. Please ensure they exist and try again."},
  }));
  GroupSpec spec = SmallAsg::spec({});
  spec.name = "other";
  row.change(spec);
  const auto refused = world.groups.create(spec, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == row.code);
  CHECK(refused.error().message == row.message);
  CHECK(world.groups.groups().size() == 1);
}

// journal_kinds.h: what measures of a group read.
TEST_CASE("the journal has the group's sizes at every change", "[asg]") {
  SmallAsg world({.desired = 1});
  REQUIRE(world.groups.set_desired("web", 2));
  world.run_for(2min);
  std::vector<std::string> lines;
  for (const auto& entry : world.journal.entries()) {
    if (entry.kind != "auto-scaling") continue;
    CHECK(entry.subject == "web");
    lines.push_back(std::string(entry["desired"]) + " " + std::string(entry["inService"]) + " " +
                    std::string(entry["pending"]));
  }
  CHECK(lines == std::vector<std::string>{"1 0 0", "1 1 0", "2 1 0", "2 1 1", "2 2 0"});
}

// Only the last 100 activities are kept; the numbers behind them go on.
TEST_CASE("a hundred activities are kept", "[asg]") {
  SmallAsg world({.desired = 0, .max = 150, .boot = 30s});
  REQUIRE(world.groups.set_desired("web", 150));
  world.run_for(1min);
  CHECK(world.group().activities.size() == 100);
  CHECK(world.count("InService") == 150);
  CHECK(world.last_activity().status == "Successful");
}

}  // namespace
}  // namespace steady::asg
