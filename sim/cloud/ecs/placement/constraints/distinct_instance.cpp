#include "sim/cloud/ecs/placement/constraint.h"

namespace steady::ecs {
namespace {

/// No two tasks of a group on one instance. A task that is being stopped still occupies its
/// instance until it is gone (ecs.md 3.3).
class DistinctInstance final : public Constraint {
 public:
  bool admits(const ContainerInstance&, int tasks) const override { return tasks == 0; }
  std::string why_not(const ContainerInstance&, int tasks) const override {
    return "distinctInstance: it holds " + std::to_string(tasks) +
           (tasks == 1 ? " task" : " tasks") + " of the group already";
  }
  unsigned depends_on() const override { return Query::kGroups; }
};

}  // namespace

Result<std::unique_ptr<Constraint>> make_distinct_instance(const PlacementConstraint& constraint) {
  if (!constraint.expression.empty()) {
    return Error{"InvalidParameterException", "distinctInstance takes no expression."};
  }
  return std::unique_ptr<Constraint>(std::make_unique<DistinctInstance>());
}

}  // namespace steady::ecs
