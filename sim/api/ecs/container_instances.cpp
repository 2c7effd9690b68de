#include <map>

#include "sim/api/ecs/lists.h"
#include "sim/api/ecs/shapes.h"
#include "sim/api/services.h"
#include "sim/cloud/ecs/query_language.h"
#include "sim/world/world.h"

namespace steady::api {

Result<ecs::ContainerInstanceOutput> EcsApi::do_register_container_instance(
    const ecs::ContainerInstanceInput& input) {
  auto& model = door_.world.ecs();
  auto done = model.register_container_instance(input.cluster, input.container_instance);
  if (!done) return done.error();
  return ecs::ContainerInstanceOutput{ecs::shape_of(model, **done)};
}

Result<ecs::ContainerInstanceOutput> EcsApi::do_deregister_container_instance(
    const ecs::ContainerInstanceInput& input) {
  auto& model = door_.world.ecs();
  auto done =
      model.deregister_container_instance(input.cluster, input.container_instance, input.force);
  if (!done) return done.error();
  return ecs::ContainerInstanceOutput{ecs::shape_of(model, **done)};
}

Result<ecs::ContainerInstancesOutput> EcsApi::do_describe_container_instances(
    const ecs::ContainerInstancesInput& input) {
  auto& model = door_.world.ecs();
  if (model.find_cluster(input.cluster) == nullptr)
    return Error{"ClusterNotFoundException", "Cluster not found."};
  if (input.container_instances.empty() || input.container_instances.size() > 100) {
    return Error{"InvalidParameterException",
                 "containerInstances must have between 1 and 100 items."};
  }
  ecs::ContainerInstancesOutput out;
  for (const auto& id : input.container_instances) {
    if (const auto* instance =
            model.find_instance(input.cluster.empty() ? "default" : input.cluster, id)) {
      out.container_instances.push_back(ecs::shape_of(model, *instance));
    } else {
      out.failures.push_back({id, "MISSING", ""});
    }
  }
  return out;
}

Result<ecs::ListOutput> EcsApi::do_list_container_instances(const ecs::ListInput& input) {
  auto& model = door_.world.ecs();
  const auto* cluster = model.find_cluster(input.cluster);
  if (cluster == nullptr) return Error{"ClusterNotFoundException", "Cluster not found."};
  std::optional<steady::ecs::Query> query;
  if (!input.filter.empty()) {
    auto parsed = steady::ecs::Query::parse(input.filter);
    if (!parsed) return parsed.error();
    query = std::move(parsed).value();
  }
  std::vector<std::string> arns;
  for (const auto* instance : model.instances(cluster->name)) {
    using Status = steady::ecs::InstanceStatus;
    if (instance->status == Status::kInactive) continue;
    if (!input.status.empty() &&
        input.status != (instance->status == Status::kActive ? "ACTIVE" : "DRAINING"))
      continue;
    if (query && !query->matches(*instance)) continue;
    arns.push_back(model.ids().container_instance_arn(instance->cluster, instance->id));
  }
  return ecs::page_of("containerInstanceArns", std::move(arns), input, 100);
}

Result<ecs::ContainerInstancesOutput> EcsApi::do_update_container_instances_state(
    const ecs::ContainerInstancesInput& input) {
  auto& model = door_.world.ecs();
  if (input.status != "ACTIVE" && input.status != "DRAINING") {
    return Error{"InvalidParameterException",
                 "Container instance status should be one of [ACTIVE, DRAINING]"};
  }
  if (model.find_cluster(input.cluster) == nullptr)
    return Error{"ClusterNotFoundException", "Cluster not found."};
  if (input.container_instances.empty() || input.container_instances.size() > 10) {
    return Error{"InvalidParameterException",
                 "containerInstances must have between 1 and 10 items."};
  }
  const auto status = input.status == "ACTIVE" ? steady::ecs::InstanceStatus::kActive
                                               : steady::ecs::InstanceStatus::kDraining;
  ecs::ContainerInstancesOutput out;
  for (const auto& id : input.container_instances) {
    auto done = model.set_state(input.cluster, id, status);
    if (done) {
      out.container_instances.push_back(ecs::shape_of(model, **done));
    } else {
      out.failures.push_back({id, "MISSING", done.error().message});
    }
  }
  return out;
}

Result<ecs::AttributesOutput> EcsApi::do_put_attributes(const ecs::AttributesInput& input) {
  std::map<std::string, std::map<std::string, std::string>> by_target;
  for (const auto& attribute : input.attributes)
    by_target[attribute.target_id][attribute.name] = attribute.value;
  for (const auto& [target, attributes] : by_target) {
    if (auto done = door_.world.ecs().put_attributes(input.cluster, target, attributes); !done)
      return done.error();
  }
  return ecs::AttributesOutput{input.attributes};
}

Result<ecs::AttributesOutput> EcsApi::do_delete_attributes(const ecs::AttributesInput& input) {
  std::map<std::string, std::vector<std::string>> by_target;
  for (const auto& attribute : input.attributes)
    by_target[attribute.target_id].push_back(attribute.name);
  for (const auto& [target, names] : by_target) {
    if (auto done = door_.world.ecs().delete_attributes(input.cluster, target, names); !done)
      return done.error();
  }
  return ecs::AttributesOutput{input.attributes};
}

}  // namespace steady::api
