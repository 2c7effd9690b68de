#include "sim/dataplane/routing/target_ends.h"

#include "sim/dataplane/batched/batched.h"
#include "sim/dataplane/impl.h"

namespace steady::dataplane {

bool TargetEndCounts::is_failure(CauseId cause, const Ledger& ledger) {
  using Seen = NodeMetrics::Seen;
  for (std::size_t id = failures_.size(); id <= cause; ++id) {
    // Cause 0 is none: the target's own good answer.
    const Seen seen = id == 0 ? Seen{} : NodeMetrics::look(ledger.cause(static_cast<CauseId>(id)));
    failures_.push_back(seen.connection_error ||
                        (seen.by == Seen::By::kTarget && seen.status >= 500));
  }
  return failures_[cause];
}

void TargetEndCounts::ended(app::TargetId target, SimTime at, CauseId cause, const Ledger& ledger) {
  const std::int64_t number = at.time_since_epoch() / every_;
  Interval& interval = intervals_[static_cast<std::size_t>(number % 2)];
  if (interval.number > number) return;  // booked long after its time
  if (interval.number < number) {
    interval.number = number;
    interval.by_target.clear();
  }
  if (interval.by_target.size() <= target) interval.by_target.resize(target + std::size_t{1});
  app::TargetEnds& counts = interval.by_target[target];
  ++counts.all;
  if (is_failure(cause, ledger)) ++counts.failed;
}

std::vector<app::TargetEnds> TargetEndCounts::before(SimTime now) const {
  const std::int64_t number = now.time_since_epoch() / every_ - 1;
  for (const Interval& interval : intervals_) {
    if (interval.number == number) return interval.by_target;
  }
  return {};
}

/// An attempt has ended that some node of a balancer may have sent to a target.
void DataPlane::Impl::note_end(const Open& open) {
  if (open.target == kNoTarget || open.frontend >= states.size()) return;
  if (states[open.frontend].frontend->kind != elb::Kind::kApplication) return;
  target_ends->ended(open.target, open.end, open.cause, ledger);
}

void DataPlane::keep_target_ends(SimDuration every) {
  if (every.count() == 0) return impl_->target_ends.reset();
  if (impl_->target_ends) return;
  // What goes many at a time is not told of one by one.
  impl_->batched->spill(impl_->loop.now());
  impl_->target_ends = std::make_unique<TargetEndCounts>(every);
}

std::vector<app::TargetEnds> DataPlane::target_ends() {
  if (!impl_->target_ends) return {};
  impl_->settle(impl_->loop.now());
  return impl_->target_ends->before(impl_->loop.now());
}

}  // namespace steady::dataplane
