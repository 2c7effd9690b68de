#pragma once

/// Inputs and outputs of the ECS API (2014-11-13) as plain structs. `fields` names each member as
/// AWS spells it, so any wire form is one visitor; members of AWS's that are not here are sorted
/// into kept, output and refused by one table (harness/aws/fields.def).
#include "sim/api/ecs/types/clusters.h"
#include "sim/api/ecs/types/container_instances.h"
#include "sim/api/ecs/types/lists.h"
#include "sim/api/ecs/types/services.h"
#include "sim/api/ecs/types/task_definitions.h"
#include "sim/api/ecs/types/tasks.h"
