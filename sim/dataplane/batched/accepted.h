#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/time.h"

namespace steady::dataplane {

/// Requests that were accepted, field by field, since they are booked many at a time.
struct Accepted {
  std::vector<SimTime> sent, end;
  std::vector<std::uint64_t> number;  ///< index, 48 bits, and segment, 16
  std::vector<std::uint32_t> home;    ///< where it went; whose numbers these are, its user knows
  std::size_t count = 0;

  /// Fields for so many and more.
  void make_room(std::size_t most);
  /// Moves those that end by `now` to `ended`, whose own are forgotten; all stay in order.
  void move_ended(SimTime now, Accepted& ended);
};

}  // namespace steady::dataplane
