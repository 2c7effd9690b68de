#pragma once

#include "sim/api/ecs/task_definition_types.h"

namespace steady::api::ecs {

struct KeyValuePair {
  static constexpr std::string_view kShape = "ecs.KeyValuePair";
  std::string name, value;
};
template <class V>
void fields(V& v, KeyValuePair& x) {
  v("name", x.name);
  v("value", x.value);
}

struct Cluster {
  static constexpr std::string_view kShape = "ecs.Cluster";
  std::string cluster_arn, cluster_name, status;
  int registered_container_instances_count = 0, running_tasks_count = 0, pending_tasks_count = 0,
      active_services_count = 0;
  std::vector<KeyValuePair> statistics;
  KeptFields kept;
};
template <class V>
void fields(V& v, Cluster& x) {
  v("clusterArn", x.cluster_arn);
  v("clusterName", x.cluster_name);
  v("status", x.status);
  v("registeredContainerInstancesCount", x.registered_container_instances_count);
  v("runningTasksCount", x.running_tasks_count);
  v("pendingTasksCount", x.pending_tasks_count);
  v("activeServicesCount", x.active_services_count);
  v("statistics", x.statistics);
}

struct CreateClusterInput {
  static constexpr std::string_view kShape = "ecs.CreateCluster";
  std::string cluster_name;  ///< "default" when empty
  KeptFields kept;
};
template <class V>
void fields(V& v, CreateClusterInput& x) {
  v("clusterName", x.cluster_name);
}
struct CreateClusterOutput {
  static constexpr std::string_view kShape = "ecs.CreateClusterOutput";
  Cluster cluster;
};
template <class V>
void fields(V& v, CreateClusterOutput& x) {
  v("cluster", x.cluster);
}

struct DeleteClusterInput {
  static constexpr std::string_view kShape = "ecs.DeleteCluster";
  std::string cluster;
};
template <class V>
void fields(V& v, DeleteClusterInput& x) {
  v("cluster", x.cluster, kRequired);
}
struct DeleteClusterOutput {
  static constexpr std::string_view kShape = "ecs.DeleteClusterOutput";
  Cluster cluster;
};
template <class V>
void fields(V& v, DeleteClusterOutput& x) {
  v("cluster", x.cluster);
}

struct DescribeClustersInput {
  static constexpr std::string_view kShape = "ecs.DescribeClusters";
  std::vector<std::string> clusters, include;
};
template <class V>
void fields(V& v, DescribeClustersInput& x) {
  v("clusters", x.clusters);
  v("include", x.include, one_of("ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"));
}
struct DescribeClustersOutput {
  static constexpr std::string_view kShape = "ecs.DescribeClustersOutput";
  std::vector<Cluster> clusters;
  std::vector<Failure> failures;
};
template <class V>
void fields(V& v, DescribeClustersOutput& x) {
  v("clusters", x.clusters);
  v("failures", x.failures);
}

struct ListClustersInput {
  static constexpr std::string_view kShape = "ecs.ListClusters";
  std::string next_token;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListClustersInput& x) {
  v("nextToken", x.next_token);
  v("maxResults", x.max_results, range(1, 100));
}
struct ListClustersOutput {
  static constexpr std::string_view kShape = "ecs.ListClustersOutput";
  std::vector<std::string> cluster_arns;
  std::string next_token;
};
template <class V>
void fields(V& v, ListClustersOutput& x) {
  v("clusterArns", x.cluster_arns);
  v("nextToken", x.next_token);
}

/// A resource of a container instance, in AWS's typed form (ecs.md 1.1).
struct Resource {
  static constexpr std::string_view kShape = "ecs.Resource";
  std::string name, type;  ///< INTEGER or STRINGSET
  double double_value = 0;
  std::int64_t long_value = 0;
  int integer_value = 0;
  std::optional<std::vector<std::string>> string_set_value;
};
template <class V>
void fields(V& v, Resource& x) {
  v("name", x.name);
  v("type", x.type);
  v("doubleValue", x.double_value);
  v("longValue", x.long_value);
  v("integerValue", x.integer_value);
  v("stringSetValue", x.string_set_value);
}

struct VersionInfo {
  static constexpr std::string_view kShape = "ecs.VersionInfo";
  std::string agent_version, agent_hash, docker_version;
};
template <class V>
void fields(V& v, VersionInfo& x) {
  v("agentVersion", x.agent_version);
  v("agentHash", x.agent_hash);
  v("dockerVersion", x.docker_version);
}

struct ContainerInstance {
  static constexpr std::string_view kShape = "ecs.ContainerInstance";
  std::string container_instance_arn, ec2_instance_id, status;
  int version = 0, running_tasks_count = 0, pending_tasks_count = 0;
  VersionInfo version_info;
  std::vector<Resource> remaining_resources, registered_resources;
  bool agent_connected = true;
  std::vector<Attribute> attributes;
  SimTime registered_at{};
  KeptFields kept;
};
template <class V>
void fields(V& v, ContainerInstance& x) {
  v("containerInstanceArn", x.container_instance_arn);
  v("ec2InstanceId", x.ec2_instance_id);
  v("version", x.version);
  v("versionInfo", x.version_info);
  v("remainingResources", x.remaining_resources);
  v("registeredResources", x.registered_resources);
  v("status", x.status);
  v("agentConnected", x.agent_connected);
  v("runningTasksCount", x.running_tasks_count);
  v("pendingTasksCount", x.pending_tasks_count);
  v("attributes", x.attributes);
  v("registeredAt", x.registered_at);
}

/// The agent's own call. `instance_identity_document` is the EC2 instance's id, the scenario's alias for
/// it, or any text that holds the id ("i-0123456789abcdef0"), as AWS's own document does.
struct RegisterContainerInstanceInput {
  static constexpr std::string_view kShape = "ecs.RegisterContainerInstance";
  std::string cluster, instance_identity_document;
  std::vector<Attribute> attributes;
  KeptFields kept;
};
template <class V>
void fields(V& v, RegisterContainerInstanceInput& x) {
  v("cluster", x.cluster);
  v("instanceIdentityDocument", x.instance_identity_document, kRequired);
  v("attributes", x.attributes);
}
struct RegisterContainerInstanceOutput {
  static constexpr std::string_view kShape = "ecs.RegisterContainerInstanceOutput";
  ContainerInstance container_instance;
};
template <class V>
void fields(V& v, RegisterContainerInstanceOutput& x) {
  v("containerInstance", x.container_instance);
}

struct DeregisterContainerInstanceInput {
  static constexpr std::string_view kShape = "ecs.DeregisterContainerInstance";
  std::string cluster, container_instance;
  std::optional<bool> force;
};
template <class V>
void fields(V& v, DeregisterContainerInstanceInput& x) {
  v("cluster", x.cluster);
  v("containerInstance", x.container_instance, kRequired);
  v("force", x.force);
}
struct DeregisterContainerInstanceOutput {
  static constexpr std::string_view kShape = "ecs.DeregisterContainerInstanceOutput";
  ContainerInstance container_instance;
};
template <class V>
void fields(V& v, DeregisterContainerInstanceOutput& x) {
  v("containerInstance", x.container_instance);
}

struct DescribeContainerInstancesInput {
  static constexpr std::string_view kShape = "ecs.DescribeContainerInstances";
  std::string cluster;
  std::vector<std::string> container_instances, include;
};
template <class V>
void fields(V& v, DescribeContainerInstancesInput& x) {
  v("cluster", x.cluster);
  v("containerInstances", x.container_instances, kRequired);
  v("include", x.include, one_of("TAGS", "CONTAINER_INSTANCE_HEALTH"));
}
struct DescribeContainerInstancesOutput {
  static constexpr std::string_view kShape = "ecs.DescribeContainerInstancesOutput";
  std::vector<ContainerInstance> container_instances;
  std::vector<Failure> failures;
};
template <class V>
void fields(V& v, DescribeContainerInstancesOutput& x) {
  v("containerInstances", x.container_instances);
  v("failures", x.failures);
}

/// `filter` is an expression of the cluster query language (ecs.md 3.4).
struct ListContainerInstancesInput {
  static constexpr std::string_view kShape = "ecs.ListContainerInstances";
  std::string cluster, filter, next_token, status;
  std::optional<int> max_results;
};
template <class V>
void fields(V& v, ListContainerInstancesInput& x) {
  v("cluster", x.cluster);
  v("filter", x.filter);
  v("nextToken", x.next_token);
  v("maxResults", x.max_results, range(1, 100));
  v("status", x.status,
    one_of("ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"));
}
struct ListContainerInstancesOutput {
  static constexpr std::string_view kShape = "ecs.ListContainerInstancesOutput";
  std::vector<std::string> container_instance_arns;
  std::string next_token;
};
template <class V>
void fields(V& v, ListContainerInstancesOutput& x) {
  v("containerInstanceArns", x.container_instance_arns);
  v("nextToken", x.next_token);
}

/// The values of `status` that AWS refuses are refused by the action, in AWS's words.
struct UpdateContainerInstancesStateInput {
  static constexpr std::string_view kShape = "ecs.UpdateContainerInstancesState";
  std::string cluster, status;
  std::vector<std::string> container_instances;
};
template <class V>
void fields(V& v, UpdateContainerInstancesStateInput& x) {
  v("cluster", x.cluster);
  v("containerInstances", x.container_instances, kRequired);
  v("status", x.status, kRequired);
}
struct UpdateContainerInstancesStateOutput {
  static constexpr std::string_view kShape = "ecs.UpdateContainerInstancesStateOutput";
  std::vector<ContainerInstance> container_instances;
  std::vector<Failure> failures;
};
template <class V>
void fields(V& v, UpdateContainerInstancesStateOutput& x) {
  v("containerInstances", x.container_instances);
  v("failures", x.failures);
}

struct PutAttributesInput {
  static constexpr std::string_view kShape = "ecs.PutAttributes";
  std::string cluster;
  std::vector<Attribute> attributes;
};
template <class V>
void fields(V& v, PutAttributesInput& x) {
  v("cluster", x.cluster);
  v("attributes", x.attributes, kRequired);
}
struct PutAttributesOutput {
  static constexpr std::string_view kShape = "ecs.PutAttributesOutput";
  std::vector<Attribute> attributes;
};
template <class V>
void fields(V& v, PutAttributesOutput& x) {
  v("attributes", x.attributes);
}

struct DeleteAttributesInput {
  static constexpr std::string_view kShape = "ecs.DeleteAttributes";
  std::string cluster;
  std::vector<Attribute> attributes;
};
template <class V>
void fields(V& v, DeleteAttributesInput& x) {
  v("cluster", x.cluster);
  v("attributes", x.attributes, kRequired);
}
struct DeleteAttributesOutput {
  static constexpr std::string_view kShape = "ecs.DeleteAttributesOutput";
  std::vector<Attribute> attributes;
};
template <class V>
void fields(V& v, DeleteAttributesOutput& x) {
  v("attributes", x.attributes);
}

}  // namespace steady::api::ecs
