#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/result.h"

namespace steady {

/// The clock of a run: whole nanoseconds since its start. It has no now(); the event loop has.
/// Mixing it with a clock of the machine does not compile.
struct VirtualClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<VirtualClock>;
  static constexpr bool is_steady = true;
};

using SimDuration = std::chrono::nanoseconds;
using SimTime = VirtualClock::time_point;

/// Later than anything that happens.
inline constexpr SimTime kNever = SimTime::max();
/// The longest duration that can be written or drawn: 10 years of 365 days.
inline constexpr SimDuration kLongestDuration = std::chrono::hours{24 * 3650};
/// The moment at which a run begins.
inline constexpr SimTime kStart{};

using namespace std::chrono_literals;

/// Reads "250ms", "30s", "1m30s", "1.5h", "0s"; units ns, us, ms, s, m, h, d, from large to small,
/// and a fraction in the last part only. Exact: error code "duration" when the text is none, is
/// finer than a nanosecond, negative, or exceeds 10 years.
Result<SimDuration> parse_duration(std::string_view text);

/// Prints the shortest exact form that parse_duration reads back: "1m30s", "250ms", "0s".
std::string format_duration(SimDuration duration);

/// Prints a moment of a run as a duration since its start, in seconds with milliseconds
/// ("75.250s"): the form of transcripts, so that columns line up.
std::string format_seconds(SimTime time);

}  // namespace steady
