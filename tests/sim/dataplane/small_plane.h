#pragma once

#include <vector>

#include "sim/cloud/elb/registry.h"
#include "sim/dataplane/data_plane.h"

namespace steady::dataplane::testing {

/// The data plane alone: processes of one model behind one round-robin node.
struct SmallPlane {
  explicit SmallPlane(std::uint64_t seed)
      : random{seed, 0},
        fleet(loop, random, journal),
        database(loop, journal, {}),
        plane(loop, fleet, database, random, {}) {
    fleet.attach(plane);
    frontend.nodes.resize(1);
    frontend.nodes[0].algorithm = elb::make_algorithm("round_robin");
    plane.set_lookups([this](std::string_view, std::uint16_t) { return &frontend; }, {});
    loop.set_advance_hook([this](SimTime until) { plane.advance(until); });
  }
  SmallPlane(const SmallPlane&) = delete;
  SmallPlane& operator=(const SmallPlane&) = delete;
  /// So many processes of `model` as it is now, all of them candidates.
  void launch(std::uint32_t targets) {
    for (std::uint32_t i = 0; i < targets; ++i) launch_another();
  }
  void launch_another() { launch_another(model); }
  /// One of another model, which must outlive the run.
  void launch_another(const app::AppModel& other) {
    const auto i = static_cast<std::uint32_t>(processes.size());
    const auto endpoint = fleet.endpoint(fleet.host("i-" + std::to_string(i)), 80);
    processes.push_back(fleet.launch(other, endpoint, "task", i, {}));
    frontend.nodes[0].candidates.push_back({i, endpoint});
    frontend.nodes[0].algorithm->set_candidates(frontend.nodes[0].candidates);
  }
  /// The target is no candidate any more, from now on.
  void leave(std::uint32_t target) {
    auto& candidates = frontend.nodes[0].candidates;
    std::erase_if(candidates, [target](const auto& one) { return one.target == target; });
    frontend.nodes[0].algorithm->set_candidates(candidates);
  }
  /// The node is one of a Network load balancer, as AWS makes it (elb.md 3.1, 3.4).
  void behind_network() {
    frontend.kind = elb::Kind::kNetwork;
    frontend.idle_timeout = std::chrono::seconds{350};
    frontend.connect_timeout = elb::kClientConnects;
    frontend.nodes[0].algorithm = elb::make_flow_hash();
  }
  /// One request a second from 1 s to 10 s, ten in all; `told` has what becomes of each.
  void send_ten(traffic::SourceSpec spec) {
    spec.name = "traffic/0";
    spec.arrivals = traffic::SourceSpec::Arrivals::kConstant;
    spec.profile = {{kStart + 1s, kStart + 11s, {1000}, {1000}}};
    plane.add_source(spec);
    plane.observe([this](const RequestRecord& record) { told.push_back(record); });
  }
  /// To the end of everything; conserved before and after.
  void finish(SimTime until) {
    loop.run_until(until);
    plane.check_conserved();
    plane.finish();
    plane.check_conserved();
  }
  RandomSource random;
  EventLoop loop;
  Journal journal;
  app::Fleet fleet;
  database::Database database;
  DataPlane plane;
  app::AppModel model;
  elb::Frontend frontend;
  std::vector<app::ProcessId> processes;
  std::vector<RequestRecord> told;
};

}  // namespace steady::dataplane::testing
