#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

void draw_proxies(Script& script, std::uint64_t seed) {
  const RandomStream stream(seed, "oracle, proxies");
  std::uint32_t draw = 0;
  const auto pick = [&](int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  };
  for (auto& listener : script.listeners) {
    if (listener.classic || pick(5) >= 3) continue;
    elb::ProxyRules rules;
    if (pick(5) != 0) rules.new_requests = elb::ProxyRules::NewRequests::kSticky;
    auto& retries = rules.retries;
    retries.attempts = pick(5) == 0 ? 0 : 1 + pick(3);
    retries.to = static_cast<elb::ProxyRetries::To>(pick(3));
    // Whole seconds too: they meet constant traffic at the same nanosecond.
    if (pick(3) != 0) retries.wait = SimDuration{1'000'000LL * (pick(3) == 0 ? 1000 : pick(3000))};
    for (bool& on : retries.on) on = pick(2) == 0;
    retries.non_idempotent = pick(3) == 0;
    if (pick(2) == 0) {
      rules.passive.max_fails = 1 + pick(3);
      rules.passive.fail_timeout =
          SimDuration{1'000'000LL * (pick(2) == 0 ? 10'000 : pick(20'000))};
    }
    listener.proxy = rules;
  }
  for (auto& source : script.sources) {
    if (pick(3) == 0) source.request.method = "POST";
  }
}

}  // namespace steady::dataplane::testing
