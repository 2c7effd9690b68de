#include "sim/cloud/ecs/ecs.h"

#include <algorithm>

#include "sim/cloud/ecs/names.h"
#include "sim/cloud/ecs/query_language.h"
#include "sim/cloud/ecs/state.h"
#include "sim/core/check.h"

namespace steady::ecs {

Ecs::Impl::Impl(Parts p)
    : parts(std::move(p)),
      loop(parts.loop),
      journal(parts.journal),
      behaviour(parts.behaviour),
      shares(parts.fleet),
      placer(parts.random),
      stream(parts.random.stream("ecs/tasks")),
      phases(parts.random.stream("ecs/scheduler")) {
  parts.ec2.observe(
      {.running =
           [this](const ec2::Instance& machine) {
             if (machine.spec.cluster.empty()) return;
             if (now() == kStart && machine.launched_at == kStart && machine.running_at == kStart) {
               add_instance(machine, machine.spec.cluster);
               return;
             }
             const SimDuration delay = machine.spec.agent_registration.sample(
                 parts.random.stream("ecs/agents").bits(machine.ordinal, 0));
             loop.after(delay, "agent registers", [this, id = machine.id] {
               const auto* there = parts.ec2.find(id);
               if (there != nullptr && there->state == ec2::InstanceState::kRunning &&
                   find_instance("", id) == nullptr) {
                 add_instance(*there, there->spec.cluster);
               }
             });
           },
       .shutting_down = {},
       .terminated = [this](const ec2::Instance& machine) { instance_lost(machine); }});
}

Ecs::Ecs(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}
Ecs::~Ecs() = default;

const Cluster& Ecs::create_cluster(std::string_view name, KeptFields kept) {
  const std::string wanted(name.empty() ? "default" : name);
  if (Cluster* there = impl_->find_cluster(wanted); there != nullptr) {
    if (!there->active) {
      there->active = true;
      there->kept = std::move(kept);
    }
    return *there;
  }
  impl_->clusters.push_back(std::make_unique<Cluster>(Cluster{wanted, true, std::move(kept)}));
  return *impl_->clusters.back();
}
Status Ecs::delete_cluster(std::string_view name) { return impl_->delete_cluster(name); }
const Cluster* Ecs::find_cluster(std::string_view name) const { return impl_->find_cluster(name); }
std::vector<const Cluster*> Ecs::clusters() const {
  std::vector<const Cluster*> all;
  for (const auto& cluster : impl_->clusters) all.push_back(cluster.get());
  return all;
}

Result<std::shared_ptr<const TaskDefinition>> Ecs::register_task_definition(
    TaskDefinition definition) {
  return impl_->register_definition(std::move(definition));
}
void Ecs::skip_revisions(std::string_view family, int revision) {
  int& skipped = impl_->skipped[std::string(family)];
  skipped = std::max(skipped, revision);
}
Result<std::shared_ptr<const TaskDefinition>> Ecs::deregister_task_definition(
    std::string_view name) {
  return impl_->deregister_definition(name);
}
std::shared_ptr<const TaskDefinition> Ecs::find_definition(std::string_view name) const {
  return impl_->find_definition(name);
}
std::vector<std::shared_ptr<const TaskDefinition>> Ecs::definitions(std::string_view family) const {
  std::vector<std::shared_ptr<const TaskDefinition>> all;
  for (const auto& [name, revisions] : impl_->definitions) {
    if (family.empty() || name == family) all.insert(all.end(), revisions.begin(), revisions.end());
  }
  return all;
}

Result<const Service*> Ecs::create_service(Service service, std::string_view definition,
                                           bool at_rest) {
  return impl_->create_service(std::move(service), definition, at_rest);
}
Result<const Service*> Ecs::update_service(std::string_view cluster, std::string_view service,
                                           const ServiceChange& change) {
  return impl_->update_service(cluster, service, change);
}
Result<const Service*> Ecs::delete_service(std::string_view cluster, std::string_view service,
                                           bool force) {
  return impl_->delete_service(cluster, service, force);
}
const Service* Ecs::find_service(std::string_view cluster, std::string_view name) const {
  return impl_->find_service(cluster, name);
}
std::vector<const Service*> Ecs::services() const {
  std::vector<const Service*> all;
  for (const auto& service : impl_->services) all.push_back(service.get());
  return all;
}
Ecs::Counts Ecs::counts(const Service& service, const Deployment* deployment) const {
  return impl_->counts(service, deployment);
}
bool Ecs::steady(const Service& service) const {
  return static_cast<const ServiceState&>(service).steady_logged;
}

const Task* Ecs::find_task(std::string_view id_or_arn) const {
  const auto found = impl_->task_index.find(name_of(id_or_arn));
  return found == impl_->task_index.end() ? nullptr : found->second;
}
std::vector<const Task*> Ecs::tasks() const {
  std::vector<const Task*> all;
  for (const auto& task : impl_->tasks) {
    // STOPPED ones are shown for an hour (ecs.md 0.4).
    if (task->live() || impl_->now() < task->stopped_at + std::chrono::hours{1})
      all.push_back(task.get());
  }
  return all;
}

Result<const ContainerInstance*> Ecs::register_container_instance(std::string_view cluster,
                                                                  std::string_view ec2_instance) {
  const auto* machine = impl_->parts.ec2.find(ec2_instance);
  if (machine == nullptr || machine->state != ec2::InstanceState::kRunning) {
    return Error{"InvalidParameterException",
                 "The instance " + std::string(ec2_instance) + " is not running."};
  }
  auto place = impl_->active_cluster(cluster);
  if (!place) return place.error();
  InstanceState* there = impl_->find_instance("", machine->id);
  if (there != nullptr && there->status != InstanceStatus::kInactive)
    return static_cast<const ContainerInstance*>(there);
  return static_cast<const ContainerInstance*>(&impl_->add_instance(*machine, (*place)->name));
}
Result<const ContainerInstance*> Ecs::deregister_container_instance(std::string_view cluster,
                                                                    std::string_view id,
                                                                    bool force) {
  return impl_->deregister_instance(cluster, id, force);
}
Result<const ContainerInstance*> Ecs::set_state(std::string_view cluster, std::string_view id,
                                                InstanceStatus status) {
  return impl_->set_state(cluster, id, status);
}
Status Ecs::put_attributes(std::string_view cluster, std::string_view id,
                           const std::map<std::string, std::string>& attributes) {
  auto place = impl_->active_cluster(cluster);
  if (!place) return place.error();
  InstanceState* instance = impl_->find_instance((*place)->name, id);
  if (instance == nullptr)
    return Error{"TargetNotFoundException", "The specified target wasn't found."};
  std::size_t custom = instance->custom_attributes.size();
  for (const auto& [name, value] : attributes) {
    if (std::ranges::find(instance->custom_attributes, name) == instance->custom_attributes.end())
      ++custom;
  }
  if (custom > 10)
    return Error{"AttributeLimitExceededException",
                 "An instance can have at most 10 custom attributes."};
  for (const auto& [name, value] : attributes) {
    instance->attributes.set(name, value);
    if (std::ranges::find(instance->custom_attributes, name) == instance->custom_attributes.end())
      instance->custom_attributes.push_back(name);
  }
  ++instance->version;
  impl_->wake_services(instance->cluster);
  return ok();
}
Status Ecs::delete_attributes(std::string_view cluster, std::string_view id,
                              const std::vector<std::string>& names) {
  auto place = impl_->active_cluster(cluster);
  if (!place) return place.error();
  InstanceState* instance = impl_->find_instance((*place)->name, id);
  if (instance == nullptr)
    return Error{"TargetNotFoundException", "The specified target wasn't found."};
  for (const auto& name : names) {
    const auto custom = std::ranges::find(instance->custom_attributes, name);
    if (custom == instance->custom_attributes.end()) continue;
    instance->custom_attributes.erase(custom);
    instance->attributes.erase(name);
  }
  ++instance->version;
  return ok();
}
Status Ecs::set_agent_connected(std::string_view id, bool connected) {
  return impl_->set_agent_connected(id, connected);
}
CpuShares& Ecs::cpu_shares() { return impl_->shares; }
std::string Ecs::group_arn(app::GroupId group) const { return impl_->parts.elb.group_arn(group); }
const ContainerInstance* Ecs::find_instance(std::string_view cluster, std::string_view id) const {
  return impl_->find_instance(cluster, id);
}
std::vector<const ContainerInstance*> Ecs::instances(std::string_view cluster) const {
  std::vector<const ContainerInstance*> all;
  for (const auto& instance : impl_->instances) {
    if (cluster.empty() || instance->cluster == name_of(cluster)) all.push_back(instance.get());
  }
  return all;
}

void Ecs::check_invariants() const {
  for (const auto& instance : impl_->instances) {
    int cpu = instance->cpu_total, memory = instance->memory_total, enis = instance->enis_total,
        gpus = instance->gpus_total;
    std::size_t ports = instance->tcp_reserved.size();
    for (const auto& task : impl_->tasks) {
      if (task->instance != instance.get() || !task->resources_held) continue;
      STEADY_CHECK(task->live(), "a stopped task holds resources: " + task->id);
      cpu -= task->demand.cpu;
      memory -= task->demand.memory;
      enis -= task->demand.eni ? 1 : 0;
      gpus -= task->demand.gpus;
      ports += task->demand.tcp_ports.size();
    }
    STEADY_CHECK(cpu >= 0 && memory >= 0 && enis >= 0 && gpus >= 0,
                 "instance " + instance->ec2_instance + " is oversold");
    STEADY_CHECK(
        cpu == instance->cpu_left && memory == instance->memory_left &&
            enis == instance->enis_left && gpus == instance->gpus_left,
        "what instance " + instance->ec2_instance + " has left is not what its tasks leave");
    STEADY_CHECK(ports == instance->tcp_taken.size(),
                 "ports of instance " + instance->ec2_instance + " are taken twice or lost");
  }
}

bool Ecs::quiet() const {
  for (const auto& service : impl_->services) {
    if (service->status == ServiceStatus::kDraining) return false;
    if (service->status == ServiceStatus::kActive && !service->steady_logged) return false;
  }
  return std::ranges::none_of(impl_->tasks, [](const auto& task) {
    return task->live() && (!task->desired_running || task->last_status != TaskStatus::kRunning);
  });
}

const Behaviour& Ecs::behaviour() const { return impl_->behaviour; }
const IdSource& Ecs::ids() const { return impl_->parts.ids; }

}  // namespace steady::ecs
