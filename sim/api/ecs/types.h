#pragma once

/// Inputs and outputs of Amazon ECS's API (2014-11-13), shaped and named as AWS has them, in
/// snake_case. Lists of what a request may leave out are empty then.
#include "sim/api/ecs/cluster_types.h"
#include "sim/api/ecs/service_types.h"
#include "sim/api/ecs/task_definition_types.h"
#include "sim/api/ecs/task_types.h"
