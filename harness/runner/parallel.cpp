#include "harness/runner/parallel.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace steady::runner {

void for_each_in_parallel(std::size_t count, unsigned jobs,
                          const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) task(i);
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < jobs && t < count; ++t) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
}

unsigned processors() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace steady::runner
