#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/json/document.h"
#include "harness/json/findings.h"
#include "harness/json/json.h"
#include "sim/api/autoscaling/types.h"
#include "sim/api/ecs/types.h"
#include "sim/api/elb/types.h"
#include "sim/api/elbv2/types.h"
#include "sim/app/app_model.h"
#include "sim/cloud/ecs/behaviour.h"
#include "sim/cloud/elb/settings.h"
#include "sim/core/calendar.h"
#include "sim/database/database.h"
#include "sim/fluid/fluid_plane.h"
#include "sim/traffic/source.h"

namespace steady::scenario {

/// Machines that are there at time 0.
struct Instances {
  int count = 1;
  std::string instance_type = "m5.large", image_id, zone, name;
  api::ec2::Machine machine;
  std::vector<std::string> load_balancers;  ///< Classic ones it is registered with
  std::optional<std::vector<int>> reserved_ports;
  int reserved_memory = 0;
};

/// One step of the timeline; exactly one of its kinds is set.
struct Step {
  enum class Kind { kDeploy, kCall, kFault, kMigration, kGet } kind = Kind::kCall;
  SimDuration at{0};
  SimDuration every{0};  ///< 0: once
  int repeat = 1;
  std::string pointer;                         ///< where it stands in the file
  std::string name;                            ///< engine, action, fault, or load balancer
  std::map<std::string, std::string> options;  ///< of an engine or a fault
  Json input;                                  ///< of a call
  database::MigrationStep migration;
};

/// A scenario file, typed and validated: all that a run needs.
struct Scenario {
  std::string name, why, variant;
  std::uint64_t seed = 1;
  SimDuration duration{std::chrono::minutes{30}};
  Era era = Era::newest();
  Calendar start = Era::newest().default_start();
  elb::Behaviour elb;
  ecs::Behaviour ecs;
  std::vector<std::string> zones{"us-east-1a", "us-east-1b", "us-east-1c"};
  std::vector<std::string> clusters;
  std::vector<Instances> instances;
  std::vector<api::autoscaling::CreateGroupInput> groups;
  std::vector<api::elbv2::TargetGroup> target_groups;
  std::vector<api::elbv2::CreateLoadBalancerInput> load_balancers;
  std::vector<api::elb::CreateLoadBalancerInput> classic;
  /// By load balancer: how long its pooled connections rest between two requests.
  /// Places of the sources that say how their clients keep connections.
  std::vector<std::size_t> keeps_connections;
  std::map<std::string, Distribution> reuse_gaps;
  /// In the order of the file; each with its revision, counted per family.
  std::vector<std::pair<std::string, api::ecs::RegisterTaskDefinitionInput>> definitions;
  std::vector<api::ecs::CreateServiceInput> services;
  std::vector<app::AppModel> apps;
  std::vector<std::string> columns;
  std::vector<traffic::SourceSpec> traffic;
  std::vector<Step> timeline;
  std::vector<std::pair<std::string, std::string>> expect;  ///< (pointer, condition)
  std::string folder;                      ///< of the file, for files that it names
  Json as_run;                             ///< after variant and --set, without "variants"
  std::string sha256;                      ///< of the file's text
  std::optional<fluid::Settings> fluid{};  ///< traffic as a flow instead of requests
};

struct LoadOptions {
  std::vector<std::string> set;  ///< "/json/pointer=value"
  std::optional<std::uint64_t> seed;
  std::optional<std::string> era;
  std::string variant;
  std::vector<std::string> engines{"ecs", "vm-swap",
                                   "stop-then-start"};  ///< names that "deploy" may use
  /// Reads one condition; gives the names that it mentions, or an error with its rule id. Handed
  /// in, so that this module does not know the grammar.
  std::function<Result<std::vector<std::pair<std::string, std::string>>>(const std::string&)>
      check_expectation;
};

struct LoadResult {
  std::optional<Scenario> scenario;  ///< nothing when there are errors
  json::Findings findings;           ///< with positions, in the order of the file
  std::vector<std::string> variants;
};

/// Text to scenario: syntax, variant, --set, types, ranges, references; all faults at once.
LoadResult load(const std::string& name, const std::string& text, const LoadOptions& options);

/// One finding as a person reads it: rule id, file:line:column, pointer, what is wrong; below it
/// the remedy and the next command (ux.md 3).
std::string print(const std::string& file, const json::Finding& finding);

/// JSON Schema (draft-07) of scenario files, for editors.
Json schema();
/// A first scenario with comments, which passes.
std::string first_file();

}  // namespace steady::scenario
