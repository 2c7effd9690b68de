#include <algorithm>

#include "tests/sim/dataplane/oracle/script.h"

/// Nodes that have their own zone's targets only, DNS answers that change, nodes that close.
namespace steady::dataplane::testing {

void draw_zones(Script& script, std::uint64_t seed) {
  const RandomStream stream(seed, "oracle, zones");
  std::uint32_t draw = 0;
  const auto pick = [&](int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  };
  const auto some_time = [&] { return SimDuration{1'000'000LL * pick(60'000)}; };
  for (auto& listener : script.listeners) {
    if (listener.nodes < 2) continue;
    listener.zonal = pick(3) == 0;
    if (pick(2) == 0) continue;
    const int answers = 1 + pick(4);
    for (int i = 0; i < answers; ++i) {
      Script::Answer& answer = listener.answers.emplace_back();
      if (i > 0) answer.at = some_time();
      for (int node = 0; node < listener.nodes; ++node) {
        if (pick(2) == 0) answer.nodes.push_back(static_cast<std::uint16_t>(node));
      }
      if (answer.nodes.empty())
        answer.nodes.push_back(static_cast<std::uint16_t>(pick(listener.nodes)));
    }
    std::ranges::stable_sort(listener.answers, {}, &Script::Answer::at);
    if (pick(2) == 0) listener.closes.push_back({some_time(), pick(listener.nodes)});
  }
  for (auto& source : script.sources) {
    if (pick(3) == 0) source.dns_ttl = pick(4) * std::chrono::milliseconds{7'300};
  }
}

}  // namespace steady::dataplane::testing
