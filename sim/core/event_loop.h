#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/time.h"

namespace steady {

/// Runs actions in virtual time: one thread, no sleeping, no wall clock.
///
/// Actions due at the same instant run in the order in which they were scheduled, so a run depends
/// on the scenario and the seed alone. The control plane waits here; requests do not: whoever
/// carries them is told through the advance hook before time moves on.
class EventLoop {
 public:
  using Action = std::function<void()>;
  using Handle = std::pair<SimTime, std::uint64_t>;  ///< (due, sequence): also the run order.
  /// Told that time moves from now() to `until`: everything strictly before `until` has to happen.
  /// It may schedule, cancel and stop; when what it scheduled comes before `until`, that runs first
  /// and `until` is announced again. Not called when time does not move.
  using AdvanceHook = std::function<void(SimTime until)>;

  SimTime now() const { return now_; }
  bool idle() const { return pending_.empty(); }
  /// Actions run so far.
  std::uint64_t executed() const { return executed_; }

  /// Schedules `action` for `due`, which must not lie in the past. `label` is printed by failed
  /// checks; pass a literal.
  Handle at(SimTime due, std::string_view label, Action action);
  Handle after(SimDuration delay, std::string_view label, Action action);

  /// Forgets a pending action. A handle whose action already ran is ignored.
  void cancel(Handle handle);

  /// Runs everything due up to and including `deadline`, then stands at `deadline`, which must not
  /// lie in the past.
  void run_until(SimTime deadline);
  /// Ends run_until() after the current action; the next call goes on.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  void set_advance_hook(AdvanceHook hook) { advance_hook_ = std::move(hook); }

  /// More actions than this at one instant are an internal error that names their labels.
  void set_instant_bound(std::uint64_t actions) { instant_bound_ = actions; }
  /// More actions than this in the run end it with LimitReached.
  void set_total_bound(std::uint64_t actions) { total_bound_ = actions; }

 private:
  struct Pending {
    std::string_view label;
    Action action;
  };
  /// The next instant at which something is due, `deadline` at the latest.
  SimTime next_stop(SimTime deadline) const;
  void run_next();
  void count_label(std::string_view label);
  [[noreturn]] void instant_bound_broken() const;

  SimTime now_{};
  std::uint64_t next_sequence_ = 0;
  std::uint64_t executed_ = 0;
  std::uint64_t at_this_instant_ = 0;
  std::uint64_t instant_bound_ = 1'000'000;
  std::uint64_t total_bound_ = 200'000'000;
  std::vector<std::pair<std::string_view, std::uint64_t>> seen_at_this_instant_;
  bool stopped_ = false;
  AdvanceHook advance_hook_;
  std::map<Handle, Pending> pending_;
};

}  // namespace steady
