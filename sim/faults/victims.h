#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/core/options.h"
#include "sim/core/result.h"

namespace steady::world {
class World;
}

namespace steady::faults {

/// Which processes a fault hits: tasks of a service, of an instance or all, `count` of them by a
/// draw; or one task by the beginning of its id; or what an instance runs by itself.
class Victims {
 public:
  /// Reads service, instance, task and count (1; all that fit where an instance or a task is
  /// named).
  explicit Victims(Options& options);

  struct Victim {
    app::ProcessId process;
    std::string name;  ///< "task 0663dfe4-...", "instance i-0abc..."
  };
  /// Error "fault" when nothing that runs fits. `stream` and `entity` key the draw.
  Result<std::vector<Victim>> choose(world::World& world, std::string_view stream,
                                     std::uint64_t entity) const;

 private:
  std::string service_, instance_, task_;
  int count_;
};

}  // namespace steady::faults
