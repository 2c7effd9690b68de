#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/cloud/elb/routing.h"

namespace steady::dataplane {

/// When the requests of one node end, for algorithms that count what is outstanding: brought up to
/// date when the next request comes, so a departure costs no event of the control plane's loop.
class Departures {
 public:
  static constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

  /// Tells the algorithm of everything that has ended by `now`.
  void catch_up(SimTime now, elb::Algorithm& algorithm) {
    while (!heap_.empty() && heap_.front().end <= now) {
      const std::uint32_t slot = heap_.front().slot;
      std::pop_heap(heap_.begin(), heap_.end(), Later());
      heap_.pop_back();
      if (!slots_[slot].cancelled) algorithm.ended(slots_[slot].target);
      free_.push_back(slot);
    }
  }
  std::uint32_t add(SimTime end, app::TargetId target) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back({target, false});
    } else {
      slot = free_.back();
      free_.pop_back();
      slots_[slot] = {target, false};
    }
    heap_.push_back({end, slot});
    std::push_heap(heap_.begin(), heap_.end(), Later());
    return slot;
  }
  /// A request ended earlier than planned.
  void cancel(std::uint32_t slot, elb::Algorithm& algorithm) {
    slots_[slot].cancelled = true;
    algorithm.ended(slots_[slot].target);
  }

 private:
  struct Departure {
    SimTime end;
    std::uint32_t slot;
  };
  struct Later {
    bool operator()(const Departure& a, const Departure& b) const { return a.end > b.end; }
  };
  struct Slot {
    app::TargetId target;
    bool cancelled;
  };
  std::vector<Departure> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace steady::dataplane
