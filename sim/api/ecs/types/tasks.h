#pragma once

#include "sim/api/ecs/types/common.h"
#include "sim/api/ecs/types/task_definitions.h"

/// Tasks (ecs.md 1.6).
namespace steady::api::ecs {

struct RunTaskInput {
  static constexpr const char* kShape = "RunTask";
  std::string cluster, task_definition, group, started_by, client_token;
  int count = 1;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<PlacementStrategy> placement_strategy;
  std::optional<NetworkConfiguration> network_configuration;
  KeptFields kept;
};
template <class V>
void fields(V& v, RunTaskInput& x) {
  v("cluster", x.cluster);
  v("taskDefinition", x.task_definition);
  v("count", x.count);
  v("group", x.group);
  v("startedBy", x.started_by);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("clientToken", x.client_token);
  v("networkConfiguration", x.network_configuration);
  v.kept(x.kept);
}
struct StartTaskInput {
  static constexpr const char* kShape = "StartTask";
  std::string cluster, task_definition, group, started_by;
  std::vector<std::string> container_instances;
  std::optional<NetworkConfiguration> network_configuration;
  KeptFields kept;
};
template <class V>
void fields(V& v, StartTaskInput& x) {
  v("cluster", x.cluster);
  v("taskDefinition", x.task_definition);
  v("group", x.group);
  v("startedBy", x.started_by);
  v("containerInstances", x.container_instances);
  v("networkConfiguration", x.network_configuration);
  v.kept(x.kept);
}
struct NetworkBindingShape {
  static constexpr const char* kShape = "NetworkBinding";
  std::string bind_ip;
  int container_port = 0, host_port = 0;
  std::string protocol;
};
template <class V>
void fields(V& v, NetworkBindingShape& x) {
  v("bindIP", x.bind_ip);
  v("containerPort", x.container_port);
  v("hostPort", x.host_port);
  v("protocol", x.protocol);
}
struct NetworkInterfaceShape {
  static constexpr const char* kShape = "NetworkInterface";
  std::string private_ipv4_address;
};
template <class V>
void fields(V& v, NetworkInterfaceShape& x) {
  v("privateIpv4Address", x.private_ipv4_address);
}
struct ContainerShape {
  static constexpr const char* kShape = "Container";
  std::string name, image, task_arn, last_status, health_status, reason, cpu;
  std::optional<std::string> memory, memory_reservation;
  std::optional<int> exit_code;
  std::vector<NetworkBindingShape> network_bindings;
  std::vector<NetworkInterfaceShape> network_interfaces;
};
template <class V>
void fields(V& v, ContainerShape& x) {
  v("name", x.name);
  v("image", x.image);
  v("taskArn", x.task_arn);
  v("lastStatus", x.last_status);
  v("exitCode", x.exit_code);
  v("reason", x.reason);
  v("healthStatus", x.health_status);
  v("networkBindings", x.network_bindings);
  v("networkInterfaces", x.network_interfaces);
  v("cpu", x.cpu);
  v("memory", x.memory);
  v("memoryReservation", x.memory_reservation);
}
struct TaskShape {
  static constexpr const char* kShape = "Task";
  std::string task_arn, cluster_arn, task_definition_arn, container_instance_arn, group, started_by;
  std::string last_status, desired_status, health_status, stop_code, stopped_reason;
  std::string availability_zone, connectivity, launch_type, cpu, memory;
  std::vector<ContainerShape> containers;
  Timestamp created_at, pull_started_at, pull_stopped_at, started_at, stopping_at,
      execution_stopped_at, stopped_at;
  int version = 0;
  KeptFields kept;
};
template <class V>
void fields(V& v, TaskShape& x) {
  v("taskArn", x.task_arn);
  v("clusterArn", x.cluster_arn);
  v("taskDefinitionArn", x.task_definition_arn);
  v("containerInstanceArn", x.container_instance_arn);
  v("group", x.group);
  v("startedBy", x.started_by);
  v("lastStatus", x.last_status);
  v("desiredStatus", x.desired_status);
  v("healthStatus", x.health_status);
  v("stopCode", x.stop_code);
  v("stoppedReason", x.stopped_reason);
  v("availabilityZone", x.availability_zone);
  v("connectivity", x.connectivity);
  v("launchType", x.launch_type);
  v("cpu", x.cpu);
  v("memory", x.memory);
  v("containers", x.containers);
  v("createdAt", x.created_at);
  v("pullStartedAt", x.pull_started_at);
  v("pullStoppedAt", x.pull_stopped_at);
  v("startedAt", x.started_at);
  v("stoppingAt", x.stopping_at);
  v("executionStoppedAt", x.execution_stopped_at);
  v("stoppedAt", x.stopped_at);
  v("version", x.version);
  v.kept(x.kept);
}
struct TasksOutput {
  static constexpr const char* kShape = "TasksOutput";
  std::vector<TaskShape> tasks;
  std::vector<FailureShape> failures;
};
template <class V>
void fields(V& v, TasksOutput& x) {
  v("tasks", x.tasks);
  v("failures", x.failures);
}
struct StopTaskInput {
  static constexpr const char* kShape = "StopTask";
  std::string cluster, task, reason;
};
template <class V>
void fields(V& v, StopTaskInput& x) {
  v("cluster", x.cluster);
  v("task", x.task);
  v("reason", x.reason);
}
struct TaskOutput {
  static constexpr const char* kShape = "TaskOutput";
  TaskShape task;
};
template <class V>
void fields(V& v, TaskOutput& x) {
  v("task", x.task);
}
struct DescribeTasksInput {
  static constexpr const char* kShape = "DescribeTasks";
  std::string cluster;
  std::vector<std::string> tasks;
};
template <class V>
void fields(V& v, DescribeTasksInput& x) {
  v("cluster", x.cluster);
  v("tasks", x.tasks);
}

}  // namespace steady::api::ecs
