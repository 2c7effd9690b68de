#include "sim/core/event_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "sim/core/check.h"

namespace steady {

EventLoop::Handle EventLoop::at(SimTime due, std::string_view label, Action action) {
  STEADY_CHECK(due >= now_, fmt::format("'{}' was scheduled for {}, but it is {} already", label,
                                        format_seconds(due), format_seconds(now_)));
  const Handle handle{due, next_sequence_++};
  // Most things are scheduled for later than what waits, and a hint costs nothing when it is wrong.
  pending_.emplace_hint(pending_.end(), handle, Pending{label, std::move(action)});
  return handle;
}

EventLoop::Handle EventLoop::after(SimDuration delay, std::string_view label, Action action) {
  return at(now_ + delay, label, std::move(action));
}

void EventLoop::cancel(Handle handle) { pending_.erase(handle); }

void EventLoop::run_until(SimTime deadline) {
  STEADY_CHECK(deadline >= now_, fmt::format("a run to {} was asked for at {}",
                                             format_seconds(deadline), format_seconds(now_)));
  stopped_ = false;
  while (!stopped_) {
    if (const SimTime until = next_stop(deadline); until > now_) {
      if (advance_hook_) advance_hook_(until);
      if (stopped_) return;
      // The hook may have cancelled what was next, and then there is more time to tell it about. Or
      // it may have scheduled something before `until`, which then comes first.
      const SimTime next = next_stop(deadline);
      if (next > until) continue;
      now_ = next;
      at_this_instant_ = 0;
      seen_at_this_instant_.clear();
    }
    if (pending_.empty() || pending_.begin()->first.first > deadline) return;
    run_next();
  }
}

SimTime EventLoop::next_stop(SimTime deadline) const {
  return pending_.empty() ? deadline : std::min(deadline, pending_.begin()->first.first);
}

void EventLoop::run_next() {
  if (executed_ >= total_bound_) {
    throw LimitReached(fmt::format(
        "limit on events: the run needs more than {} of them; it had got to {} (next: '{}')",
        total_bound_, format_seconds(now_), pending_.begin()->second.label));
  }
  // Out of the map first: the action may schedule, cancel (itself, too) or throw.
  auto next = pending_.extract(pending_.begin());
  count_label(next.mapped().label);
  if (++at_this_instant_ > instant_bound_) instant_bound_broken();
  ++executed_;
  next.mapped().action();
}

void EventLoop::count_label(std::string_view label) {
  for (auto& [seen, count] : seen_at_this_instant_) {
    if (seen == label) {
      ++count;
      return;
    }
  }
  seen_at_this_instant_.emplace_back(label, 1);
}

void EventLoop::instant_bound_broken() const {
  auto labels = seen_at_this_instant_;
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string list;
  for (const auto& [label, count] : labels) {
    list += fmt::format("{}{} {} times", list.empty() ? "" : ", ", label, count);
  }
  throw InternalError(fmt::format("more than {} actions at the instant {}: {}", instant_bound_,
                                  format_seconds(now_), list));
}

}  // namespace steady
