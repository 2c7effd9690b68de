#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/app/app_model.h"
#include "sim/app/request_plane.h"
#include "sim/cloud/ecs/attributes.h"
#include "sim/cloud/ecs/group_counts.h"
#include "sim/core/time.h"

/// The objects of ECS as plain structs (ecs.md 1). Ecs owns them; the scheduler, the agent and
/// placement read and change them under the rules of their own files.
namespace steady::ecs {

/// Fields of an AWS input that have no effect on any result (tags, environment, log configuration,
/// roles): name to JSON text, kept and given back by Describe.
using KeptFields = std::map<std::string, std::string>;

enum class NetworkMode : std::uint8_t { kBridge, kHost, kAwsvpc, kNone };
enum class Transport : std::uint8_t { kTcp, kUdp };

struct PortMapping {
  std::uint16_t container_port = 0;
  std::uint16_t host_port = 0;  ///< 0: dynamic (bridge)
  Transport protocol = Transport::kTcp;
  KeptFields kept;
};

struct ContainerHealthCheck {
  SimDuration interval{std::chrono::seconds{30}}, timeout{std::chrono::seconds{5}}, start_period{0};
  int retries = 3;
  std::vector<std::string> command;
};

struct ContainerDefinition {
  std::string name, image;
  int cpu = 0;                                    ///< shares
  std::optional<int> memory, memory_reservation;  ///< MiB, hard and soft
  bool essential = true;
  int gpus = 0;
  std::vector<PortMapping> ports;
  std::vector<std::string> command;
  std::optional<SimDuration> stop_timeout;  ///< default 30 s
  std::optional<ContainerHealthCheck> health_check;
  KeptFields kept;
};

struct PlacementConstraint {
  std::string type, expression;  ///< distinctInstance, memberOf
  bool operator==(const PlacementConstraint&) const = default;
};
struct PlacementStrategy {
  std::string type, field;  ///< spread, binpack, random
  bool operator==(const PlacementStrategy&) const = default;
};

enum class DefinitionStatus : std::uint8_t { kActive, kInactive };

struct TaskDefinition {
  std::string family;
  int revision = 0;
  DefinitionStatus status = DefinitionStatus::kActive;
  NetworkMode network_mode = NetworkMode::kBridge;
  std::optional<int> cpu, memory;  ///< task level
  std::vector<ContainerDefinition> containers;
  std::vector<PlacementConstraint> constraints;  ///< memberOf only
  std::vector<std::string> requires_compatibilities;
  /// Names (and values, if any) that an instance must have.
  std::vector<std::pair<std::string, std::string>> requires_attributes;
  const app::AppModel* app = nullptr;  ///< How it behaves; never null once registered.
  KeptFields kept;
  SimTime registered_at{}, deregistered_at = kNever;
  std::string name() const { return family + ":" + std::to_string(revision); }
};

/// What placing a task takes from an instance (ecs.md 1.5).
struct Demand {
  int cpu = 0;     ///< units
  int memory = 0;  ///< MiB
  int gpus = 0;
  bool eni = false;
  std::vector<std::uint16_t> tcp_ports, udp_ports;  ///< fixed host ports, sorted
};

enum class InstanceStatus : std::uint8_t { kActive, kDraining, kInactive };

struct alignas(64) ContainerInstance {
  // What placement reads of every instance for every task lies in one cache line: from the mark
  // with which tasks_by_group ends to the one with which attributes begin.
  std::uint64_t ordinal = 0;  ///< order of registration: ties go to the lowest
  int version = 1;
  int pending_tasks = 0;
  GroupCounts tasks_by_group;  ///< live tasks (not STOPPED) per group
  int cpu_left = 0, memory_left = 0, gpus_left = 0, enis_left = 0;
  int running_tasks = 0;  ///< desired RUNNING (ecs.md 1.4)
  InstanceStatus status = InstanceStatus::kActive;
  bool agent_connected = true;
  Attributes attributes;  ///< built-in and custom ones
  std::string id;         ///< UUID or 32 hex digits
  std::string cluster, ec2_instance, zone, instance_type;
  std::string agent_version;
  SimTime registered_at{}, deregistered_at = kNever;
  std::int64_t registered_unix_ms = 0;  ///< registered_at as a date, for the query language
  bool memory_assumed = false;
  int cpu_total = 0, memory_total = 0, gpus_total = 0, enis_total = 0;  ///< as registered
  std::vector<std::string> custom_attributes;  ///< names that PutAttributes or the agent set
  // Ports in use.
  std::set<std::uint16_t> tcp_reserved, udp_reserved;  ///< by the agent itself
  std::set<std::uint16_t> tcp_taken, udp_taken;        ///< all, reserved ones included
  std::set<std::uint16_t> dynamic_taken;               ///< not part of placement
};

enum class TaskStatus : std::uint8_t {
  kProvisioning,
  kPending,
  kActivating,
  kRunning,
  kDeactivating,
  kStopping,
  kDeprovisioning,
  kStopped
};
std::string_view name(TaskStatus status);  ///< "PROVISIONING" ...

enum class Health : std::uint8_t { kUnknown, kHealthy, kUnhealthy };
std::string_view name(Health health);

/// One registration of a task behind a load balancer.
struct TaskTarget {
  app::GroupId group = 0;
  app::TargetId target = 0;
  std::uint16_t port = 0;
  bool registered = false, deregistered = false;
};

struct Task {
  std::string id;
  std::uint64_t ordinal = 0;
  std::string cluster;
  std::string group;       ///< "service:web", "family:web" or the caller's
  std::string service;     ///< "" for standalone tasks
  std::string started_by;  ///< deployment id, or the caller's text
  std::shared_ptr<const TaskDefinition> definition;
  Demand demand;
  ContainerInstance* instance = nullptr;
  TaskStatus last_status = TaskStatus::kProvisioning;
  bool desired_running = true;
  Health health = Health::kUnknown;
  std::string stop_code, stopped_reason, container_reason;
  std::optional<int> exit_code;
  SimTime created_at{}, pull_started_at = kNever, pull_stopped_at = kNever, started_at = kNever,
                        stopping_at = kNever, execution_stopped_at = kNever, stopped_at = kNever;
  SimTime healthy_at = kNever;  ///< first counted as healthy (ecs.md 2.3)
  int version = 1;
  bool resources_held = false;
  std::vector<TaskTarget> targets;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> bindings;  ///< container port, host port
  std::string ip;                                                 ///< awsvpc
  app::ProcessId process = 0xFFFFFFFFU;
  bool replaced = false;        ///< A replacement was started for it (unhealthy, start-first).
  bool counted_failed = false;  ///< Counted by the circuit breaker.
  KeptFields kept;
  bool live() const { return last_status != TaskStatus::kStopped; }
};

enum class DeploymentStatus : std::uint8_t { kPrimary, kActive, kInactive };
enum class Rollout : std::uint8_t { kNone, kInProgress, kCompleted, kFailed };

struct Deployment {
  std::string id;  ///< "ecs-svc/..."
  DeploymentStatus status = DeploymentStatus::kPrimary;
  std::shared_ptr<const TaskDefinition> definition;
  int desired = 0;
  int failed_tasks = 0;  ///< consecutive (ecs.md 1.7)
  bool reached_running = false;
  Rollout rollout = Rollout::kNone;
  std::string rollout_reason;
  bool is_rollback = false;
  SimTime created_at{}, updated_at{}, ended_at = kNever;
};

struct CircuitBreaker {
  bool enable = false, rollback = false, reset_on_healthy = true;
  enum class Type : std::uint8_t {
    kBoundedPercent,
    kUnboundedPercent,
    kCount
  } type = Type::kBoundedPercent;
  int value = 50;
  bool operator==(const CircuitBreaker&) const = default;
};

struct DeploymentConfiguration {
  int maximum_percent = 200, minimum_healthy_percent = 100;
  CircuitBreaker breaker;
  bool operator==(const DeploymentConfiguration&) const = default;
};

struct ServiceLoadBalancer {
  std::string target_group;   ///< name or ARN as given; or
  std::string load_balancer;  ///< Classic name
  std::string container;
  std::uint16_t container_port = 0;
  app::GroupId group = 0;
  bool operator==(const ServiceLoadBalancer&) const = default;
};

struct ServiceEvent {
  std::string id;
  SimTime created_at{};
  std::string message;  ///< API form
};

enum class ServiceStatus : std::uint8_t { kActive, kDraining, kInactive };

struct Service {
  std::string name, cluster;
  std::uint64_t ordinal = 0;
  ServiceStatus status = ServiceStatus::kActive;
  int desired = 0;
  std::shared_ptr<const TaskDefinition> definition;
  DeploymentConfiguration configuration;
  std::vector<ServiceLoadBalancer> load_balancers;
  std::vector<PlacementConstraint> constraints;
  std::vector<PlacementStrategy> strategies;
  SimDuration grace{0};
  std::vector<std::string> subnets;        ///< of awsvpcConfiguration, as given
  KeptFields network_kept;                 ///< its other members
  std::vector<std::string> subnets_zones;  ///< zones of the awsvpc subnets; empty means all
  KeptFields kept;
  std::vector<std::unique_ptr<Deployment>> deployments;  ///< newest first, INACTIVE ones removed
  std::vector<ServiceEvent> events;                      ///< newest last, 100 kept
  SimTime created_at{};
};

struct Cluster {
  std::string name;
  bool active = true;
  KeptFields kept;
};

}  // namespace steady::ecs
