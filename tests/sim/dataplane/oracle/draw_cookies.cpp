#include "tests/sim/dataplane/oracle/script.h"

/// Stickiness by the app's own cookie, and Classic's policies.
namespace steady::dataplane::testing {

void draw_cookies(Script& script, std::uint64_t seed) {
  const RandomStream stream(seed, "oracle, cookies");
  std::uint32_t draw = 0;
  const auto pick = [&](int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  };
  for (auto& listener : script.listeners) {
    if (pick(3) == 0) {
      listener.app_cookie = pick(5) == 0 ? "nobody's" : "session";
      if (listener.sticky.count() == 0) listener.sticky = SimDuration{1'000'000LL * pick(20'000)};
    }
    if (pick(3) != 0) continue;
    listener.renews = false;
    if (listener.sticky.count() == 0 || pick(3) == 0) listener.sticky = SimDuration::max();
  }
  for (auto& model : script.models) {
    if (pick(3) == 0) continue;
    model.cookie = app::AppCookie{.name = "session"};
    if (pick(2) == 0) model.cookie->life = SimDuration{1'000'000LL * (1 + pick(15'000))};
  }
}

}  // namespace steady::dataplane::testing
