#include <algorithm>
#include <string>

#include "sim/cloud/ecs/placement/strategy.h"

namespace steady::ecs {
namespace {

/// Starts where the least of one resource is left; stops where the most would be left.
template <int ContainerInstance::*left, int Demand::*taken>
class Binpack final : public Strategy {
 public:
  void keep_best(std::vector<std::uint32_t>& slots, const SlotsView& view,
                 const Draw&) const override {
    keep_least(slots, [&](std::uint32_t slot) { return view.instances[slot]->*left; });
  }
  void keep_first_to_stop(std::vector<std::size_t>& candidates, const StopView& view,
                          const Draw&) const override {
    keep_least(candidates, [&](std::size_t candidate) {
      const Task& task = *view.candidates[candidate];
      return task.instance == nullptr ? 0 : -(task.instance->*left + task.demand.*taken);
    });
  }
};

}  // namespace

Result<std::unique_ptr<Strategy>> make_binpack(const PlacementStrategy& strategy) {
  std::string field = strategy.field;
  std::ranges::transform(field, field.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (field == "cpu") {
    return std::unique_ptr<Strategy>(
        std::make_unique<Binpack<&ContainerInstance::cpu_left, &Demand::cpu>>());
  }
  if (field == "memory") {
    return std::unique_ptr<Strategy>(
        std::make_unique<Binpack<&ContainerInstance::memory_left, &Demand::memory>>());
  }
  return Error{"InvalidParameterException",
               "The field of a binpack strategy is cpu or memory, not '" + strategy.field + "'.",
               strategy.field};
}

}  // namespace steady::ecs
