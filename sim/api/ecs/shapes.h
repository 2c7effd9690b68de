#pragma once

#include "sim/api/ecs/types.h"
#include "sim/cloud/ecs/ecs.h"

/// The objects of ECS as Describe prints them, and back.
namespace steady::api::ecs {

TaskDefinitionShape shape_of(const steady::ecs::Ecs& ecs,
                             const steady::ecs::TaskDefinition& definition);
ServiceShape shape_of(const steady::ecs::Ecs& ecs, const steady::ecs::Service& service);
TaskShape shape_of(const steady::ecs::Ecs& ecs, const steady::ecs::Task& task);
ContainerInstanceShape shape_of(const steady::ecs::Ecs& ecs,
                                const steady::ecs::ContainerInstance& instance);
ClusterShape shape_of(const steady::ecs::Ecs& ecs, const steady::ecs::Cluster& cluster);

/// Error ClientException or InvalidParameterException with all that cannot be read.
Result<steady::ecs::TaskDefinition> definition_of(const RegisterTaskDefinitionInput& input);
Result<steady::ecs::DeploymentConfiguration> configuration_of(
    const DeploymentConfiguration& input, steady::ecs::DeploymentConfiguration base);
std::vector<steady::ecs::PlacementConstraint> constraints_of(
    const std::vector<PlacementConstraint>& input);
std::vector<steady::ecs::PlacementStrategy> strategies_of(
    const std::vector<PlacementStrategy>& input);
/// The zones for which the subnets stand: a subnet is a zone's name, others may be anywhere.
std::vector<std::string> zones_of(const std::optional<NetworkConfiguration>& network,
                                  const std::vector<std::string>& zones);
std::vector<steady::ecs::ServiceLoadBalancer> balancers_of(const std::vector<LoadBalancer>& input);
/// What CreateService asks for, without what ECS itself fills in.
Result<steady::ecs::Service> service_of(const CreateServiceInput& input,
                                        const std::vector<std::string>& zones);

}  // namespace steady::api::ecs
