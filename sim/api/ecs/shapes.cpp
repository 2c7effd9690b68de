#include "sim/api/ecs/shapes.h"

#include <algorithm>
#include <charconv>

namespace steady::api::ecs {
namespace {

namespace model = steady::ecs;

Timestamp stamp(SimTime at) { return {at == kNever ? std::nullopt : std::optional<SimTime>(at)}; }

/// "1024", "1 vCPU" and "2 GB" as AWS reads them (ecs.md 1.5).
std::optional<int> size_of(const std::string& text, bool cpu) {
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || number < 0) return std::nullopt;
  std::string unit(parsed.ptr, text.data() + text.size());
  std::erase(unit, ' ');
  for (char& c : unit) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (unit.empty()) return static_cast<int>(number);
  if ((cpu && unit == "vcpu") || (!cpu && unit == "gb")) return static_cast<int>(number * 1024);
  return std::nullopt;
}

std::optional<std::uint16_t> port_of(int port) {
  if (port < 0 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

}  // namespace

Result<model::TaskDefinition> definition_of(const RegisterTaskDefinitionInput& input) {
  std::vector<std::string> faults;
  model::TaskDefinition definition;
  definition.family = input.family;
  definition.kept = input.kept;
  definition.requires_compatibilities = input.requires_compatibilities;
  if (input.network_mode.empty() || input.network_mode == "bridge") {
    definition.network_mode = model::NetworkMode::kBridge;
  } else if (input.network_mode == "host") {
    definition.network_mode = model::NetworkMode::kHost;
  } else if (input.network_mode == "awsvpc") {
    definition.network_mode = model::NetworkMode::kAwsvpc;
    definition.requires_attributes.emplace_back("ecs.capability.task-eni", "");
    definition.requires_attributes.clear();  // every agent of the model has it
  } else if (input.network_mode == "none") {
    definition.network_mode = model::NetworkMode::kNone;
  } else {
    faults.push_back("networkMode '" + input.network_mode +
                     "' is not one of bridge, host, awsvpc, none.");
  }
  auto read_size = [&](const std::string& text, bool cpu, std::optional<int>& out) {
    if (text.empty()) return;
    out = size_of(text, cpu);
    if (!out)
      faults.push_back("Invalid '" + std::string(cpu ? "cpu" : "memory") + "' setting for task.");
  };
  read_size(input.cpu, true, definition.cpu);
  read_size(input.memory, false, definition.memory);
  for (const auto& compatibility : input.requires_compatibilities) {
    if (compatibility != "EC2")
      faults.push_back("requiresCompatibilities " + compatibility + " is not modelled yet.");
  }
  for (const auto& given : input.container_definitions) {
    model::ContainerDefinition container;
    container.name = given.name;
    container.image = given.image;
    container.cpu = given.cpu;
    container.memory = given.memory;
    container.memory_reservation = given.memory_reservation;
    container.essential = given.essential;
    container.command = given.command;
    container.kept = given.kept;
    if (given.stop_timeout) container.stop_timeout = std::chrono::seconds{*given.stop_timeout};
    if (given.health_check) {
      model::ContainerHealthCheck check;
      check.command = given.health_check->command;
      check.interval = std::chrono::seconds{given.health_check->interval};
      check.timeout = std::chrono::seconds{given.health_check->timeout};
      check.retries = given.health_check->retries;
      check.start_period = std::chrono::seconds{given.health_check->start_period};
      container.health_check = check;
    }
    for (const auto& requirement : given.resource_requirements) {
      if (requirement.type == "GPU") {
        container.gpus += size_of(requirement.value, true).value_or(0);
      } else {
        faults.push_back("resourceRequirements of type " + requirement.type +
                         " are not modelled yet.");
      }
    }
    for (const auto& given_port : given.port_mappings) {
      model::PortMapping port;
      const auto container_port = port_of(given_port.container_port),
                 host_port = port_of(given_port.host_port);
      if (!container_port || *container_port == 0 || !host_port)
        faults.push_back("Ports of container " + given.name + " must be between 0 and 65535.");
      port.container_port = container_port.value_or(0);
      port.host_port = host_port.value_or(0);
      port.protocol =
          given_port.protocol == "udp" ? model::Transport::kUdp : model::Transport::kTcp;
      if (given_port.protocol != "udp" && given_port.protocol != "tcp" &&
          !given_port.protocol.empty()) {
        faults.push_back("Protocol '" + given_port.protocol + "' is not one of tcp, udp.");
      }
      port.kept = given_port.kept;
      container.ports.push_back(port);
    }
    definition.containers.push_back(std::move(container));
  }
  definition.constraints = constraints_of(input.placement_constraints);
  if (faults.empty()) return definition;
  std::string message;
  for (const auto& fault : faults) message += (message.empty() ? "" : " ") + fault;
  return Error{"ClientException", message};
}

Result<model::DeploymentConfiguration> configuration_of(const DeploymentConfiguration& input,
                                                        model::DeploymentConfiguration base) {
  if (input.maximum_percent) base.maximum_percent = *input.maximum_percent;
  if (input.minimum_healthy_percent) base.minimum_healthy_percent = *input.minimum_healthy_percent;
  if (input.circuit_breaker) {
    using Type = model::CircuitBreaker::Type;
    base.breaker.enable = input.circuit_breaker->enable;
    base.breaker.rollback = input.circuit_breaker->rollback;
    base.breaker.reset_on_healthy = input.circuit_breaker->reset_on_healthy_task;
    if (const auto& threshold = input.circuit_breaker->threshold) {
      base.breaker.value = threshold->value;
      if (threshold->type == "COUNT") {
        base.breaker.type = Type::kCount;
      } else if (threshold->type == "UNBOUNDED_PERCENT") {
        base.breaker.type = Type::kUnboundedPercent;
      } else if (threshold->type == "BOUNDED_PERCENT") {
        base.breaker.type = Type::kBoundedPercent;
      } else {
        return Error{"InvalidParameterException",
                     "thresholdConfiguration type " + threshold->type +
                         " is not one of COUNT, BOUNDED_PERCENT, UNBOUNDED_PERCENT."};
      }
    }
  }
  return base;
}

std::vector<model::PlacementConstraint> constraints_of(
    const std::vector<PlacementConstraint>& input) {
  std::vector<model::PlacementConstraint> out;
  for (const auto& one : input) out.push_back({one.type, one.expression});
  return out;
}

std::vector<model::PlacementStrategy> strategies_of(const std::vector<PlacementStrategy>& input) {
  std::vector<model::PlacementStrategy> out;
  for (const auto& one : input) {
    std::string field = one.field;
    if (one.type == "binpack") {  // CPU and MEMORY are taken too
      for (char& c : field) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    out.push_back({one.type, std::move(field)});
  }
  return out;
}

std::vector<model::ServiceLoadBalancer> balancers_of(const std::vector<LoadBalancer>& input) {
  std::vector<model::ServiceLoadBalancer> out;
  for (const auto& one : input) {
    model::ServiceLoadBalancer balancer;
    balancer.target_group = one.target_group_arn;
    balancer.load_balancer = one.load_balancer_name;
    balancer.container = one.container_name;
    balancer.container_port = static_cast<std::uint16_t>(std::clamp(one.container_port, 0, 65535));
    out.push_back(std::move(balancer));
  }
  return out;
}

std::vector<std::string> zones_of(const std::optional<NetworkConfiguration>& network,
                                  const std::vector<std::string>& zones) {
  std::vector<std::string> named;
  if (!network || !network->awsvpc) return named;
  for (const auto& subnet : network->awsvpc->subnets) {
    if (std::ranges::find(zones, subnet) != zones.end()) named.push_back(subnet);
  }
  return named;
}

Result<model::Service> service_of(const CreateServiceInput& input,
                                  const std::vector<std::string>& zones) {
  model::Service service;
  service.name = input.service_name;
  service.cluster = input.cluster;
  service.desired = input.desired_count;
  service.kept = input.kept;
  if (input.grace) service.grace = std::chrono::seconds{*input.grace};
  if (input.service_name.empty())
    return Error{"InvalidParameterException", "Service name should not be null or empty."};
  if (input.deployment_configuration) {
    auto configuration = configuration_of(*input.deployment_configuration, {});
    if (!configuration) return configuration.error();
    service.configuration = *configuration;
  }
  service.strategies = strategies_of(input.placement_strategy);
  service.constraints = constraints_of(input.placement_constraints);
  service.load_balancers = balancers_of(input.load_balancers);
  service.subnets_zones = zones_of(input.network_configuration, zones);
  if (input.network_configuration && input.network_configuration->awsvpc) {
    service.subnets = input.network_configuration->awsvpc->subnets;
    service.network_kept = input.network_configuration->awsvpc->kept;
  }
  return service;
}

TaskDefinitionShape shape_of(const model::Ecs&, const model::TaskDefinition& definition) {
  static constexpr const char* kModes[] = {"bridge", "host", "awsvpc", "none"};
  TaskDefinitionShape shape;
  shape.task_definition_arn = IdSource::task_definition_arn(definition.family, definition.revision);
  shape.revision = definition.revision;
  shape.status = definition.status == model::DefinitionStatus::kActive ? "ACTIVE" : "INACTIVE";
  auto& input = shape.input;
  input.family = definition.family;
  input.network_mode = kModes[static_cast<std::size_t>(definition.network_mode)];
  if (definition.cpu) input.cpu = std::to_string(*definition.cpu);
  if (definition.memory) input.memory = std::to_string(*definition.memory);
  input.requires_compatibilities = definition.requires_compatibilities;
  input.kept = definition.kept;
  for (const auto& constraint : definition.constraints)
    input.placement_constraints.push_back({constraint.type, constraint.expression});
  for (const auto& container : definition.containers) {
    ContainerDefinition out;
    out.name = container.name;
    out.image = container.image;
    out.cpu = container.cpu;
    out.memory = container.memory;
    out.memory_reservation = container.memory_reservation;
    out.essential = container.essential;
    out.command = container.command;
    out.kept = container.kept;
    if (container.stop_timeout)
      out.stop_timeout = static_cast<int>(*container.stop_timeout / std::chrono::seconds{1});
    for (const auto& port : container.ports) {
      out.port_mappings.push_back({port.container_port, port.host_port,
                                   port.protocol == model::Transport::kTcp ? "tcp" : "udp",
                                   port.kept});
    }
    if (container.gpus > 0)
      out.resource_requirements.push_back({"GPU", std::to_string(container.gpus)});
    if (container.health_check) {
      const auto& check = *container.health_check;
      auto seconds = [](SimDuration d) { return static_cast<int>(d / std::chrono::seconds{1}); };
      out.health_check = HealthCheck{check.command, seconds(check.interval), seconds(check.timeout),
                                     check.retries, seconds(check.start_period)};
    }
    input.container_definitions.push_back(std::move(out));
  }
  return shape;
}

ServiceShape shape_of(const model::Ecs& ecs, const model::Service& service) {
  static constexpr const char* kStatus[] = {"ACTIVE", "DRAINING", "INACTIVE"};
  static constexpr const char* kDeployment[] = {"PRIMARY", "ACTIVE", "INACTIVE"};
  static constexpr const char* kRollout[] = {"", "IN_PROGRESS", "COMPLETED", "FAILED"};
  ServiceShape shape;
  shape.service_arn = ecs.ids().service_arn(service.cluster, service.name);
  shape.service_name = service.name;
  shape.cluster_arn = IdSource::cluster_arn(service.cluster);
  shape.status = kStatus[static_cast<std::size_t>(service.status)];
  shape.desired_count = service.desired;
  const auto counts = ecs.counts(service);
  shape.running_count = counts.running;
  shape.pending_count = counts.pending;
  shape.task_definition =
      IdSource::task_definition_arn(service.definition->family, service.definition->revision);
  shape.grace = static_cast<int>(service.grace / std::chrono::seconds{1});
  shape.created_at = stamp(service.created_at);
  shape.kept = service.kept;
  for (const auto& balancer : service.load_balancers) {
    shape.load_balancers.push_back(
        {balancer.target_group.empty() ? "" : ecs.group_arn(balancer.group), balancer.load_balancer,
         balancer.container, balancer.container_port});
  }
  if (!service.subnets.empty() || !service.network_kept.empty()) {
    shape.network_configuration =
        NetworkConfiguration{AwsvpcConfiguration{service.subnets, service.network_kept}};
  }
  shape.deployment_configuration.maximum_percent = service.configuration.maximum_percent;
  shape.deployment_configuration.minimum_healthy_percent =
      service.configuration.minimum_healthy_percent;
  const auto& breaker = service.configuration.breaker;
  CircuitBreaker out_breaker;
  out_breaker.enable = breaker.enable;
  out_breaker.rollback = breaker.rollback;
  out_breaker.reset_on_healthy_task = breaker.reset_on_healthy;
  shape.deployment_configuration.circuit_breaker = out_breaker;
  for (const auto& deployment : service.deployments) {
    const auto count = ecs.counts(service, deployment.get());
    DeploymentShape out;
    out.id = deployment->id;
    out.status = kDeployment[static_cast<std::size_t>(deployment->status)];
    out.task_definition = IdSource::task_definition_arn(deployment->definition->family,
                                                        deployment->definition->revision);
    out.desired_count =
        deployment->status == model::DeploymentStatus::kPrimary ? service.desired : 0;
    out.pending_count = count.pending;
    out.running_count = count.running;
    out.failed_tasks = deployment->failed_tasks;
    out.rollout_state = kRollout[static_cast<std::size_t>(deployment->rollout)];
    out.rollout_state_reason = deployment->rollout_reason;
    out.created_at = stamp(deployment->created_at);
    out.updated_at = stamp(deployment->updated_at);
    shape.deployments.push_back(std::move(out));
  }
  for (auto event = service.events.rbegin(); event != service.events.rend(); ++event) {
    shape.events.push_back({event->id, event->message, stamp(event->created_at)});
  }
  for (const auto& constraint : service.constraints)
    shape.placement_constraints.push_back({constraint.type, constraint.expression});
  for (const auto& strategy : service.strategies)
    shape.placement_strategy.push_back({strategy.type, strategy.field});
  return shape;
}

ContainerInstanceShape shape_of(const model::Ecs& ecs, const model::ContainerInstance& instance) {
  static constexpr const char* kStatus[] = {"ACTIVE", "DRAINING", "INACTIVE"};
  ContainerInstanceShape shape;
  shape.container_instance_arn = ecs.ids().container_instance_arn(instance.cluster, instance.id);
  shape.ec2_instance_id = instance.ec2_instance;
  shape.status = kStatus[static_cast<std::size_t>(instance.status)];
  shape.agent_connected = instance.agent_connected;
  shape.running = instance.running_tasks;
  shape.pending = instance.pending_tasks;
  shape.version = instance.version;
  shape.registered_at = stamp(instance.registered_at);
  auto resources = [](int cpu, int memory, const auto& tcp, const auto& udp) {
    std::vector<ResourceShape> out;
    out.push_back({"CPU", "INTEGER", cpu, std::nullopt});
    out.push_back({"MEMORY", "INTEGER", memory, std::nullopt});
    std::vector<std::string> ports;
    for (const auto port : tcp) ports.push_back(std::to_string(port));
    out.push_back({"PORTS", "STRINGSET", std::nullopt, ports});
    ports.clear();
    for (const auto port : udp) ports.push_back(std::to_string(port));
    out.push_back({"PORTS_UDP", "STRINGSET", std::nullopt, ports});
    return out;
  };
  shape.registered = resources(instance.cpu_total, instance.memory_total, instance.tcp_reserved,
                               instance.udp_reserved);
  shape.remaining =
      resources(instance.cpu_left, instance.memory_left, instance.tcp_taken, instance.udp_taken);
  for (const auto& [name, value] : instance.attributes)
    shape.attributes.push_back({name, value, ""});
  return shape;
}

ClusterShape shape_of(const model::Ecs& ecs, const model::Cluster& cluster) {
  ClusterShape shape;
  shape.cluster_arn = IdSource::cluster_arn(cluster.name);
  shape.cluster_name = cluster.name;
  shape.status = cluster.active ? "ACTIVE" : "INACTIVE";
  shape.kept = cluster.kept;
  for (const auto* instance : ecs.instances(cluster.name)) {
    if (instance->status != model::InstanceStatus::kInactive) ++shape.registered;
  }
  for (const auto* task : ecs.tasks()) {
    if (task->cluster != cluster.name || !task->live() || !task->desired_running) continue;
    ++(task->last_status == model::TaskStatus::kRunning ? shape.running : shape.pending);
  }
  for (const auto* service : ecs.services()) {
    if (service->cluster == cluster.name && service->status == model::ServiceStatus::kActive)
      ++shape.active_services;
  }
  return shape;
}

}  // namespace steady::api::ecs
