#include <algorithm>
#include <array>
#include <string_view>

#include "harness/scenario/parts.h"
#include "sim/fluid/supported.h"

namespace steady::scenario {

void read_fluid(json::Reader& root, Scenario& scenario) {
  const Json* value = root.get("fluid");
  if (value == nullptr) return;
  if (value->is_boolean()) {
    if (value->get<bool>()) scenario.fluid.emplace();
    return;
  }
  scenario.fluid.emplace();
  json::Reader reader(*value, root.pointer("fluid"), root.findings(), "fluid");
  reader.read_duration("step", scenario.fluid->step, 1ms, 10min);
  reader.finish();
}

void check_fluid(const Scenario& scenario, json::Findings& findings) {
  if (!scenario.fluid) return;
  const auto refuse = [&findings](const std::string& pointer,
                                  const std::vector<std::string>& features) {
    for (const auto& feature : features)
      findings.error("E1230", pointer, "the fluid mode does not carry " + feature,
                     "leave it out, or run without \"fluid\"");
  };
  for (std::size_t i = 0; i < scenario.traffic.size(); ++i)
    refuse("/traffic/" + std::to_string(i), fluid::unsupported(scenario.traffic[i]));
  for (const auto& app : scenario.apps)
    refuse(json::child_pointer("/apps", app.revision), fluid::unsupported(app));
  for (const auto& step : scenario.timeline) {
    // Faults of the control plane; one that touches requests in another way is not known here.
    constexpr std::array<std::string_view, 4> known{"instanceCrash", "taskCrash",
                                                    "insufficientCapacity", "agentDisconnect"};
    if (step.kind == Step::Kind::kFault && std::ranges::find(known, step.name) == known.end())
      refuse(step.pointer + "/fault", {"the fault " + step.name});
    if (step.kind == Step::Kind::kMigration && step.migration.exclusive_lock)
      refuse(step.pointer + "/migration", {"an exclusive lock"});
  }
}

}  // namespace steady::scenario
