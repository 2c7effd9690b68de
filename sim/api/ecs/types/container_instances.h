#pragma once

#include "sim/api/ecs/types/common.h"

/// Container instances and their attributes (ecs.md 1.4).
namespace steady::api::ecs {

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
