#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/cloud/ecs/placement/constraint.h"
#include "sim/cloud/ecs/placement/placement.h"
#include "sim/cloud/ecs/placement/strategy.h"

namespace steady::ecs {

/// What all requests of one service (or one RunTask) have in common, made ready: constraints and
/// strategies as objects, and per instance what follows from its attributes and its tasks. That is
/// looked up again only when the marks of the instance differ from those that were seen; resources
/// are read afresh each time. So it gives the answers of a plain scan, whatever happened meanwhile.
class Plan {
 public:
  explicit Plan(const PlacementRequest& request);
  bool serves(const PlacementRequest& request) const;

  Constraints constraints() const { return constraints_; }
  /// The slots of the instances that take the task, in order. Good until the next call.
  std::vector<std::uint32_t>& fitting(const PlacementRequest& request,
                                      std::span<ContainerInstance* const> instances);
  /// Narrows them to the best by the strategies and then by a draw.
  std::uint32_t best(std::vector<std::uint32_t>& slots,
                     std::span<ContainerInstance* const> instances, const RandomStream& stream,
                     std::uint64_t entity) const;

 private:
  void set_size(std::size_t size, const PlacementRequest& request,
                std::span<ContainerInstance* const> instances);
  void look(std::size_t slot, const PlacementRequest& request, const ContainerInstance& instance,
            bool first);
  /// By required attributes and by the constraints that depend on attributes alone.
  bool admits_by_attributes(const PlacementRequest& request,
                            const ContainerInstance& instance) const;
  bool admits_by_state(const ContainerInstance& instance, int tasks) const;

  std::string group_;
  std::vector<PlacementConstraint> own_constraints_, definition_constraints_;
  std::vector<PlacementStrategy> given_strategies_;
  bool for_service_;
  std::vector<std::pair<std::string, std::string>> requires_attributes_;

  std::vector<std::unique_ptr<Constraint>> constraints_;
  std::vector<std::unique_ptr<Strategy>> strategies_;
  std::uint64_t state_mask_ = 0;  ///< Which of the agent's and the tasks' state is in the mark.
  bool ask_each_time_ = false;    ///< A constraint depends on what no mark covers.
  // By slot.
  std::vector<std::uint64_t> marks_;
  std::vector<std::uint8_t> admitted_;
  std::vector<int> tasks_;  ///< Of the group.
  std::vector<std::uint64_t> attribute_marks_;
  std::vector<std::uint8_t> admitted_by_attributes_;
  std::vector<std::uint32_t> fitting_;
};

}  // namespace steady::ecs
