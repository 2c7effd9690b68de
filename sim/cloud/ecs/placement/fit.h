#pragma once

#include <string>
#include <vector>

#include "sim/cloud/ecs/placement/constraint.h"
#include "sim/cloud/ecs/placement/placement.h"

namespace steady::ecs {

/// Every `requiresAttributes` name, and value where one is given, is there.
bool has_attributes(const TaskDefinition& definition, const ContainerInstance& instance);
/// The zone of the instance is one of these; none given: any.
bool lies_in(const std::vector<std::string>& zones, const ContainerInstance& instance);
/// No port is taken, and at most 100 would be reserved (ecs.md 1.4, 3.1).
bool ports_free(const Demand& demand, const ContainerInstance& instance);
/// Walks all tests in the order of Misfit and stops at the first that fails.
InstanceVerdict examine_fit(const PlacementRequest& request, Constraints constraints,
                            const ContainerInstance& instance);

}  // namespace steady::ecs
