#include <algorithm>

#include "sim/core/wide.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// Apps under load: waiting too long, waiting for others, and memory.
namespace steady::dataplane::testing {

/// A worker takes it.
void PlainPlane::begin(Request& request, SimTime now) const {
  const app::AppModel& model = *fleet_.process(request.process).model;
  request.began = now;
  if (!model.queue_timeout || now == kNever) return;
  request.late = now > request.came + *model.queue_timeout;
  if (request.late) request.work = request.hold = SimDuration{0};
}

void PlainPlane::call_others(const Source& source, Request& request, const app::AppModel& model) {
  const PhiloxBlock bits = drawn(source, request, kDependency);
  std::uint64_t for_latency = (std::uint64_t{bits[1]} << 32) | bits[0], for_error = bits[2];
  for (const auto& other : model.dependencies) {
    const auto state = fleet_.dependencies().state(other.name);
    SimDuration takes{static_cast<std::int64_t>(Int128{other.latency.sample(for_latency).count()} *
                                                Int128{state.factor} / Int128{1000})};
    if (state.latency) takes = *state.latency;
    std::string error;
    if (state.down) {
      takes = SimDuration{0};
      error = "dependency " + other.name + " is down";
    } else if (takes > other.timeout) {
      takes = other.timeout;
      error = "dependency " + other.name + " timed out";
    } else if (((for_error * 1'000'000U) >> 32) < other.errors_per_million) {
      error = "dependency " + other.name + " failed";
    }
    request.hold += takes;
    if (!error.empty()) {
      request.failed = true;
      request.error_cause = error;
      request.work = SimDuration{0};
      return;
    }
    for_latency = mix64(for_latency);
    for_error = mix64(for_error + 1) >> 32;
  }
}

/// Looks for the first nanosecond at which it has too much, by halving.
SimTime PlainPlane::memory_full_at(app::ProcessId number, SimTime now) {
  const app::Process& process = fleet_.process(number);
  const app::MemoryUse& use = *process.model->memory;
  const auto requests = static_cast<std::int64_t>(stations_[number].taken);
  const auto too_much = [&](SimTime at) {
    const Int128 grown =
        Int128{use.per_minute} * Int128{(at - process.running_at).count()} / 60'000'000'000;
    return Int128{use.start} + Int128{use.per_request} * requests + grown > process.memory_limit;
  };
  if (too_much(now)) return now;
  SimTime low = now, high = now + std::chrono::hours{24};
  if (!too_much(high)) return kNever;
  while (low + SimDuration{1} < high) {
    const SimTime middle = low + (high - low) / 2;
    (too_much(middle) ? high : low) = middle;
  }
  return high;
}

void PlainPlane::look_at_memory(app::ProcessId number, SimTime now) {
  if (fleet_.process(number).memory_limit == 0) return;
  const SimTime full = memory_full_at(number, now);
  if (full >= halt_) return;
  halt_ = full;
  halted_by_ = number;
}

}  // namespace steady::dataplane::testing
