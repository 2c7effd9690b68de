#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/cloud/asg/auto_scaling.h"
#include "sim/cloud/ec2/ec2.h"
#include "sim/cloud/ecs/ecs.h"
#include "sim/cloud/elb/elb.h"
#include "sim/core/calendar.h"
#include "sim/core/event_loop.h"
#include "sim/core/ids.h"
#include "sim/core/journal.h"
#include "sim/database/database.h"
#include "sim/dataplane/data_plane.h"
#include "sim/fluid/fluid_plane.h"

namespace steady::world {

/// All that a world is made of; everything else is done to it through the API, or by faults.
struct Settings {
  RandomSource random;
  Era era = Era::newest();
  Calendar calendar = Era::newest().default_start();
  std::vector<std::string> zones{"us-east-1a", "us-east-1b", "us-east-1c"};
  elb::Behaviour elb;
  ecs::Behaviour ecs;                ///< `era` is overwritten by the era above.
  std::vector<std::string> columns;  ///< of the database
  ecs::Limits ecs_limits;
  dataplane::DataPlane::Limits request_limits;
  /// Processes may get slower and faster; without it requests are carried faster, and whatever
  /// changes a speed is a broken invariant.
  bool speeds_change = true;
  std::uint64_t event_limit = 50'000'000;
};

/// The simulated world: owns every part by value or unique_ptr, in the order in which they need one
/// another; nobody else owns anything of it.
class World {
 public:
  /// With `flow`, traffic is carried as a flow instead of requests.
  explicit World(Settings settings, std::optional<fluid::Settings> flow = std::nullopt);
  ~World();

  const Settings& settings() const { return settings_; }
  EventLoop& loop() { return loop_; }
  SimTime now() const { return loop_.now(); }
  Journal& journal() { return journal_; }
  const Journal& journal() const { return journal_; }
  IdSource& ids() { return ids_; }
  app::Fleet& fleet() { return *fleet_; }
  database::Database& database() { return *database_; }
  elb::Elb& elb() { return *elb_; }
  ec2::Ec2& ec2() { return *ec2_; }
  asg::AutoScaling& auto_scaling() { return *auto_scaling_; }
  ecs::Ecs& ecs() { return *ecs_; }
  dataplane::DataPlane& data_plane() { return *data_plane_; }

  /// What carries the traffic when it is a flow; nullptr in a run that sends every request.
  const fluid::FluidPlane* fluid() const { return fluid_.get(); }
  /// More traffic; before the run begins.
  void add_source(const traffic::SourceSpec& source);

  /// What was said of a resource ("targetgroup/web") and has no effect on any result: Describe
  /// gives it back. ECS keeps its own.
  ecs::KeptFields& kept(const std::string& resource) { return kept_[resource]; }

  /// Adds how a revision or an image behaves; must come before the revision is registered.
  const app::AppModel& add_app(app::AppModel model);
  const app::AppModel* find_app(std::string_view revision) const;

  /// Counts what CloudWatch would of the load balancers, from now on.
  void keep_metrics();

  /// Runs control events and requests up to and including `until`.
  void run_until(SimTime until);
  /// Follows open requests to their end and books them; the last thing in a run.
  void finish();

  /// All invariants of all parts: resources, conservation, drained targets hold nothing.
  void check_invariants();
  /// Nothing moves any more: services steady, groups at rest, no target drains.
  bool quiet() const;
  /// SHA-256 over the journal's digest and the data plane's.
  std::string digest() const;

 private:
  Settings settings_;
  EventLoop loop_;
  Journal journal_;
  IdSource ids_;
  std::map<std::string, std::unique_ptr<app::AppModel>, std::less<>> apps_;
  std::unique_ptr<app::Fleet> fleet_;
  std::unique_ptr<database::Database> database_;
  std::unique_ptr<elb::Elb> elb_;
  std::unique_ptr<dataplane::DataPlane> data_plane_;
  std::unique_ptr<ec2::Ec2> ec2_;
  std::unique_ptr<asg::AutoScaling> auto_scaling_;
  std::unique_ptr<ecs::Ecs> ecs_;
  std::map<std::string, ecs::KeptFields> kept_;
  std::unique_ptr<fluid::FluidPlane> fluid_;  ///< Last: it refers to the others.
};

}  // namespace steady::world
