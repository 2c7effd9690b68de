#include <algorithm>

#include "sim/cloud/ecs/names.h"
#include "sim/cloud/ecs/state.h"

namespace steady::ecs {

Cluster* Ecs::Impl::find_cluster(std::string_view name) {
  const std::string_view wanted = name.empty() ? "default" : name_of(name);
  for (const auto& cluster : clusters) {
    if (cluster->name == wanted) return cluster.get();
  }
  return nullptr;
}

Result<Cluster*> Ecs::Impl::active_cluster(std::string_view name) {
  Cluster* cluster = find_cluster(name);
  if (cluster == nullptr) return Error{"ClusterNotFoundException", "Cluster not found."};
  if (!cluster->active)
    return Error{"ClusterNotFoundException", "The referenced cluster was inactive."};
  return cluster;
}

// ecs.md 1.2, 7.2: an empty cluster only.
Status Ecs::Impl::delete_cluster(std::string_view name) {
  auto cluster = active_cluster(name);
  if (!cluster) return cluster.error();
  const std::string& wanted = (*cluster)->name;
  const bool has_instances = std::ranges::any_of(instances, [&](const auto& i) {
    return i->cluster == wanted && i->status != InstanceStatus::kInactive;
  });
  if (has_instances) {
    return Error{"ClusterContainsContainerInstancesException",
                 "The Cluster cannot be deleted while Container Instances are active or draining."};
  }
  const bool has_services = std::ranges::any_of(services, [&](const auto& s) {
    return s->cluster == wanted && s->status == ServiceStatus::kActive;
  });
  if (has_services) {
    return Error{"ClusterContainsServicesException",
                 "The Cluster cannot be deleted while Services are active."};
  }
  const bool has_tasks =
      std::ranges::any_of(tasks, [&](const auto& t) { return t->cluster == wanted && t->live(); });
  if (has_tasks) {
    return Error{"ClusterContainsTasksException",
                 "The Cluster cannot be deleted while Tasks are active."};
  }
  (*cluster)->active = false;
  return ok();
}

}  // namespace steady::ecs
