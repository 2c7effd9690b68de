#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sim/cloud/asg/auto_scaling.h"
#include "tests/sim/cloud/ec2/small_ec2.h"

namespace steady::asg::testing {

/// What a test may set of its group; by default two instances of an image whose app listens at
/// once, in two zones, behind nothing.
struct Options {
  int min = 0, desired = 2, max = 10;
  bool running = true;
  std::vector<std::string> zones{"us-east-1a", "us-east-1b"};
  std::vector<std::string> classic{}, target_groups{};
  std::vector<std::string> termination_policies{"Default"};
  std::string health_check_type = "EC2";
  SimDuration grace{0};
  bool is_protected = false, never_launches = false;
  SimDuration boot{60s};
};

/// EC2, a Classic balancer "old" and a target group "tg", both draining for 30 s, and a group
/// "web".
class SmallAsg {
 public:
  explicit SmallAsg(const Options& options = {}, std::uint64_t seed = 1)
      : ids(RandomSource{seed}, Era::newest()),
        fleet(loop, RandomSource{seed}, journal),
        plane(loop),
        elb(loop, fleet, journal, ids, RandomSource{seed}, {.first_check_immediate = true}),
        ec2(loop, fleet, journal, ids, RandomSource{seed},
            {"us-east-1a", "us-east-1b", "us-east-1c"}),
        groups(loop, ec2, elb, journal, RandomSource{seed}) {
    fleet.attach(plane);
    elb.attach(plane);
    app.revision = "ami-web";
    ec2.add_image({"ami-web", "", &app});
    ec2.observe({.running = {},
                 .shutting_down = [this](const ec2::Instance& i) { elb.host_terminated(i.id); },
                 .terminated = {}});
    elb::ClassicSpec classic;
    classic.name = "old";
    classic.zones = ec2.zones();
    classic.listeners = {elb::ClassicListenerSpec{}};
    classic.health_check.interval = 10s;
    classic.draining_enabled = true;
    classic.cross_zone = true;
    classic.draining_timeout = 30s;
    REQUIRE(elb.create_classic(classic));
    elb::TargetGroupSpec group;
    group.name = "tg";
    group.health_check.interval = 10s;
    group.deregistration_delay = 30s;
    REQUIRE(elb.create_target_group(group));
    REQUIRE(elb.create_load_balancer({.name = "front", .zones = ec2.zones()}));
    REQUIRE(elb.create_listener("front", {.port = 80, .action = elb::forward_to("tg")}));
    REQUIRE(groups.create(spec(options), options.running));
  }

  static GroupSpec spec(const Options& options) {
    GroupSpec spec;
    spec.name = "web";
    spec.min = options.min;
    spec.max = options.max;
    spec.desired = options.desired;
    spec.launch.image_id = "ami-web";
    spec.launch.boot = options.boot;
    spec.zones = options.zones;
    spec.classic_load_balancers = options.classic;
    spec.target_groups = options.target_groups;
    spec.termination_policies = options.termination_policies;
    spec.health_check_type = options.health_check_type;
    spec.health_check_grace = options.grace;
    spec.new_instances_protected = options.is_protected;
    spec.never_launches = options.never_launches;
    return spec;
  }

  void run_for(SimDuration time) { loop.run_until(loop.now() + time); }
  const Group& group() const { return *groups.find("web"); }
  const GroupInstance* member(const std::string& id) const {
    const auto& all = group().instances;
    const auto found = std::ranges::find(all, ec2.find(id)->id, &GroupInstance::id);
    return found == all.end() ? nullptr : &*found;
  }
  int count(std::string_view lifecycle) const {
    return static_cast<int>(
        std::ranges::count(group().instances, lifecycle, &GroupInstance::lifecycle));
  }
  /// Instances of the group in each zone, those that leave not counted.
  std::vector<int> by_zone() const {
    std::vector<int> counts;
    for (const auto& zone : ec2.zones()) {
      counts.push_back(
          static_cast<int>(std::ranges::count_if(group().instances, [&](const auto& i) {
            return i.zone == zone && i.lifecycle != "Terminating";
          })));
    }
    return counts;
  }
  std::string state(const std::string& id) const { return std::string(name(ec2.find(id)->state)); }
  /// How many targets a group or Classic balancer has, draining ones included.
  std::size_t targets(const std::string& name) const {
    const auto* id =
        elb.find_group(name) != nullptr ? elb.find_group(name) : elb.find_classic(name);
    return elb.targets(*id).size();
  }
  app::TargetId target(const std::string& name, const std::string& host) const {
    const auto* id =
        elb.find_group(name) != nullptr ? elb.find_group(name) : elb.find_classic(name);
    const auto* found = elb.find_target(*id, ec2.find(host)->id, 80);
    REQUIRE(found != nullptr);
    return found->id;
  }
  const Activity& last_activity() const { return group().activities.back(); }
  std::vector<std::string> statuses() const {
    std::vector<std::string> all;
    for (const auto& activity : group().activities) all.push_back(activity.status);
    return all;
  }

  EventLoop loop;
  Journal journal;
  IdSource ids;
  app::Fleet fleet;
  ec2::testing::QuietPlane plane;
  app::AppModel app;
  elb::Elb elb;
  ec2::Ec2 ec2;
  AutoScaling groups;
};

}  // namespace steady::asg::testing
