#pragma once

#include "sim/api/ecs/types/common.h"
#include "sim/api/ecs/types/task_definitions.h"

/// Services and their deployments (ecs.md 1.7).
namespace steady::api::ecs {

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
  std::optional<NetworkConfiguration> network_configuration;
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
  v("networkConfiguration", x.network_configuration);
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

}  // namespace steady::api::ecs
