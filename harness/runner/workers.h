#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/core/workers.h"

namespace steady::runner {

/// Threads that wait for work: first awake for a moment, since the next piece comes soon while a
/// run goes on, then asleep. Whoever is awake takes the next part that nobody has: on a busy
/// machine the caller's thread does by itself what the others do not come to.
class ThreadWorkers final : public Workers {
 public:
  /// `count` in all, the caller's thread too; 1 starts none.
  explicit ThreadWorkers(unsigned count);
  ~ThreadWorkers() override;
  ThreadWorkers(const ThreadWorkers&) = delete;
  ThreadWorkers& operator=(const ThreadWorkers&) = delete;

  unsigned count() const override { return static_cast<unsigned>(helpers_) + 1; }
  void run(const std::function<void(unsigned)>& part) override;

 private:
  void serve();
  bool take_part(std::uint64_t& seen);
  void do_part(unsigned number);

  const std::uint64_t helpers_;  ///< beside the caller; known before the first of them begins
  const std::function<void(unsigned)>* part_ = nullptr;
  // On lines of the cache of their own: all look at them all the time.
  /// The piece of work, and in the lower 16 bits its first part that nobody has taken.
  alignas(64) std::atomic<std::uint64_t> next_{kNothing};
  alignas(64) std::atomic<std::uint64_t> left_{0};  ///< parts of it that are not done
  std::atomic<bool> over_{false};
  std::mutex failing_;
  std::exception_ptr failed_;  ///< the first one of a piece
  static constexpr std::uint64_t kNothing = 0xFFFF;
  std::vector<std::thread> threads_;
};

}  // namespace steady::runner
