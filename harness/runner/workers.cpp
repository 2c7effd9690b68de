#include "harness/runner/workers.h"

namespace steady::runner {
namespace {

/// Some ten microseconds, then a tenth of a millisecond in which others may have the processor:
/// longer than the gap between two pieces, while going to sleep and waking up takes as long as a
/// piece does.
constexpr int kLooks = 200, kPolite = 300;

void relax() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_ia32_pause();
#endif
}

/// Returns when `value` is no longer `old`.
void await_change(const std::atomic<unsigned>& value, unsigned old) {
  for (int look = 0; look < kLooks + kPolite; ++look) {
    if (value.load(std::memory_order_acquire) != old) return;
    if (look < kLooks) {
      relax();
    } else {
      std::this_thread::yield();
    }
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadWorkers::ThreadWorkers(unsigned count) {
  for (unsigned number = 1; number < count; ++number)
    threads_.emplace_back([this, number] { serve(number); });
}

ThreadWorkers::~ThreadWorkers() {
  over_.store(true, std::memory_order_release);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadWorkers::run(const std::function<void(unsigned)>& part) {
  if (threads_.empty()) return part(0);
  part_ = &part;
  left_.store(static_cast<unsigned>(threads_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  part(0);
  for (unsigned left = left_.load(std::memory_order_acquire); left != 0;
       left = left_.load(std::memory_order_acquire))
    await_change(left_, left);
}

void ThreadWorkers::serve(unsigned number) {
  for (unsigned round = 0;; ++round) {
    await_change(round_, round);
    if (over_.load(std::memory_order_acquire)) return;
    (*part_)(number);
    left_.fetch_sub(1, std::memory_order_acq_rel);
    left_.notify_one();
  }
}

}  // namespace steady::runner
