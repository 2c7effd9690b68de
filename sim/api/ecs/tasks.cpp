#include "sim/api/ecs/lists.h"
#include "sim/api/ecs/shapes.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {
namespace {

/// What RunTask and StartTask share.
template <class Input>
steady::ecs::RunRequest request_of(const Input& input, const std::vector<std::string>& zones) {
  steady::ecs::RunRequest request;
  if (!input.cluster.empty()) request.cluster = input.cluster;
  request.definition = input.task_definition;
  request.group = input.group;
  request.started_by = input.started_by;
  request.kept = input.kept;
  request.zones = ecs::zones_of(input.network_configuration, zones);
  request.has_network = input.network_configuration.has_value();
  return request;
}

ecs::TasksOutput output_of(const steady::ecs::Ecs& model, const steady::ecs::RunResult& result) {
  ecs::TasksOutput out;
  for (const auto* task : result.tasks) out.tasks.push_back(ecs::shape_of(model, *task));
  for (const auto& failure : result.failures)
    out.failures.push_back({failure.arn, failure.reason, failure.detail});
  return out;
}

}  // namespace

Result<ecs::TasksOutput> EcsApi::do_run_task(const ecs::RunTaskInput& input) {
  auto request = request_of(input, door_.world.settings().zones);
  request.client_token = input.client_token;
  request.count = input.count;
  request.constraints = ecs::constraints_of(input.placement_constraints);
  request.strategies = ecs::strategies_of(input.placement_strategy);
  auto& model = door_.world.ecs();
  auto result = model.run_task(request);
  if (!result) return result.error();
  return output_of(model, *result);
}

Result<ecs::TasksOutput> EcsApi::do_start_task(const ecs::StartTaskInput& input) {
  auto request = request_of(input, door_.world.settings().zones);
  request.instances = input.container_instances;
  auto& model = door_.world.ecs();
  auto result = model.start_task(request);
  if (!result) return result.error();
  return output_of(model, *result);
}

Result<ecs::TaskOutput> EcsApi::do_stop_task(const ecs::StopTaskInput& input) {
  auto& model = door_.world.ecs();
  auto done = model.stop_task(input.cluster, input.task, input.reason);
  if (!done) return done.error();
  return ecs::TaskOutput{ecs::shape_of(model, **done)};
}

Result<ecs::TasksOutput> EcsApi::do_describe_tasks(const ecs::DescribeTasksInput& input) {
  auto& model = door_.world.ecs();
  if (input.tasks.empty()) return Error{"InvalidParameterException", "Tasks cannot be empty."};
  if (input.tasks.size() > 100)
    return Error{"InvalidParameterException", "tasks can have at most 100 items."};
  if (model.find_cluster(input.cluster) == nullptr)
    return Error{"ClusterNotFoundException", "Cluster not found."};
  ecs::TasksOutput out;
  for (const auto& id : input.tasks) {
    if (const auto* task = model.find_task(id)) {
      out.tasks.push_back(ecs::shape_of(model, *task));
    } else {
      out.failures.push_back({id, "MISSING", ""});
    }
  }
  return out;
}

// ecs.md 7.4: desired status RUNNING by default, so tasks on their way out are not listed.
Result<ecs::ListOutput> EcsApi::do_list_tasks(const ecs::ListInput& input) {
  auto& model = door_.world.ecs();
  const auto* cluster = model.find_cluster(input.cluster);
  if (cluster == nullptr) return Error{"ClusterNotFoundException", "Cluster not found."};
  const std::string desired = input.desired_status.empty() ? "RUNNING" : input.desired_status;
  std::vector<std::string> arns;
  for (const auto* task : model.tasks()) {
    if (task->cluster != cluster->name || desired == "PENDING" ||
        (task->desired_running ? "RUNNING" : "STOPPED") != desired)
      continue;
    if (!input.service_name.empty() && task->service != input.service_name) continue;
    if (!input.family.empty() && task->definition->family != input.family) continue;
    if (!input.started_by.empty() && task->started_by != input.started_by) continue;
    if (!input.container_instance.empty() &&
        (task->instance == nullptr ||
         model.find_instance(cluster->name, input.container_instance) != task->instance))
      continue;
    arns.push_back(model.ids().task_arn(task->cluster, task->id));
  }
  return ecs::page_of("taskArns", std::move(arns), input, 100);
}

}  // namespace steady::api
