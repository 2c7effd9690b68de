#include <algorithm>

#include "tests/sim/cloud/elb/small_elb.h"

namespace steady::elb {
namespace {

using testing::Options;
using testing::SmallElb;

/// Calls in a random order on a few instances; each step checks what must hold at every moment.
class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed)
      : draw_(seed, "test/elb"), delayed_(seed % 2 == 0), world_(options(seed)) {}

  void run(int steps) {
    for (step_ = 0; step_ < steps; ++step_) {
      act();
      check_tables("front", world_.web, false);
      check_tables("old", world_.old, true);
      world_.run_for(SimDuration{static_cast<SimDuration::rep>(choose(8'000'000'000))});
      check_tables("front", world_.web, false);
    }
  }
  /// When nothing acts any more, everything comes to rest.
  void settle() {
    world_.plane.idle_at.clear();
    world_.run_for(10min);
    CHECK(world_.elb.quiet());
  }
  std::string digest() const { return world_.journal.digest(); }

 private:
  Options options(std::uint64_t seed) {
    Options options{.seed = seed, .zones = {"us-east-1a", "us-east-1b"}};
    options.behaviour = {};
    if (delayed_) {
      const Distribution delay(Distribution::Uniform{1s, 20s});
      options.behaviour = {delay, delay, delay};
    }
    options.classic.draining_enabled = choose(2) == 0;
    options.classic.draining_timeout = 20s;
    options.group.deregistration_delay = std::chrono::seconds{choose(4) * 5};
    return options;
  }
  std::uint64_t choose(std::uint64_t bound) { return draw_.below(bound, count_++, 0); }

  void act() {
    const std::string host = "i-" + std::to_string(choose(5));
    const GroupId group = choose(2) == 0 ? world_.web : world_.old;
    const auto endpoint = world_.fleet.endpoint(world_.fleet.host(host), 80);
    const app::ProcessId process = world_.fleet.process_id_at(endpoint);
    switch (choose(10)) {
      case 0:
      case 1:
      case 2:
        if (const auto made = world_.elb.register_target(group, host, 80, "us-east-1a")) {
          if (choose(4) == 0) world_.elb.assume_healthy(*made);
        }
        break;
      case 3:
      case 4:
        if (const auto* target = world_.elb.find_target(group, host, 80)) {
          world_.plane.idle_at[target->id] =
              world_.loop.now() + std::chrono::seconds{choose(3) * 15};
          world_.elb.deregister_target(target->id);
        }
        break;
      case 5:
      case 6:
        if (process == app::Fleet::kNone) world_.run(host);
        break;
      case 7:
        if (process != app::Fleet::kNone) world_.fleet.kill(process, {});
        break;
      case 8:
        if (choose(8) == 0) world_.elb.host_terminated(host);
        break;
      case 9:
        toggle_listener();
        break;
    }
  }
  void toggle_listener() {
    if (choose(4) != 0) return;
    if (world_.elb.frontend("front", 80) != nullptr) {
      CHECK(world_.elb.delete_listener(world_.arn));
    } else {
      world_.arn = *world_.elb.create_listener("front", {.port = 80, .action = forward_to("web")});
    }
  }

  void check_tables(const std::string& balancer, GroupId group, bool classic) {
    Frontend* frontend = world_.elb.frontend(balancer, 80);
    if (frontend == nullptr) return;
    const std::vector<TargetId> registered = world_.elb.targets(group);
    INFO("step " << step_);
    for (const NodeGroup& node : frontend->nodes) {
      TargetId before = 0;
      for (const RouteTarget& candidate : node.candidates) {
        const TargetHealth health = world_.elb.health(candidate.target);
        INFO("target " << candidate.target << " " << health.state << " " << health.reason);
        CHECK(candidate.target >= before);
        before = candidate.target;
        if (delayed_) continue;
        // Every node knows at once: nobody sends to a target that drains or is gone.
        CHECK(std::ranges::find(registered, candidate.target) != registered.end());
        CHECK_FALSE(world_.elb.target(candidate.target).deregistering);
        CHECK_FALSE(world_.elb.drained(candidate.target));
        if (classic) CHECK(world_.elb.in_service(candidate.target));
      }
      if (classic) CHECK_FALSE(node.fail_open);
      if (node.candidates.empty()) CHECK_FALSE(node.fail_open);
      if (!delayed_ && !classic && node.candidates.empty()) {
        for (const TargetId target : registered) {
          const std::string reason = world_.reason(target);
          CHECK((reason == "Target.DeregistrationInProgress" || reason == "Target.InvalidState"));
        }
      }
    }
    if (delayed_) return;
    // What is reported as healthy gets requests from some node.
    for (const TargetId target : registered) {
      if (!world_.elb.in_service(target)) continue;
      CHECK(std::ranges::any_of(frontend->nodes, [target](const NodeGroup& node) {
        return std::ranges::any_of(node.candidates,
                                   [target](const RouteTarget& c) { return c.target == target; });
      }));
    }
  }

  RandomStream draw_;
  std::uint64_t count_ = 0;
  bool delayed_;
  int step_ = 0;
  SmallElb world_;
};

// Legal moves are checked by the module itself; what nodes believe must follow from them in any
// order.
TEST_CASE("whatever is called in whatever order, nodes send where they may and all comes to rest",
          "[elb][property]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    RandomWorld world(seed);
    world.run(120);
    world.settle();
  }
}

}  // namespace
}  // namespace steady::elb
