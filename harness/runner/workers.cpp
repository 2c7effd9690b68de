#include "harness/runner/workers.h"

#include <utility>

#include "sim/core/check.h"

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
void await_change(const std::atomic<std::uint64_t>& value, std::uint64_t old) {
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

ThreadWorkers::ThreadWorkers(unsigned count) : helpers_(count > 0 ? count - 1 : 0) {
  STEADY_CHECK(count < kNothing, "more threads than a piece of work has parts");
  for (std::uint64_t i = 0; i < helpers_; ++i) threads_.emplace_back([this] { serve(); });
}

ThreadWorkers::~ThreadWorkers() {
  over_.store(true, std::memory_order_release);
  next_.fetch_add(kNothing + 1, std::memory_order_release);
  next_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadWorkers::run(const std::function<void(unsigned)>& part) {
  if (helpers_ == 0) return part(0);
  part_ = &part;
  left_.store(helpers_, std::memory_order_relaxed);
  const std::uint64_t piece = (next_.load(std::memory_order_relaxed) | kNothing) + 1;
  next_.store(piece + 1, std::memory_order_release);
  next_.notify_all();
  do_part(0);
  std::uint64_t seen = piece + 1;
  while (take_part(seen)) {
  }
  for (std::uint64_t left = left_.load(std::memory_order_acquire); left != 0;
       left = left_.load(std::memory_order_acquire))
    await_change(left_, left);
  if (failed_) std::rethrow_exception(std::exchange(failed_, nullptr));
}

void ThreadWorkers::do_part(unsigned number) {
  try {
    (*part_)(number);
  } catch (...) {
    const std::scoped_lock lock(failing_);
    if (!failed_) failed_ = std::current_exception();
  }
}

/// Does a part of the piece that is under way, given what next_ was lately; false when there is
/// none. A piece is not over while somebody has a part of it, so `part_` is the one that was taken.
bool ThreadWorkers::take_part(std::uint64_t& seen) {
  for (;;) {
    const std::uint64_t number = seen & kNothing;
    if (number > helpers_) return false;
    if (!next_.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel,
                                     std::memory_order_acquire))
      continue;
    do_part(static_cast<unsigned>(number));
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    return true;
  }
}

void ThreadWorkers::serve() {
  std::uint64_t seen = next_.load(std::memory_order_acquire);
  for (;;) {
    if (over_.load(std::memory_order_acquire)) return;
    if (take_part(seen)) continue;
    await_change(next_, seen);
    seen = next_.load(std::memory_order_acquire);
  }
}

}  // namespace steady::runner
