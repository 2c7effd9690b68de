#pragma once

#include <string_view>

#include "harness/json/json.h"

namespace steady::aws {

/// Rewrites what a scenario may say in another form than AWS's input: what Describe prints of the
/// same object (a task definition inside its wrapper, a load balancer's ListenerDescriptions), a
/// list of plain ids, a forward to one weighted group, an agent's identity document.
void spell_out(std::string_view shape, Json& object);

}  // namespace steady::aws
