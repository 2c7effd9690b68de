#include <algorithm>

#include "sim/app/fleet.h"

/// How fast processes work, and what of their own depends on it: their start and their end.
namespace steady::app {
namespace {

// Beyond the draws that a process makes once.
constexpr std::uint32_t kFirstPauseDraw = 16;

}  // namespace

std::uint64_t Fleet::slow_down(ProcessId id, std::int64_t speed, SimTime until) {
  const std::uint64_t number = slowdowns_made_++;
  if (processes_[id].state == ProcessState::kGone) return number;
  paces_[id].slowdowns.push_back({number, speed, until});
  find_speed(id);
  return number;
}

void Fleet::end_slowdown(ProcessId id, std::uint64_t number) {
  if (std::erase_if(paces_[id].slowdowns,
                    [number](const Slowdown& each) { return each.number == number; }) > 0)
    find_speed(id);
}

void Fleet::change_slowdown(ProcessId id, std::uint64_t number, std::int64_t speed) {
  for (auto& slowdown : paces_[id].slowdowns) {
    if (slowdown.number == number) slowdown.speed = speed;
  }
  find_speed(id);
}

void Fleet::find_speed(ProcessId id) {
  Process& process = processes_[id];
  Pace& pace = paces_[id];
  std::int64_t speed = kFullSpeed;
  bool stands = false;
  process.stands_until = loop_.now();
  for (const auto& slowdown : pace.slowdowns) {
    if (slowdown.speed == 0) {
      stands = true;
      process.stands_until = std::max(process.stands_until, slowdown.until);
    } else {
      // However many things slow it down, it goes on moving.
      speed = std::max<std::int64_t>(1, speed * slowdown.speed / kFullSpeed);
    }
  }
  process.speed_after = speed;
  if (stands) speed = 0;
  if (speed == process.speed) return;
  if (process.state == ProcessState::kNotReady) {
    pace.startup_left -= work_in(loop_.now() - pace.since, process.speed);
  }
  process.speed = speed;
  plane_->change_speed(id, speed);
  if (process.state == ProcessState::kNotReady) plan_ready(id);
  if (process.state == ProcessState::kStopping) plan_finish(id);
  if (speed > 0 && pace.told_to_end) {
    pace.told_to_end = false;
    sigterm(id);
  }
}

void Fleet::plan_ready(ProcessId id) {
  Pace& pace = paces_[id];
  if (pace.ready) loop_.cancel(*pace.ready);
  pace.ready.reset();
  pace.since = loop_.now();
  if (processes_[id].speed == 0) return;
  const SimDuration left = time_of(pace.startup_left, processes_[id].speed);
  pace.ready = loop_.after(left, "process becomes ready", [this, id] { become_ready(id); });
}

/// The process stands still by itself, as AppModel::pauses says.
void Fleet::plan_pause(ProcessId id, std::uint32_t which) {
  const std::uint64_t entity = processes_[id].entity;
  const Pauses& pauses = *processes_[id].model->pauses;
  const SimDuration wait = pauses.every.sample(stream_.bits(entity, kFirstPauseDraw + 2 * which)),
                    length =
                        pauses.length.sample(stream_.bits(entity, kFirstPauseDraw + 2 * which + 1));
  paces_[id].pause = loop_.after(wait, "process pauses", [this, id, which, length] {
    const std::uint64_t number = slow_down(id, 0, loop_.now() + length);
    paces_[id].pause = loop_.after(length, "pause is over", [this, id, which, number] {
      end_slowdown(id, number);
      if (processes_[id].state != ProcessState::kGone) plan_pause(id, which + 1);
    });
  });
}

/// It takes no new connection, so when it will be idle is known.
void Fleet::plan_finish(ProcessId id) {
  Pace& pace = paces_[id];
  if (pace.finish) loop_.cancel(*pace.finish);
  pace.finish.reset();
  const SimTime idle = plane_->process_idle_at(id);
  if (idle == kNever) return;
  pace.finish = loop_.at(idle, "process has finished", [this, id] {
    if (processes_[id].state == ProcessState::kStopping) ended(id, 0, "finished");
  });
}

}  // namespace steady::app
