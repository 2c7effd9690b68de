#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cloud/ecs/model.h"
#include "sim/core/time.h"

/// Inputs and outputs of the ECS API (2014-11-13) as plain structs. `fields` names each member as
/// AWS spells it, so any wire form is one visitor; members of AWS's that are not here are sorted
/// into kept, output and refused by one table (harness/aws/fields.def).
namespace steady::api::ecs {

using steady::ecs::KeptFields;

/// A moment that goes over the wire as epoch seconds.
struct Timestamp {
  std::optional<SimTime> at;
};

struct KeyValue {
  std::string name, value;
};

// --- Task definitions
// --------------------------------------------------------------------------------

struct PortMapping {
  static constexpr const char* kShape = "PortMapping";
  int container_port = 0, host_port = 0;
  std::string protocol = "tcp";
  KeptFields kept;
};
template <class V>
void fields(V& v, PortMapping& x) {
  v("containerPort", x.container_port);
  v("hostPort", x.host_port);
  v("protocol", x.protocol);
  v.kept(x.kept);
}

struct HealthCheck {
  static constexpr const char* kShape = "HealthCheck";
  std::vector<std::string> command;
  int interval = 30, timeout = 5, retries = 3, start_period = 0;
};
template <class V>
void fields(V& v, HealthCheck& x) {
  v("command", x.command);
  v("interval", x.interval);
  v("timeout", x.timeout);
  v("retries", x.retries);
  v("startPeriod", x.start_period);
}

struct ResourceRequirement {
  static constexpr const char* kShape = "ResourceRequirement";
  std::string type, value;
};
template <class V>
void fields(V& v, ResourceRequirement& x) {
  v("type", x.type);
  v("value", x.value);
}

struct ContainerDefinition {
  static constexpr const char* kShape = "ContainerDefinition";
  std::string name, image;
  int cpu = 0;
  std::optional<int> memory, memory_reservation;
  bool essential = true;
  std::vector<PortMapping> port_mappings;
  std::vector<std::string> command;
  std::optional<int> stop_timeout;
  std::optional<HealthCheck> health_check;
  std::vector<ResourceRequirement> resource_requirements;
  KeptFields kept;
};
template <class V>
void fields(V& v, ContainerDefinition& x) {
  v("name", x.name);
  v("image", x.image);
  v("cpu", x.cpu);
  v("memory", x.memory);
  v("memoryReservation", x.memory_reservation);
  v("essential", x.essential);
  v("portMappings", x.port_mappings);
  v("command", x.command);
  v("stopTimeout", x.stop_timeout);
  v("healthCheck", x.health_check);
  v("resourceRequirements", x.resource_requirements);
  v.kept(x.kept);
}

struct PlacementConstraint {
  static constexpr const char* kShape = "PlacementConstraint";
  std::string type, expression;
};
template <class V>
void fields(V& v, PlacementConstraint& x) {
  v("type", x.type);
  v("expression", x.expression);
}

struct PlacementStrategy {
  static constexpr const char* kShape = "PlacementStrategy";
  std::string type, field;
};
template <class V>
void fields(V& v, PlacementStrategy& x) {
  v("type", x.type);
  v("field", x.field);
}

struct RegisterTaskDefinitionInput {
  static constexpr const char* kShape = "TaskDefinition";
  std::string family, network_mode, cpu, memory;
  std::vector<ContainerDefinition> container_definitions;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<std::string> requires_compatibilities;
  KeptFields kept;
};
template <class V>
void fields(V& v, RegisterTaskDefinitionInput& x) {
  v("family", x.family);
  v("networkMode", x.network_mode);
  v("cpu", x.cpu);
  v("memory", x.memory);
  v("containerDefinitions", x.container_definitions);
  v("placementConstraints", x.placement_constraints);
  v("requiresCompatibilities", x.requires_compatibilities);
  v.kept(x.kept);
}

struct TaskDefinitionShape {
  static constexpr const char* kShape = "TaskDefinition";
  std::string task_definition_arn, family;
  int revision = 0;
  std::string status;
  RegisterTaskDefinitionInput input;
};
template <class V>
void fields(V& v, TaskDefinitionShape& x) {
  v("taskDefinitionArn", x.task_definition_arn);
  v("revision", x.revision);
  v("status", x.status);
  fields(v, x.input);
}
struct TaskDefinitionOutput {
  static constexpr const char* kShape = "TaskDefinitionOutput";
  TaskDefinitionShape task_definition;
};
template <class V>
void fields(V& v, TaskDefinitionOutput& x) {
  v("taskDefinition", x.task_definition);
}

struct TaskDefinitionNameInput {
  static constexpr const char* kShape = "TaskDefinitionName";
  std::string task_definition;
};
template <class V>
void fields(V& v, TaskDefinitionNameInput& x) {
  v("taskDefinition", x.task_definition);
}

// --- Clusters
// ----------------------------------------------------------------------------------------

struct CreateClusterInput {
  static constexpr const char* kShape = "Cluster";
  std::string cluster_name;
  KeptFields kept;
};
template <class V>
void fields(V& v, CreateClusterInput& x) {
  v("clusterName", x.cluster_name);
  v.kept(x.kept);
}
struct ClusterShape {
  static constexpr const char* kShape = "Cluster";
  std::string cluster_arn, cluster_name, status;
  int registered = 0, running = 0, pending = 0, active_services = 0;
  KeptFields kept;
};
template <class V>
void fields(V& v, ClusterShape& x) {
  v("clusterArn", x.cluster_arn);
  v("clusterName", x.cluster_name);
  v("status", x.status);
  v("registeredContainerInstancesCount", x.registered);
  v("runningTasksCount", x.running);
  v("pendingTasksCount", x.pending);
  v("activeServicesCount", x.active_services);
  v.kept(x.kept);
}
struct ClusterOutput {
  static constexpr const char* kShape = "ClusterOutput";
  ClusterShape cluster;
};
template <class V>
void fields(V& v, ClusterOutput& x) {
  v("cluster", x.cluster);
}
struct ClusterNameInput {
  static constexpr const char* kShape = "ClusterName";
  std::string cluster;
};
template <class V>
void fields(V& v, ClusterNameInput& x) {
  v("cluster", x.cluster);
}
struct FailureShape {
  static constexpr const char* kShape = "Failure";
  std::string arn, reason, detail;
};
template <class V>
void fields(V& v, FailureShape& x) {
  v("arn", x.arn);
  v("reason", x.reason);
  v("detail", x.detail);
}
struct DescribeClustersInput {
  static constexpr const char* kShape = "DescribeClusters";
  std::vector<std::string> clusters;
};
template <class V>
void fields(V& v, DescribeClustersInput& x) {
  v("clusters", x.clusters);
}
struct DescribeClustersOutput {
  static constexpr const char* kShape = "DescribeClusters";
  std::vector<ClusterShape> clusters;
  std::vector<FailureShape> failures;
};
template <class V>
void fields(V& v, DescribeClustersOutput& x) {
  v("clusters", x.clusters);
  v("failures", x.failures);
}

// --- Services
// ----------------------------------------------------------------------------------------

struct LoadBalancer {
  static constexpr const char* kShape = "LoadBalancer";
  std::string target_group_arn, load_balancer_name, container_name;
  int container_port = 0;
};
template <class V>
void fields(V& v, LoadBalancer& x) {
  v("targetGroupArn", x.target_group_arn);
  v.alias("targetGroup", x.target_group_arn);
  v("loadBalancerName", x.load_balancer_name);
  v("containerName", x.container_name);
  v("containerPort", x.container_port);
}

struct ThresholdConfiguration {
  static constexpr const char* kShape = "ThresholdConfiguration";
  std::string type = "BOUNDED_PERCENT";
  int value = 50;
};
template <class V>
void fields(V& v, ThresholdConfiguration& x) {
  v("type", x.type);
  v("value", x.value);
}
struct CircuitBreaker {
  static constexpr const char* kShape = "DeploymentCircuitBreaker";
  bool enable = false, rollback = false, reset_on_healthy_task = true;
  std::optional<ThresholdConfiguration> threshold;
};
template <class V>
void fields(V& v, CircuitBreaker& x) {
  v("enable", x.enable);
  v("rollback", x.rollback);
  v("resetOnHealthyTask", x.reset_on_healthy_task);
  v("thresholdConfiguration", x.threshold);
}
struct DeploymentConfiguration {
  static constexpr const char* kShape = "DeploymentConfiguration";
  std::optional<int> maximum_percent, minimum_healthy_percent;
  std::optional<CircuitBreaker> circuit_breaker;
};
template <class V>
void fields(V& v, DeploymentConfiguration& x) {
  v("maximumPercent", x.maximum_percent);
  v("minimumHealthyPercent", x.minimum_healthy_percent);
  v("deploymentCircuitBreaker", x.circuit_breaker);
}
struct AwsvpcConfiguration {
  static constexpr const char* kShape = "AwsVpcConfiguration";
  std::vector<std::string> subnets;
  KeptFields kept;
};
template <class V>
void fields(V& v, AwsvpcConfiguration& x) {
  v("subnets", x.subnets);
  v.kept(x.kept);
}
struct NetworkConfiguration {
  static constexpr const char* kShape = "NetworkConfiguration";
  std::optional<AwsvpcConfiguration> awsvpc;
};
template <class V>
void fields(V& v, NetworkConfiguration& x) {
  v("awsvpcConfiguration", x.awsvpc);
}

struct CreateServiceInput {
  static constexpr const char* kShape = "Service";
  std::string cluster, service_name, task_definition, client_token;
  int desired_count = 0;
  std::optional<int> grace;
  std::vector<LoadBalancer> load_balancers;
  std::optional<DeploymentConfiguration> deployment_configuration;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<PlacementStrategy> placement_strategy;
  std::optional<NetworkConfiguration> network_configuration;
  KeptFields kept;
};
template <class V>
void fields(V& v, CreateServiceInput& x) {
  v("cluster", x.cluster);
  v.alias("clusterArn", x.cluster);
  v("serviceName", x.service_name);
  v("taskDefinition", x.task_definition);
  v("desiredCount", x.desired_count);
  v("clientToken", x.client_token);
  v("healthCheckGracePeriodSeconds", x.grace);
  v("loadBalancers", x.load_balancers);
  v("deploymentConfiguration", x.deployment_configuration);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("networkConfiguration", x.network_configuration);
  v.kept(x.kept);
}

struct UpdateServiceInput {
  static constexpr const char* kShape = "UpdateService";
  std::string cluster, service;
  std::optional<std::string> task_definition;
  std::optional<int> desired_count, grace;
  std::optional<DeploymentConfiguration> deployment_configuration;
  std::optional<std::vector<PlacementConstraint>> placement_constraints;
  std::optional<std::vector<PlacementStrategy>> placement_strategy;
  std::optional<std::vector<LoadBalancer>> load_balancers;
  bool force_new_deployment = false;
  KeptFields kept;
};
template <class V>
void fields(V& v, UpdateServiceInput& x) {
  v("cluster", x.cluster);
  v("service", x.service);
  v("taskDefinition", x.task_definition);
  v("desiredCount", x.desired_count);
  v("healthCheckGracePeriodSeconds", x.grace);
  v("deploymentConfiguration", x.deployment_configuration);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("loadBalancers", x.load_balancers);
  v("forceNewDeployment", x.force_new_deployment);
  v.kept(x.kept);
}
struct DeleteServiceInput {
  static constexpr const char* kShape = "DeleteService";
  std::string cluster, service;
  bool force = false;
};
template <class V>
void fields(V& v, DeleteServiceInput& x) {
  v("cluster", x.cluster);
  v("service", x.service);
  v("force", x.force);
}

struct DeploymentShape {
  static constexpr const char* kShape = "Deployment";
  std::string id, status, task_definition;
  int desired_count = 0, pending_count = 0, running_count = 0, failed_tasks = 0;
  std::string rollout_state, rollout_state_reason;
  Timestamp created_at, updated_at;
};
template <class V>
void fields(V& v, DeploymentShape& x) {
  v("id", x.id);
  v("status", x.status);
  v("taskDefinition", x.task_definition);
  v("desiredCount", x.desired_count);
  v("pendingCount", x.pending_count);
  v("runningCount", x.running_count);
  v("failedTasks", x.failed_tasks);
  v("createdAt", x.created_at);
  v("updatedAt", x.updated_at);
  v("rolloutState", x.rollout_state);
  v("rolloutStateReason", x.rollout_state_reason);
}
struct EventShape {
  static constexpr const char* kShape = "ServiceEvent";
  std::string id, message;
  Timestamp created_at;
};
template <class V>
void fields(V& v, EventShape& x) {
  v("id", x.id);
  v("createdAt", x.created_at);
  v("message", x.message);
}
struct ServiceShape {
  static constexpr const char* kShape = "Service";
  std::string service_arn, service_name, cluster_arn, status, task_definition;
  int desired_count = 0, running_count = 0, pending_count = 0, grace = 0;
  std::vector<LoadBalancer> load_balancers;
  DeploymentConfiguration deployment_configuration;
  std::vector<DeploymentShape> deployments;
  std::vector<EventShape> events;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<PlacementStrategy> placement_strategy;
  Timestamp created_at;
  KeptFields kept;
};
template <class V>
void fields(V& v, ServiceShape& x) {
  v("serviceArn", x.service_arn);
  v("serviceName", x.service_name);
  v("clusterArn", x.cluster_arn);
  v("status", x.status);
  v("desiredCount", x.desired_count);
  v("runningCount", x.running_count);
  v("pendingCount", x.pending_count);
  v("taskDefinition", x.task_definition);
  v("loadBalancers", x.load_balancers);
  v("deploymentConfiguration", x.deployment_configuration);
  v("deployments", x.deployments);
  v("events", x.events);
  v("createdAt", x.created_at);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("healthCheckGracePeriodSeconds", x.grace);
  v.kept(x.kept);
}
struct ServiceOutput {
  static constexpr const char* kShape = "ServiceOutput";
  ServiceShape service;
};
template <class V>
void fields(V& v, ServiceOutput& x) {
  v("service", x.service);
}
struct DescribeServicesInput {
  static constexpr const char* kShape = "DescribeServices";
  std::string cluster;
  std::vector<std::string> services;
};
template <class V>
void fields(V& v, DescribeServicesInput& x) {
  v("cluster", x.cluster);
  v("services", x.services);
}
struct DescribeServicesOutput {
  static constexpr const char* kShape = "DescribeServices";
  std::vector<ServiceShape> services;
  std::vector<FailureShape> failures;
};
template <class V>
void fields(V& v, DescribeServicesOutput& x) {
  v("services", x.services);
  v("failures", x.failures);
}

// --- Tasks
// -------------------------------------------------------------------------------------------

struct RunTaskInput {
  static constexpr const char* kShape = "RunTask";
  std::string cluster, task_definition, group, started_by;
  int count = 1;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<PlacementStrategy> placement_strategy;
  std::vector<std::string> container_instances;  ///< StartTask only
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
  v("containerInstances", x.container_instances);
  v.kept(x.kept);
}
struct TaskShape {
  static constexpr const char* kShape = "Task";
  std::string task_arn, cluster_arn, task_definition_arn, container_instance_arn, group, started_by;
  std::string last_status, desired_status, health_status, stop_code, stopped_reason;
  Timestamp created_at, started_at, stopping_at, stopped_at;
  int version = 0;
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
  v("createdAt", x.created_at);
  v("startedAt", x.started_at);
  v("stoppingAt", x.stopping_at);
  v("stoppedAt", x.stopped_at);
  v("version", x.version);
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
struct ListInput {
  static constexpr const char* kShape = "List";
  std::string cluster, service_name, family, family_prefix, desired_status, status, filter,
      started_by, container_instance, next_token;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListInput& x) {
  v("cluster", x.cluster);
  v("serviceName", x.service_name);
  v("family", x.family);
  v("familyPrefix", x.family_prefix);
  v("desiredStatus", x.desired_status);
  v("status", x.status);
  v("filter", x.filter);
  v("startedBy", x.started_by);
  v("containerInstance", x.container_instance);
  v("nextToken", x.next_token);
  v("maxResults", x.max_results);
}
/// The list's name on the wire differs by action: "taskArns", "serviceArns" ...
struct ListOutput {
  static constexpr const char* kShape = "List";
  const char* name = "arns";
  std::vector<std::string> arns;
  std::string next_token;
};
template <class V>
void fields(V& v, ListOutput& x) {
  v(x.name, x.arns);
  v("nextToken", x.next_token);
}

// --- Container instances
// -----------------------------------------------------------------------------

struct ResourceShape {
  static constexpr const char* kShape = "Resource";
  std::string name, type;
  std::optional<int> integer_value;
  std::optional<std::vector<std::string>> string_set_value;
};
template <class V>
void fields(V& v, ResourceShape& x) {
  v("name", x.name);
  v("type", x.type);
  v("integerValue", x.integer_value);
  v("stringSetValue", x.string_set_value);
}
struct AttributeShape {
  static constexpr const char* kShape = "Attribute";
  std::string name, value, target_id;
};
template <class V>
void fields(V& v, AttributeShape& x) {
  v("name", x.name);
  v("value", x.value);
  v("targetId", x.target_id);
}
struct ContainerInstanceShape {
  static constexpr const char* kShape = "ContainerInstance";
  std::string container_instance_arn, ec2_instance_id, status;
  bool agent_connected = true;
  int running = 0, pending = 0, version = 0;
  std::vector<ResourceShape> registered, remaining;
  std::vector<AttributeShape> attributes;
  Timestamp registered_at;
};
template <class V>
void fields(V& v, ContainerInstanceShape& x) {
  v("containerInstanceArn", x.container_instance_arn);
  v("ec2InstanceId", x.ec2_instance_id);
  v("status", x.status);
  v("agentConnected", x.agent_connected);
  v("runningTasksCount", x.running);
  v("pendingTasksCount", x.pending);
  v("version", x.version);
  v("registeredResources", x.registered);
  v("remainingResources", x.remaining);
  v("attributes", x.attributes);
  v("registeredAt", x.registered_at);
}
struct ContainerInstanceInput {
  static constexpr const char* kShape = "ContainerInstanceInput";
  std::string cluster, container_instance;
  bool force = false;
};
template <class V>
void fields(V& v, ContainerInstanceInput& x) {
  v("cluster", x.cluster);
  v("containerInstance", x.container_instance);
  v("force", x.force);
}
struct ContainerInstanceOutput {
  static constexpr const char* kShape = "ContainerInstanceOutput";
  ContainerInstanceShape container_instance;
};
template <class V>
void fields(V& v, ContainerInstanceOutput& x) {
  v("containerInstance", x.container_instance);
}
struct ContainerInstancesInput {
  static constexpr const char* kShape = "ContainerInstancesInput";
  std::string cluster, status;
  std::vector<std::string> container_instances;
};
template <class V>
void fields(V& v, ContainerInstancesInput& x) {
  v("cluster", x.cluster);
  v("containerInstances", x.container_instances);
  v("status", x.status);
}
struct ContainerInstancesOutput {
  static constexpr const char* kShape = "ContainerInstancesOutput";
  std::vector<ContainerInstanceShape> container_instances;
  std::vector<FailureShape> failures;
};
template <class V>
void fields(V& v, ContainerInstancesOutput& x) {
  v("containerInstances", x.container_instances);
  v("failures", x.failures);
}
struct AttributesInput {
  static constexpr const char* kShape = "AttributesInput";
  std::string cluster;
  std::vector<AttributeShape> attributes;
};
template <class V>
void fields(V& v, AttributesInput& x) {
  v("cluster", x.cluster);
  v("attributes", x.attributes);
}
struct AttributesOutput {
  static constexpr const char* kShape = "AttributesOutput";
  std::vector<AttributeShape> attributes;
};
template <class V>
void fields(V& v, AttributesOutput& x) {
  v("attributes", x.attributes);
}

}  // namespace steady::api::ecs
