#pragma once

#include <string>
#include <vector>

#include "sim/cloud/ec2/ec2.h"
#include "tests/support/catch.h"

namespace steady::ec2::testing {

/// A request path without requests; it remembers what was cut.
class QuietPlane final : public app::RequestPlane {
 public:
  explicit QuietPlane(const EventLoop& loop) : loop_(loop) {}
  void cut_process(app::ProcessId, app::Cut cut) override { cuts.push_back(cut); }
  void cut_target(app::GroupId, app::TargetId, app::Cut) override {}
  SimTime process_idle_at(app::ProcessId) override { return loop_.now(); }
  SimTime target_idle_at(app::GroupId, app::TargetId) override {
    return std::max(idle_at, loop_.now());
  }
  app::QueuedCheck queued_check(app::ProcessId) override { return {}; }

  std::vector<app::Cut> cuts;
  SimTime idle_at{};  ///< When the last request to any target will have ended.

 private:
  const EventLoop& loop_;
};

/// EC2 alone, with two zones and an image "ami-web" whose app listens at port 80.
class SmallEc2 {
 public:
  explicit SmallEc2(std::uint64_t seed = 1)
      : ids(RandomSource{seed}, Era::newest()),
        fleet(loop, RandomSource{seed}, journal),
        plane(loop),
        ec2(loop, fleet, journal, ids, RandomSource{seed}, {"us-east-1a", "us-east-1b"}) {
    fleet.attach(plane);
    web.revision = "ami-web";
    web.ready_after = 10s;
    ec2.add_image({"ami-web", "", &web});
  }

  std::string launch(LaunchSpec spec = {}) {
    const auto ids_made = ec2.run_instances(spec, 1);
    REQUIRE(ids_made);
    return ids_made->front();
  }
  void run_for(SimDuration time) { loop.run_until(loop.now() + time); }
  std::string state(const std::string& id) const { return std::string(name(ec2.find(id)->state)); }
  app::Reach reach(const std::string& id, std::uint16_t port = 80) {
    return fleet.reach(fleet.endpoint(fleet.host(ec2.find(id)->id), port));
  }
  /// "state state ..." of an instance as the journal has it.
  std::string life(const std::string& id) const {
    std::string states;
    for (const auto& entry : journal.entries()) {
      if (entry.kind != "instance" || entry.subject != ec2.find(id)->id) continue;
      states += (states.empty() ? "" : " ") + std::string(entry["state"]);
    }
    return states;
  }

  EventLoop loop;
  Journal journal;
  IdSource ids;
  app::Fleet fleet;
  QuietPlane plane;
  app::AppModel web;
  Ec2 ec2;
};

}  // namespace steady::ec2::testing
