#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "harness/json/findings.h"
#include "harness/scenario/scenario.h"
#include "harness/simulation/run_record.h"
#include "harness/simulation/way_back.h"
#include "sim/api/cloud_api.h"
#include "sim/engines/deploy_engine.h"
#include "sim/world/world.h"

namespace steady::simulation {

/// A scenario in motion: builds its world, walks its timeline, and gives the record of what
/// happened.
class Simulation {
 public:
  /// `engines` must outlive the simulation.
  Simulation(scenario::Scenario scenario, const engines::EngineRegistry& engines,
             std::uint32_t replication = 0);
  ~Simulation();

  /// Puts everything in place at time 0; what cannot be (a service that does not fit, an engine's
  /// option) is a finding.
  void build(json::Findings& findings);
  /// Runs to the end of the scenario, or to `until` if that is earlier; stops early, between two
  /// control events, when `interrupted` is set. False when it was.
  bool run(std::optional<SimDuration> until, const std::atomic<bool>* interrupted);

  world::World& world() { return world_; }
  const scenario::Scenario& scenario() const { return scenario_; }
  /// The record so far; the simulation must outlive it.
  std::unique_ptr<RunRecord> record(RunIdentity identity, bool partial);

 private:
  struct Deploy;
  void build_cloud(json::Findings& findings);
  void check_listeners(json::Findings& findings);
  void build_services(json::Findings& findings);
  void schedule(const scenario::Step& step);
  void act(const scenario::Step& step, std::uint64_t occurrence);
  void begin_deploy(const scenario::Step& step);
  std::unique_ptr<engines::DeployEngine> make_engine(const scenario::Step& step,
                                                     json::Findings* findings);
  bool registered(const std::string& definition);

  scenario::Scenario scenario_;
  const engines::EngineRegistry& engines_;
  world::World world_;
  api::CloudApi api_;
  std::vector<std::unique_ptr<Deploy>> deploys_;
  std::vector<std::string> failed_steps_;
  WayBack way_back_{world_};
};

/// The page that a container's command writes: the text between quotes after "echo"; "" when there
/// is none.
std::string page_of_command(const std::vector<std::string>& command);

}  // namespace steady::simulation
