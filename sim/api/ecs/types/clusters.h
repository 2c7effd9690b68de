#pragma once

#include "sim/api/ecs/types/common.h"

/// Clusters (ecs.md 1.1).
namespace steady::api::ecs {

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

}  // namespace steady::api::ecs
