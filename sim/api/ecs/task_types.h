#pragma once

#include "sim/api/ecs/service_types.h"

namespace steady::api::ecs {

struct NetworkBinding {
  static constexpr std::string_view kShape = "ecs.NetworkBinding";
  std::string bind_ip, protocol;
  int container_port = 0, host_port = 0;
};
template <class V>
void fields(V& v, NetworkBinding& x) {
  v("bindIP", x.bind_ip);
  v("containerPort", x.container_port);
  v("hostPort", x.host_port);
  v("protocol", x.protocol);
}

struct NetworkInterface {
  static constexpr std::string_view kShape = "ecs.NetworkInterface";
  std::string attachment_id, private_ipv4_address;
};
template <class V>
void fields(V& v, NetworkInterface& x) {
  v("attachmentId", x.attachment_id);
  v("privateIpv4Address", x.private_ipv4_address);
}

struct Container {
  static constexpr std::string_view kShape = "ecs.Container";
  std::string container_arn, task_arn, name, image, last_status, reason, health_status, cpu, memory,
      memory_reservation;
  std::optional<int> exit_code;
  std::vector<NetworkBinding> network_bindings;
  std::vector<NetworkInterface> network_interfaces;
};
template <class V>
void fields(V& v, Container& x) {
  v("containerArn", x.container_arn);
  v("taskArn", x.task_arn);
  v("name", x.name);
  v("image", x.image);
  v("lastStatus", x.last_status);
  v("exitCode", x.exit_code);
  v("reason", x.reason);
  v("networkBindings", x.network_bindings);
  v("networkInterfaces", x.network_interfaces);
  v("healthStatus", x.health_status);
  v("cpu", x.cpu);
  v("memory", x.memory);
  v("memoryReservation", x.memory_reservation);
}

/// Stands in requests only; what would change how a task behaves is not modelled.
struct ContainerOverride {
  static constexpr std::string_view kShape = "ecs.ContainerOverride";
  std::string name;
  KeptFields kept;
};
template <class V>
void fields(V& v, ContainerOverride& x) {
  v("name", x.name);
}

struct TaskOverride {
  static constexpr std::string_view kShape = "ecs.TaskOverride";
  std::vector<ContainerOverride> container_overrides;
  KeptFields kept;
};
template <class V>
void fields(V& v, TaskOverride& x) {
  v("containerOverrides", x.container_overrides);
}

struct Task {
  static constexpr std::string_view kShape = "ecs.Task";
  std::string task_arn, cluster_arn, task_definition_arn, container_instance_arn, availability_zone,
      connectivity, cpu, memory, desired_status, last_status, group, health_status, launch_type,
      started_by, stop_code, stopped_reason;
  std::vector<Container> containers;
  TaskOverride overrides;
  SimTime created_at{}, connectivity_at = kNever, pull_started_at = kNever, pull_stopped_at = kNever,
                        started_at = kNever, stopping_at = kNever, execution_stopped_at = kNever,
                        stopped_at = kNever;
  int version = 0;
  KeptFields kept;
};
template <class V>
void fields(V& v, Task& x) {
  v("availabilityZone", x.availability_zone);
  v("clusterArn", x.cluster_arn);
  v("connectivity", x.connectivity);
  v("connectivityAt", x.connectivity_at);
  v("containerInstanceArn", x.container_instance_arn);
  v("containers", x.containers);
  v("cpu", x.cpu);
  v("createdAt", x.created_at);
  v("desiredStatus", x.desired_status);
  v("executionStoppedAt", x.execution_stopped_at);
  v("group", x.group);
  v("healthStatus", x.health_status);
  v("lastStatus", x.last_status);
  v("launchType", x.launch_type);
  v("memory", x.memory);
  v("overrides", x.overrides);
  v("pullStartedAt", x.pull_started_at);
  v("pullStoppedAt", x.pull_stopped_at);
  v("startedAt", x.started_at);
  v("startedBy", x.started_by);
  v("stopCode", x.stop_code);
  v("stoppedAt", x.stopped_at);
  v("stoppedReason", x.stopped_reason);
  v("stoppingAt", x.stopping_at);
  v("taskArn", x.task_arn);
  v("taskDefinitionArn", x.task_definition_arn);
  v("version", x.version);
}

struct RunTaskInput {
  static constexpr std::string_view kShape = "ecs.RunTask";
  std::string cluster, task_definition, group, started_by, client_token;
  std::optional<int> count;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<PlacementStrategy> placement_strategy;
  std::optional<NetworkConfiguration> network_configuration;
  std::optional<TaskOverride> overrides;
  KeptFields kept;
};
template <class V>
void fields(V& v, RunTaskInput& x) {
  v("cluster", x.cluster);
  v("count", x.count, range(1, 10));
  v("group", x.group);
  v("networkConfiguration", x.network_configuration);
  v("overrides", x.overrides);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("startedBy", x.started_by);
  v("taskDefinition", x.task_definition, kRequired);
  v("clientToken", x.client_token);
}
struct RunTaskOutput {
  static constexpr std::string_view kShape = "ecs.RunTaskOutput";
  std::vector<Task> tasks;
  std::vector<Failure> failures;
};
template <class V>
void fields(V& v, RunTaskOutput& x) {
  v("tasks", x.tasks);
  v("failures", x.failures);
}

struct StartTaskInput {
  static constexpr std::string_view kShape = "ecs.StartTask";
  std::string cluster, task_definition, group, started_by;
  std::vector<std::string> container_instances;
  std::optional<NetworkConfiguration> network_configuration;
  std::optional<TaskOverride> overrides;
  KeptFields kept;
};
template <class V>
void fields(V& v, StartTaskInput& x) {
  v("cluster", x.cluster);
  v("containerInstances", x.container_instances, kRequired);
  v("group", x.group);
  v("networkConfiguration", x.network_configuration);
  v("overrides", x.overrides);
  v("startedBy", x.started_by);
  v("taskDefinition", x.task_definition, kRequired);
}
struct StartTaskOutput {
  static constexpr std::string_view kShape = "ecs.StartTaskOutput";
  std::vector<Task> tasks;
  std::vector<Failure> failures;
};
template <class V>
void fields(V& v, StartTaskOutput& x) {
  v("tasks", x.tasks);
  v("failures", x.failures);
}

struct StopTaskInput {
  static constexpr std::string_view kShape = "ecs.StopTask";
  std::string cluster, task, reason;
};
template <class V>
void fields(V& v, StopTaskInput& x) {
  v("cluster", x.cluster);
  v("task", x.task, kRequired);
  v("reason", x.reason);
}
struct StopTaskOutput {
  static constexpr std::string_view kShape = "ecs.StopTaskOutput";
  Task task;
};
template <class V>
void fields(V& v, StopTaskOutput& x) {
  v("task", x.task);
}

struct DescribeTasksInput {
  static constexpr std::string_view kShape = "ecs.DescribeTasks";
  std::string cluster;
  std::vector<std::string> tasks, include;
};
template <class V>
void fields(V& v, DescribeTasksInput& x) {
  v("cluster", x.cluster);
  v("tasks", x.tasks);
  v("include", x.include, one_of("TAGS"));
}
struct DescribeTasksOutput {
  static constexpr std::string_view kShape = "ecs.DescribeTasksOutput";
  std::vector<Task> tasks;
  std::vector<Failure> failures;
};
template <class V>
void fields(V& v, DescribeTasksOutput& x) {
  v("tasks", x.tasks);
  v("failures", x.failures);
}

struct ListTasksInput {
  static constexpr std::string_view kShape = "ecs.ListTasks";
  std::string cluster, container_instance, family, next_token, started_by, service_name,
      desired_status, launch_type;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListTasksInput& x) {
  v("cluster", x.cluster);
  v("containerInstance", x.container_instance);
  v("family", x.family);
  v("nextToken", x.next_token);
  v("maxResults", x.max_results, range(1, 100));
  v("startedBy", x.started_by);
  v("serviceName", x.service_name);
  v("desiredStatus", x.desired_status, one_of("RUNNING", "PENDING", "STOPPED"));
  v("launchType", x.launch_type, one_of("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"));
}
struct ListTasksOutput {
  static constexpr std::string_view kShape = "ecs.ListTasksOutput";
  std::vector<std::string> task_arns;
  std::string next_token;
};
template <class V>
void fields(V& v, ListTasksOutput& x) {
  v("taskArns", x.task_arns);
  v("nextToken", x.next_token);
}

}  // namespace steady::api::ecs
