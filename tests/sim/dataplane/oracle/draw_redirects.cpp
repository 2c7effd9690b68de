#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

void draw_redirects(Script& script, std::uint64_t seed) {
  const RandomStream stream(seed, "oracle, redirects");
  std::uint32_t draw = 0;
  const auto pick = [&](int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  };
  static const char* const kFrom[] = {"/", "/answer", "/second/*", "/moved/*"};
  static const char* const kTo[] = {"/", "/answer", "/second/x", "/moved/y", "/moved/#{path}"};
  const int listeners = static_cast<int>(script.listeners.size());
  for (auto& listener : script.listeners) {
    for (auto& rule : listener.ruled) {
      for (int left = pick(3); left > 0; --left) {
        Script::Redirects redirects;
        redirects.from = kFrom[pick(4)];
        redirects.to.path = kTo[pick(5)];
        if (pick(3) == 0) redirects.to.host = "lb-" + std::to_string(pick(listeners));
        if (pick(16) == 0) redirects.to.host = "elsewhere.example";
        if (pick(16) == 0) redirects.to.port = "81";
        redirects.status = 301 + pick(2);
        rule.redirects.push_back(redirects);
      }
    }
  }
  for (auto& source : script.sources) {
    if (script.listeners[static_cast<std::size_t>(std::stoi(source.load_balancer))].network)
      continue;
    if (source.stream || source.hedge || source.transfer || pick(3) == 0) continue;
    source.redirects = static_cast<std::uint32_t>(1 + pick(pick(2) == 0 ? 3 : 20));
  }
}

}  // namespace steady::dataplane::testing
