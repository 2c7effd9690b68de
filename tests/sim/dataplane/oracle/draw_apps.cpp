#include "tests/sim/dataplane/oracle/script.h"

/// How apps behave under load.
namespace steady::dataplane::testing {

using D = Distribution;

void Script::draw_apps(std::uint64_t seed) {
  const RandomStream apps(seed, "oracle, apps");
  std::uint32_t draws = 0;
  const auto pick_of = [&](int bound) {
    return static_cast<int>(apps.below(static_cast<std::uint64_t>(bound), 0, draws++));
  };
  if (pick_of(2) == 0) {
    const int troubles = 1 + pick_of(8);
    for (int i = 0; i < troubles; ++i) {
      Slowdown slowdown;
      slowdown.at = SimDuration{1'000'000LL * pick_of(60'000)};
      if (pick_of(3) == 0)
        slowdown.at = std::chrono::duration_cast<std::chrono::seconds>(slowdown.at);
      slowdown.lasts = SimDuration{1'000'000LL * (1 + pick_of(pick_of(2) == 0 ? 300 : 20'000))};
      slowdown.who = pick_of(1000);
      slowdown.speed = pick_of(3) == 0 ? 0 : 1 + pick_of(999'999);
      slowdowns.push_back(slowdown);
    }
  }
  const auto milliseconds = [&](int bound) {
    return SimDuration{1'000'000LL * (1 + pick_of(bound))};
  };
  for (auto& model : models) {
    if (pick_of(5) == 0) {
      app::Pauses pauses;
      pauses.every = D(D::Exponential{milliseconds(20'000)});
      pauses.length =
          pick_of(2) == 0 ? D(milliseconds(500)) : D(D::Exponential{milliseconds(2'000)});
      model.pauses = pauses;
    }
    if (pick_of(4) == 0) {
      const int others = 1 + pick_of(2);
      for (int i = 0; i < others; ++i) {
        app::Dependency other;
        other.name = i == 0 ? "db" : "cache";
        other.latency =
            pick_of(3) == 0 ? D(milliseconds(50)) : D(D::Exponential{milliseconds(200)});
        if (pick_of(2) == 0) other.timeout = milliseconds(1'000);
        if (pick_of(2) == 0)
          other.errors_per_million = static_cast<std::uint32_t>(pick_of(200'000));
        model.dependencies.push_back(other);
      }
    }
    if (pick_of(4) == 0) model.shed_above = static_cast<std::uint32_t>(pick_of(12));
    if (pick_of(4) == 0) model.queue_timeout = SimDuration{1'000'000LL * pick_of(1'500)};
    if (pick_of(5) == 0) {
      app::MemoryUse memory;
      memory.start = 1000 * pick_of(1000);
      if (pick_of(3) != 0) memory.per_request = 1 + pick_of(20'000);
      if (pick_of(3) != 0) memory.per_minute = 1 + pick_of(10'000'000);
      model.memory = memory;
    }
  }
  const int breakdowns = pick_of(4);
  for (int i = 0; i < breakdowns; ++i) {
    Breakdown breakdown;
    breakdown.at = SimDuration{1'000'000LL * pick_of(60'000)};
    breakdown.lasts = milliseconds(20'000);
    breakdown.trouble.name = pick_of(3) == 0 ? "cache" : "db";
    switch (pick_of(3)) {
      case 0:
        breakdown.trouble.down = true;
        break;
      case 1:
        breakdown.trouble.factor = 100 + pick_of(20'000);
        break;
      default:
        breakdown.trouble.latency = milliseconds(3'000);
    }
    breakdowns_of_others.push_back(breakdown);
  }
}

}  // namespace steady::dataplane::testing
