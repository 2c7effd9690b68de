#include "sim/api/ecs/lists.h"
#include "sim/api/ecs/shapes.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {

Result<ecs::TaskDefinitionOutput> EcsApi::do_register_task_definition(
    const ecs::RegisterTaskDefinitionInput& request) {
  auto definition = ecs::definition_of(request);
  if (!definition) return definition.error();
  auto& model = door_.world.ecs();
  auto made = model.register_task_definition(std::move(definition).value());
  if (!made) return made.error();
  return ecs::TaskDefinitionOutput{ecs::shape_of(model, **made)};
}

Result<ecs::TaskDefinitionOutput> EcsApi::do_deregister_task_definition(
    const ecs::TaskDefinitionNameInput& request) {
  auto& model = door_.world.ecs();
  auto done = model.deregister_task_definition(request.task_definition);
  if (!done) return done.error();
  return ecs::TaskDefinitionOutput{ecs::shape_of(model, **done)};
}

Result<ecs::TaskDefinitionOutput> EcsApi::do_describe_task_definition(
    const ecs::TaskDefinitionNameInput& request) {
  auto& model = door_.world.ecs();
  const auto found = model.find_definition(request.task_definition);
  if (found == nullptr) return Error{"ClientException", "Unable to describe task definition."};
  return ecs::TaskDefinitionOutput{ecs::shape_of(model, *found)};
}

Result<ecs::ListOutput> EcsApi::do_list_task_definitions(const ecs::ListInput& request) {
  std::vector<std::string> arns;
  for (const auto& definition : door_.world.ecs().definitions(request.family_prefix)) {
    const bool active = definition->status == steady::ecs::DefinitionStatus::kActive;
    if (active != (request.status == "INACTIVE"))
      arns.push_back(IdSource::task_definition_arn(definition->family, definition->revision));
  }
  return ecs::page_of("taskDefinitionArns", std::move(arns), request, 100);
}

Result<ecs::ListOutput> EcsApi::do_list_task_definition_families(const ecs::ListInput& request) {
  std::vector<std::string> families;
  for (const auto& definition : door_.world.ecs().definitions()) {
    if (!definition->family.starts_with(request.family_prefix)) continue;
    if (families.empty() || families.back() != definition->family)
      families.push_back(definition->family);
  }
  return ecs::page_of("families", std::move(families), request, 100);
}

}  // namespace steady::api
