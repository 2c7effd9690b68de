#include <algorithm>
#include <numeric>

#include "sim/cloud/ecs/placement/fit.h"
#include "sim/cloud/ecs/placement/placement.h"
#include "sim/cloud/ecs/placement/plan.h"
#include "sim/core/check.h"

namespace steady::ecs {

/// Plans of the latest services, the latest first. A forgotten one is made again: no answer depends
/// on what is remembered.
struct Placer::Memory {
  static constexpr std::size_t kMostPlans = 64;
  std::vector<std::unique_ptr<Plan>> plans;

  Plan& plan_for(const PlacementRequest& request) {
    auto found =
        std::ranges::find_if(plans, [&](const auto& plan) { return plan->serves(request); });
    if (found == plans.end()) {
      if (plans.size() == kMostPlans) plans.pop_back();
      plans.push_back(std::make_unique<Plan>(request));
      found = plans.end() - 1;
    }
    std::rotate(plans.begin(), found, found + 1);
    return *plans.front();
  }
};

Placer::Placer(RandomSource random)
    : ties_(random.stream("ecs/placement")),
      stops_(random.stream("ecs/placement/stop")),
      memory_(std::make_unique<Memory>()) {}
Placer::~Placer() = default;
Placer::Placer(Placer&&) noexcept = default;

Placement Placer::place(const PlacementRequest& request,
                        std::span<ContainerInstance* const> instances) const {
  Plan& plan = memory_->plan_for(request);
  Placement placement;
  if (auto& slots = plan.fitting(request, instances); !slots.empty()) {
    placement.instance = instances[plan.best(slots, instances, ties_, request.entity)];
    return placement;
  }
  for (const ContainerInstance* instance : instances) {
    placement.verdicts.push_back(examine_fit(request, plan.constraints(), *instance));
  }
  // ecs.md 3.7: fails latest, then lacks least, then the id decides.
  const auto closer = [](const InstanceVerdict& left, const InstanceVerdict& right) {
    if (left.misfit != right.misfit) return left.misfit > right.misfit;
    if (left.shortage_per_mille != right.shortage_per_mille) {
      return left.shortage_per_mille < right.shortage_per_mille;
    }
    return left.instance->id < right.instance->id;
  };
  const auto closest = std::ranges::min_element(placement.verdicts, closer);
  if (closest != placement.verdicts.end()) placement.closest = *closest;
  return placement;
}

InstanceVerdict Placer::examine(const PlacementRequest& request,
                                const ContainerInstance& instance) const {
  return examine_fit(request, memory_->plan_for(request).constraints(), instance);
}

std::size_t Placer::choose_to_stop(std::span<const Task* const> candidates,
                                   const std::vector<PlacementStrategy>& strategies,
                                   std::uint64_t entity, std::span<const Task* const> all) const {
  STEADY_CHECK(!candidates.empty(), "no task was given to choose from");
  std::vector<std::size_t> left(candidates.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  keep_least(left, [&](std::size_t candidate) {
    const Task& task = *candidates[candidate];
    const bool healthy = task.last_status == TaskStatus::kRunning &&
                         task.health != Health::kUnhealthy && task.healthy_at != kNever;
    return healthy ? 1 : 0;
  });
  static const std::vector<PlacementStrategy> kDefault = {
      {"spread", "attribute:ecs.availability-zone"}, {"spread", "instanceId"}};
  const StopView view{candidates, all.empty() ? candidates : all};
  std::uint32_t number = 0;
  for (const auto& strategy : strategies.empty() ? kDefault : strategies) {
    if (left.size() == 1) break;
    auto made = make_strategy(strategy);
    STEADY_CHECK(made.has_value(), "a bad placement strategy was accepted");
    (*made)->keep_first_to_stop(left, view, Draw{stops_, entity, number++});
  }
  if (left.size() == 1) return left.front();
  return left[Draw{stops_, entity, number}.below(left.size())];
}

}  // namespace steady::ecs
