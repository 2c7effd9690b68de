#include <utility>

#include "sim/cloud/ecs/placement/constraint.h"

namespace steady::ecs {
namespace {

/// Only instances for which an expression of the cluster query language holds.
class MemberOf final : public Constraint {
 public:
  MemberOf(Query query, std::string expression)
      : query_(std::move(query)), expression_(std::move(expression)) {}

  bool admits(const ContainerInstance& instance, int) const override {
    return query_.matches(instance);
  }
  std::string why_not(const ContainerInstance&, int) const override {
    return "memberOf: '" + expression_ + "' does not hold";
  }
  unsigned depends_on() const override { return query_.depends_on(); }

 private:
  Query query_;
  std::string expression_;
};

}  // namespace

Result<std::unique_ptr<Constraint>> make_member_of(const PlacementConstraint& constraint) {
  auto query = Query::parse(constraint.expression);
  if (!query) return query.error();
  return std::unique_ptr<Constraint>(
      std::make_unique<MemberOf>(std::move(query).value(), constraint.expression));
}

}  // namespace steady::ecs
