#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/ecs/placement/constraint.h"
#include "sim/cloud/ecs/placement/placement.h"
#include "sim/cloud/ecs/placement/strategy.h"
#include "sim/core/nearest.h"

namespace steady::ecs {

#define CONSTRAINT(name, maker) \
  Result<std::unique_ptr<Constraint>> maker(const PlacementConstraint& constraint);
#include "sim/cloud/ecs/placement/constraints.def"
#undef CONSTRAINT
#define STRATEGY(name, maker) \
  Result<std::unique_ptr<Strategy>> maker(const PlacementStrategy& strategy);
#include "sim/cloud/ecs/placement/strategies.def"
#undef STRATEGY

namespace {

Error unknown_type(std::string_view what, const std::string& type,
                   const std::vector<std::string>& known) {
  std::string list;
  for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
  const std::string nearest = nearest_name(type, known);
  return Error{"InvalidParameterException",
               "There is no placement " + std::string(what) + " '" + type + "'; known: " + list +
                   (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"),
               type};
}

}  // namespace

Result<std::unique_ptr<Constraint>> make_constraint(const PlacementConstraint& constraint) {
  std::vector<std::string> known;
#define CONSTRAINT(name, maker)                            \
  if (constraint.type == (name)) return maker(constraint); \
  known.emplace_back(name);
#include "sim/cloud/ecs/placement/constraints.def"
#undef CONSTRAINT
  return unknown_type("constraint", constraint.type, known);
}

Result<std::unique_ptr<Strategy>> make_strategy(const PlacementStrategy& strategy) {
  std::vector<std::string> known;
#define STRATEGY(name, maker)                          \
  if (strategy.type == (name)) return maker(strategy); \
  known.emplace_back(name);
#include "sim/cloud/ecs/placement/strategies.def"
#undef STRATEGY
  return unknown_type("strategy", strategy.type, known);
}

std::vector<Error> placement_faults(const std::vector<PlacementConstraint>& constraints,
                                    const std::vector<PlacementStrategy>& strategies,
                                    const TaskDefinition* definition) {
  std::vector<Error> faults;
  const std::size_t all = constraints.size() + (definition ? definition->constraints.size() : 0);
  if (all > kMostConstraints) {
    faults.push_back({"InvalidParameterException",
                      "A task has at most 10 placement constraints, those of its task definition "
                      "included."});
  }
  if (strategies.size() > kMostStrategies) {
    faults.push_back({"InvalidParameterException", "At most 5 placement strategies are allowed."});
  }
  for (const auto& constraint : constraints) {
    if (auto made = make_constraint(constraint); !made) faults.push_back(made.error());
  }
  for (const auto& strategy : strategies) {
    if (auto made = make_strategy(strategy); !made) faults.push_back(made.error());
  }
  return faults;
}

}  // namespace steady::ecs
