#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/cloud/ecs/cpu_shares.h"
#include "sim/cloud/ecs/ecs.h"

/// What Ecs keeps beside the objects of the API: timers, the scheduler's memory, indexes. The files
/// of this module work on it together; nobody outside sees it.
namespace steady::ecs {

/// A task with what its agent and the scheduler remember of it.
struct TaskState : Task {
  std::vector<EventLoop::Handle> timers;  ///< of its start and its health checks
  EventLoop::Handle kill_timer{kNever, 0};
  bool present = false;         ///< its containers are on the instance (or about to be)
  bool waits_for_room = false;  ///< in the agent's queue
  bool by_scheduler = false;    ///< told to stop by the service scheduler
  bool announced_stop = false;  ///< "has stopped" was logged
  bool signalled = false;
  bool stop_waits_for_agent = false, start_waits_for_agent = false;
  bool seen_healthy = false;  ///< counted as healthy once
  bool exited_by_itself = false;
  bool orphan = false;  ///< ECS no longer tracks it, its process serves on (forced deregistration)
  SimTime deregister_at = kNever;  ///< scheduler stops: the pass after "has stopped"
  int check_failures = 0;
};

/// What a service event that is not resolved is remembered by (ecs.md 4.1).
struct Unresolved {
  SimTime last{};
};

using DeploymentState = Deployment;

struct ServiceState : Service {
  EventLoop::Handle pass{kNever, 0};
  std::map<std::string, Unresolved> unresolved;
  // Placement that failed for lack of resources (ecs.md 6.1).
  bool stalled = false;
  std::string stall_missing;
  SimTime retry_since{}, next_attempt{};
  // Starts that fail (ecs.md 2.5).
  int failed_starts = 0;
  SimTime failed_round{}, failed_start_at{};  ///< when its tasks were started, and failed
  SimTime next_start{};
  bool steady_logged = false;
  SimTime steady_at{};
  std::uint64_t draws = 0;                          ///< counts the scheduler's own random choices
  std::shared_ptr<const TaskDefinition> completed;  ///< of the newest deployment that was COMPLETED
  std::string completed_id;
  /// Of old deployments, by id: tasks that are to be kept until the scheduler stops them.
  std::map<std::string, int> hold;
  std::string initial_id;         ///< the deployment that was there at time 0
  std::vector<TaskState*> tasks;  ///< live ones, and those whose end is still to be noticed
  DeploymentState& deployment(std::size_t i) { return *deployments[i]; }
  DeploymentState& primary() { return deployment(0); }
};

/// What a RunTask with a client token asked for and got (ecs.md 7.5).
struct TokenUse {
  RunRequest request;
  std::vector<std::string> tasks;  ///< ids
};

struct InstanceState : ContainerInstance {
  std::uint16_t next_dynamic_port = 0;
  std::deque<TaskState*> waiting;  ///< starts that wait for real room, first in first out
};

struct Ecs::Impl {
  explicit Impl(Parts p);

  Parts parts;
  EventLoop& loop;
  Journal& journal;
  const Behaviour& behaviour;
  CpuShares shares;
  Placer placer;
  RandomStream stream;  ///< start-up times and the like, keyed by the task's ordinal
  RandomStream phases;  ///< phase of each service's passes

  std::vector<std::unique_ptr<Cluster>> clusters;
  std::map<std::string, std::vector<std::shared_ptr<TaskDefinition>>, std::less<>> definitions;
  std::map<std::string, int, std::less<>> skipped;  ///< by family: revisions from before time 0
  std::vector<std::unique_ptr<ServiceState>> services;
  std::vector<std::unique_ptr<InstanceState>> instances;
  std::vector<std::unique_ptr<TaskState>> tasks;
  std::map<std::string, TaskState*, std::less<>> task_index;
  std::map<std::string, TokenUse, std::less<>> tokens;  ///< by cluster and token
  std::deque<app::AppModel> ready_models;               ///< of tasks that run since before time 0
  std::uint64_t next_deployment = 0, next_event = 0, next_ip = 0;

  SimTime now() const { return loop.now(); }

  // clusters.cpp
  Cluster* find_cluster(std::string_view name);
  Result<Cluster*> active_cluster(std::string_view name);
  Status delete_cluster(std::string_view name);

  // definitions.cpp
  Result<std::shared_ptr<const TaskDefinition>> register_definition(TaskDefinition definition);
  Result<std::shared_ptr<const TaskDefinition>> deregister_definition(std::string_view name);
  std::shared_ptr<TaskDefinition> find_definition(std::string_view name) const;

  // instances.cpp
  InstanceState* find_instance(std::string_view cluster, std::string_view id);
  InstanceState& add_instance(const ec2::Instance& ec2, const std::string& cluster);
  std::vector<ContainerInstance*> of_cluster(std::string_view cluster);
  void instance_lost(const ec2::Instance& ec2);
  Result<const ContainerInstance*> deregister_instance(std::string_view cluster,
                                                       std::string_view id, bool force);
  Result<const ContainerInstance*> set_state(std::string_view cluster, std::string_view id,
                                             InstanceStatus status);
  Status set_agent_connected(std::string_view id, bool connected);
  void journal_instance(const InstanceState& instance);
  /// Capacity came (back): services that wait for room look at once if the switch says so.
  void wake_services(std::string_view cluster);

  // task_lifecycle.cpp: the only place that writes a status.
  void transition(TaskState& task, TaskStatus to, std::string_view phase = {});
  TaskState& make_task(std::shared_ptr<const TaskDefinition> definition, InstanceState& instance,
                       std::string_view group);
  void journal_task(const TaskState& task, std::string_view phase = {});

  // agent.cpp
  void start(TaskState& task);
  void begin_containers(TaskState& task);
  static std::uint16_t dynamic_port(InstanceState& instance);
  void become_running(TaskState& task, bool at_rest = false);
  void start_failed(TaskState& task, std::string reason, std::string container_reason,
                    std::optional<int> exit_code);
  void signal(TaskState& task);
  void stopped(TaskState& task);
  void room_came(InstanceState& instance);
  bool real_room(const InstanceState& instance, const TaskState& task) const;
  void container_check(TaskState& task);

  // standalone_tasks.cpp
  Result<std::shared_ptr<const TaskDefinition>> runnable(const RunRequest& request) const;
  const Task* launch(const RunRequest& request, std::shared_ptr<const TaskDefinition> definition,
                     InstanceState& instance);

  // stop_sequence.cpp
  void stop(TaskState& task, std::string reason, std::string code, bool by_scheduler);
  void begin_stopping(TaskState& task);
  void deregister(TaskState& task);
  StopOrder stop_order(const TaskState& task) const;
  bool targets_drained(const TaskState& task) const;
  /// What a pass does for tasks on their way out; true when something was deregistered (for the
  /// events).
  void advance_stops(ServiceState& service);

  // service_scheduler.cpp
  void schedule_pass(ServiceState& service, SimDuration delay);
  void pass(ServiceState& service);
  bool healthy(const TaskState& task) const;
  bool unhealthy(const TaskState& task) const;
  void note_failure(ServiceState& service, TaskState& task);
  void note_start_failed(ServiceState& service, TaskState& task);
  void stop_many(ServiceState& service, std::vector<TaskState*> tasks, const std::string& reason);
  void check_breaker(ServiceState& service);
  void finish(ServiceState& service);
  int lower(const Service& service) const;
  int upper(const Service& service) const;
  void register_targets(ServiceState& service);
  void look_at_health(ServiceState& service);

  // reconcile.cpp
  struct Round;
  bool reconcile_tasks(ServiceState& service);

  // placing.cpp
  PlacementRequest placement_of(const Service& service, const TaskDefinition& definition) const;
  void note_stall(ServiceState& service, const std::string& missing);
  int place_tasks(ServiceState& service, DeploymentState& deployment, int count,
                  std::vector<std::string>& started);

  // deployments.cpp
  Result<const Service*> create_service(Service service, std::string_view definition, bool at_rest);
  Result<const Service*> update_service(std::string_view cluster, std::string_view name,
                                        const ServiceChange& change);
  Result<const Service*> delete_service(std::string_view cluster, std::string_view name,
                                        bool force);
  ServiceState* find_service(std::string_view cluster, std::string_view name);
  DeploymentState& begin_deployment(ServiceState& service,
                                    std::shared_ptr<const TaskDefinition> definition,
                                    bool rollback);
  Status validate_service(Service& service, const TaskDefinition& definition);
  Status begin_at_rest(ServiceState& service);
  bool classic(const Service& service) const;
  void journal_service(const ServiceState& service);
  void journal_deployment(const ServiceState& service, const DeploymentState& deployment);

  // service_events.cpp
  void event(ServiceState& service, const std::string& message, const std::string& why = {});
  /// An event of a cause that may last: suppressed while it is the same, repeated after 6 h.
  void trouble(ServiceState& service, const std::string& kind, const std::string& message,
               const std::string& why);
  void resolved(ServiceState& service, const std::string& kind);
  std::string placement_text(const Placement& placement) const;

  Counts counts(const Service& service, const Deployment* deployment) const;
};

/// " (task ID) (task ID)", as events list them (ecs.md 4.2).
std::string task_list(const std::vector<std::string>& ids);

inline std::string service_group(const Service& service) { return "service:" + service.name; }

}  // namespace steady::ecs
