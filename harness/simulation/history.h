#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/simulation/track.h"
#include "sim/core/journal.h"

namespace steady::simulation {

/// One deployment of a service, or one deploy of an engine that has no service (the VM way).
struct DeploymentRun {
  std::string service;              ///< "" for the VM way
  std::string id;                   ///< "ecs-svc/..."; the engine's name for the VM way
  std::string definition;           ///< "web:2", or the image
  bool initial = false;             ///< there at time 0
  bool rollback = false;            ///< made by the circuit breaker
  SimTime began{}, ended = kNever;  ///< product.md "deployment duration"
  std::string state =
      "IN_PROGRESS";  ///< IN_PROGRESS, COMPLETED, FAILED, or REPLACED by a newer one
  std::vector<std::pair<SimTime, std::string>> states;  ///< every change of it
  Track failed_tasks;
};

/// One life of a task, as the journal tells it.
struct TaskRun {
  std::string id, service, definition, deployment, instance;
  SimTime created{}, running = kNever, stopping = kNever, stopped = kNever, pending_since{};
  SimTime pulled = kNever, registered = kNever, healthy = kNever, signalled = kNever;
  std::string reason, stop_code;
  std::optional<int> exit_code;
  bool never_ran = false;
};

/// What a run's journal says, put into tracks and lives: the one reading of the journal on which
/// measures and reports rest.
class History {
 public:
  /// Reads a whole journal; `end` is where the run stood.
  History(const Journal& journal, SimTime end);

  SimTime end() const { return end_; }
  std::vector<DeploymentRun> deployments;  ///< in order of their beginning
  std::vector<TaskRun> tasks;              ///< in order of creation

  /// Live tasks in a status ("RUNNING" ..., desired status RUNNING only for RUNNING and PENDING) of
  /// a service or a revision ("" for all).
  const Track& tasks_in(std::string_view status, std::string_view of) const;
  /// Healthy (in service) targets of a version, of a group, or of all ("").
  const Track& healthy_targets(std::string_view of) const;
  const Track& service_desired(std::string_view service) const;
  const Track& group_desired(std::string_view group) const;
  const Track& group_instances(std::string_view group) const;  ///< in service
  const Track& instances_running() const;
  const Track& cpu_reserved_per_mille(std::string_view cluster) const;
  const Track& memory_reserved_per_mille(std::string_view cluster) const;
  /// 1 while a task that is wanted cannot be placed, by service and missing resource ("" for any).
  const Track& stalled(std::string_view service, std::string_view missing) const;
  /// Revisions that have a healthy target: 2 and more is mixed-version time.
  const Track& versions_serving() const;
  /// 1 while a rollback to the previous revision would not work.
  const Track& no_way_back() const;
  const Track& column(std::string_view column) const;

  /// The value of a service's taskDefinition at a moment.
  std::string service_definition(std::string_view service, SimTime at) const;
  /// "web" (the newest that no breaker made and that was not there at the start, else the initial
  /// one) or "web:2"; nullptr when there is none.
  const DeploymentRun* deployment(std::string_view name) const;
  /// When the service reached its steady state last, after its last deployment began.
  std::optional<SimTime> steady_since(std::string_view service) const;
  std::vector<std::string> services() const;
  std::vector<std::string> stall_resources(std::string_view service) const;

  /// Service events whose message contains `text`, in order.
  struct Event {
    SimTime at;
    std::string service, message, why;
  };
  std::vector<Event> events;
  std::vector<SimTime> events_with(std::string_view text) const;
  struct Call {
    SimTime at;
    std::string action, outcome, message, by;
  };
  std::vector<Call> calls;
  struct Page {
    SimTime at;
    std::string load_balancer, version, body;
    int status;
  };
  std::vector<Page> pages;
  struct Step {
    SimTime at;
    std::string engine, step, detail, verdict;
  };
  std::vector<Step> steps;

 private:
  void read(const JournalEntry& entry);
  void read_task(const JournalEntry& entry);
  void read_deployment(const JournalEntry& entry);
  void read_target(const JournalEntry& entry);
  void read_container_instance(const JournalEntry& entry);
  Track& track(std::string key) { return tracks_[std::move(key)]; }
  const Track& look(const std::string& key) const;

  SimTime end_;
  std::map<std::string, Track, std::less<>> tracks_;
  std::map<std::string, std::size_t, std::less<>> task_index_, deployment_index_;
  std::map<std::string, std::pair<std::string, bool>, std::less<>> task_state_;  ///< counted status
  std::map<std::string, std::string, std::less<>> target_state_;
  std::map<std::string, int, std::less<>> healthy_by_version_;
  std::map<std::string, std::vector<std::pair<SimTime, std::string>>, std::less<>> definitions_;
  std::map<std::string, std::vector<SimTime>, std::less<>> steady_;
  struct Reserved {
    std::string cluster;
    std::int64_t cpu = 0, cpu_total = 0, memory = 0, memory_total = 0;
  };
  std::map<std::string, Reserved, std::less<>> reserved_;
  std::map<std::string, std::vector<std::string>, std::less<>> stall_resources_;
  std::vector<std::string> services_;
};

}  // namespace steady::simulation
