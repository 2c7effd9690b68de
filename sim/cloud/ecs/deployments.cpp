#include <algorithm>

#include "sim/cloud/ecs/names.h"
#include "sim/cloud/ecs/query_language.h"
#include "sim/cloud/ecs/state.h"
#include "sim/core/journal_kinds.h"

namespace steady::ecs {
namespace {

constexpr std::string_view kServiceStatus[] = {"ACTIVE", "DRAINING", "INACTIVE"};
constexpr std::string_view kDeploymentStatus[] = {"PRIMARY", "ACTIVE", "INACTIVE"};
constexpr std::string_view kRollout[] = {"", "IN_PROGRESS", "COMPLETED", "FAILED"};

Error invalid(std::string message) { return {"InvalidParameterException", std::move(message)}; }

/// The same parameters, for CreateService's idempotency (ecs.md 7.5).
bool same(const Service& a, const Service& b) {
  return a.desired == b.desired && a.grace == b.grace && a.load_balancers == b.load_balancers &&
         a.configuration == b.configuration && a.constraints == b.constraints &&
         a.strategies == b.strategies && a.subnets_zones == b.subnets_zones && a.kept == b.kept;
}

}  // namespace

ServiceState* Ecs::Impl::find_service(std::string_view cluster, std::string_view name) {
  const Cluster* place = find_cluster(cluster);
  ServiceState* found = nullptr;
  for (const auto& service : services) {
    // The newest of the name: an INACTIVE one's name may be used again.
    if (service->name == name_of(name) && place != nullptr && service->cluster == place->name)
      found = service.get();
  }
  return found;
}

bool Ecs::Impl::classic(const Service& service) const {
  return std::ranges::any_of(service.load_balancers,
                             [this](const auto& b) { return parts.elb.is_classic(b.group); });
}

void Ecs::Impl::journal_service(const ServiceState& service) {
  const auto count = counts(service, nullptr);
  journal.add(now(), journal::kService, service.name,
              {{"status", std::string(kServiceStatus[static_cast<std::size_t>(service.status)])},
               {"desired", std::to_string(service.desired)},
               {"definition", service.definition->name()},
               {"running", std::to_string(count.running)},
               {"pending", std::to_string(count.pending)}});
}

void Ecs::Impl::journal_deployment(const ServiceState& service, const DeploymentState& deployment) {
  journal.add(
      now(), journal::kDeployment, deployment.id,
      {{"service", service.name},
       {"definition", deployment.definition->name()},
       {"status", std::string(kDeploymentStatus[static_cast<std::size_t>(deployment.status)])},
       {"rollout", std::string(kRollout[static_cast<std::size_t>(deployment.rollout)])},
       {"reason", deployment.rollout_reason},
       {"failedTasks", std::to_string(deployment.failed_tasks)},
       {"desired", std::to_string(deployment.desired)},
       {"rollback", deployment.is_rollback ? "yes" : ""},
       {"initial", deployment.id == service.initial_id ? "yes" : ""}});
}

// ecs.md 1.7, 7.3: all that can be said against a service, at once.
Status Ecs::Impl::validate_service(Service& service, const TaskDefinition& definition) {
  std::vector<std::string> faults;
  const auto& configuration = service.configuration;
  if (service.desired < 0) faults.push_back("desiredCount must not be negative.");
  if (configuration.minimum_healthy_percent < 0 || configuration.maximum_percent < 1) {
    faults.push_back("Percentages of the deployment configuration must be positive.");
  }
  if (configuration.maximum_percent < configuration.minimum_healthy_percent) {
    faults.push_back("maximumPercent must not be below minimumHealthyPercent.");
  }
  if (configuration.maximum_percent == 100 && configuration.minimum_healthy_percent == 100 &&
      behaviour.both_percents_hundred_reject) {
    faults.push_back(
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
        "deployments");
  }
  if (service.load_balancers.size() > 5)
    faults.push_back("A service can have at most 5 target groups.");
  int classics = 0;
  for (auto& balancer : service.load_balancers) {
    const app::GroupId* group = nullptr;
    if (!balancer.load_balancer.empty()) {
      group = parts.elb.find_classic(balancer.load_balancer);
      if (group == nullptr)
        faults.push_back("The load balancer " + balancer.load_balancer + " does not exist.");
      ++classics;
    } else {
      group = parts.elb.find_group(balancer.target_group);
      if (group == nullptr) {
        faults.push_back("The target group " + balancer.target_group + " does not exist.");
      } else if (!parts.elb.has_load_balancer(*group)) {
        faults.push_back("The target group with targetGroupArn " + parts.elb.group_arn(*group) +
                         " does not have an associated load balancer.");
      } else {
        const auto* spec = parts.elb.target_group(balancer.target_group);
        const bool by_ip = spec->target_type == elb::TargetGroupSpec::TargetType::kIp;
        if (by_ip != (definition.network_mode == NetworkMode::kAwsvpc)) {
          faults.push_back(
              "The provided target group " + parts.elb.group_arn(*group) + " has target type " +
              (by_ip ? "ip" : "instance") +
              ", which is incompatible with the network mode specified in the task definition.");
        }
      }
    }
    if (group != nullptr) balancer.group = *group;
    const auto container =
        std::ranges::find(definition.containers, balancer.container, &ContainerDefinition::name);
    if (container == definition.containers.end()) {
      faults.push_back("The container " + balancer.container +
                       " does not exist in the task definition.");
    } else if (std::ranges::find(container->ports, balancer.container_port,
                                 &PortMapping::container_port) == container->ports.end()) {
      faults.push_back("The container " + balancer.container + " did not have a container port " +
                       std::to_string(balancer.container_port) + " defined.");
    }
    // Container health checks are not supported behind Classic (ecs.md 1.5).
    if (classics > 0 && container != definition.containers.end() && container->health_check) {
      faults.push_back(
          "Container health checks are not supported for tasks of a service with a Classic Load "
          "Balancer.");
    }
  }
  if (classics > 0 && service.load_balancers.size() > 1)
    faults.push_back("A service can have one Classic Load Balancer only.");
  if (classics > 0 && configuration.breaker.enable) {
    faults.push_back(
        "The deployment circuit breaker is not supported for services with a Classic Load "
        "Balancer.");
  }
  for (const auto& fault : placement_faults(service.constraints, service.strategies, &definition))
    faults.push_back(fault.message);
  if (faults.empty()) return ok();
  std::string message;
  for (const auto& fault : faults) message += (message.empty() ? "" : " ") + fault;
  return invalid(message);
}

DeploymentState& Ecs::Impl::begin_deployment(ServiceState& service,
                                             std::shared_ptr<const TaskDefinition> definition,
                                             bool rollback) {
  for (std::size_t i = 0; i < service.deployments.size(); ++i) {
    auto& older = service.deployment(i);
    if (older.status != DeploymentStatus::kPrimary) continue;
    older.status = DeploymentStatus::kActive;
    older.desired = 0;
    older.updated_at = now();
    service.hold[older.id] = 0;
    for (TaskState* task : service.tasks) {
      if (task->live() && task->desired_running && task->started_by == older.id)
        ++service.hold[older.id];
    }
    journal_deployment(service, older);
  }
  auto made = std::make_unique<DeploymentState>();
  DeploymentState& deployment = *made;
  deployment.id = parts.ids.deployment(next_deployment++, parts.calendar.unix_ms(now()));
  deployment.definition = definition;
  deployment.desired = service.desired;
  deployment.created_at = deployment.updated_at = now();
  deployment.is_rollback = rollback;
  if (behaviour.deployment_events() && !classic(service)) {
    deployment.rollout = Rollout::kInProgress;
    deployment.rollout_reason = "ECS deployment " + deployment.id + " in progress.";
  }
  service.definition = std::move(definition);
  service.deployments.insert(service.deployments.begin(), std::move(made));
  // An update resumes normal speed at once (ecs.md 2.5), and placement is tried afresh.
  service.failed_starts = 0;
  service.next_start = now();
  service.next_attempt = now();
  service.retry_since = now();
  service.unresolved.clear();
  service.steady_logged = false;
  return deployment;
}

Result<const Service*> Ecs::Impl::create_service(Service wanted, std::string_view definition_name,
                                                 bool at_rest) {
  auto cluster = active_cluster(wanted.cluster);
  if (!cluster) return cluster.error();
  wanted.cluster = (*cluster)->name;
  const auto definition = find_definition(definition_name);
  if (definition == nullptr) return Error{"ClientException", "TaskDefinition not found."};
  if (definition->status != DefinitionStatus::kActive)
    return Error{"ClientException", "TaskDefinition is inactive"};
  if (const auto fine = validate_service(wanted, *definition); !fine) return fine.error();
  if (ServiceState* there = find_service(wanted.cluster, wanted.name); there != nullptr) {
    if (there->status == ServiceStatus::kActive) {
      if (same(*there, wanted) && there->definition == definition)
        return static_cast<const Service*>(there);
      return invalid("Creation of service was not idempotent.");
    }
    if (there->status == ServiceStatus::kDraining)
      return invalid("Unable to Start a service that is still Draining.");
  }
  auto made = std::make_unique<ServiceState>();
  ServiceState& service = *made;
  static_cast<Service&>(service) = std::move(wanted);
  service.ordinal = services.size();
  service.created_at = now();
  service.definition = definition;
  services.push_back(std::move(made));
  DeploymentState& deployment = begin_deployment(service, definition, false);
  if (at_rest) {
    if (const auto fine = begin_at_rest(service); !fine) {
      services.pop_back();
      return fine.error();
    }
  }
  journal_service(service);
  journal_deployment(service, deployment);
  const SimDuration phase{static_cast<std::int64_t>(
      phases.below(static_cast<std::uint64_t>(behaviour.pass.count()), service.ordinal, 0))};
  schedule_pass(service, phase);
  return static_cast<const Service*>(&service);
}

/// Tasks RUNNING and healthy since before time 0, placed by the ordinary rules.
Status Ecs::Impl::begin_at_rest(ServiceState& service) {
  const elb::Elb::Hold held(parts.elb);
  DeploymentState& deployment = service.primary();
  PlacementRequest request = placement_of(service, *deployment.definition);
  const auto candidates = of_cluster(service.cluster);
  for (int i = 0; i < service.desired; ++i) {
    request.entity = tasks.size();
    const Placement placement = placer.place(request, candidates);
    if (placement.instance == nullptr) {
      std::string why = "service " + service.name + " does not fit: task " + std::to_string(i + 1) +
                        " of " + std::to_string(service.desired) + " finds no place";
      for (const auto& verdict : placement.verdicts)
        why += "; " + verdict.instance->ec2_instance + " " + verdict.why;
      if (placement.verdicts.empty())
        why += "; cluster " + service.cluster + " has no container instance";
      return Error{"DoesNotFit", why};
    }
    TaskState& task = make_task(deployment.definition,
                                static_cast<InstanceState&>(*placement.instance), request.group);
    task.service = service.name;
    task.started_by = deployment.id;
    if (task.last_status == TaskStatus::kProvisioning) {
      task.last_status = TaskStatus::kPending;
      ++placement.instance->pending_tasks;
    }
    for (const auto& balancer : service.load_balancers)
      task.targets.push_back({balancer.group, 0, balancer.container_port});
    service.tasks.push_back(&task);
    become_running(task, true);
    journal_instance(static_cast<InstanceState&>(*placement.instance));
    task.seen_healthy = true;
    for (std::size_t b = 0; b < service.load_balancers.size(); ++b) {
      const auto& balancer = service.load_balancers[b];
      std::uint16_t host_port = 0;
      for (const auto& [container, host] : task.bindings) {
        if (container == balancer.container_port) host_port = host;
      }
      auto target = parts.elb.register_target(
          balancer.group, task.ip.empty() ? task.instance->ec2_instance : task.ip,
          task.ip.empty() ? host_port : balancer.container_port, task.instance->zone,
          task.definition->name());
      if (!target) return target.error();
      task.targets[b].target = *target;
      task.targets[b].registered = true;
      parts.elb.assume_healthy(*target);
    }
    // Without checks a task counts after 40 s of running (ecs.md 2.3): these have run for long.
    if (task.targets.empty()) task.started_at = now() - behaviour.healthy_without_checks;
  }
  service.initial_id = deployment.id;
  deployment.reached_running = true;
  if (deployment.rollout == Rollout::kInProgress) {
    deployment.rollout = Rollout::kCompleted;
    deployment.rollout_reason = "ECS deployment " + deployment.id + " completed.";
  }
  service.completed = deployment.definition;
  service.completed_id = deployment.id;
  service.steady_logged = true;
  service.steady_at = now();
  return ok();
}

Result<const Service*> Ecs::Impl::update_service(std::string_view cluster, std::string_view name,
                                                 const ServiceChange& change) {
  auto place = active_cluster(cluster);
  if (!place) return place.error();
  ServiceState* service = find_service((*place)->name, name);
  if (service == nullptr) return Error{"ServiceNotFoundException", "Service not found."};
  if (service->status != ServiceStatus::kActive)
    return Error{"ServiceNotActiveException", "Service was not ACTIVE."};
  std::shared_ptr<const TaskDefinition> definition = service->definition;
  if (change.definition) {
    definition = find_definition(*change.definition);
    if (definition == nullptr) return Error{"ClientException", "TaskDefinition not found."};
    if (definition->status != DefinitionStatus::kActive)
      return Error{"ClientException", "TaskDefinition is inactive"};
  }
  Service after;  // what it would be: nothing is half applied
  after.name = service->name;
  after.cluster = service->cluster;
  after.desired = change.desired.value_or(service->desired);
  after.configuration = change.configuration.value_or(service->configuration);
  after.constraints = change.constraints.value_or(service->constraints);
  after.strategies = change.strategies.value_or(service->strategies);
  after.load_balancers = change.load_balancers.value_or(service->load_balancers);
  after.grace = change.grace.value_or(service->grace);
  if (const auto fine = validate_service(after, *definition); !fine) return fine.error();
  const bool desired_changed = after.desired != service->desired;
  // What starts a deployment and what is changed in place: ecs.md 1.7.
  const bool deploys = change.force_new_deployment || definition != service->definition ||
                       change.load_balancers.has_value();
  service->desired = after.desired;
  service->configuration = after.configuration;
  service->constraints = after.constraints;
  service->strategies = after.strategies;
  service->grace = after.grace;
  service->load_balancers = after.load_balancers;
  for (const auto& [key, value] : change.kept) service->kept[key] = value;
  if (deploys) {
    begin_deployment(*service, definition, false);
    journal_service(*service);
    journal_deployment(*service, service->primary());
  } else {
    if (desired_changed) {
      service->primary().desired = after.desired;
      service->next_start = now();
      service->steady_logged = false;
    }
    service->next_attempt = now();
    journal_service(*service);
  }
  return static_cast<const Service*>(service);
}

Result<const Service*> Ecs::Impl::delete_service(std::string_view cluster, std::string_view name,
                                                 bool force) {
  auto place = active_cluster(cluster);
  if (!place) return place.error();
  ServiceState* service = find_service((*place)->name, name);
  if (service == nullptr || service->status == ServiceStatus::kInactive)
    return Error{"ServiceNotFoundException", "Service not found."};
  if (service->status == ServiceStatus::kDraining) return static_cast<const Service*>(service);
  if (service->desired > 0 && !force)
    return invalid("The service cannot be stopped while it is scaled above 0.");
  service->desired = 0;
  service->status = ServiceStatus::kDraining;
  std::vector<TaskState*> live;
  for (TaskState* task : service->tasks) {
    if (task->live() && task->desired_running) live.push_back(task);
  }
  stop_many(*service, live,
            "Scaling activity initiated by (deployment " + service->primary().id + ")");
  const bool any = std::ranges::any_of(service->tasks, [](TaskState* t) { return t->live(); });
  if (!any) service->status = ServiceStatus::kInactive;
  journal_service(*service);
  return static_cast<const Service*>(service);
}

Ecs::Counts Ecs::Impl::counts(const Service& service, const Deployment* deployment) const {
  Counts count;
  for (const TaskState* task : static_cast<const ServiceState&>(service).tasks) {
    if (!task->live() || !task->desired_running) continue;
    if (deployment != nullptr && task->started_by != deployment->id) continue;
    if (task->last_status == TaskStatus::kRunning) {
      ++count.running;
      if (healthy(*task)) ++count.healthy;
    } else {
      ++count.pending;
    }
  }
  return count;
}

}  // namespace steady::ecs
