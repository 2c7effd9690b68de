#include "sim/app/fleet.h"
#include "sim/core/wide.h"

/// Memory that grows until the kernel kills the process.
namespace steady::app {

void Fleet::limit_memory(ProcessId id, std::int64_t bytes) {
  processes_[id].memory_limit = bytes;
  const bool lives = processes_[id].state != ProcessState::kGone;
  if (bytes > 0 && processes_[id].model->memory && lives) growing_.push_back(id);
}

SimTime Fleet::memory_full_at(ProcessId id, std::uint64_t requests) const {
  const Process& process = processes_[id];
  const MemoryUse& use = *process.model->memory;
  const Int128 room =
      Int128{process.memory_limit} - use.start - Int128{use.per_request} * Int128{requests};
  if (room < 0) return process.running_at;
  if (use.per_minute == 0) return kNever;
  // The first nanosecond at which what grew, in whole bytes, is more than the room.
  constexpr std::int64_t kMinute = 60'000'000'000;
  const Int128 after = ((room + 1) * kMinute + (use.per_minute - 1)) / use.per_minute;
  if (after > kLongestDuration.count()) return kNever;
  return process.running_at + SimDuration{static_cast<std::int64_t>(after)};
}

void Fleet::out_of_memory(ProcessId id) {
  if (processes_[id].state == ProcessState::kGone) return;
  processes_[id].out_of_memory = true;
  plane_->cut_process(id, {"out of memory"});
  ended(id, 137, "out of memory");
}

}  // namespace steady::app
