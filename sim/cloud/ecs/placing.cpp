#include <algorithm>

#include "sim/cloud/ecs/state.h"
#include "sim/core/journal_kinds.h"

/// How the scheduler finds a place for a service's tasks, and what it says when there is none.
namespace steady::ecs {
namespace {

/// One sentence per instance that did not take the task, for our "why:" line.
std::string explain(const Placement& placement, const Demand& demand) {
  std::string why = "a task needs " + std::to_string(demand.cpu) + " CPU units, " +
                    std::to_string(demand.memory) + " MiB";
  for (const auto port : demand.tcp_ports) why += ", port " + std::to_string(port);
  if (demand.eni) why += ", a network interface";
  if (placement.verdicts.empty()) return why + "; the cluster has no container instance";
  constexpr std::size_t kShown = 4;
  for (std::size_t i = 0; i < placement.verdicts.size() && i < kShown; ++i) {
    const auto& verdict = placement.verdicts[i];
    why += "; " + verdict.instance->ec2_instance + " " + verdict.why;
  }
  if (placement.verdicts.size() > kShown)
    why += "; and " + std::to_string(placement.verdicts.size() - kShown) + " more";
  return why;
}

std::string missing_resource(const Placement& placement) {
  if (!placement.closest) return "INSTANCES";
  switch (placement.closest->misfit) {
    case Misfit::kCpu:
      return "CPU";
    case Misfit::kMemory:
      return "MEMORY";
    case Misfit::kPorts:
      return "PORTS";
    case Misfit::kEni:
      return "ENI";
    case Misfit::kGpu:
      return "GPU";
    case Misfit::kAgent:
      return "AGENT";
    case Misfit::kLocation:
      return "LOCATION";
    case Misfit::kAttribute:
      return "ATTRIBUTE";
    case Misfit::kConstraint:
      return "CONSTRAINT";
    default:
      return "INSTANCES";
  }
}

}  // namespace

PlacementRequest Ecs::Impl::placement_of(const Service& service,
                                         const TaskDefinition& definition) const {
  PlacementRequest request;
  request.definition = &definition;
  request.demand = demand_of(definition);
  request.group = service_group(service);
  request.constraints = service.constraints;
  request.strategies = service.strategies;
  request.for_service = true;
  request.zones = service.subnets_zones;
  return request;
}

/// Placement begins to fail, fails for another reason, or (nothing missing) works again.
void Ecs::Impl::note_stall(ServiceState& service, const std::string& missing) {
  auto tell = [&](const char* state, const std::string& what) {
    journal.add(now(), journal::kPlacementStall, service.name,
                {{"state", state}, {"missing", what}});
  };
  if (!service.stalled) service.retry_since = now();
  if (service.stalled && service.stall_missing == missing) return;
  if (service.stalled) tell("end", service.stall_missing);
  if (!missing.empty()) tell("begin", missing);
  service.stalled = !missing.empty();
  service.stall_missing = missing;
}

/// Places up to `count` tasks; ends at the first that does not fit. Gives how many were started.
int Ecs::Impl::place_tasks(ServiceState& service, DeploymentState& deployment, int count,
                           std::vector<std::string>& started) {
  if (count <= 0 || now() < service.next_start) return 0;
  if (service.stalled && now() < service.next_attempt) return 0;
  PlacementRequest request = placement_of(service, *deployment.definition);
  const auto candidates = of_cluster(service.cluster);
  int placed = 0;
  for (; placed < count; ++placed) {
    request.entity = tasks.size();
    const Placement placement = placer.place(request, candidates);
    if (placement.instance == nullptr) {
      note_stall(service, missing_resource(placement));
      // Quickly for about 50 s, then about every 5 minutes (ecs.md 6.1).
      const bool quick = now() < service.retry_since + behaviour.retry_quick_for;
      service.next_attempt = quick ? now() + behaviour.pass : now() + behaviour.retry_slow;
      trouble(service, "place", "(service " + service.name + ") " + placement_text(placement),
              explain(placement, request.demand));
      return placed;
    }
    TaskState& task = make_task(deployment.definition,
                                static_cast<InstanceState&>(*placement.instance), request.group);
    task.service = service.name;
    task.started_by = deployment.id;
    for (const auto& balancer : service.load_balancers)
      task.targets.push_back({balancer.group, 0, balancer.container_port});
    service.tasks.push_back(&task);
    started.push_back(task.id);
    journal_task(task);
    journal_instance(static_cast<InstanceState&>(*placement.instance));
    start(task);
  }
  if (service.stalled) {
    note_stall(service, "");
    resolved(service, "place");
  }
  return placed;
}

}  // namespace steady::ecs
