#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/cloud/ecs/model.h"
#include "sim/core/random.h"
#include "sim/core/result.h"

namespace steady::ecs {

/// A choice by chance, keyed by what is placed or stopped.
struct Draw {
  const RandomStream& stream;
  std::uint64_t entity;
  std::uint32_t number;
  std::size_t below(std::size_t bound) const { return stream.below(bound, entity, number); }
};

/// The instances of a cluster, each in a slot, and how many tasks of the group each holds.
struct SlotsView {
  std::span<ContainerInstance* const> instances;
  std::span<const int> tasks;
};

/// One of these tasks of a service has to stop; `all` are counted for balance.
struct StopView {
  std::span<const Task* const> candidates;
  std::span<const Task* const> all;
};

/// Ranks what is left by tests and constraints (ecs.md 3.2): keeps the best and drops the rest, so
/// that the next one of the list breaks the ties. What it is given is never empty, nor what it
/// leaves; order stays.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// Slot `slot` now holds this instance with `tasks` of the group, or nothing (nullptr). Told
  /// before the first choice and whenever attributes or tasks of the group changed.
  virtual void look(std::size_t /*slot*/, const ContainerInstance* /*instance*/, int /*tasks*/) {}
  /// The slots where the task is best started.
  virtual void keep_best(std::vector<std::uint32_t>& slots, const SlotsView& view,
                         const Draw& draw) const = 0;
  /// The candidates (indices) that are best stopped (ecs.md 2.7).
  virtual void keep_first_to_stop(std::vector<std::size_t>& candidates, const StopView& view,
                                  const Draw& draw) const = 0;
};

/// Error code InvalidParameterException for an unknown type or field.
Result<std::unique_ptr<Strategy>> make_strategy(const PlacementStrategy& strategy);

/// Keeps the items whose key is the smallest, in their order.
template <class Item, class Key>
void keep_least(std::vector<Item>& items, Key key_of) {
  std::size_t kept = 0;
  auto best = key_of(items.front());
  for (const Item item : items) {
    const auto key = key_of(item);
    if (key > best) continue;
    if (key < best) {
      best = key;
      kept = 0;
    }
    items[kept++] = item;
  }
  items.resize(kept);
}

}  // namespace steady::ecs
