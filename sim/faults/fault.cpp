#include "sim/faults/fault.h"

#include "sim/core/journal_kinds.h"
#include "sim/core/nearest.h"
#include "sim/world/world.h"

namespace steady::faults {

#define FAULT(name, maker) std::unique_ptr<Fault> maker(Options& options);
#include "sim/faults/faults.def"
#undef FAULT

namespace {
struct Entry {
  std::string_view name;
  FaultMaker maker;
};
constexpr Entry kFaults[] = {
#define FAULT(name, maker) {name, maker},
#include "sim/faults/faults.def"
#undef FAULT
};
}  // namespace

std::vector<std::string> fault_names() {
  std::vector<std::string> names;
  for (const auto& entry : kFaults) names.emplace_back(entry.name);
  return names;
}

Result<std::unique_ptr<Fault>> make_fault(std::string_view name, Options& options) {
  for (const auto& entry : kFaults) {
    if (entry.name != name) continue;
    auto fault = entry.maker(options);
    if (const std::string faults = options.faults_in_words(); !faults.empty()) {
      return Error{"fault", faults, std::string(name)};
    }
    return fault;
  }
  const std::string nearest = nearest_name(name, fault_names());
  return Error{"fault",
               "there is no fault '" + std::string(name) + "'" +
                   (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"),
               std::string(name)};
}

Status inject(world::World& world, std::string_view name, std::shared_ptr<Fault> fault,
              std::uint64_t entity) {
  auto hit = fault->begin(world, entity);
  if (!hit) return hit.error();
  world.journal().add(world.now(), journal::kFault, std::string(name),
                      {{"state", "begin"}, {"detail", *hit}});
  if (const auto duration = fault->duration()) {
    world.loop().after(*duration, "fault ends", [&world, name = std::string(name), fault] {
      fault->end(world);
      world.journal().add(world.now(), journal::kFault, name, {{"state", "end"}, {"detail", ""}});
    });
  }
  return ok();
}

}  // namespace steady::faults
