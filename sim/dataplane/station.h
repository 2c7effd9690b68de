#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/core/time.h"
#include "sim/core/wide.h"
#include "sim/dataplane/ledger.h"

namespace steady::dataplane {

/// A queue in one block of memory that grows by doubling and is never given back: no allocation per
/// request once it has its size.
template <class T>
class Ring {
 public:
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  T& front() { return items_[head_]; }
  T& operator[](std::size_t i) { return items_[(head_ + i) & (items_.size() - 1)]; }
  const T& operator[](std::size_t i) const { return items_[(head_ + i) & (items_.size() - 1)]; }
  void pop() {
    head_ = (head_ + 1) & (items_.size() - 1);
    --count_;
  }
  void push(const T& item) {
    if (count_ == items_.size()) grow();
    items_[(head_ + count_) & (items_.size() - 1)] = item;
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
  void clear() { head_ = count_ = 0; }
  /// Keeps what `stays` says, in order.
  template <class Predicate>
  void keep_if(Predicate stays) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      T& item = (*this)[i];
      if (!stays(item)) continue;
      if (kept != i) (*this)[kept] = item;
      ++kept;
    }
    count_ = kept;
  }

 private:
  void grow() {
    std::vector<T> larger(items_.empty() ? 16 : items_.size() * 2);
    for (std::size_t i = 0; i < count_; ++i) larger[i] = (*this)[i];
    items_ = std::move(larger);
    head_ = 0;
  }
  std::vector<T> items_;
  std::size_t head_ = 0, count_ = 0;
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
  std::uint8_t lane = 0;         ///< which of its operation's tries it is
};

/// One process as a queueing station: c workers, first in first out, a bounded backlog. When a
/// request comes, its start is the earliest moment at which a worker is free (Kiefer and Wolfowitz
/// 1955), so everything about it is known when it is accepted.
class Station {
 public:
  Station(std::uint32_t concurrency, std::uint32_t backlog)
      : concurrency_(concurrency), backlog_(backlog) {}

  /// When a worker takes a request that arrives now; never before `now`.
  SimTime next_start(SimTime now) const {
    return free_.size() < concurrency_ ? now : std::max(now, free_.front());
  }
  /// Requests that wait for a worker at `now`.
  std::size_t waiting(SimTime now) {
    while (!starts_.empty() && starts_.front() <= now) starts_.pop();
    return starts_.size();
  }
  bool full(SimTime now) { return next_start(now) > now && waiting(now) >= backlog_; }
  /// Takes a request that starts at `start` and is done at `done`.
  void take(SimTime now, SimTime start, SimTime done) {
    if (free_.size() < concurrency_) {
      free_.push_back(done);
      std::push_heap(free_.begin(), free_.end(), std::greater<>());
    } else {
      replace_earliest(done);
    }
    if (start > now) starts_.push(start);
    if (done > last_done_) last_done_ = done;
  }
  SimTime idle_at() const { return last_done_; }
  std::uint32_t concurrency() const { return concurrency_; }
  /// Its work is planned anew: when workers become free (a min-heap; fewer than all are idle), and
  /// when those start that wait, in order.
  void replan(SimTime now, const std::vector<SimTime>& free) {
    free_ = free;
    starts_.clear();
    last_done_ = now;
    for (const SimTime at : free_) last_done_ = std::max(last_done_, at);
  }
  void waits_until(SimTime start) { starts_.push(start); }

  Ring<Open> open;
  Uint128 held_ns = 0;
  std::uint64_t answered = 0;

 private:
  /// The root of the heap becomes `done` and sinks: half the work of a pop and a push.
  void replace_earliest(SimTime done) {
    std::size_t i = 0;
    const std::size_t n = free_.size();
    for (;;) {
      std::size_t child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && free_[child + 1] < free_[child]) ++child;
      if (free_[child] >= done) break;
      free_[i] = free_[child];
      i = child;
    }
    free_[i] = done;
  }
  std::uint32_t concurrency_, backlog_;
  std::vector<SimTime> free_;  ///< min-heap of the moments at which workers become free
  Ring<SimTime> starts_;  ///< of waiting requests; rising, since the queue is first in first out
  SimTime last_done_{};
};

}  // namespace steady::dataplane
