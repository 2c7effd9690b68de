#include <string>

#include "tests/sim/dataplane/oracle/script.h"

/// Attempts that are counted by target, and weights that follow what is counted (elb.md 2.9).
namespace steady::dataplane::testing {

void draw_anomalies(Script& script, std::uint64_t seed) {
  const RandomStream stream(seed, "oracle, anomalies");
  std::uint32_t draw = 0;
  const auto pick = [&](int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  };
  const auto some_time = [&](int seconds) {
    return SimDuration{1'000'000LL * pick(1000 * seconds)};
  };
  if (!script.weighted_random && pick(5) == 0) {
    script.weighted_random = true;
    script.slow_start = SimDuration{0};
  }
  if (!script.weighted_random && pick(4) != 0) return;
  auto& anomalies = script.anomalies.emplace();
  if (pick(2) == 0) anomalies.from = some_time(20);
  // On a whole interval, too, where what ends meets who begins to look.
  if (pick(4) == 0) anomalies.from = pick(4) * 5s;
  if (pick(3) == 0) anomalies.until = anomalies.from + some_time(40);
  if (!script.weighted_random || pick(4) == 0) return;
  anomalies.mitigates = true;
  // An Application balancer with three targets at least, a sort of them that fails more often than
  // the others, and enough to do that it shows within five seconds.
  auto& source = script.sources.front();
  auto* listener = &script.listeners[std::stoul(source.load_balancer)];
  if (listener->network) {
    source.load_balancer = "0";
    listener = &script.listeners.front();
  }
  listener->classic = false;
  listener->retries = 0;
  listener->surge = 0;
  listener->renews = true;
  script.first = 3 + 2 * pick(2);
  if (pick(8) == 0) return;
  if (script.models.size() == 1) {
    script.models.push_back(script.models.front());
    script.models.back().revision = "web:2";
  }
  if (pick(4) != 0) {
    for (auto& model : script.models) model.errors_per_million = 0;
  }
  script.models.back().errors_per_million = static_cast<std::uint32_t>(400'000 + pick(600'001));
  for (auto& piece : source.profile) {
    piece.from.per_1000_seconds += 15'000;
    piece.to.per_1000_seconds += 15'000;
  }
}

}  // namespace steady::dataplane::testing
