#include <algorithm>

#include "sim/cloud/ecs/names.h"
#include "sim/cloud/ecs/state.h"

/// RunTask, StartTask and StopTask (ecs.md 3.6, 7.3, 7.5).
namespace steady::ecs {
namespace {

Error invalid(std::string message) { return {"InvalidParameterException", std::move(message)}; }

/// What placing one more task of the request asks for.
PlacementRequest placement_of(const RunRequest& request, const TaskDefinition& definition) {
  PlacementRequest place;
  place.definition = &definition;
  place.demand = demand_of(definition);
  place.group = request.group.empty() ? "family:" + definition.family : request.group;
  place.constraints = request.constraints;
  place.strategies = request.strategies;
  place.zones = request.zones;
  return place;
}

}  // namespace

Result<std::shared_ptr<const TaskDefinition>> Ecs::Impl::runnable(const RunRequest& request) const {
  std::shared_ptr<const TaskDefinition> definition = find_definition(request.definition);
  if (definition == nullptr) return Error{"ClientException", "TaskDefinition not found."};
  if (definition->status != DefinitionStatus::kActive) return invalid("TaskDefinition is inactive");
  if (definition->network_mode == NetworkMode::kAwsvpc && !request.has_network) {
    return invalid(
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  std::string message;
  for (const auto& fault :
       placement_faults(request.constraints, request.strategies, definition.get())) {
    message += (message.empty() ? "" : " ") + fault.message;
  }
  if (!message.empty()) return invalid(message);
  return definition;
}

const Task* Ecs::Impl::launch(const RunRequest& request,
                              std::shared_ptr<const TaskDefinition> definition,
                              InstanceState& instance) {
  const std::string group = request.group.empty() ? "family:" + definition->family : request.group;
  TaskState& task = make_task(std::move(definition), instance, group);
  task.started_by = request.started_by;
  task.kept = request.kept;
  journal_task(task);
  journal_instance(instance);
  start(task);
  return &task;
}

Result<RunResult> Ecs::run_task(const RunRequest& request) {
  auto cluster = impl_->active_cluster(request.cluster);
  if (!cluster) return cluster.error();
  const std::string token = (*cluster)->name + " " + request.client_token;
  if (const auto used = impl_->tokens.find(token);
      used != impl_->tokens.end() && !request.client_token.empty()) {
    RunResult again;
    std::string ids;
    for (const auto& id : used->second.tasks) {
      ids += (ids.empty() ? "" : ", ") + impl_->parts.ids.task_arn((*cluster)->name, id);
      again.tasks.push_back(impl_->task_index.find(id)->second);
    }
    if (used->second.request == request) return again;
    return Error{"ConflictException",
                 "The client token was used with other parameters; resourceIds: [" + ids + "]"};
  }
  const auto definition = impl_->runnable(request);
  if (!definition) return definition.error();
  if (request.count < 1 || request.count > 10) return invalid("count must be between 1 and 10.");
  const auto candidates = impl_->of_cluster((*cluster)->name);
  if (candidates.empty()) return invalid("No Container Instances were found in your cluster.");
  RunResult result;
  PlacementRequest place = placement_of(request, **definition);
  for (int i = 0; i < request.count; ++i) {
    place.entity = impl_->tasks.size();
    const Placement placement = impl_->placer.place(place, candidates);
    if (placement.instance != nullptr) {
      result.tasks.push_back(
          impl_->launch(request, *definition, static_cast<InstanceState&>(*placement.instance)));
      continue;
    }
    for (const auto& verdict : placement.verdicts) {
      result.failures.push_back(
          {impl_->parts.ids.container_instance_arn((*cluster)->name, verdict.instance->id),
           std::string(failure_reason(verdict.misfit)), verdict.why});
    }
  }
  if (!request.client_token.empty()) {
    TokenUse& use = impl_->tokens[token];
    use.request = request;
    for (const Task* task : result.tasks) use.tasks.push_back(task->id);
  }
  return result;
}

Result<RunResult> Ecs::start_task(const RunRequest& request) {
  auto cluster = impl_->active_cluster(request.cluster);
  if (!cluster) return cluster.error();
  const auto definition = impl_->runnable(request);
  if (!definition) return definition.error();
  if (request.instances.empty() || request.instances.size() > 10)
    return invalid("containerInstances must hold between 1 and 10 items.");
  const PlacementRequest place = placement_of(request, **definition);
  RunResult result;
  for (const auto& id : request.instances) {
    InstanceState* instance = impl_->find_instance((*cluster)->name, id);
    if (instance == nullptr) {
      result.failures.push_back({id, "MISSING", ""});
      continue;
    }
    const std::string arn = impl_->parts.ids.container_instance_arn((*cluster)->name, instance->id);
    if (instance->status == InstanceStatus::kInactive) {
      result.failures.push_back({arn, "INACTIVE", ""});
      continue;
    }
    const auto verdict = impl_->placer.examine(place, *instance);
    if (verdict.misfit != Misfit::kNone) {
      result.failures.push_back({arn, std::string(failure_reason(verdict.misfit)), verdict.why});
      continue;
    }
    result.tasks.push_back(impl_->launch(request, *definition, *instance));
  }
  return result;
}

Result<const Task*> Ecs::stop_task(std::string_view cluster, std::string_view task,
                                   std::string_view reason) {
  auto place = impl_->active_cluster(cluster);
  if (!place) return place.error();
  const auto found = impl_->task_index.find(name_of(task));
  if (found == impl_->task_index.end()) return invalid("The referenced task was not found.");
  impl_->stop(*found->second, reason.empty() ? "Task stopped by user" : std::string(reason),
              "UserInitiated", false);
  return static_cast<const Task*>(found->second);
}

}  // namespace steady::ecs
