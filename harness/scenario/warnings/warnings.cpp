#include "harness/scenario/warnings/warnings.h"

namespace steady::scenario {

void warn(const Scenario& scenario, json::Findings& findings) {
#define WARNING(name) warn_##name(scenario, findings);
#include "harness/scenario/warnings/warnings.def"
#undef WARNING
}

}  // namespace steady::scenario
