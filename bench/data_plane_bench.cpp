// Requests per second of the bare data plane (no file, no control plane: see speed_table.cpp for
// the program itself) against the lower bound and against a plain event-per-request model that does
// the same work (the same draws, outcomes, ledger): 20 tasks, 8 workers each, 70 % load, lognormal
// service, client time-out of 2 s.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <deque>
#include <queue>

#include "bench/lower_bound.h"
#include "sim/cloud/elb/registry.h"
#include "sim/dataplane/data_plane.h"

namespace {

using namespace steady;

constexpr std::uint32_t kTasks = 20;
constexpr std::uint32_t kWorkers = 8;
constexpr int kSeconds = 100;

/// Fewer seconds for more tasks: as many requests.
int seconds(std::uint32_t tasks) {
  return std::max<int>(1, static_cast<int>(kSeconds * kTasks / tasks));
}

app::AppModel model() {
  app::AppModel app;
  app.revision = "web:1";
  app.service_time = bench::Workload{}.service;
  app.concurrency = kWorkers;
  return app;
}

traffic::SourceSpec source(const app::AppModel& app, std::uint32_t tasks = kTasks) {
  traffic::SourceSpec spec;
  spec.name = "traffic/0";
  spec.load_balancer = "front";
  spec.timeout = 2s;
  const double rate = 0.7 * tasks * kWorkers / app.service_time.mean_seconds();
  const traffic::Rate per{static_cast<std::int64_t>(rate * 1000)};
  spec.profile = {{kStart, kStart + std::chrono::seconds{seconds(tasks)}, per, per}};
  return spec;
}

void ours(benchmark::State& state, const char* algorithm, std::uint32_t tasks) {
  std::uint64_t requests = 0;
  for (auto _ : state) {
    EventLoop loop;
    Journal journal;
    const RandomSource random{1, 0};
    app::Fleet fleet(loop, random, journal);
    database::Database database(loop, journal, {});
    dataplane::DataPlane plane(loop, fleet, database, random, {});
    fleet.attach(plane);
    const app::AppModel app = model();
    elb::Frontend frontend;
    frontend.nodes.resize(1);
    frontend.nodes[0].algorithm = elb::make_algorithm(algorithm);
    for (std::uint32_t i = 0; i < tasks; ++i) {
      const auto endpoint = fleet.endpoint(fleet.host("i-" + std::to_string(i)), 80);
      fleet.launch(app, endpoint, "task", i, {});
      frontend.nodes[0].candidates.push_back({i, endpoint});
    }
    frontend.nodes[0].algorithm->set_candidates(frontend.nodes[0].candidates);
    plane.set_lookups([&](std::string_view, std::uint16_t) { return &frontend; }, {});
    plane.add_source(source(app, tasks));
    loop.set_advance_hook([&](SimTime until) { plane.advance(until); });
    for (int second = 1; second <= seconds(tasks); ++second)
      loop.run_until(kStart + std::chrono::seconds{second});
    plane.finish();
    requests += plane.ledger().total().total();
  }
  state.counters["requests/s"] =
      benchmark::Counter(static_cast<double>(requests), benchmark::Counter::kIsRate);
}

/// The obvious way: arrival, completion and time-out are events of one queue, dead time-outs stay
/// in it.
class Plain {
 public:
  explicit Plain(bool least)
      : least_(least),
        app_(model()),
        spec_(source(app_)),
        service_(RandomSource{1, 0}.stream(spec_.name + "/requests")) {}

  std::uint64_t run() {
    auto shape =
        traffic::make_poisson(spec_.profile, RandomSource{1, 0}.stream(spec_.name + "/arrivals"));
    std::vector<SimTime> next;
    auto arrive = [&] {
      next.clear();
      shape->next(kNever, 1, next);
      if (!next.empty()) events_.push({next[0], 0, 0, sequence_++});
    };
    stations_.resize(kTasks);
    version_ = ledger_.version("web:1");
    gave_up_ = ledger_.cause({dataplane::Outcome::kClientGaveUp, 0, "client", "time-out", ""});
    arrive();
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      if (event.kind == 0) {
        accept(event.at);
        arrive();
      } else if (event.kind == 1) {
        complete(event.request, event.at);
      } else {
        give_up(event.request, event.at);
      }
    }
    return ledger_.total().total();
  }

 private:
  struct Event {
    SimTime at;
    int kind;
    std::uint64_t request, sequence;
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : sequence > other.sequence;
    }
  };
  struct Request {
    SimTime sent;
    SimDuration work;
    std::uint32_t station;
    bool over = false;
  };
  struct Station {
    std::uint32_t busy = 0, outstanding = 0;
    std::deque<std::uint64_t> waiting;
  };
  void accept(SimTime now) {
    const std::uint64_t id = requests_.size();
    const PhiloxBlock bits = service_.block(id, 0);
    std::uint32_t chosen = turn_++ % kTasks;
    if (least_) {
      chosen = 0;
      for (std::uint32_t i = 1; i < kTasks; ++i) {
        if (stations_[i].outstanding < stations_[chosen].outstanding) chosen = i;
      }
    }
    requests_.push_back(
        {now, app_.service_time.sample((std::uint64_t{bits[1]} << 32) | bits[0]), chosen});
    ++stations_[chosen].outstanding;
    events_.push({now + spec_.timeout, 2, id, sequence_++});
    if (stations_[chosen].busy < kWorkers) {
      start(id, now);
    } else {
      stations_[chosen].waiting.push_back(id);
    }
  }
  void start(std::uint64_t id, SimTime now) {
    ++stations_[requests_[id].station].busy;
    events_.push({now + requests_[id].work, 1, id, sequence_++});
  }
  void complete(std::uint64_t id, SimTime now) {
    Request& request = requests_[id];
    Station& station = stations_[request.station];
    --station.busy;
    if (!request.over) {
      request.over = true;
      --station.outstanding;
      ledger_.add(0, version_, dataplane::Outcome::kOk, 0, now - request.sent, false);
    }
    if (!station.waiting.empty()) {
      const std::uint64_t next = station.waiting.front();
      station.waiting.pop_front();
      start(next, now);
    }
  }
  void give_up(std::uint64_t id, SimTime now) {
    Request& request = requests_[id];
    if (request.over) return;
    request.over = true;
    --stations_[request.station].outstanding;
    ledger_.add(0, version_, dataplane::Outcome::kClientGaveUp, gave_up_, now - request.sent,
                false);
  }
  bool least_;
  app::AppModel app_;
  traffic::SourceSpec spec_;
  RandomStream service_;
  dataplane::Ledger ledger_;
  dataplane::VersionId version_ = 0;
  dataplane::CauseId gave_up_ = 0;
  std::priority_queue<Event> events_;
  std::deque<Request> requests_;
  std::vector<Station> stations_;
  std::uint64_t sequence_ = 0;
  std::uint32_t turn_ = 0;
};

void plain(benchmark::State& state, bool least) {
  std::uint64_t requests = 0;
  for (auto _ : state) requests += Plain(least).run();
  state.counters["requests/s"] =
      benchmark::Counter(static_cast<double>(requests), benchmark::Counter::kIsRate);
}

void lower_bound(benchmark::State& state, bool least, std::uint32_t tasks) {
  bench::Workload workload;
  workload.tasks = tasks;
  workload.requests = 500'000;
  std::uint64_t requests = 0;
  for (auto _ : state) {
    const auto account =
        least ? bench::least_outstanding_bound(workload) : bench::round_robin_bound(workload);
    requests += account.latency.count() + account.late;
  }
  state.counters["requests/s"] =
      benchmark::Counter(static_cast<double>(requests), benchmark::Counter::kIsRate);
}

/// The machine's own measure: a chain of multiplications that no compiler shortens.
void calibration(benchmark::State& state) {
  std::uint64_t x = 1;
  for (auto _ : state) {
    for (int i = 0; i < 1000; ++i) x = mix64(x);
    benchmark::DoNotOptimize(x);
  }
}

BENCHMARK(calibration);
BENCHMARK_CAPTURE(lower_bound, W1a_round_robin, false, kTasks)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ours, W1a_round_robin, "round_robin", kTasks)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plain, W1a_round_robin, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lower_bound, W1b_least_outstanding_requests, true, kTasks)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ours, W1b_least_outstanding_requests, "least_outstanding_requests", kTasks)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plain, W1b_least_outstanding_requests, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lower_bound, W2a_round_robin, false, 1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ours, W2a_round_robin, "round_robin", 1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lower_bound, W2b_least_outstanding_requests, true, 1000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ours, W2b_least_outstanding_requests, "least_outstanding_requests", 1000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
