#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/core/journal.h"
#include "sim/world/world.h"

namespace steady::simulation {

/// Knows at each moment whether a rollback to the revision before the present one would find its
/// columns (stories.md S43), and journals each change of it (kRollbackPath).
class WayBack {
 public:
  explicit WayBack(world::World& world) : world_(world) {}

  /// A deployment was begun or moved: its revision was in use now.
  void used(const JournalEntry& deployment);
  /// Looks at all services, after a change of the schema or of a deployment.
  void look();

 private:
  world::World& world_;
  std::map<std::string, std::vector<std::string>, std::less<>> revisions_;  ///< latest use last
  bool possible_ = true;
};

}  // namespace steady::simulation
