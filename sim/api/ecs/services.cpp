#include "sim/api/services.h"

#include "sim/api/ecs/lists.h"
#include "sim/api/ecs/shapes.h"
#include "sim/world/world.h"

namespace steady::api {

Result<ecs::ServiceOutput> EcsApi::do_create_service(const ecs::CreateServiceInput& request) {
  auto service = ecs::service_of(request, door_.world.settings().zones);
  if (!service) return service.error();
  auto& model = door_.world.ecs();
  const auto definition = model.find_definition(request.task_definition);
  if (definition != nullptr && definition->network_mode == steady::ecs::NetworkMode::kAwsvpc &&
      !request.network_configuration) {
    return Error{"InvalidParameterException",
                 "Network Configuration must be provided when networkMode 'awsvpc' is specified."};
  }
  auto made = model.create_service(std::move(service).value(), request.task_definition);
  if (!made) return made.error();
  return ecs::ServiceOutput{ecs::shape_of(model, **made)};
}

Result<ecs::ServiceOutput> EcsApi::do_update_service(const ecs::UpdateServiceInput& request) {
  auto& model = door_.world.ecs();
  const auto* there = model.find_service(request.cluster, request.service);
  steady::ecs::ServiceChange change;
  change.definition = request.task_definition;
  change.desired = request.desired_count;
  change.force_new_deployment = request.force_new_deployment;
  change.kept = request.kept;
  if (request.grace) change.grace = std::chrono::seconds{*request.grace};
  if (request.deployment_configuration && there != nullptr) {
    auto configuration =
        ecs::configuration_of(*request.deployment_configuration, there->configuration);
    if (!configuration) return configuration.error();
    change.configuration = *configuration;
  }
  if (request.placement_constraints)
    change.constraints = ecs::constraints_of(*request.placement_constraints);
  if (request.placement_strategy)
    change.strategies = ecs::strategies_of(*request.placement_strategy);
  if (request.load_balancers) change.load_balancers = ecs::balancers_of(*request.load_balancers);
  auto done = model.update_service(request.cluster, request.service, change);
  if (!done) return done.error();
  return ecs::ServiceOutput{ecs::shape_of(model, **done)};
}

Result<ecs::ServiceOutput> EcsApi::do_delete_service(const ecs::DeleteServiceInput& request) {
  auto& model = door_.world.ecs();
  auto done = model.delete_service(request.cluster, request.service, request.force);
  if (!done) return done.error();
  return ecs::ServiceOutput{ecs::shape_of(model, **done)};
}

Result<ecs::DescribeServicesOutput> EcsApi::do_describe_services(
    const ecs::DescribeServicesInput& request) {
  auto& model = door_.world.ecs();
  if (request.services.empty() || request.services.size() > 10) {
    return Error{"InvalidParameterException", "services must have between 1 and 10 items."};
  }
  if (model.find_cluster(request.cluster) == nullptr)
    return Error{"ClusterNotFoundException", "Cluster not found."};
  ecs::DescribeServicesOutput out;
  for (const auto& name : request.services) {
    if (const auto* service = model.find_service(request.cluster, name)) {
      out.services.push_back(ecs::shape_of(model, *service));
    } else {
      out.failures.push_back(
          {model.ids().service_arn(request.cluster.empty() ? "default" : request.cluster, name),
           "MISSING", ""});
    }
  }
  return out;
}

Result<ecs::ListOutput> EcsApi::do_list_services(const ecs::ListInput& request) {
  auto& model = door_.world.ecs();
  const auto* cluster = model.find_cluster(request.cluster);
  if (cluster == nullptr) return Error{"ClusterNotFoundException", "Cluster not found."};
  std::vector<std::string> arns;
  for (const auto* service : model.services()) {
    if (service->cluster == cluster->name &&
        service->status == steady::ecs::ServiceStatus::kActive) {
      arns.push_back(model.ids().service_arn(service->cluster, service->name));
    }
  }
  return ecs::page_of("serviceArns", std::move(arns), request, 10);
}

}  // namespace steady::api
