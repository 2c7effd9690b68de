#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "sim/dataplane/station.h"

namespace steady::dataplane {

/// A request that somebody tries again when it fails, its client or a proxy, from its first failure
/// on: before that it is an ordinary open request and costs nothing more.
struct Operation {
  SimTime first{};             ///< when it was sent first
  Open last;                   ///< the attempt that failed, or will
  SimDuration waited{0};       ///< before the last attempt
  std::uint32_t attempts = 1;  ///< sent so far
  std::uint32_t stamp = 0;     ///< a moment with another stamp is void: a cut came in between
  SegmentId segment = 0;       ///< in which it was sent first
  bool live = false;
  // Of its balancer, where that tries other targets; for one attempt of the client.
  int tries = 0;                    ///< beside the first
  std::vector<app::TargetId> were;  ///< where they failed
  SimTime tried{};                  ///< when the last try was sent to its target
  bool balancer_waits = false;      ///< before a try at the same target
  SimDuration life{0};              ///< of a long connection that is not set up yet
};

/// The moments at which clients decide whether to send again, and send; in order of time, decisions
/// first, then by source and index, whatever the order in which they were found out.
class Moments {
 public:
  struct Moment {
    SimTime at;
    bool send;
    std::uint16_t source;
    std::uint64_t index;
    std::uint32_t operation, stamp;  ///< no operation: a client that connects its stream again
    SimDuration life{0};             ///< for so long
  };
  SimTime first() const { return std::min(dispatch_at, heap_.empty() ? kNever : heap_.front().at); }
  /// Nodes look then whether somebody has room for those that wait at them; at one moment with
  /// others it comes before them.
  SimTime dispatch_at = kNever;
  bool dispatch_is_next() const { return dispatch_at < kNever && dispatch_at == first(); }
  void add(const Moment& moment) {
    heap_.push_back(moment);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  Moment take() {
    const Moment moment = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    return moment;
  }

 private:
  static bool later(const Moment& a, const Moment& b) {
    return std::tie(a.at, a.send, a.source, a.index) > std::tie(b.at, b.send, b.source, b.index);
  }
  std::vector<Moment> heap_;
};

}  // namespace steady::dataplane
