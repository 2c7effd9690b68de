#include "sim/cloud/ecs/placement/strategy.h"

namespace steady::ecs {
namespace {

/// Any of them, by a seeded draw; nothing is left to the strategies behind it.
class Random final : public Strategy {
 public:
  void keep_best(std::vector<std::uint32_t>& slots, const SlotsView&,
                 const Draw& draw) const override {
    const std::uint32_t chosen = slots[draw.below(slots.size())];
    slots.assign(1, chosen);
  }
  void keep_first_to_stop(std::vector<std::size_t>& candidates, const StopView&,
                          const Draw& draw) const override {
    const std::size_t chosen = candidates[draw.below(candidates.size())];
    candidates.assign(1, chosen);
  }
};

}  // namespace

Result<std::unique_ptr<Strategy>> make_random(const PlacementStrategy& strategy) {
  if (!strategy.field.empty()) {
    return Error{"InvalidParameterException", "A random strategy takes no field.", strategy.field};
  }
  return std::unique_ptr<Strategy>(std::make_unique<Random>());
}

}  // namespace steady::ecs
