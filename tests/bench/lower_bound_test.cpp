#include "bench/lower_bound.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "sim/core/batch.h"
#include "sim/core/random.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::bench;

namespace {

/// The obvious model: arrivals and ends are events of one queue, everything is looked for.
class Plain {
 public:
  Plain(const Workload& workload, bool least)
      : workload_(workload), least_(least), outstanding_(workload.tasks), tasks_(workload.tasks) {
    account_.taken.assign(workload.tasks, 0);
  }
  Account run() {
    const RandomStream arrivals = RandomSource{workload_.seed, 0}.stream("arrivals"),
                       services = RandomSource{workload_.seed, 0}.stream("services");
    double at = 0;
    for (std::uint64_t i = 0; i < workload_.requests; ++i) {
      // As the bound has it: a unit exponential, made longer as a double.
      std::uint64_t word = arrivals.bits(i, 0);
      double unit = 0;
      batch::unit_exponentials(&word, 1, &unit);
      at += unit * workload_.mean_gap_ns();
      const auto now = static_cast<std::int64_t>(at);
      until(now);
      arrive(now, workload_.service.sample(services.bits(i, 0)).count(), i);
    }
    until(INT64_MAX);
    return account_;
  }

 private:
  struct Event {
    std::int64_t at;
    enum { kAnswered, kGaveUp } kind;
    std::size_t task;
    std::uint64_t request;
    /// An answer at the very moment at which the client would give up is in time.
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : kind > other.kind;
    }
  };
  struct Waiting {
    std::int64_t work, sent;
    std::uint64_t request;
  };
  struct Task {
    std::size_t busy = 0;
    std::deque<Waiting> queue;
  };
  void arrive(std::int64_t now, std::int64_t work, std::uint64_t request) {
    std::size_t chosen = request % workload_.tasks;
    if (least_)
      chosen =
          static_cast<std::size_t>(std::ranges::min_element(outstanding_) - outstanding_.begin());
    ++outstanding_[chosen];
    ++account_.taken[chosen];
    sent_.push_back(now);
    over_.push_back(false);
    events_.push({now + workload_.timeout.count(), Event::kGaveUp, chosen, request});
    tasks_[chosen].queue.push_back({work, now, request});
    serve(chosen, now);
  }
  void serve(std::size_t number, std::int64_t now) {
    Task& task = tasks_[number];
    while (task.busy < kWorkers && !task.queue.empty()) {
      events_.push(
          {now + task.queue.front().work, Event::kAnswered, number, task.queue.front().request});
      task.queue.pop_front();
      ++task.busy;
    }
  }
  void until(std::int64_t now) {
    while (!events_.empty() && events_.top().at <= now) {
      const Event event = events_.top();
      events_.pop();
      if (event.kind == Event::kAnswered) {
        --tasks_[event.task].busy;
        serve(event.task, event.at);
      }
      if (over_[event.request]) continue;
      over_[event.request] = true;
      --outstanding_[event.task];
      if (event.kind == Event::kGaveUp) {
        ++account_.late;
      } else {
        account_.latency.add(SimDuration{event.at - sent_[event.request]});
      }
    }
  }
  Workload workload_;
  bool least_;
  std::vector<std::uint32_t> outstanding_;
  std::vector<Task> tasks_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<std::int64_t> sent_;
  std::vector<bool> over_;
  Account account_;
};

/// Answers, latencies to the nanosecond, and who took how many.
void same(const Workload& workload) {
  INFO(workload.tasks << " tasks, load " << workload.load);
  CHECK((round_robin_bound(workload) == Plain(workload, false).run()));
  CHECK((least_outstanding_bound(workload) == Plain(workload, true).run()));
}

}  // namespace

// Ratios to a bound that computes something else would mean nothing. 64 and 65 tasks, 4,096 and
// 4,097: the trees of bits are one, two and three words high.
TEST_CASE("the lower bound computes what the obvious model computes", "[bench]") {
  for (const std::uint32_t tasks : {1U, 20U, 64U, 65U, 1000U})
    same({.tasks = tasks, .requests = 20'000});
  for (const std::uint32_t tasks : {4096U, 4097U}) same({.tasks = tasks, .requests = 6'000});
}

// Queues and clients that give up hardly occur at 70 %: above the capacity both do.
TEST_CASE("the lower bound holds in overload", "[bench]") {
  const Workload workload{
      .tasks = 20, .requests = 20'000, .timeout = 500ms, .load = 1.3, .seed = 2};
  CHECK(least_outstanding_bound(workload).late > 1000);
  same(workload);
}

// A wheel turns many times, and what lies more than a turn ahead waits for its own.
TEST_CASE("the lower bound holds for service times beyond a turn of its wheel", "[bench]") {
  same({.tasks = 65,
        .requests = 20'000,
        .service = Distribution(Distribution::Lognormal{50ms, 3s}),
        .timeout = 10s});
}
