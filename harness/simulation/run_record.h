#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/json/json.h"
#include "harness/simulation/history.h"
#include "sim/core/journal.h"
#include "sim/dataplane/ledger.h"
#include "sim/fluid/books/bound.h"

namespace steady::elb {
class Elb;
}

namespace steady::simulation {

class CloudWatch;

/// What a run was: enough to repeat it. No path, host or wall time (those would differ between two
/// machines); the file's name for messages is `shown_as` and reaches no result file.
struct RunIdentity {
  std::string name;  ///< the scenario's, with the variant's where one was run
  std::string why;
  std::string variant;  ///< "" for the file itself
  std::string sha256;   ///< of the file's text
  Json as_run;          ///< the scenario after variant and --set
  std::uint64_t seed = 1;
  std::uint32_t replication = 0;
  std::string era;
  std::string start;                   ///< virtual date of the beginning, ISO-8601
  std::string version;                 ///< of the program
  std::string shown_as;                ///< the path as given
  std::vector<std::string> overrides;  ///< "--set /a/b=c" as given, for the replay line
};

/// A finished (or interrupted) run, read-only: what expectations judge and reports print. The
/// ledger and the journal belong to the simulation, which must outlive it.
struct RunRecord {
  RunIdentity identity;
  SimTime ended{};
  bool partial = false;
  std::uint64_t control_events = 0;
  std::string digest;
  std::vector<std::string> assumed;       ///< inputs that were assumed, in words
  std::vector<std::string> failed_steps;  ///< timeline steps that the cloud refused, in words
  const Journal* journal = nullptr;
  const dataplane::Ledger* ledger = nullptr;
  History history;
  std::shared_ptr<const CloudWatch> metrics;  ///< Nothing when nobody asked for them.
  const elb::Elb* elb = nullptr;              ///< Belongs to the simulation, too.
  /// Of a run that carried traffic as a flow: how far its numbers may be from an exact run's.
  std::optional<fluid::Bound> fluid;
};

/// How a deployment's time was spent; the parts add up to its duration.
struct TimeSpent {
  SimDuration wait_for_room{0}, pull{0}, start{0}, health{0}, drain{0}, stop{0}, scheduler{0};
};
TimeSpent time_spent(const History& history, const DeploymentRun& run);

/// The line that repeats the run: "steady run FILE --seed N ...".
std::string replay_line(const RunIdentity& identity);

}  // namespace steady::simulation
