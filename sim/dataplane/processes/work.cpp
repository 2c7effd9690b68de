#include "sim/dataplane/processes/work.h"

#include <algorithm>
#include <functional>

namespace steady::dataplane {

SimTime Work::done(const Job& job, SimTime from, std::int64_t speed) {
  if (from == kNever) return kNever;
  if (job.start > job.latest) return job.start;
  if (speed == 0) return kNever;
  return std::max(from, job.start + job.hold) + app::time_of(job.work, speed);
}

void Work::change(SimTime now, std::int64_t speed, std::uint32_t workers) {
  jobs_.keep_if([now](const Job& job) { return job.done > now; });
  const std::int64_t before = speed_;
  speed_ = speed;
  free_.clear();
  longer_ = 0;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    Job& job = jobs_[i];
    const SimTime planned = job.done;
    if (job.start <= now) {
      const SimTime since = std::max(job.start + job.hold, changed_);
      if (since < now) job.work -= app::work_in(now - since, before);
      job.done = done(job, now, speed);
    } else {
      // No worker is idle while somebody waits, so from here on all have their moment.
      job.start = free_.size() < workers ? now : free_.front();
      job.done = done(job, job.start, speed);
    }
    if (free_.size() == workers) {
      std::pop_heap(free_.begin(), free_.end(), std::greater<>());
      free_.back() = job.done;
    } else {
      free_.push_back(job.done);
    }
    std::push_heap(free_.begin(), free_.end(), std::greater<>());
    const auto counts = [](SimTime end) {
      return end == kNever ? Int128{0} : Int128{end.time_since_epoch().count()};
    };
    longer_ += counts(job.done) - counts(planned);
  }
  changed_ = now;
}

}  // namespace steady::dataplane
