#include "bench/lower_bound.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "sim/core/batch.h"
#include "sim/core/check.h"
#include "sim/core/random.h"

namespace steady::bench {
namespace {

constexpr std::size_t kBatch = 256;

/// Moments and service times of the next requests, drawn in batches.
class Draws {
 public:
  explicit Draws(const Workload& workload)
      : arrivals_(RandomSource{workload.seed, 0}.stream("arrivals")),
        services_(RandomSource{workload.seed, 0}.stream("services")),
        service_(workload.service),
        mean_gap_(workload.mean_gap_ns()) {}

  void refill() {
    std::uint64_t words[kBatch];
    std::uint32_t third[kBatch], fourth[kBatch];
    double gaps[kBatch];
    batch::blocks(arrivals_, first_, 0, kBatch, {words, third, fourth});
    batch::unit_exponentials(words, kBatch, gaps);
    for (std::size_t i = 0; i < kBatch; ++i) {
      at_ += gaps[i] * mean_gap_;
      now[i] = static_cast<std::int64_t>(at_);
    }
    batch::blocks(services_, first_, 0, kBatch, {words, third, fourth});
    service_.sample_many(words, kBatch, work);
    first_ += kBatch;
  }

  std::int64_t now[kBatch], work[kBatch];

 private:
  RandomStream arrivals_, services_;
  Distribution service_;
  double mean_gap_, at_ = 0;
  std::uint64_t first_ = 0;
};

/// Calls carry(now, work) for each request.
template <class Carry>
void in_order_of_arrival(const Workload& workload, Carry carry) {
  Draws draws(workload);
  for (std::uint64_t left = workload.requests; left > 0;) {
    draws.refill();
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(left, kBatch));
    for (std::size_t i = 0; i < here; ++i) carry(draws.now[i], draws.work[i]);
    left -= here;
  }
}

/// When the workers of a station are free, rising.
struct alignas(64) Station {
  std::int64_t free[kWorkers] = {};

  /// The end of a request that comes now. The earliest worker takes it; the list stays sorted
  /// without a branch that depends on the numbers.
  std::int64_t take(std::int64_t now, std::int64_t work) {
    const std::int64_t done = std::max(now, free[0]) + work;
    std::int64_t below = std::numeric_limits<std::int64_t>::min();
    for (std::size_t i = 0; i + 1 < kWorkers; ++i) {
      const std::int64_t here = free[i + 1];
      free[i] = std::min(here, std::max(below, done));
      below = here;
    }
    free[kWorkers - 1] = std::max(below, done);
    return done;
  }
};

/// What is outstanding at each task, for asking who has the fewest: for each number a set of the
/// tasks that have it. A set is a tree of bits, kHeight words from its root to a task: 64, 4,096 or
/// 262,144 tasks.
template <int kHeight>
class Counts {
 public:
  explicit Counts(std::uint32_t tasks) : counts_(tasks, 0) {
    std::size_t words = tasks;
    for (int h = 0; h < kHeight; ++h) {
      words = (words + 63) / 64;
      offsets_[h] = stride_;
      stride_ += words;
    }
    STEADY_CHECK(words == 1, "more tasks than a tree of this height has");
    bits_.assign(stride_ * kMost, 0);
    for (std::uint32_t task = 0; task < tasks; ++task) insert(set(0), task);
  }
  std::uint32_t first_of_fewest() const {
    const std::uint64_t* words = set(fewest_);
    std::size_t found = 0;
    for (int h = kHeight - 1; h >= 0; --h)
      found = found * 64 + static_cast<std::size_t>(std::countr_zero(words[offsets_[h] + found]));
    return static_cast<std::uint32_t>(found);
  }
  /// One more for a task that has the fewest.
  void add(std::uint32_t task) {
    ++counts_[task];
    STEADY_CHECK(fewest_ + 1 < kMost, "more at one task than the bound is made for");
    std::uint64_t* words = set(fewest_);
    remove(words, task);
    insert(words + stride_, task);
    fewest_ += words[offsets_[kHeight - 1]] == 0 ? 1 : 0;
  }
  void drop(std::uint32_t task) {
    const std::size_t count = --counts_[task];
    std::uint64_t* words = set(count);
    remove(words + stride_, task);
    insert(words, task);
    fewest_ = std::min(fewest_, count);
  }

 private:
  static constexpr std::size_t kMost = 1024;

  std::uint64_t* set(std::size_t count) { return bits_.data() + count * stride_; }
  const std::uint64_t* set(std::size_t count) const { return bits_.data() + count * stride_; }
  void insert(std::uint64_t* words, std::size_t at) {
    for (int h = 0; h < kHeight; ++h, at /= 64)
      words[offsets_[h] + at / 64] |= std::uint64_t{1} << (at % 64);
  }
  void remove(std::uint64_t* words, std::size_t at) {
    std::uint64_t emptied = 1;
    for (int h = 0; h < kHeight; ++h, at /= 64) {
      std::uint64_t& word = words[offsets_[h] + at / 64];
      word &= ~(emptied << (at % 64));
      emptied = word == 0 ? 1 : 0;
    }
  }
  std::size_t stride_ = 0, fewest_ = 0;
  std::size_t offsets_[kHeight];
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint64_t> bits_;
};

/// Ends to come, by time, in slots of a wheel: within a slot nobody cares for the order, since only
/// what has ended by the next arrival matters.
class Wheel {
 public:
  explicit Wheel(double mean_gap_ns) {
    while (static_cast<double>(std::int64_t{2} << shift_) <= mean_gap_ns * kGaps) ++shift_;
    // Half a second, or what fits: what lies beyond stays in its slot for another turn.
    std::size_t slots = 64;
    while (slots < kMostSlots &&
           static_cast<std::int64_t>(slots) << shift_ < std::int64_t{500'000'000})
      slots *= 2;
    mask_ = static_cast<std::int64_t>(slots) - 1;
    heads_.assign(slots, kNone);
    full_.assign(slots / 64, 0);
    entries_.resize(1024);
    for (std::uint32_t i = 0; i < 1024; ++i) entries_[i].next = i + 1 < 1024 ? i + 1 : kNone;
    free_ = 0;
  }
  void add(std::int64_t end, std::uint32_t task) {
    if (free_ == kNone) grow();
    const std::uint32_t entry = free_;
    Entry& here = entries_[entry];
    free_ = here.next;
    const auto slot = static_cast<std::size_t>((end >> shift_) & mask_);
    here = {end, task, heads_[slot]};
    heads_[slot] = entry;
    full_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  }
  /// Calls ended(task) for all that has ended by `now`.
  template <class Ended>
  void turn_to(std::int64_t now, Ended ended) {
    const std::int64_t until = now >> shift_;
    for (;;) {
      const auto slot = static_cast<std::size_t>(at_ & mask_);
      const std::uint64_t rest = full_[slot / 64] >> (slot % 64);
      // Nothing more in this word of 64 slots: on to the next, or to `until` if that comes first.
      const std::int64_t step =
          rest == 0 ? 64 - static_cast<std::int64_t>(slot % 64) : std::countr_zero(rest);
      if (at_ + step > until) break;
      at_ += step;
      if (rest == 0) continue;
      look(static_cast<std::size_t>(at_ & mask_), now, ended);
      if (at_ == until) return;
      ++at_;
    }
    at_ = until;
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr double kGaps = 1;  ///< a slot is as long, or a little shorter
  static constexpr std::size_t kMostSlots = std::size_t{1} << 16;
  struct Entry {
    std::int64_t end;
    std::uint32_t task, next;
  };
  void grow() {
    const auto size = static_cast<std::uint32_t>(entries_.size());
    entries_.resize(std::size_t{2} * size);
    for (std::uint32_t i = size; i < 2 * size; ++i)
      entries_[i].next = i + 1 < 2 * size ? i + 1 : kNone;
    free_ = size;
  }
  template <class Ended>
  void look(std::size_t slot, std::int64_t now, Ended& ended) {
    std::uint32_t* link = &heads_[slot];
    while (*link != kNone) {
      const std::uint32_t entry = *link;
      Entry& here = entries_[entry];
      if (here.end > now) {
        link = &here.next;
        continue;
      }
      ended(here.task);
      *link = here.next;
      here.next = free_;
      free_ = entry;
    }
    full_[slot / 64] &= ~(std::uint64_t{heads_[slot] == kNone} << (slot % 64));
  }
  unsigned shift_ = 0;
  std::int64_t mask_ = 0;
  std::int64_t at_ = 0;  ///< nothing before this slot is left
  std::vector<std::uint32_t> heads_;
  std::vector<std::uint64_t> full_;  ///< a bit for each slot that has something
  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;
};

template <int kHeight>
Account least_outstanding(const Workload& workload) {
  Account account;
  account.taken.assign(workload.tasks, 0);
  std::vector<Station> stations(workload.tasks);
  Counts<kHeight> counts(workload.tasks);
  Wheel wheel(workload.mean_gap_ns());
  const std::int64_t timeout = workload.timeout.count();
  in_order_of_arrival(workload, [&](std::int64_t now, std::int64_t work) {
    wheel.turn_to(now, [&](std::uint32_t task) { counts.drop(task); });
    const std::uint32_t task = counts.first_of_fewest();
    const std::int64_t latency = stations[task].take(now, work) - now;
    ++account.taken[task];
    counts.add(task);
    wheel.add(now + std::min(latency, timeout), task);
    if (latency > timeout) {
      ++account.late;
    } else {
      account.latency.add(SimDuration{latency});
    }
  });
  return account;
}

}  // namespace

double Workload::mean_gap_ns() const {
  return service.mean_seconds() * 1e9 / (load * tasks * static_cast<double>(kWorkers));
}

Account round_robin_bound(const Workload& workload) {
  Account account;
  std::vector<Station> stations(workload.tasks);
  const std::int64_t timeout = workload.timeout.count();
  std::uint32_t turn = 0;
  in_order_of_arrival(workload, [&](std::int64_t now, std::int64_t work) {
    const std::int64_t latency = stations[turn].take(now, work) - now;
    if (++turn == workload.tasks) turn = 0;
    if (latency > timeout) {
      ++account.late;
    } else {
      account.latency.add(SimDuration{latency});
    }
  });
  // Whose turn it was says how many each took.
  for (std::uint32_t task = 0; task < workload.tasks; ++task)
    account.taken.push_back(workload.requests / workload.tasks +
                            (task < workload.requests % workload.tasks ? 1 : 0));
  return account;
}

Account least_outstanding_bound(const Workload& workload) {
  if (workload.tasks <= 64) return least_outstanding<1>(workload);
  if (workload.tasks <= 4096) return least_outstanding<2>(workload);
  return least_outstanding<3>(workload);
}

Account draws_alone(const Workload& workload, bool vectorised) {
  Account account;
  if (vectorised) {
    std::int64_t last = 0;
    in_order_of_arrival(workload, [&](std::int64_t now, std::int64_t work) {
      account.latency.add(SimDuration{work});
      last = now;
    });
    account.late = static_cast<std::uint64_t>(last);
    return account;
  }
  const RandomStream arrivals = RandomSource{workload.seed, 0}.stream("arrivals"),
                     services = RandomSource{workload.seed, 0}.stream("services");
  const Distribution gap{
      Distribution::Exponential{SimDuration{static_cast<std::int64_t>(workload.mean_gap_ns())}}};
  std::int64_t now = 0;
  for (std::uint64_t i = 0; i < workload.requests; ++i) {
    now += gap.sample(arrivals.bits(i, 0)).count();
    account.latency.add(workload.service.sample(services.bits(i, 0)));
  }
  account.late = static_cast<std::uint64_t>(now);
  return account;
}

}  // namespace steady::bench
