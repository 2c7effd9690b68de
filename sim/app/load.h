#pragma once

#include <cstdint>
#include <string>

#include "sim/core/distribution.h"

/// What an app says about itself under load; parts of an AppModel.
namespace steady::app {

/// Another service that each request waits for, by the clock, before it works.
struct Dependency {
  std::string name{};
  Distribution latency{};
  SimDuration timeout = SimDuration::max();  ///< The app gives up then; max(): never.
  std::uint32_t errors_per_million = 0;      ///< Share of calls that it answers with an error.
};

/// Times at which the whole process stands still, as for a collection of garbage.
struct Pauses {
  Distribution every{};  ///< From RUNNING, and from the end of one, to the next.
  Distribution length{};
};

/// What the process would take of its machine's processors, in millionths of one vCPU.
struct CpuWish {
  std::int64_t busy = 0;      ///< While it serves.
  std::int64_t starting = 0;  ///< From RUNNING until it is ready.
};

/// How its memory grows, in bytes.
struct MemoryUse {
  std::int64_t start = 0;
  std::int64_t per_request = 0;  ///< Of each that it takes.
  std::int64_t per_minute = 0;
};

}  // namespace steady::app
