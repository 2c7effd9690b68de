#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/cloud/elb/routing.h"
#include "sim/core/check.h"
#include "sim/core/vector_units.h"

namespace steady::dataplane {

/// When the requests of one node end, for algorithms that count what is outstanding: brought up to
/// date when the next request comes, so a departure costs no event of the control plane's loop.
///
/// A calendar (R. Brown, Calendar Queues, CACM 1988) whose days are never sorted: who ended by now
/// matters, not in which order. A day holds one or two departures, so each costs a few steps,
/// however many are outstanding.
///
/// Where nobody chooses, nobody counts: whom a cookie leads to its target is only noted, and most
/// of those have departed before the counts are wanted.
class Departures {
 public:
  /// Tells `change` of every request that its target got (1) and that has departed from it by `now`
  /// (-1) since the last call, unless both; and some time before that, `coming` of some targets, so
  /// that what will be needed can be fetched into the cache.
  template <class Change, class Coming>
  void catch_up(SimTime now, Change change, Coming coming) {
    const std::uint64_t last = day_of(now);
    if (count_ != 0) {
      // Once round the calendar meets everybody.
      const std::uint64_t from = last - today_ >= days_.size() ? last - (days_.size() - 1) : today_;
      for (std::uint64_t day = from; day <= last; ++day) {
        fetch(day, coming);
        sweep(day, now, change);
      }
    }
    today_ = last;
    for (const Noted& each : noted_) {
      if (each.end <= now) continue;
      change(each.target, 1);
      add(each.end, each.target);
    }
    noted_.clear();
  }
  template <class Change>
  void catch_up(SimTime now, Change change) {
    catch_up(now, change, [](app::TargetId) {});
  }
  /// The target has got a request at `now` that departs at `end`; who wants the counts catches up
  /// before.
  void note(SimTime now, SimTime end, app::TargetId target) {
    if (noted_.size() == most_noted_) forget_ended(now);
    noted_.push_back({end, target});
  }
  /// The same, for a request that `change` has been told of.
  void add(SimTime end, app::TargetId target) {
    if (count_ + 1 > days_.size()) grow(end);
    std::uint32_t place = free_;
    if (place == kNone) {
      place = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({});
    } else {
      free_ = entries_[place].next;
    }
    std::uint32_t& head = days_[day_of(end) & (days_.size() - 1)];
    entries_[place] = {end, target, head};
    head = place;
    ++count_;
  }
  /// A departure that was planned for `end`, and has not been told of, will not be then.
  void cancel(SimTime end, app::TargetId target) {
    std::uint32_t* link = &days_[day_of(end) & (days_.size() - 1)];
    while (*link != kNone && (entries_[*link].end != end || entries_[*link].target != target))
      link = &entries_[*link].next;
    STEADY_CHECK(*link != kNone, "a departure that nobody planned is cancelled");
    release(link);
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint64_t kAhead = 4;  ///< days
  struct Entry {
    SimTime end{};
    app::TargetId target = 0;
    std::uint32_t next = kNone;
  };

  struct Noted {
    SimTime end{};
    app::TargetId target = 0;
  };

  std::uint64_t day_of(SimTime at) const {
    return static_cast<std::uint64_t>((at - kStart).count()) >> shift_;
  }
  std::uint32_t head_of(std::uint64_t day) const { return days_[day & (days_.size() - 1)]; }
  /// The first departure of a day to come, and then its second, since each is found by the one
  /// before; few days have more.
  template <class Coming>
  STEADY_INLINE void fetch(std::uint64_t day, Coming& coming) const {
    const std::uint32_t far = head_of(day + 3 * kAhead), near = head_of(day + 2 * kAhead);
    if (far != kNone) __builtin_prefetch(&entries_[far]);
    if (near != kNone) {
      coming(entries_[near].target);
      if (entries_[near].next != kNone) __builtin_prefetch(&entries_[entries_[near].next]);
    }
    const std::uint32_t soon = head_of(day + kAhead);
    if (soon == kNone || entries_[soon].next == kNone) return;
    coming(entries_[entries_[soon].next].target);
  }
  void release(std::uint32_t* link) {
    const std::uint32_t place = *link;
    *link = entries_[place].next;
    entries_[place].next = free_;
    free_ = place;
    --count_;
  }
  template <class Change>
  void sweep(std::uint64_t day, SimTime now, Change& change) {
    std::uint32_t* link = &days_[day & (days_.size() - 1)];
    while (*link != kNone) {
      Entry& entry = entries_[*link];
      if (entry.end > now) {
        link = &entry.next;
        continue;
      }
      const app::TargetId target = entry.target;
      release(link);
      change(target, -1);
    }
  }
  /// Twice as many days, so long that a year holds most of what is outstanding.
  void grow(SimTime newest);
  void forget_ended(SimTime now);

  std::vector<std::uint32_t> days_ = std::vector<std::uint32_t>(16, kNone);
  std::vector<Entry> entries_;
  std::vector<Noted> noted_;
  std::size_t most_noted_ = 256;
  std::uint32_t free_ = kNone;
  std::size_t count_ = 0;
  std::uint64_t today_ = 0;
  std::uint32_t shift_ = 20;  ///< a day has 2^shift_ nanoseconds
};

}  // namespace steady::dataplane
