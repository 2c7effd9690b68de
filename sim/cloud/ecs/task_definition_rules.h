#pragma once

#include <vector>

#include "sim/cloud/ecs/model.h"
#include "sim/core/result.h"

namespace steady::ecs {

/// Everything that RegisterTaskDefinition finds wrong (ecs.md 1.5, 7.3), in the order of the
/// document; empty when it is accepted. Error code ClientException; `where` is a JSON pointer into
/// the input.
std::vector<Error> definition_faults(const TaskDefinition& definition);

/// The host port that a mapping takes on an instance: 0 when it is dynamic, or when the network
/// mode gives the task an address of its own.
std::uint16_t fixed_host_port(const TaskDefinition& definition, const PortMapping& mapping);

}  // namespace steady::ecs
