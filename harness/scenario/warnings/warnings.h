#pragma once

#include "harness/scenario/scenario.h"

/// Deploys that cannot work, found without a run (stories.md 0). They are warnings, for a scenario
/// may be about such a deploy; an error only where the run could not tell what it costs.
namespace steady::scenario {

#define WARNING(name) void warn_##name(const Scenario& scenario, json::Findings& findings);
#include "harness/scenario/warnings/warnings.def"
#undef WARNING

/// All of them, for a scenario without errors.
void warn(const Scenario& scenario, json::Findings& findings);

}  // namespace steady::scenario
