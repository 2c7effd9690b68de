#pragma once

#include "sim/api/fields.h"

namespace steady::api::ecs {

/// Why something of a request could not be done (ecs.md 3.6).
struct Failure {
  static constexpr std::string_view kShape = "ecs.Failure";
  std::string arn, reason, detail;
};
template <class V>
void fields(V& v, Failure& x) {
  v("arn", x.arn);
  v("reason", x.reason);
  v("detail", x.detail);
}

struct Attribute {
  static constexpr std::string_view kShape = "ecs.Attribute";
  std::string name, value, target_type, target_id;
};
template <class V>
void fields(V& v, Attribute& x) {
  v("name", x.name, kRequired);
  v("value", x.value);
  v("targetType", x.target_type, one_of("container-instance"));
  v("targetId", x.target_id);
}

struct PortMapping {
  static constexpr std::string_view kShape = "ecs.PortMapping";
  int container_port = 0;
  std::optional<int> host_port;
  std::string protocol;
  KeptFields kept;
};
template <class V>
void fields(V& v, PortMapping& x) {
  v("containerPort", x.container_port, range(1, 65535).must());
  v("hostPort", x.host_port, range(0, 65535));
  v("protocol", x.protocol, one_of("tcp", "udp"));
}

struct HealthCheck {
  static constexpr std::string_view kShape = "ecs.HealthCheck";
  std::vector<std::string> command;
  std::optional<SimDuration> interval, timeout, start_period;
  std::optional<int> retries;
};
template <class V>
void fields(V& v, HealthCheck& x) {
  v("command", x.command, kRequired);
  v("interval", x.interval, range(5, 300));
  v("timeout", x.timeout, range(2, 60));
  v("retries", x.retries, range(1, 10));
  v("startPeriod", x.start_period, range(0, 300));
}

struct ResourceRequirement {
  static constexpr std::string_view kShape = "ecs.ResourceRequirement";
  std::string type, value;
};
template <class V>
void fields(V& v, ResourceRequirement& x) {
  v("value", x.value, kRequired);
  v("type", x.type, one_of("GPU").must());
}

struct ContainerDefinition {
  static constexpr std::string_view kShape = "ecs.ContainerDefinition";
  std::string name, image;
  std::optional<int> cpu, memory, memory_reservation;
  std::optional<bool> essential;
  std::vector<PortMapping> port_mappings;
  std::vector<std::string> command;
  std::optional<SimDuration> stop_timeout;
  std::optional<HealthCheck> health_check;
  std::vector<ResourceRequirement> resource_requirements;
  KeptFields kept;
};
template <class V>
void fields(V& v, ContainerDefinition& x) {
  v("name", x.name);
  v("image", x.image);
  v("cpu", x.cpu, range(0, 196608));
  v("memory", x.memory, range(4, kInt32Max));
  v("memoryReservation", x.memory_reservation, range(4, kInt32Max));
  v("portMappings", x.port_mappings);
  v("essential", x.essential);
  v("command", x.command);
  v("stopTimeout", x.stop_timeout, range(0, 86400));
  v("healthCheck", x.health_check);
  v("resourceRequirements", x.resource_requirements);
}

struct PlacementConstraint {
  static constexpr std::string_view kShape = "ecs.PlacementConstraint";
  std::string type, expression;
};
template <class V>
void fields(V& v, PlacementConstraint& x) {
  v("type", x.type, one_of("distinctInstance", "memberOf").must());
  v("expression", x.expression);
}

struct RegisterTaskDefinitionInput {
  static constexpr std::string_view kShape = "ecs.RegisterTaskDefinition";
  std::string family, network_mode;
  std::string cpu, memory;  ///< "1024", "1 vCPU"; "2048", "2 GB"
  std::vector<ContainerDefinition> container_definitions;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<std::string> requires_compatibilities;
  KeptFields kept;
};
template <class V>
void fields(V& v, RegisterTaskDefinitionInput& x) {
  v("family", x.family, kRequired);
  v("networkMode", x.network_mode, one_of("bridge", "host", "awsvpc", "none"));
  v("containerDefinitions", x.container_definitions, kRequired);
  v("placementConstraints", x.placement_constraints);
  v("requiresCompatibilities", x.requires_compatibilities,
    one_of("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"));
  v("cpu", x.cpu, kNumberAsText);
  v("memory", x.memory, kNumberAsText);
}

struct TaskDefinition {
  static constexpr std::string_view kShape = "ecs.TaskDefinition";
  std::string task_definition_arn, family, status, network_mode, cpu, memory, registered_by;
  int revision = 0;
  std::vector<ContainerDefinition> container_definitions;
  std::vector<PlacementConstraint> placement_constraints;
  std::vector<Attribute> requires_attributes;
  std::vector<std::string> compatibilities, requires_compatibilities;
  SimTime registered_at{}, deregistered_at = kNever;
  KeptFields kept;
};
template <class V>
void fields(V& v, TaskDefinition& x) {
  v("taskDefinitionArn", x.task_definition_arn);
  v("containerDefinitions", x.container_definitions);
  v("family", x.family);
  v("networkMode", x.network_mode);
  v("revision", x.revision);
  v("status", x.status);
  v("requiresAttributes", x.requires_attributes);
  v("placementConstraints", x.placement_constraints);
  v("compatibilities", x.compatibilities);
  v("requiresCompatibilities", x.requires_compatibilities);
  v("cpu", x.cpu);
  v("memory", x.memory);
  v("registeredAt", x.registered_at);
  v("deregisteredAt", x.deregistered_at);
  v("registeredBy", x.registered_by);
}

/// `kept` holds the tags.
struct RegisterTaskDefinitionOutput {
  static constexpr std::string_view kShape = "ecs.RegisterTaskDefinitionOutput";
  TaskDefinition task_definition;
  KeptFields kept;
};
template <class V>
void fields(V& v, RegisterTaskDefinitionOutput& x) {
  v("taskDefinition", x.task_definition);
}

struct DeregisterTaskDefinitionInput {
  static constexpr std::string_view kShape = "ecs.DeregisterTaskDefinition";
  std::string task_definition;
};
template <class V>
void fields(V& v, DeregisterTaskDefinitionInput& x) {
  v("taskDefinition", x.task_definition, kRequired);
}
struct DeregisterTaskDefinitionOutput {
  static constexpr std::string_view kShape = "ecs.DeregisterTaskDefinitionOutput";
  TaskDefinition task_definition;
};
template <class V>
void fields(V& v, DeregisterTaskDefinitionOutput& x) {
  v("taskDefinition", x.task_definition);
}

struct DescribeTaskDefinitionInput {
  static constexpr std::string_view kShape = "ecs.DescribeTaskDefinition";
  std::string task_definition;
  std::vector<std::string> include;
};
template <class V>
void fields(V& v, DescribeTaskDefinitionInput& x) {
  v("taskDefinition", x.task_definition, kRequired);
  v("include", x.include, one_of("TAGS"));
}
/// `kept` holds the tags when they were asked for.
struct DescribeTaskDefinitionOutput {
  static constexpr std::string_view kShape = "ecs.DescribeTaskDefinitionOutput";
  TaskDefinition task_definition;
  KeptFields kept;
};
template <class V>
void fields(V& v, DescribeTaskDefinitionOutput& x) {
  v("taskDefinition", x.task_definition);
}

struct ListTaskDefinitionsInput {
  static constexpr std::string_view kShape = "ecs.ListTaskDefinitions";
  std::string family_prefix, status, sort, next_token;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListTaskDefinitionsInput& x) {
  v("familyPrefix", x.family_prefix);
  v("status", x.status, one_of("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"));
  v("sort", x.sort, one_of("ASC", "DESC"));
  v("nextToken", x.next_token);
  v("maxResults", x.max_results, range(1, 100));
}
struct ListTaskDefinitionsOutput {
  static constexpr std::string_view kShape = "ecs.ListTaskDefinitionsOutput";
  std::vector<std::string> task_definition_arns;
  std::string next_token;
};
template <class V>
void fields(V& v, ListTaskDefinitionsOutput& x) {
  v("taskDefinitionArns", x.task_definition_arns);
  v("nextToken", x.next_token);
}

struct ListTaskDefinitionFamiliesInput {
  static constexpr std::string_view kShape = "ecs.ListTaskDefinitionFamilies";
  std::string family_prefix, status, next_token;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListTaskDefinitionFamiliesInput& x) {
  v("familyPrefix", x.family_prefix);
  v("status", x.status, one_of("ACTIVE", "INACTIVE", "ALL"));
  v("nextToken", x.next_token);
  v("maxResults", x.max_results, range(1, 100));
}
struct ListTaskDefinitionFamiliesOutput {
  static constexpr std::string_view kShape = "ecs.ListTaskDefinitionFamiliesOutput";
  std::vector<std::string> families;
  std::string next_token;
};
template <class V>
void fields(V& v, ListTaskDefinitionFamiliesOutput& x) {
  v("families", x.families);
  v("nextToken", x.next_token);
}

}  // namespace steady::api::ecs
