#include <functional>
#include <set>

#include "tests/sim/cloud/ec2/small_ec2.h"

namespace steady::ec2 {
namespace {

using testing::SmallEc2;

// A life has four states, and the clock of each is known.
TEST_CASE("an instance is pending for its boot time, and shuts down for five seconds", "[ec2]") {
  SmallEc2 world;
  std::vector<std::string> told;
  world.ec2.observe({.running = [&](const Instance& i) { told.push_back("running " + i.id); },
                     .shutting_down = [&](const Instance& i) { told.push_back("down " + i.id); },
                     .terminated = [&](const Instance& i) { told.push_back("gone " + i.id); }});
  const std::string id = world.launch({.boot = 60s});
  CHECK(world.state(id) == "pending");
  world.run_for(60s - 1ns);
  CHECK(world.state(id) == "pending");
  world.run_for(1ns);
  CHECK(world.state(id) == "running");
  CHECK(world.ec2.find(id)->running_at == kStart + 60s);
  REQUIRE(world.ec2.terminate(id));
  CHECK(world.state(id) == "shutting-down");
  CHECK(world.ec2.find(id)->state_reason == "Client.UserInitiatedShutdown");
  world.run_for(Ec2::kShutdown);
  CHECK(world.state(id) == "terminated");
  CHECK(world.ec2.find(id)->terminated_at == kStart + 65s);
  CHECK(world.life(id) == "pending running shutting-down terminated");
  CHECK(told == std::vector<std::string>{"running " + id, "down " + id, "gone " + id});
}

// Terminating twice, or one that boots, is what people do.
TEST_CASE("an instance may be terminated at any time, and again", "[ec2]") {
  SmallEc2 world;
  const std::string id = world.launch({.boot = 60s});
  world.run_for(10s);
  REQUIRE(world.ec2.terminate(id));
  REQUIRE(world.ec2.terminate(id));
  world.run_for(2min);
  REQUIRE(world.ec2.terminate(id));
  CHECK(world.life(id) == "pending shutting-down terminated");
  const auto unknown = world.ec2.terminate("i-none");
  CHECK(unknown.error().code == "InvalidInstanceID.NotFound");
}

// The VM way: the image's app runs by itself from boot on.
TEST_CASE("an instance runs the app of its image", "[ec2]") {
  SmallEc2 world;
  const std::string id = world.launch({.image_id = "ami-web", .boot = 60s});
  CHECK(world.reach(id) == app::Reach::kRefused);
  world.run_for(65s);
  REQUIRE(world.ec2.find(id)->process != app::Fleet::kNone);
  CHECK(world.reach(id) == app::Reach::kRefused);  // not ready
  world.run_for(5s);
  CHECK(world.reach(id) == app::Reach::kProcess);

  SECTION("it is killed when the machine shuts down, and the address goes dark later") {
    REQUIRE(world.ec2.terminate(id));
    CHECK(world.reach(id) == app::Reach::kRefused);
    REQUIRE(world.plane.cuts.size() == 1);
    CHECK(world.plane.cuts[0].cause == "instance terminated");
    CHECK_FALSE(world.plane.cuts[0].connection_vanishes);
    world.run_for(Ec2::kShutdown);
    CHECK(world.reach(id) == app::Reach::kBlackHole);
  }
  SECTION("a crash takes the machine without a word") {
    int shutting_down = 0, terminated = 0;
    world.ec2.observe({.running = {},
                       .shutting_down = [&](const Instance&) { ++shutting_down; },
                       .terminated = [&](const Instance&) { ++terminated; }});
    REQUIRE(world.ec2.crash(id));
    CHECK(world.state(id) == "terminated");
    CHECK(world.reach(id) == app::Reach::kBlackHole);
    REQUIRE(world.plane.cuts.size() == 1);
    CHECK(world.plane.cuts[0].cause == "instance lost");
    CHECK(world.plane.cuts[0].connection_vanishes);
    CHECK(shutting_down == 0);
    CHECK(terminated == 1);
    CHECK(world.ec2.crash(id).error().code == "IncorrectInstanceState");
  }
  SECTION("when the process ends by itself, nobody listens any more") {
    world.fleet.crash(world.ec2.find(id)->process, 1);
    CHECK(world.ec2.find(id)->process == app::Fleet::kNone);
    CHECK(world.reach(id) == app::Reach::kRefused);
    CHECK(world.state(id) == "running");
  }
}

// Containers on the machine go down with it, though their agent is not asked.
TEST_CASE("every process on a machine ends when it shuts down, and no other", "[ec2]") {
  SmallEc2 world;
  const std::string one = world.ec2.begin_running({}), other = world.ec2.begin_running({});
  app::AppModel container;
  const auto run = [&](const std::string& host, std::uint16_t port) {
    return world.fleet.launch(container, world.fleet.endpoint(world.fleet.host(host), port), "task",
                              port, {});
  };
  const auto first = run(one, 32768), second = run(one, 32769), elsewhere = run(other, 32768);
  REQUIRE(world.ec2.terminate(one));
  CHECK(world.fleet.process(first).state == app::ProcessState::kGone);
  CHECK(world.fleet.process(second).state == app::ProcessState::kGone);
  CHECK(world.fleet.process(elsewhere).state == app::ProcessState::kReady);
}

// Scenarios begin in steady state.
TEST_CASE("an instance that begins running is up since the start, and its app is ready", "[ec2]") {
  SmallEc2 world;
  const std::string id = world.ec2.begin_running({.image_id = "ami-web", .zone = "us-east-1b"});
  const Instance& instance = *world.ec2.find(id);
  CHECK(instance.state == InstanceState::kRunning);
  CHECK(instance.launched_at == kStart);
  CHECK(instance.running_at == kStart);
  CHECK(world.reach(id) == app::Reach::kProcess);
  world.run_for(1s);
  CHECK_THROWS_AS(world.ec2.begin_running({}), InternalError);
}

// Scenarios say "i-2", AWS says i-0...
TEST_CASE("instances are found by id, by alias and by order", "[ec2]") {
  SmallEc2 world;
  const std::string first = world.ec2.begin_running({});
  LaunchSpec named;
  named.name_hint = "old-one";
  const std::string second = world.ec2.begin_running(named);
  const std::string third = world.launch();
  CHECK(world.ec2.find("i-1")->id == first);
  CHECK(world.ec2.find("old-one")->id == second);
  CHECK(world.ec2.find("i-2") == nullptr);
  CHECK(world.ec2.find("i-3")->id == third);
  CHECK(world.ec2.find(third)->ordinal == 2);
  CHECK(world.ec2.find("i-4") == nullptr);
  REQUIRE(world.ec2.instances().size() == 3);
  CHECK(world.ec2.instances()[1]->id == second);
}

// A boot time belongs to an instance, not to how often anybody asked.
TEST_CASE("boot times are drawn by the instance", "[ec2]") {
  const auto running_at = [](int launched_before) {
    SmallEc2 world;
    const Distribution boot{Distribution::Uniform{30s, 90s}};
    LaunchSpec quick;
    quick.boot = boot;
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
      ids.push_back(world.launch(quick));
      world.run_for(SimDuration{launched_before});
    }
    world.run_for(2min);
    std::vector<SimDuration> times;
    for (const auto& id : ids) {
      times.push_back(world.ec2.find(id)->running_at - world.ec2.find(id)->launched_at);
    }
    return times;
  };
  CHECK(running_at(0) == running_at(1'000'000));
  CHECK(running_at(0)[0] != running_at(0)[1]);
}

// Without a zone EC2 chooses; ours evens out, so that scenarios are easy to read.
TEST_CASE("instances without a zone go where the fewest are and capacity is", "[ec2]") {
  SmallEc2 world;
  REQUIRE(world.ec2.run_instances({}, 3));
  std::vector<std::string> zones;
  for (const auto* instance : world.ec2.instances()) zones.push_back(instance->spec.zone);
  CHECK(zones == std::vector<std::string>{"us-east-1a", "us-east-1b", "us-east-1a"});
  world.ec2.add_capacity_fault({"", "us-east-1b"});
  const std::string id = world.launch();
  CHECK(world.ec2.find(id)->spec.zone == "us-east-1a");
}

// ecs.md 5.4: the sentence names type and zone.
TEST_CASE("a capacity fault refuses launches of its type in its zone while it lasts", "[ec2]") {
  SmallEc2 world;
  const CapacityFault fault{"m5.large", "us-east-1a"};
  world.ec2.add_capacity_fault(fault);
  const auto refused = world.ec2.run_instances({.zone = "us-east-1a"}, 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "InsufficientInstanceCapacity");
  CHECK(refused.error().message ==
        "We currently do not have sufficient m5.large capacity in the Availability Zone you "
        "requested (us-east-1a). Our system will be working on provisioning additional capacity. "
        "You can currently get m5.large capacity by not specifying an Availability Zone in your "
        "request or choosing us-east-1b.");
  CHECK(world.ec2.instances().empty());
  CHECK(world.ec2.run_instances({.zone = "us-east-1b"}, 1));
  CHECK(world.ec2.run_instances({.instance_type = "c5.large", .zone = "us-east-1a"}, 1));
  world.ec2.add_capacity_fault({"", ""});
  CHECK_FALSE(world.ec2.run_instances({}, 1));
  world.ec2.remove_capacity_fault({"", ""});
  world.ec2.remove_capacity_fault(fault);
  CHECK(world.ec2.run_instances({.zone = "us-east-1a"}, 1));
}

// Bad input is AWS's own error, and nothing is half applied.
TEST_CASE("what RunInstances refuses", "[ec2]") {
  SmallEc2 world;
  struct Row {
    std::function<void(LaunchSpec&)> change;
    int count;
    std::string code, message;
  };
  const auto row = GENERATE(values<Row>({
      {[](auto& s) { s.instance_type = "m5.larg"; }, 1, "InvalidParameterValue",
       "Invalid value 'm5.larg' for InstanceType. Did you mean 'm5.large'?"},
      {[](auto& s) { s.zone = "us-east-1z"; }, 1, "InvalidParameterValue",
       "Invalid availability zone: [us-east-1z]"},
      {[](auto& s) { s.image_id = "ami-none"; }, 1, "InvalidAMIID.NotFound",
       "The image id '[ami-none]' does not exist"},
      {[](auto& s) { s.cpu = 0; }, 1, "InvalidParameterValue", "Invalid value '0' for cpu."},
      {[](auto&) {}, 0, "InvalidParameterValue", "Value (0) for parameter maxCount is invalid."},
      {[](auto&) {}, 1001, "InvalidParameterValue",
       "Value (1001) for parameter maxCount is invalid."},
  }));
  LaunchSpec spec;
  row.change(spec);
  const auto refused = world.ec2.run_instances(spec, row.count);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == row.code);
  CHECK(refused.error().message == row.message);
  CHECK(world.ec2.instances().empty());
  // A type of the scenario's own brings its resources along.
  CHECK(world.ec2.run_instances({.instance_type = "my.own", .cpu = 1024, .memory = 900}, 1));
}

// CreateImage after installing something: the story's new version.
TEST_CASE("an image is made of a running instance", "[ec2]") {
  SmallEc2 world;
  app::AppModel next;
  next.revision = "ami-next";
  world.ec2.add_image({"ami-next", "", &next});
  const std::string id = world.ec2.begin_running({.image_id = "ami-web"});

  const auto same = world.ec2.create_image(id, "backup");
  REQUIRE(same);
  CHECK(same->starts_with("ami-0"));
  CHECK(world.ec2.find_image(*same)->app == &world.web);
  CHECK(world.ec2.find_image("backup")->id == *same);
  CHECK(world.ec2.create_image(id, "backup").error().code == "InvalidAMIName.Duplicate");

  const auto other = world.ec2.create_image(id, "ami-next");
  REQUIRE(other);
  CHECK(*other != *same);
  CHECK(world.ec2.find_image(*other)->app == &next);
  CHECK(world.ec2.images().size() == 4);

  CHECK(world.ec2.create_image("i-none", "x").error().code == "InvalidInstanceID.NotFound");
  const std::string booting = world.launch();
  CHECK(world.ec2.create_image(booting, "x").error().code == "IncorrectInstanceState");
}

}  // namespace
}  // namespace steady::ec2
