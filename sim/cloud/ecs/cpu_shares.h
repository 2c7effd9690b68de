#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/app/fleet.h"

namespace steady::ecs {

/// Who gets how much of a machine's processors (ecs.md 1.5: on Linux `cpu` is a share, and idle CPU
/// may be used by anyone). Between two changes of who runs there each process wants a fixed amount
/// (AppModel::cpu), gets it when all that is wanted fits, and its part by shares when it does not;
/// a process that gets less than it wants is slower in that proportion.
class CpuShares {
 public:
  explicit CpuShares(app::Fleet& fleet);

  /// A process runs on this machine of so many millionths of a vCPU. `ceiling` is the most that it
  /// may have (a task's own cpu), 0: no such bound. Processes that say nothing about CPU are not
  /// looked at.
  void add(const std::string& machine, std::int64_t processors, app::ProcessId process,
           std::int64_t shares, std::int64_t ceiling);

  /// Something beside the tasks wants so much of a machine.
  std::uint64_t add_neighbour(const std::string& machine, std::int64_t wants, std::int64_t shares);
  void remove_neighbour(std::uint64_t number);

 private:
  struct Member {
    app::ProcessId process;
    std::int64_t shares, ceiling;
    std::uint64_t slowdown = 0;
    std::int64_t speed = app::kFullSpeed;
  };
  struct Neighbour {
    std::uint64_t number;
    std::int64_t wants, shares;
  };
  struct Machine {
    std::int64_t processors = 0;
    std::vector<Member> members;
    std::vector<Neighbour> neighbours;
  };
  void changed(app::ProcessId process);
  void share_out(Machine& machine);

  app::Fleet& fleet_;
  std::map<std::string, Machine, std::less<>> machines_;
  std::map<app::ProcessId, Machine*> machine_of_;
  std::uint64_t neighbours_made_ = 0;
};

/// Splits `capacity` by shares so that nobody gets more than it wants and what one leaves goes to
/// the others (max-min, weighted). Gives back what each gets.
struct CpuClaim {
  std::int64_t wants, shares;
};
std::vector<std::int64_t> split_by_shares(std::int64_t capacity,
                                          const std::vector<CpuClaim>& claims);

}  // namespace steady::ecs
