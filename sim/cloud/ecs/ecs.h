#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/cloud/ec2/ec2.h"
#include "sim/cloud/ecs/behaviour.h"
#include "sim/cloud/ecs/model.h"
#include "sim/cloud/ecs/placement/placement.h"
#include "sim/cloud/elb/elb.h"
#include "sim/core/calendar.h"
#include "sim/core/event_loop.h"
#include "sim/core/ids.h"
#include "sim/core/journal.h"

namespace steady::ecs {

class CpuShares;

/// What UpdateService may change; only what is set is changed (ecs.md 1.7).
struct ServiceChange {
  std::optional<std::string> definition;  ///< "web:2", "web" (newest ACTIVE), or an ARN
  std::optional<int> desired;
  std::optional<DeploymentConfiguration> configuration;
  std::optional<SimDuration> grace;
  std::optional<std::vector<PlacementConstraint>> constraints;
  std::optional<std::vector<PlacementStrategy>> strategies;
  std::optional<std::vector<ServiceLoadBalancer>> load_balancers;
  KeptFields kept;  ///< laid over what the service keeps already
  bool force_new_deployment = false;
};

/// What RunTask and StartTask take.
struct RunRequest {
  std::string cluster = "default", definition, group, started_by;
  std::string client_token;  ///< RunTask: the same token and input give the same tasks (7.5)
  int count = 1;
  std::vector<PlacementConstraint> constraints;
  std::vector<PlacementStrategy> strategies;
  std::vector<std::string> instances;  ///< StartTask: these and no placement
  std::vector<std::string> zones;      ///< awsvpc: zones of the subnets, empty for any
  bool has_network = false;            ///< awsvpc tasks cannot do without
  KeptFields kept;
  bool operator==(const RunRequest&) const = default;
};
struct Failure {
  std::string arn, reason, detail;
};
struct RunResult {
  std::vector<const Task*> tasks;
  std::vector<Failure> failures;
};

/// Amazon ECS: clusters, container instances, tasks, services and their scheduler. The operations
/// are those of the API, with AWS's exceptions as error codes and its sentences (ecs.md 7.2, 7.3);
/// names or ARNs stand wherever AWS takes them. Nothing is half applied.
class Ecs {
 public:
  struct Parts {
    EventLoop& loop;
    app::Fleet& fleet;
    app::RequestPlane& plane;
    elb::Elb& elb;
    ec2::Ec2& ec2;
    Journal& journal;
    IdSource& ids;
    RandomSource random;
    Calendar calendar;
    Behaviour behaviour;
    Limits limits;
    /// The app of a task definition ("web:2"), by definition name, else by the image of the
    /// container behind the load balancer; nullptr when the scenario has none.
    std::function<const app::AppModel*(const TaskDefinition&)> app_of;
  };
  explicit Ecs(Parts parts);
  ~Ecs();

  // Clusters.
  const Cluster& create_cluster(std::string_view name, KeptFields kept = {});  ///< idempotent
  Status delete_cluster(std::string_view name);
  const Cluster* find_cluster(std::string_view name_or_arn) const;
  std::vector<const Cluster*> clusters() const;

  // Task definitions.
  Result<std::shared_ptr<const TaskDefinition>> register_task_definition(TaskDefinition definition);
  Result<std::shared_ptr<const TaskDefinition>> deregister_task_definition(std::string_view name);
  /// The family's next revision is the one after `revision`: the earlier ones are from before the
  /// run, and are not there.
  void skip_revisions(std::string_view family, int revision);
  /// "web:2", "web" (the newest ACTIVE one), or an ARN; nullptr when there is none.
  std::shared_ptr<const TaskDefinition> find_definition(std::string_view name) const;
  std::vector<std::shared_ptr<const TaskDefinition>> definitions(
      std::string_view family = {}) const;

  // Services. `at_rest`: the service is in steady state now (scenarios at time 0): tasks RUNNING,
  // targets healthy; an error "does not fit" with the placement's reasons when it can't be.
  Result<const Service*> create_service(Service service, std::string_view definition,
                                        bool at_rest = false);
  Result<const Service*> update_service(std::string_view cluster, std::string_view service,
                                        const ServiceChange& change);
  Result<const Service*> delete_service(std::string_view cluster, std::string_view service,
                                        bool force);
  const Service* find_service(std::string_view cluster, std::string_view name_or_arn) const;
  std::vector<const Service*> services() const;  ///< in order of creation, INACTIVE ones included
  /// Counts over all deployments, or of one: pending and running (desired status RUNNING only).
  struct Counts {
    int pending = 0, running = 0, healthy = 0;
  };
  Counts counts(const Service& service, const Deployment* deployment = nullptr) const;
  bool steady(const Service& service) const;  ///< ecs.md 2.4 "Steady state"

  // Tasks.
  Result<RunResult> run_task(const RunRequest& request);
  Result<RunResult> start_task(const RunRequest& request);
  Result<const Task*> stop_task(std::string_view cluster, std::string_view task,
                                std::string_view reason);
  const Task* find_task(std::string_view id_or_arn) const;
  std::vector<const Task*> tasks() const;  ///< in order of creation, STOPPED ones for an hour

  // Container instances.
  /// An EC2 instance's agent registers by hand (RegisterContainerInstance).
  Result<const ContainerInstance*> register_container_instance(std::string_view cluster,
                                                               std::string_view ec2_instance);
  Result<const ContainerInstance*> deregister_container_instance(std::string_view cluster,
                                                                 std::string_view id, bool force);
  Result<const ContainerInstance*> set_state(std::string_view cluster, std::string_view id,
                                             InstanceStatus status);  ///< ACTIVE or DRAINING
  Status put_attributes(std::string_view cluster, std::string_view id,
                        const std::map<std::string, std::string>& attributes);
  Status delete_attributes(std::string_view cluster, std::string_view id,
                           const std::vector<std::string>& names);
  /// A fault: the agent loses its connection, or regains it.
  Status set_agent_connected(std::string_view id, bool connected);
  /// Who gets how much of the machines' processors.
  CpuShares& cpu_shares();
  /// By id, ARN, EC2 id or the scenario's alias ("i-1").
  const ContainerInstance* find_instance(std::string_view cluster, std::string_view id) const;
  std::vector<const ContainerInstance*> instances(std::string_view cluster) const;  ///< by ordinal

  /// Checks that no instance is oversold, no task stands without an instance, reserved = held by
  /// live tasks. A difference is an InternalError.
  void check_invariants() const;
  /// Nothing is pending, stopping or draining and every service is steady.
  bool quiet() const;

  /// The ARN of a target group (Classic: its name) that a service names.
  std::string group_arn(app::GroupId group) const;

  const Behaviour& behaviour() const;
  const IdSource& ids() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace steady::ecs
