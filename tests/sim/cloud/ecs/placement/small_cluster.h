#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/cloud/ecs/placement/placement.h"
#include "tests/support/catch.h"

namespace steady::ecs::testing {

/// What one container instance of a SmallCluster has; by default plenty of all but interfaces.
struct InstanceOptions {
  std::string zone = "us-east-1a";
  std::string id = "";  ///< "": by ordinal
  int cpu = 4096, memory = 8000, gpus = 0, enis = 2;
  std::map<std::string, std::string> attributes{};
};

/// Container instances as their agents registered them.
class SmallCluster {
 public:
  SmallCluster() = default;
  /// One default instance in each of these zones.
  explicit SmallCluster(const std::vector<std::string>& zones) {
    for (const auto& zone : zones) add({.zone = zone});
  }

  ContainerInstance& add(const InstanceOptions& options = {}) {
    auto instance = std::make_unique<ContainerInstance>();
    instance->ordinal = owned_.size();
    instance->id = options.id.empty() ? "instance-" + std::to_string(owned_.size()) : options.id;
    instance->zone = options.zone;
    instance->cpu_total = instance->cpu_left = options.cpu;
    instance->memory_total = instance->memory_left = options.memory;
    instance->gpus_total = instance->gpus_left = options.gpus;
    instance->enis_total = instance->enis_left = options.enis;
    instance->tcp_reserved = instance->tcp_taken = {22, 2375, 2376, 51678, 51679};
    instance->attributes = Attributes(options.attributes);
    instance->attributes.set("ecs.availability-zone", options.zone);
    all.push_back(instance.get());
    owned_.push_back(std::move(instance));
    return *all.back();
  }
  ContainerInstance& operator[](std::size_t ordinal) { return *owned_[ordinal]; }

  /// Places and reserves; the ordinal of the instance, -1 when it did not fit.
  int place(PlacementRequest request) {
    request.entity = entity_++;
    const Placement placement = placer.place(request, all);
    if (placement.instance == nullptr) return -1;
    reserve(*placement.instance, request.demand, request.group);
    return static_cast<int>(placement.instance->ordinal);
  }
  std::vector<int> place(const PlacementRequest& request, int count) {
    std::vector<int> where;
    for (int i = 0; i < count; ++i) where.push_back(place(request));
    return where;
  }
  std::vector<int> tasks_of(const std::string& group) const {
    std::vector<int> counts;
    for (const auto* instance : all) counts.push_back(instance->tasks_by_group.of(group));
    return counts;
  }

  Placer placer{RandomSource{1}};
  std::vector<ContainerInstance*> all;

 private:
  std::vector<std::unique_ptr<ContainerInstance>> owned_;
  std::uint64_t entity_ = 0;
};

/// A request of service "web" for 256 CPU units and 512 MiB.
inline PlacementRequest web_request() {
  PlacementRequest request;
  request.demand.cpu = 256;
  request.demand.memory = 512;
  request.group = "service:web";
  request.for_service = true;
  return request;
}

}  // namespace steady::ecs::testing
