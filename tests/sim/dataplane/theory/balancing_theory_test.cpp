#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "tests/sim/dataplane/theory/theory.h"

using namespace steady;
using namespace steady::dataplane;
using namespace steady::dataplane::testing;

namespace {

/// An algorithm of one's own: the shortest of d queues that are drawn at random for each request.
class Choices final : public elb::Algorithm {
 public:
  explicit Choices(std::size_t d) : d_(d) { draws_ = counts_outstanding_ = true; }
  std::size_t choose(elb::Turn turn) override {
    if (++asked_ % kEvery == 0) look();
    std::size_t best = held_.size();
    for (std::size_t i = 0; i < d_; ++i) {
      const std::uint64_t bits = mix64(turn.bits * std::uint64_t{8} + i) >> 32;
      const auto drawn = static_cast<std::size_t>((bits * held_.size()) >> 32);
      if (best == held_.size() || held_[drawn] < held_[best]) best = drawn;
    }
    return best;
  }
  void began(app::TargetId target) override { ++held_[target]; }
  void ended(app::TargetId target) override { --held_[target]; }

  /// Share of the queues with at least `n`, as arrivals find them (which see time averages).
  double tail(std::size_t n) const { return seen_[n] / static_cast<double>(looks_ * held_.size()); }
  void forget() {
    seen_ = {};
    looks_ = 0;
  }

 private:
  static constexpr std::uint64_t kEvery = 500;
  void use(std::span<const elb::RouteTarget> candidates) override {
    held_.assign(candidates.size(), 0);
  }
  void look() {
    ++looks_;
    for (const int n : held_) {
      for (std::size_t i = 1; i < seen_.size() && i <= static_cast<std::size_t>(n); ++i) ++seen_[i];
    }
  }
  std::size_t d_;
  std::vector<int> held_;
  std::array<double, 8> seen_{};
  std::size_t looks_ = 0;
  std::uint64_t asked_ = 0;
};

/// Queues of one worker each, exponential service of 100 ms.
struct Queues {
  std::uint32_t count;
  double load;
  SimDuration warm_up, length;
};

Station station(const Queues& queues) {
  return {D(D::Exponential{100ms}), 1, std::llround(queues.load * 10 * queues.count),
          queues.warm_up + queues.length};
}

/// Mean time in the system after warm-up, in service times.
double time_in_system(
    Run& run, const Queues& queues, const std::function<void()>& warm = [] {}) {
  run.loop.run_until(kStart + queues.warm_up);
  run.plane.ledger().cut(kStart + queues.warm_up);
  warm();
  run.loop.run_until(kStart + queues.warm_up + queues.length);
  run.plane.finish();
  const auto sums = run.plane.ledger().sum(kStart + queues.warm_up, kNever);
  return static_cast<double>(sums.latency.sum()) / static_cast<double>(sums.latency.count()) / 1e8;
}

void balance(Run& run, std::unique_ptr<elb::Algorithm> algorithm) {
  auto& node = run.frontend.nodes[0];
  node.algorithm = std::move(algorithm);
  node.algorithm->set_candidates(node.candidates);
}

/// The join-the-shortest-queue system of two queues, solved as a Markov chain of the longer and the
/// shorter one: what it holds on average. Exact but for queues beyond 80.
double mean_held_by_shorter_of_two(double load) {
  constexpr int kMost = 80;
  std::vector<double> p((kMost + 1) * (kMost + 1), 0.0), q;
  const auto at = [](int longer, int shorter) {
    return static_cast<std::size_t>(longer * (kMost + 1) + shorter);
  };
  const double arrive = 2 * load / (2 * load + 2), serve = 1 / (2 * load + 2);
  p[0] = 1;
  for (double change = 1; change > 1e-10;) {
    q.assign(p.size(), 0.0);
    for (int a = 0; a <= kMost; ++a) {
      for (int b = 0; b <= a; ++b) {
        const double mass = p[at(a, b)];
        // Equal queues: the request makes either of them the longer one.
        if (a == b) {
          q[at(std::min(a + 1, kMost), b)] += mass * arrive;
        } else {
          q[at(a, b + 1)] += mass * arrive;
        }
        const int less = a == 0 ? 0 : a - 1;
        q[at(std::max(less, b), std::min(less, b))] += mass * serve;
        q[at(a, b == 0 ? 0 : b - 1)] += mass * serve;
      }
    }
    change = 0;
    for (std::size_t i = 0; i < p.size(); ++i) change += std::abs(p[i] - q[i]);
    p.swap(q);
  }
  double mean = 0;
  for (int a = 0; a <= kMost; ++a)
    for (int b = 0; b <= a; ++b) mean += (a + b) * p[at(a, b)];
  return mean;
}

}  // namespace

// Least outstanding requests over queues of one worker, told by one node, is join the shortest
// queue (Haight 1958; solved by Adan, Wessels and Zijm 1990). Its chain is solved here.
TEST_CASE("least outstanding requests is join the shortest queue", "[theory][elb.md 2.9]") {
  for (const double load : {0.5, 0.8}) {
    const Queues queues{2, load, 100s, 1000s};
    INFO("load " << load);
    close_to(mean_held_by_shorter_of_two(load) / (2 * load), replicated([&](std::uint64_t seed) {
               Run run(seed, station(queues), queues.count);
               balance(run, elb::make_algorithm("least_outstanding_requests"));
               return time_in_system(run, queues);
             }));
  }
}

// Nobody who only chooses queues beats one queue for all (M/M/c), and the shortest of all is no
// worse than the shorter of two (Winston 1977: it is optimal).
TEST_CASE("the shortest queue lies between one queue for all and the shorter of two", "[theory]") {
  const Queues queues{20, 0.9, 20s, 100s};
  const auto run_with = [&](const std::function<std::unique_ptr<elb::Algorithm>()>& make) {
    return replicated([&](std::uint64_t seed) {
      Run run(seed, station(queues), queues.count);
      balance(run, make());
      return time_in_system(run, queues);
    });
  };
  const auto shortest = run_with([] { return elb::make_algorithm("least_outstanding_requests"); });
  const auto of_two = run_with([] { return std::make_unique<Choices>(2); });
  const double one_queue = 1 + erlang_c_wait(20, 18);
  CHECK(shortest.mean - shortest.half_width > one_queue);
  CHECK(shortest.mean + shortest.half_width < of_two.mean - of_two.half_width);
}

// The supermarket model (Vvedenskaya, Dobrushin and Karpelevich 1996; Mitzenmacher 2001): of many
// queues a share rho^((d^i - 1) / (d - 1)) holds i or more. Mitzenmacher's own simulations of 100
// queues at 90 % lie 1.2 % above that limit, and the distance falls with the number of queues.
TEST_CASE("the shortest of d random queues has Mitzenmacher's tails and times", "[theory]") {
  constexpr double kLoad = 0.9, kOff = 0.005;
  for (const int d : {2, 3}) {
    const auto tail = [&](int i) { return std::pow(kLoad, (std::pow(d, i) - 1) / (d - 1)); };
    // By Little's law: what is held, over the rate.
    double time = 0;
    for (int i = 1; i < 10; ++i) time += tail(i) / kLoad;
    const Queues queues{500, kLoad, 4s, 6s};
    std::array<std::vector<double>, 4> tails;
    INFO(d << " choices");
    close_to(time, replicated([&](std::uint64_t seed) {
               Run run(seed, station(queues), queues.count);
               auto choices = std::make_unique<Choices>(static_cast<std::size_t>(d));
               Choices& seen = *choices;
               balance(run, std::move(choices));
               const double found = time_in_system(run, queues, [&] { seen.forget(); });
               for (std::size_t i = 1; i < tails.size(); ++i) tails[i].push_back(seen.tail(i));
               return found;
             }),
             kOff);
    for (std::size_t i = 1; i < tails.size(); ++i) {
      INFO("share of queues with at least " << i);
      close_to(tail(static_cast<int>(i)), interval(tails[i]), 2 * kOff);
    }
  }
}

// Little's law at every station, exactly, whoever chooses: what a process holds, integrated over
// time, is the time that its own requests spent there.
TEST_CASE("Little's law holds at every station of a balanced world", "[theory]") {
  for (const char* name : {"round_robin", "weighted_random", "least_outstanding_requests"}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Run run(seed, {D(D::Lognormal{80ms, 700ms}), 3, 200, 100s}, 10);
      balance(run, elb::make_algorithm(name));
      struct Spent {
        Uint128 time = 0;
        std::uint64_t requests = 0;
      };
      std::map<app::ProcessId, Spent> spent;
      run.plane.observe([&](const RequestRecord& record) {
        Spent& here = spent[record.process];
        here.time += static_cast<Uint128>((record.ended_at - record.sent_at).count());
        ++here.requests;
      });
      run.loop.run_until(kStart + 100s);
      run.plane.finish();
      INFO(name << ", seed " << seed);
      for (const auto process : run.processes) {
        CHECK((run.plane.station(process).held_ns == spent[process].time));
        CHECK(run.plane.station(process).answered == spent[process].requests);
      }
      // The same world without anybody who looks at single requests is carried in batches.
      Run batched(seed, {D(D::Lognormal{80ms, 700ms}), 3, 200, 100s}, 10);
      balance(batched, elb::make_algorithm(name));
      batched.loop.run_until(kStart + 100s);
      batched.plane.finish();
      for (const auto process : batched.processes)
        CHECK((batched.plane.station(process).held_ns == spent[process].time));
    }
  }
}
