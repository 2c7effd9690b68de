#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace steady::runner {

/// Runs task(i) for i in [0, count) on at most `jobs` threads; each index is taken once. A task
/// writes only what belongs to its index, so no result depends on the threads.
void for_each_in_parallel(std::size_t count, unsigned jobs,
                          const std::function<void(std::size_t)>& task);

/// Processors that this program may use, at least 1.
unsigned processors();

}  // namespace steady::runner
