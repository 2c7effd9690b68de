#pragma once

#include <cstdint>
#include <vector>

#include "sim/app/speed.h"
#include "sim/dataplane/processes/station.h"

namespace steady::dataplane {

/// A request that a process has taken and not finished, whether its client still waits or not: what
/// has to be known of it when the process gets slower or faster.
struct Job {
  SimTime came{}, start{}, done{};
  std::uint64_t index = 0;
  std::int64_t work = 0;     ///< left, in nanoseconds at full speed
  SimDuration hold{0};       ///< from its start it waits so long for others, then it works
  SimTime latest = kNever;   ///< who starts later is answered at once (queueTimeout)
  std::uint16_t source = 0;  ///< with `index` and `came`: which attempt it is
  // What the app answers, unless it is too late.
  Outcome outcome = Outcome::kOk;
  bool expected = false;
  CauseId cause = 0;
};

/// All jobs of one process in the order of their coming, kept only where speeds may change: the
/// station alone knows when workers become free, and not whose work keeps them.
class Work {
 public:
  explicit Work(std::int64_t speed) : speed_(speed) {}
  std::int64_t speed() const { return speed_; }

  /// When a job will be done that goes on at this speed from `from` on: its start, or a later
  /// change of speed. kNever at a standstill.
  static SimTime done(const Job& job, SimTime from, std::int64_t speed);
  void add(const Job& job, SimTime now) {
    while (!jobs_.empty() && jobs_.front().done <= now) jobs_.pop();
    jobs_.push(job);
  }

  /// The process has another speed from now on; every job is planned anew, first in, first out.
  void change(SimTime now, std::int64_t speed, std::uint32_t workers);
  /// The jobs that are not done, in order, and what the last change made of the station.
  const Ring<Job>& jobs() const { return jobs_; }
  const std::vector<SimTime>& free() const { return free_; }  ///< a min-heap
  /// How much longer, in sum, jobs stay; those without an end count from when they have one.
  Int128 longer() const { return longer_; }

 private:
  std::int64_t speed_;
  SimTime changed_{};
  Ring<Job> jobs_;
  std::vector<SimTime> free_;
  Int128 longer_ = 0;
};

}  // namespace steady::dataplane
