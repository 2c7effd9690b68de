#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/core/check.h"
#include "sim/core/time.h"
#include "sim/core/vector_units.h"
#include "sim/core/wide.h"
#include "sim/dataplane/ledger.h"

namespace steady::dataplane {

/// A queue in one block of memory that grows by doubling and is never given back: no allocation per
/// request once it has its size.
template <class T>
class Ring {
 public:
  Ring() = default;
  Ring(Ring&&) = default;
  Ring(const Ring& other) {
    for (std::size_t i = 0; i < other.count_; ++i) push(other[i]);
  }
  Ring& operator=(Ring other) {
    std::swap(items_, other.items_);
    std::swap(head_, other.head_);
    std::swap(count_, other.count_);
    std::swap(room_, other.room_);
    return *this;
  }
  ~Ring() = default;
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  T& front() { return items_[head_]; }
  T& operator[](std::size_t i) { return items_[place_of(i)]; }
  const T& operator[](std::size_t i) const { return items_[place_of(i)]; }
  void pop() {
    head_ = (head_ + 1) & (room_ - 1);
    --count_;
  }
  void push(const T& item) {
    if (no_room()) grow();
    items_[place_of(count_)] = item;
    ++count_;
  }
  /// In order, equal ones as they stood.
  template <class Before>
  void sort(Before before) {
    std::vector<T> all;
    for (std::size_t i = 0; i < count_; ++i) all.push_back((*this)[i]);
    std::ranges::stable_sort(all, before);
    for (std::size_t i = 0; i < count_; ++i) (*this)[i] = all[i];
  }
  bool no_room() const { return count_ == room_; }
  /// Pushes it if so is said, without a branch; there must be room.
  void push_if(const T& item, bool really) {
    items_[place_of(count_)] = item;
    count_ += really ? 1 : 0;
  }
  void clear() { head_ = count_ = 0; }
  /// Keeps what `stays` says, in order.
  template <class Predicate>
  void keep_if(Predicate stays) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
      T& item = (*this)[i];
      if (!stays(item)) continue;
      if (kept != i) (*this)[kept] = item;
      ++kept;
    }
    count_ = kept;
  }
  void grow() {
    const std::uint32_t room = room_ == 0 ? 16 : room_ * 2;
    STEADY_CHECK(room > room_, "more than 2^31 requests in one queue");
    auto larger = std::make_unique<T[]>(room);
    for (std::size_t i = 0; i < count_; ++i) larger[i] = (*this)[i];
    items_ = std::move(larger);
    head_ = 0;
    room_ = room;
  }

 private:
  std::size_t place_of(std::size_t i) const { return (head_ + i) & (room_ - 1); }

  std::unique_ptr<T[]> items_;
  std::uint32_t head_ = 0, count_ = 0, room_ = 0;
};

/// A request that has been accepted and whose end is planned.
struct Open {
  SimTime sent{}, end{};  ///< `end` as the client sees it
  std::uint64_t index = 0;
  std::uint32_t target = 0;
  std::uint32_t operation = 0xFFFFFFFFU;  ///< of a client that sends again; all ones: none yet
  std::uint32_t flow = 0xFFFFFFFFU;  ///< of its source, that carries it; all ones: none is kept
  app::ProcessId process = 0;        ///< that took it; Fleet::kNone when none did
  std::uint16_t source = 0, node = 0, frontend = 0;
  std::uint16_t rule = 0;  ///< priority of the rule that took it; 0: the default action
  SegmentId segment = 0;
  CauseId cause = 0;
  Outcome outcome = Outcome::kOk;
  bool expected : 1 = false;
  bool stream : 1 = false;       ///< a long connection: it holds no worker
  bool opens : 1 = false;        ///< a flow of its own, or the first of one that is kept
  bool retrying : 1 = false;     ///< its client looks at this end and may send again
  bool counted : 1 = false;      ///< its node counts it as outstanding until its end
  bool by_balancer : 1 = false;  ///< it was the balancer that cut it
  bool silent : 1 = false;       ///< its connection broke and nobody said so: no answer will come
  bool fail_open : 1 = false;    ///< no candidate was healthy when its target was chosen
  bool queued : 1 = false;       ///< it waited at its node before it was sent to its target
  bool unsticky : 1 = false;     ///< its session, where sessions are, led to no target
  std::uint8_t lane = 0;         ///< which of its operation's tries it is
};

/// How a moment is sorted into eight that rise, in nanoseconds, in place of the first, which is not
/// after it. A branch on what is later would be as good as random, so these choose by masks:
/// compilers make branches of anything else.
struct SortByMasks {
  static void in(std::int64_t* eight, std::int64_t at) {
    std::int64_t here = eight[0];
    for (std::size_t i = 0; i < 7; ++i) {
      const std::int64_t next = eight[i + 1];
      const std::int64_t later = chosen(here > at, here, at);
      eight[i] = chosen(next < later, next, later);
      here = next;
    }
    eight[7] = chosen(here > at, here, at);
  }

 private:
  static std::int64_t chosen(bool first, std::int64_t a, std::int64_t b) {
    return b ^ ((a ^ b) & -std::int64_t{first});
  }
};

/// One process as a queueing station: c workers, first in first out, a bounded backlog. When a
/// request comes, its start is the earliest moment at which a worker is free (Kiefer and Wolfowitz
/// 1955), so everything about it is known when it is accepted.
class alignas(64) Station {
 public:
  Station(std::uint32_t concurrency, std::uint32_t backlog)
      : concurrency_(concurrency), backlog_(backlog) {
    starts_.grow();
    idle();
  }

  /// When a worker takes a request that arrives now; never before `now`.
  SimTime next_start(SimTime now) const {
    if (concurrency_ <= kFew) return std::max(now, SimTime{SimDuration{few_[0]}});
    return many_.size() < concurrency_ ? now : std::max(now, many_.front());
  }
  /// Requests that wait for a worker at `now`.
  std::size_t waiting(SimTime now) {
    while (!starts_.empty() && starts_.front() <= now) starts_.pop();
    return starts_.size();
  }
  bool full(SimTime now) { return full(now, next_start(now)); }
  /// The same, given when the next one would start. What has started is forgotten late, so most of
  /// the time nobody has to look at the queue.
  bool full(SimTime now, SimTime start) {
    return starts_.size() >= backlog_ && start > now && waiting(now) >= backlog_;
  }
  /// When it has room, given that it is full now.
  SimTime room_at(SimTime now) const { return backlog_ == 0 ? next_start(now) : starts_[0]; }
  /// Takes a request that starts at `start` and is done at `done`. kSeldomWaits: a guess, which
  /// makes it faster where it is right.
  template <class Sort = SortByMasks, bool kSeldomWaits = false>
  STEADY_INLINE void take(SimTime now, SimTime start, SimTime done) {
    if (concurrency_ <= kFew) {
      Sort::in(few_, done.time_since_epoch().count());
    } else {
      take_one_of_many(done);
    }
    if constexpr (kSeldomWaits) {
      if (start > now) starts_.push(start);
    } else {
      if (starts_.no_room()) make_room(now);
      starts_.push_if(start, start > now);
    }
    if (done != kNever) held_ns += static_cast<Uint128>((done - now).count());
    ++answered;
  }
  /// When it will have answered all that it has taken; long ago when it never had anything.
  SimTime idle_at() const {
    return concurrency_ <= kFew ? SimTime{SimDuration{few_[concurrency_ - 1]}} : last_done_;
  }
  std::uint32_t concurrency() const { return concurrency_; }
  /// Its work is planned anew: when workers become free (a min-heap; fewer than all are idle), and
  /// when those start that wait, in order.
  void replan(SimTime now, const std::vector<SimTime>& free) {
    STEADY_CHECK(free.size() <= concurrency_, "more are busy than there are workers");
    idle();
    starts_.clear();
    if (concurrency_ <= kFew) {
      for (const SimTime at : free) SortByMasks::in(few_, at.time_since_epoch().count());
      return;
    }
    many_ = free;
    last_done_ = now;
    for (const SimTime at : free) last_done_ = std::max(last_done_, at);
  }
  void waits_until(SimTime start) { starts_.push(start); }

 private:
  /// So many fit into one line of the machine's cache, and sorting one in is quicker than a heap.
  static constexpr std::size_t kFew = 8;

  void idle() {
    for (std::size_t i = 0; i <= kFew; ++i) few_[i] = i < concurrency_ ? INT64_MIN : INT64_MAX;
    many_.clear();
  }
  void take_one_of_many(SimTime done);
  void make_room(SimTime now) {
    if (waiting(now) > 0 && starts_.no_room()) starts_.grow();
  }
  void replace_earliest(SimTime done);
  // What every request touches lies in two lines of the cache, and its place in the queue.
  // When workers become free. Up to eight: sorted, in nanoseconds, idle ones first, the largest
  // number where there is no worker, and after all, so that each of the eight has a next one.
  std::int64_t few_[kFew + 1];
  std::uint32_t concurrency_, backlog_;
  Ring<SimTime> starts_;  ///< of waiting requests; rising, since the queue is first in first out

 public:
  std::uint64_t answered = 0;
  Uint128 held_ns = 0;

 private:
  std::vector<SimTime> many_;  ///< more than eight: a min-heap of those that have ever worked
  SimTime last_done_{};        ///< of many

 public:
  Ring<Open> open;
};

}  // namespace steady::dataplane
