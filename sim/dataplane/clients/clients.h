#pragma once

#include <cstdint>

namespace steady::dataplane {

constexpr std::uint32_t kNobodyWaits = 0xFFFFFFFFU;

/// A client that is here: a user, one of a population, or one that comes for a session or a single
/// request and goes again.
struct Client {
  std::uint64_t serial = 0;       ///< of its first request: the n-th has it and n strides
  std::uint64_t asked = 0;        ///< requests so far
  std::uint32_t open = 0;         ///< of them, those that are not over
  std::uint32_t connections = 0;  ///< attempts under way
  std::uint32_t first_waiting = kNobodyWaits,
                last_waiting = kNobodyWaits;  ///< operations, for a connection
  std::uint32_t left = 0;                     ///< steps of its session that are still to begin
};

}  // namespace steady::dataplane
