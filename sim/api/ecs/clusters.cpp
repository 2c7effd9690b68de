#include "sim/api/ecs/lists.h"
#include "sim/api/ecs/shapes.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {

Result<ecs::ClusterOutput> EcsApi::do_create_cluster(const ecs::CreateClusterInput& request) {
  auto& model = door_.world.ecs();
  return ecs::ClusterOutput{
      ecs::shape_of(model, model.create_cluster(request.cluster_name, request.kept))};
}

Result<ecs::ClusterOutput> EcsApi::do_delete_cluster(const ecs::ClusterNameInput& request) {
  auto& model = door_.world.ecs();
  if (auto done = model.delete_cluster(request.cluster); !done) return done.error();
  return ecs::ClusterOutput{ecs::shape_of(model, *model.find_cluster(request.cluster))};
}

Result<ecs::DescribeClustersOutput> EcsApi::do_describe_clusters(
    const ecs::DescribeClustersInput& request) {
  auto& model = door_.world.ecs();
  if (request.clusters.size() > 100)
    return Error{"InvalidParameterException", "clusters can have at most 100 items."};
  ecs::DescribeClustersOutput out;
  const auto names =
      request.clusters.empty() ? std::vector<std::string>{"default"} : request.clusters;
  for (const auto& name : names) {
    if (const auto* cluster = model.find_cluster(name)) {
      out.clusters.push_back(ecs::shape_of(model, *cluster));
    } else {
      out.failures.push_back({IdSource::cluster_arn(name), "MISSING", ""});
    }
  }
  return out;
}

Result<ecs::ListOutput> EcsApi::do_list_clusters(const ecs::ListInput& request) {
  std::vector<std::string> arns;
  for (const auto* cluster : door_.world.ecs().clusters()) {
    if (cluster->active) arns.push_back(IdSource::cluster_arn(cluster->name));
  }
  return ecs::page_of("clusterArns", std::move(arns), request, 100);
}

}  // namespace steady::api
