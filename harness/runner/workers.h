#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "sim/core/workers.h"

namespace steady::runner {

/// Threads that wait for work: first awake for a moment, since the next piece comes soon while a
/// run goes on, then asleep.
class ThreadWorkers final : public Workers {
 public:
  /// `count` in all, the caller's thread too; 1 starts none.
  explicit ThreadWorkers(unsigned count);
  ~ThreadWorkers() override;
  ThreadWorkers(const ThreadWorkers&) = delete;
  ThreadWorkers& operator=(const ThreadWorkers&) = delete;

  unsigned count() const override { return static_cast<unsigned>(threads_.size()) + 1; }
  void run(const std::function<void(unsigned)>& part) override;

 private:
  void serve(unsigned number);

  const std::function<void(unsigned)>* part_ = nullptr;
  // On lines of the cache of their own: all look at them all the time.
  alignas(64) std::atomic<unsigned> round_{0};  ///< a new one begins a piece of work
  alignas(64) std::atomic<unsigned> left_{0};   ///< parts of it that are not done
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

}  // namespace steady::runner
