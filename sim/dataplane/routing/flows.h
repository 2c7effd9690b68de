#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "sim/app/request_plane.h"
#include "sim/core/time.h"

namespace steady::dataplane {

inline constexpr std::uint32_t kNoFlow = 0xFFFFFFFFU;

/// How long a client's kernel sends again on an open connection where nobody answers: fifteen
/// times, as Linux does.
inline constexpr SimDuration kSilenceGivesUp = std::chrono::milliseconds{924'600};

/// A connection that a client keeps through a Network load balancer: hashed to one target, and
/// bound to it for its life (elb.md 3.1). What happens to it while it rests is looked up when its
/// client uses it next.
struct Flow {
  SimTime opened{}, until = kNever;  ///< the client's own end of it
  SimTime rests_since{};             ///< end of its last request; later than now: busy
  std::uint32_t target = kNoFlow;    ///< all ones: not open
  app::ProcessId process = 0;
  std::uint16_t frontend = 0, node = 0;
  bool broken = false;  ///< it ends with the request that it carries
  SimTime over{};       ///< of a broken one: for its balancer; known where metrics are kept
};

/// The balancer ended all flows that its target had.
struct FlowsEnded {
  SimTime at;
  std::string_view cause;
  bool told;  ///< their clients heard of it
};

/// The moments that end a connection that rests; kNever for what never comes.
struct FlowEnds {
  SimTime own;        ///< its client closes it
  SimTime closed;     ///< the app does, which has heard nothing for so long
  SimTime forgotten;  ///< the balancer has no such flow any more
  SimTime left;       ///< its process stops, or is gone
  SimTime vanished;   ///< its machine is gone, and nobody says so
  const FlowsEnded* ended = nullptr;
  /// The first that anybody but its client does.
  SimTime first() const {
    const SimTime ended_at = ended == nullptr ? kNever : ended->at;
    return std::min({closed, forgotten, left, ended_at});
  }
  bool by_process() const { return first() == closed || (first() == left && first() != forgotten); }
};

/// What a client finds when it uses a connection that has rested.
struct FlowFate {
  enum class Kind : std::uint8_t {
    kGood,
    kClosed,  ///< the client knows, and opens another
    kReset,   ///< a reset comes back
    kSilent,  ///< nothing comes back
  };
  Kind kind = Kind::kGood;
  const char* component = "target";  ///< who sends the reset
  std::string_view cause{};
};

}  // namespace steady::dataplane
