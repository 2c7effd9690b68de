#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/options.h"
#include "sim/core/result.h"
#include "sim/core/time.h"

namespace steady::world {
class World;
}

namespace steady::faults {

/// Something that goes wrong in the world for a while or for good. It acts on the parts directly,
/// since no API call breaks a machine.
class Fault {
 public:
  virtual ~Fault() = default;
  /// Breaks things now. `entity` keys the random draws (which instance). Gives back what was hit,
  /// in words.
  virtual Result<std::string> begin(world::World& world, std::uint64_t entity) = 0;
  /// Mends what can be mended; called after the fault's duration, if it has one.
  virtual void end(world::World&) {}
  /// How long it lasts; nothing for faults that are over at once.
  virtual std::optional<SimDuration> duration() const { return std::nullopt; }
  /// Whether it makes processes slower or faster: a world has to know that beforehand.
  virtual bool changes_speeds() const { return false; }
};

using FaultMaker = std::unique_ptr<Fault> (*)(Options& options);

/// Names of all kinds, in the order of faults.def.
std::vector<std::string> fault_names();
/// Error code "fault": an unknown kind (with the nearest name) or bad parameters, all at once.
Result<std::unique_ptr<Fault>> make_fault(std::string_view name, Options& options);

/// Begins a fault now, journals it, and schedules its end.
Status inject(world::World& world, std::string_view name, std::shared_ptr<Fault> fault,
              std::uint64_t entity);

}  // namespace steady::faults
