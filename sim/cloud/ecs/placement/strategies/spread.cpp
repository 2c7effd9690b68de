#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/cloud/ecs/placement/strategy.h"

namespace steady::ecs {
namespace {

/// Starts on an instance with the fewest tasks of the group; stops on one with the most.
class SpreadOverInstances final : public Strategy {
 public:
  void keep_best(std::vector<std::uint32_t>& slots, const SlotsView& view,
                 const Draw&) const override {
    keep_least(slots, [&](std::uint32_t slot) { return view.tasks[slot]; });
  }
  void keep_first_to_stop(std::vector<std::size_t>& candidates, const StopView& view,
                          const Draw&) const override {
    std::map<std::uint64_t, int> tasks;
    for (const Task* task : view.all) tasks[place_of(*task)] += 1;
    keep_least(candidates, [&](std::size_t candidate) {
      return -tasks[place_of(*view.candidates[candidate])];
    });
  }

 private:
  static std::uint64_t place_of(const Task& task) {
    return task.instance == nullptr ? ~std::uint64_t{0} : task.instance->ordinal;
  }
};

/// The same over the values of an attribute. The instances without it are one group of their own
/// (ecs.md 3.2, unverified).
class SpreadOverAttribute final : public Strategy {
 public:
  explicit SpreadOverAttribute(std::string attribute) : attribute_(std::move(attribute)) {}

  void look(std::size_t slot, const ContainerInstance* instance, int tasks) override {
    if (slot >= slots_.size()) slots_.resize(slot + 1);
    Slot& seen = slots_[slot];
    totals_[seen.value] -= seen.tasks;
    seen = instance == nullptr ? Slot{} : Slot{number_of(value_of(instance)), tasks};
    totals_[seen.value] += seen.tasks;
  }

  void keep_best(std::vector<std::uint32_t>& slots, const SlotsView&, const Draw&) const override {
    keep_least(slots, [&](std::uint32_t slot) { return totals_[slots_[slot].value]; });
  }

  void keep_first_to_stop(std::vector<std::size_t>& candidates, const StopView& view,
                          const Draw&) const override {
    std::map<std::optional<std::string_view>, int> tasks;
    for (const Task* task : view.all) tasks[value_of(task->instance)] += 1;
    keep_least(candidates, [&](std::size_t candidate) {
      return -tasks[value_of(view.candidates[candidate]->instance)];
    });
  }

 private:
  struct Slot {
    std::uint32_t value = 0;  ///< 0: it has none.
    int tasks = 0;
  };

  std::optional<std::string_view> value_of(const ContainerInstance* instance) const {
    if (instance == nullptr) return std::nullopt;
    const auto found = instance->attributes.find(attribute_);
    if (found == instance->attributes.end()) return std::nullopt;
    return found->second;
  }
  std::uint32_t number_of(std::optional<std::string_view> value) {
    if (!value) return 0;
    const auto found = numbers_.find(*value);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(totals_.size());
    totals_.push_back(0);
    numbers_.emplace(*value, number);
    return number;
  }

  std::string attribute_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<int> totals_{0};  ///< Tasks of the group, by number of the value.
  std::vector<Slot> slots_;
};

}  // namespace

Result<std::unique_ptr<Strategy>> make_spread(const PlacementStrategy& strategy) {
  constexpr std::string_view kAttribute = "attribute:";
  const std::string_view field = strategy.field;
  if (field == "instanceId" || field == "host") {
    return std::unique_ptr<Strategy>(std::make_unique<SpreadOverInstances>());
  }
  if (field.starts_with(kAttribute) && field.size() > kAttribute.size()) {
    return std::unique_ptr<Strategy>(
        std::make_unique<SpreadOverAttribute>(std::string(field.substr(kAttribute.size()))));
  }
  return Error{"InvalidParameterException",
               "The field of a spread strategy is instanceId, host or attribute:NAME, not '" +
                   strategy.field + "'.",
               strategy.field};
}

}  // namespace steady::ecs
