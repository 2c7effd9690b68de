#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

using D = Distribution;

Script::Script(std::uint64_t seed)
    : stream(seed, "oracle"),
      later(seed, "oracle, later"),
      latest(seed, "oracle, latest"),
      rules(seed, "oracle, rules") {
  const int model_count = 1 + pick(3);
  for (int i = 0; i < model_count; ++i) {
    app::AppModel& model = models.emplace_back();
    model.revision = "web:" + std::to_string(i + 1);
    const SimDuration mean{1'000'000 * (1 + pick(400))};
    switch (pick(4)) {
      case 0:
        model.service_time = D(mean);
        break;
      case 1:
        model.service_time = D(D::Exponential{mean});
        break;
      case 2:
        model.service_time = D(D::Lognormal{mean, 6 * mean});
        break;
      default:
        model.service_time =
            D(D::Mixture{{{0.9, {D(mean)}}, {0.1, {D(D::Exponential{20 * mean})}}}});
    }
    model.concurrency = static_cast<std::uint32_t>(1 + pick(4));
    model.backlog = static_cast<std::uint32_t>(pick(3) == 0 ? pick(3) : pick(30));
    if (pick(3) == 0) model.errors_per_million = static_cast<std::uint32_t>(pick(300'000));
    if (pick(3) == 0) model.ready_after = D(D::Uniform{0s, 5s});
    if (pick(4) == 0) model.exit_after = D(D::Uniform{5s, 60s});
    model.on_sigterm = static_cast<app::OnSigterm>(pick(3));
    if (pick(3) == 0) model.reads = {"name"};
    if (pick(3) == 0) model.writes = {"email"};
    model.closes_streams = third(2) == 0;
    // What came later has a stream of its own, so that old worlds stay what they were.
    if (more(4) == 0) {
      model.cold_requests = static_cast<std::uint64_t>(more(100));
      model.cold_factor = 1 + more(5);
    }
    if (more(3) == 0) {
      model.keep_alive = SimDuration{1'000'000LL * more(3000)};
      model.close_race = SimDuration{1'000'000LL * more(800)};
    }
  }
  const int listener_count = 1 + pick(2);
  for (int i = 0; i < listener_count; ++i) {
    Listener listener;
    listener.classic = pick(3) == 0;
    listener.nodes = 1 + pick(3);
    listener.least = pick(2) == 0;
    listener.idle = SimDuration{1'000'000LL * (200 + pick(60'000))};
    listener.retries = listener.classic ? pick(3) : 0;
    if (more(3) == 0) listener.sticky = SimDuration{1'000'000LL * (1 + more(20'000))};
    if (more(3) == 0) listener.gap = D(D::Exponential{SimDuration{1'000'000LL * (1 + more(2000))}});
    listeners.push_back(listener);
  }
  const int source_count = 1 + pick(3);
  for (int i = 0; i < source_count; ++i) {
    traffic::SourceSpec& spec = sources.emplace_back();
    spec.name = "traffic/" + std::to_string(i);
    spec.load_balancer = std::to_string(pick(listener_count));
    spec.arrivals = pick(2) == 0 ? traffic::SourceSpec::Arrivals::kConstant
                                 : traffic::SourceSpec::Arrivals::kPoisson;
    spec.timeout = pick(4) == 0 ? SimDuration::max() : SimDuration{1'000'000LL * (1 + pick(9'000))};
    if (third(2) == 0) {
      auto& retry = spec.retry;
      retry.attempts = static_cast<std::uint32_t>(2 + third(4));
      retry.exponential = third(4) != 0;
      retry.base = SimDuration{1'000'000LL * third(1500)};
      retry.cap = SimDuration{1'000'000LL * (1 + third(8000))};
      retry.jitter = static_cast<traffic::RetryPolicy::Jitter>(third(4));
      for (std::size_t k = 1; k < kOutcomes; ++k) retry.on[k] = third(5) != 0;
      if (third(3) == 0) retry.deadline = SimDuration{1'000'000LL * (1 + third(6000))};
      if (third(3) == 0) {
        retry.budget_per_mille = third(300);
        retry.burst = third(20);
      }
    }
    if (!spec.retry.retries() && third(3) == 0) {
      traffic::StreamPolicy held;
      const SimDuration mean{1'000'000LL * (1 + third(20'000))};
      held.life = third(2) == 0 ? D(mean) : D(D::Exponential{mean});
      if (third(2) == 0) held.reconnect = third(3) == 0 ? D(SimDuration{0}) : D(D::Uniform{0s, 2s});
      spec.stream = held;
    }
    if (more(2) == 0) spec.clients = static_cast<std::uint32_t>(1 + more(40));
    const traffic::Rate low{1000LL * (1 + pick(20))}, high{1000LL * (1 + pick(40))};
    spec.profile = {{kStart, kStart + 20s, low, low}, {kStart + 20s, kStart + kLong, low, high}};
  }
  weighted_random = more(6) == 0;
  if (!weighted_random && more(3) == 0) slow_start = std::chrono::seconds{30 + more(60)};
  const int deeds = pick(16);
  for (int i = 0; i < deeds; ++i) {
    // On whole seconds too, where constant traffic meets them at the same nanosecond.
    SimDuration at{1'000'000LL * pick(60'000)};
    if (pick(3) == 0) at = std::chrono::duration_cast<std::chrono::seconds>(at);
    todo.push_back({at, pick(9), pick(1000), pick(1000)});
  }
  first = 1 + pick(4);
  for (auto& listener : listeners) {
    if (listener.classic || fourth(3) != 0) continue;
    listener.ruled.resize(2);
    for (auto& rule : listener.ruled) {
      rule.answers = fourth(2) == 0;
      rule.first = static_cast<std::uint32_t>(fourth(4));
      rule.second = static_cast<std::uint32_t>(fourth(4));
      if (fourth(2) == 0) rule.sticky = SimDuration{1'000'000LL * (1 + fourth(20'000))};
    }
    for (int node = 0; node < listener.nodes; ++node) {
      if (fourth(2) == 0)
        listener.changes.push_back({SimDuration{1'000'000LL * fourth(60'000)}, node});
    }
  }
  static const char* const kPaths[] = {"/", "/answer", "/second/x"};
  for (auto& source : sources) source.request.path = kPaths[fourth(3)];
  draw_proxies(*this, seed);
  draw_apps(seed);
  draw_flows(*this, seed);
  draw_zones(*this, seed);
  draw_cookies(*this, seed);
  draw_surge(*this, seed);
  draw_clients(seed);
  draw_redirects(*this, seed);
  draw_anomalies(*this, seed);
}

}  // namespace steady::dataplane::testing
