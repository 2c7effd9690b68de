#pragma once

#include <string>

#include "sim/core/calendar.h"
#include "sim/core/random.h"
#include "sim/core/result.h"
#include "sim/traffic/trace.h"

namespace steady::scenario {

/// How a recorded trace is laid on a run.
struct TraceOptions {
  bool by_clock = false;  ///< dates of the log are dates of the run; else the first comes at 0
  std::uint64_t stretch_ppm = 1'000'000;  ///< times are multiplied by this
  std::uint64_t keep_ppm = 1'000'000;     ///< thinned to this share, each line by its own draw
  RandomStream thin;                      ///< of those draws
  Calendar start;                         ///< of the run
};

/// Reads access logs of Application load balancers (elb.md 2.18) and of Classic ones (1.11), and
/// CSV with the columns time, client, request (only the first is needed; a head line may name
/// them). Times are ISO-8601 dates, or seconds in CSV. Lines are told apart one by one. Error code
/// "line" with the first line that is none of these.
Result<traffic::Trace> read_trace(const std::string& text, const TraceOptions& options);

}  // namespace steady::scenario
