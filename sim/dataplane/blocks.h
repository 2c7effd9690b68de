#pragma once

#include <cstdint>

namespace steady::dataplane {

/// The numbers of a request's random blocks: 128 bits each. A block that a world has no use for is
/// never computed, so a feature that is off costs nothing and shifts nobody's numbers.
enum Block : std::uint32_t {
  kMain = 0,        ///< words 0 and 1: service time; 2: the app's own errors; 3: node
  kRoute = 1,       ///< words 0 and 1: reuse gap of the connection; 2: client; 3: weighted choice
  kWait = 2,        ///< words 0 and 1: the wait after this attempt failed
  kRule = 3,        ///< word 0: which group of a weighted forward
  kClient = 4,      ///< words 0 and 1: think time; 2 and 3: how long a session is
  kConnection = 5,  ///< word 0: which target a flow is hashed to; 2 and 3: its life
  kDependency = 6,  ///< words 0 and 1: its latency; 2: its errors
  kDns = 7,         ///< words 0 and 1: how old the client's answer is
  kTransfer = 8,    ///< words 0 and 1: upload; 2 and 3: download
  kProxy = 9,       ///< of other proxies' rules
  kBlocks = 16      ///< of each attempt
};

/// The block of a balancer's n-th further try (from 1) of an attempt, in a stream of such tries:
/// another target serves it in a time of its own, with a chance of its own to fail.
constexpr std::uint32_t block_of_try(std::uint32_t attempt, int n, Block block) {
  return ((attempt << 16U) + static_cast<std::uint32_t>(n)) * kBlocks + block;
}

}  // namespace steady::dataplane
