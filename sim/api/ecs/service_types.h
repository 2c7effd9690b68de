#pragma once

#include "sim/api/ecs/task_definition_types.h"

namespace steady::api::ecs {

struct ThresholdConfiguration {
  static constexpr std::string_view kShape = "ecs.ThresholdConfiguration";
  std::string type;
  std::optional<int> value;
};
template <class V>
void fields(V& v, ThresholdConfiguration& x) {
  v("type", x.type, one_of("BOUNDED_PERCENT", "UNBOUNDED_PERCENT", "COUNT"));
  v("value", x.value, range(1, kInt32Max));
}

struct DeploymentCircuitBreaker {
  static constexpr std::string_view kShape = "ecs.DeploymentCircuitBreaker";
  bool enable = false, rollback = false;
  std::optional<bool> reset_on_healthy_task;
  std::optional<ThresholdConfiguration> threshold_configuration;
};
template <class V>
void fields(V& v, DeploymentCircuitBreaker& x) {
  v("enable", x.enable, kRequired);
  v("rollback", x.rollback, kRequired);
  v("resetOnHealthyTask", x.reset_on_healthy_task);
  v("thresholdConfiguration", x.threshold_configuration);
}

struct DeploymentConfiguration {
  static constexpr std::string_view kShape = "ecs.DeploymentConfiguration";
  std::optional<DeploymentCircuitBreaker> deployment_circuit_breaker;
  std::optional<int> maximum_percent, minimum_healthy_percent;
  KeptFields kept;
};
template <class V>
void fields(V& v, DeploymentConfiguration& x) {
  v("deploymentCircuitBreaker", x.deployment_circuit_breaker);
  v("maximumPercent", x.maximum_percent, range(1, 100'000));
  v("minimumHealthyPercent", x.minimum_healthy_percent, range(0, 100));
}

struct LoadBalancer {
  static constexpr std::string_view kShape = "ecs.LoadBalancer";
  std::string target_group_arn;    ///< or the target group's name
  std::string load_balancer_name;  ///< Classic
  std::string container_name;
  std::optional<int> container_port;
};
template <class V>
void fields(V& v, LoadBalancer& x) {
  v("targetGroupArn", x.target_group_arn);
  v("loadBalancerName", x.load_balancer_name);
  v("containerName", x.container_name);
  v("containerPort", x.container_port, range(1, 65535));
}

struct PlacementStrategy {
  static constexpr std::string_view kShape = "ecs.PlacementStrategy";
  std::string type, field;
};
template <class V>
void fields(V& v, PlacementStrategy& x) {
  v("type", x.type, one_of("random", "spread", "binpack").must());
  v("field", x.field);
}

/// A subnet stands for its zone: "us-east-1a" itself, or any id that ends in "-us-east-1a"; other
/// subnets restrict nothing.
struct AwsVpcConfiguration {
  static constexpr std::string_view kShape = "ecs.AwsVpcConfiguration";
  std::vector<std::string> subnets;
  KeptFields kept;
};
template <class V>
void fields(V& v, AwsVpcConfiguration& x) {
  v("subnets", x.subnets, kRequired);
}

struct NetworkConfiguration {
  static constexpr std::string_view kShape = "ecs.NetworkConfiguration";
  std::optional<AwsVpcConfiguration> awsvpc_configuration;
};
template <class V>
void fields(V& v, NetworkConfiguration& x) {
  v("awsvpcConfiguration", x.awsvpc_configuration);
}

struct Deployment {
  static constexpr std::string_view kShape = "ecs.Deployment";
  std::string id, status, task_definition, launch_type, rollout_state, rollout_state_reason;
  int desired_count = 0, pending_count = 0, running_count = 0, failed_tasks = 0;
  SimTime created_at{}, updated_at{};
};
template <class V>
void fields(V& v, Deployment& x) {
  v("id", x.id);
  v("status", x.status);
  v("taskDefinition", x.task_definition);
  v("desiredCount", x.desired_count);
  v("pendingCount", x.pending_count);
  v("runningCount", x.running_count);
  v("failedTasks", x.failed_tasks);
  v("createdAt", x.created_at);
  v("updatedAt", x.updated_at);
  v("launchType", x.launch_type);
  v("rolloutState", x.rollout_state);
  v("rolloutStateReason", x.rollout_state_reason);
}

struct ServiceEvent {
  static constexpr std::string_view kShape = "ecs.ServiceEvent";
  std::string id;
  SimTime created_at{};
  std::string message;
};
template <class V>
void fields(V& v, ServiceEvent& x) {
  v("id", x.id);
  v("createdAt", x.created_at);
  v("message", x.message);
}

struct Service {
  static constexpr std::string_view kShape = "ecs.Service";
  std::string service_arn, service_name, cluster_arn, status, launch_type, task_definition,
      scheduling_strategy;
  std::vector<LoadBalancer> load_balancers;
  int desired_count = 0, running_count = 0, pending_count = 0;
  DeploymentConfiguration deployment_configuration;
  std::vector<Deployment> deployments;  ///< newest first
  std::vector<ServiceEvent> events;     ///< newest first
  SimTime created_at{};
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<PlacementStrategy> placement_strategy;
  std::optional<NetworkConfiguration> network_configuration;
  std::optional<SimDuration> health_check_grace_period;
  KeptFields kept;
};
template <class V>
void fields(V& v, Service& x) {
  v("serviceArn", x.service_arn);
  v("serviceName", x.service_name);
  v("clusterArn", x.cluster_arn);
  v("loadBalancers", x.load_balancers);
  v("status", x.status);
  v("desiredCount", x.desired_count);
  v("runningCount", x.running_count);
  v("pendingCount", x.pending_count);
  v("launchType", x.launch_type);
  v("taskDefinition", x.task_definition);
  v("deploymentConfiguration", x.deployment_configuration);
  v("deployments", x.deployments);
  v("events", x.events);
  v("createdAt", x.created_at);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("networkConfiguration", x.network_configuration);
  v("healthCheckGracePeriodSeconds", x.health_check_grace_period);
  v("schedulingStrategy", x.scheduling_strategy);
}

struct CreateServiceInput {
  static constexpr std::string_view kShape = "ecs.CreateService";
  std::string cluster, service_name, task_definition, client_token;
  std::vector<LoadBalancer> load_balancers;
  std::optional<int> desired_count;
  DeploymentConfiguration deployment_configuration;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<PlacementStrategy> placement_strategy;
  std::optional<NetworkConfiguration> network_configuration;
  std::optional<SimDuration> health_check_grace_period;
  KeptFields kept;
};
template <class V>
void fields(V& v, CreateServiceInput& x) {
  v("cluster", x.cluster);
  v("serviceName", x.service_name, kRequired);
  v("taskDefinition", x.task_definition);
  v("loadBalancers", x.load_balancers);
  v("desiredCount", x.desired_count, range(0, 1'000'000));
  v("clientToken", x.client_token);
  v("deploymentConfiguration", x.deployment_configuration);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("networkConfiguration", x.network_configuration);
  v("healthCheckGracePeriodSeconds", x.health_check_grace_period, range(0, kInt32Max));
}
struct CreateServiceOutput {
  static constexpr std::string_view kShape = "ecs.CreateServiceOutput";
  Service service;
};
template <class V>
void fields(V& v, CreateServiceOutput& x) {
  v("service", x.service);
}

/// Only what is set is changed.
struct UpdateServiceInput {
  static constexpr std::string_view kShape = "ecs.UpdateService";
  std::string cluster, service, task_definition;
  std::optional<int> desired_count;
  std::optional<DeploymentConfiguration> deployment_configuration;
  std::optional<bool> force_new_deployment;
  std::optional<std::vector<LoadBalancer>> load_balancers;
  std::optional<std::vector<PlacementConstraint>> placement_constraints;
  std::optional<std::vector<PlacementStrategy>> placement_strategy;
  std::optional<NetworkConfiguration> network_configuration;
  std::optional<SimDuration> health_check_grace_period;
  KeptFields kept;
};
template <class V>
void fields(V& v, UpdateServiceInput& x) {
  v("cluster", x.cluster);
  v("service", x.service, kRequired);
  v("desiredCount", x.desired_count, range(0, 1'000'000));
  v("taskDefinition", x.task_definition);
  v("deploymentConfiguration", x.deployment_configuration);
  v("placementConstraints", x.placement_constraints);
  v("placementStrategy", x.placement_strategy);
  v("networkConfiguration", x.network_configuration);
  v("forceNewDeployment", x.force_new_deployment);
  v("healthCheckGracePeriodSeconds", x.health_check_grace_period, range(0, kInt32Max));
  v("loadBalancers", x.load_balancers);
}
struct UpdateServiceOutput {
  static constexpr std::string_view kShape = "ecs.UpdateServiceOutput";
  Service service;
};
template <class V>
void fields(V& v, UpdateServiceOutput& x) {
  v("service", x.service);
}

struct DeleteServiceInput {
  static constexpr std::string_view kShape = "ecs.DeleteService";
  std::string cluster, service;
  std::optional<bool> force;
};
template <class V>
void fields(V& v, DeleteServiceInput& x) {
  v("cluster", x.cluster);
  v("service", x.service, kRequired);
  v("force", x.force);
}
struct DeleteServiceOutput {
  static constexpr std::string_view kShape = "ecs.DeleteServiceOutput";
  Service service;
};
template <class V>
void fields(V& v, DeleteServiceOutput& x) {
  v("service", x.service);
}

struct DescribeServicesInput {
  static constexpr std::string_view kShape = "ecs.DescribeServices";
  std::string cluster;
  std::vector<std::string> services, include;
};
template <class V>
void fields(V& v, DescribeServicesInput& x) {
  v("cluster", x.cluster);
  v("services", x.services, kRequired);
  v("include", x.include, one_of("TAGS"));
}
struct DescribeServicesOutput {
  static constexpr std::string_view kShape = "ecs.DescribeServicesOutput";
  std::vector<Service> services;
  std::vector<Failure> failures;
};
template <class V>
void fields(V& v, DescribeServicesOutput& x) {
  v("services", x.services);
  v("failures", x.failures);
}

struct ListServicesInput {
  static constexpr std::string_view kShape = "ecs.ListServices";
  std::string cluster, next_token, launch_type, scheduling_strategy;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListServicesInput& x) {
  v("cluster", x.cluster);
  v("nextToken", x.next_token);
  v("maxResults", x.max_results, range(1, 100));
  v("launchType", x.launch_type, one_of("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"));
  v("schedulingStrategy", x.scheduling_strategy, one_of("REPLICA", "DAEMON"));
}
struct ListServicesOutput {
  static constexpr std::string_view kShape = "ecs.ListServicesOutput";
  std::vector<std::string> service_arns;
  std::string next_token;
};
template <class V>
void fields(V& v, ListServicesOutput& x) {
  v("serviceArns", x.service_arns);
  v("nextToken", x.next_token);
}

}  // namespace steady::api::ecs
