#pragma once

#include <memory>
#include <span>
#include <string>

#include "sim/cloud/ecs/model.h"
#include "sim/cloud/ecs/query_language.h"
#include "sim/core/result.h"

namespace steady::ecs {

/// Decides whether an instance may take a task at all (ecs.md 3.3). It holds nothing but its
/// settings, so an answer stays for as long as the facts stay on which it depends.
class Constraint {
 public:
  virtual ~Constraint() = default;
  /// `tasks`: how many tasks of the task's group the instance holds.
  virtual bool admits(const ContainerInstance& instance, int tasks) const = 0;
  /// Why not, for an instance that is not admitted.
  virtual std::string why_not(const ContainerInstance& instance, int tasks) const = 0;
  /// A sum of Query::Fact.
  virtual unsigned depends_on() const = 0;
};

/// All of them have to admit.
using Constraints = std::span<const std::unique_ptr<Constraint>>;

/// Error code InvalidParameterException for an unknown type or a bad expression.
Result<std::unique_ptr<Constraint>> make_constraint(const PlacementConstraint& constraint);

}  // namespace steady::ecs
