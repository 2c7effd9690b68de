#pragma once

#include "sim/api/ecs/types/common.h"

/// RegisterTaskDefinition and what describes one (ecs.md 1.5).
namespace steady::api::ecs {

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

}  // namespace steady::api::ecs
