#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

using D = Distribution;

void draw_flows(Script& script, std::uint64_t seed) {
  const RandomStream stream(seed, "oracle, flows");
  std::uint32_t draw = 0;
  const auto pick = [&](int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  };
  const auto milliseconds = [&](int bound) { return SimDuration{1'000'000LL * pick(bound)}; };
  if (pick(3) != 0) return;
  Script::Listener listener;
  listener.network = true;
  listener.nodes = 1 + pick(3);
  // Most flows rest for less than that, some for longer; some answers take longer, too.
  listener.idle = 300ms + milliseconds(pick(2) == 0 ? 2'000 : 20'000);
  const std::string name = std::to_string(script.listeners.size());
  script.listeners.push_back(listener);

  traffic::SourceSpec own;
  own.name = "traffic/flows";
  own.load_balancer = name;
  own.arrivals = pick(2) == 0 ? traffic::SourceSpec::Arrivals::kConstant
                              : traffic::SourceSpec::Arrivals::kPoisson;
  own.timeout = pick(4) == 0 ? SimDuration::max() : 1ms + milliseconds(9'000);
  const traffic::Rate rate{1000LL * (1 + pick(20))};
  own.profile = {{kStart, kStart + Script::kLong, rate, rate}};
  if (pick(8) != 0) own.clients = static_cast<std::uint32_t>(1 + pick(30));
  if (pick(2) == 0) own.retry.attempts = static_cast<std::uint32_t>(2 + pick(3));
  script.sources.push_back(own);
  if (pick(4) == 0) {
    traffic::SourceSpec streams = own;
    streams.name = "traffic/flows that are streams";
    streams.retry = {};
    streams.stream = traffic::StreamPolicy{D(1ms + milliseconds(20'000))};
    if (pick(2) == 0) streams.stream->reconnect = D(milliseconds(2'000));
    script.sources.push_back(streams);
  }
  for (auto& source : script.sources) {
    if (pick(4) == 0) source.load_balancer = name;
    auto& policy = source.connections;
    if (pick(3) == 0) policy.each = static_cast<std::uint32_t>(1 + pick(4));
    if (pick(3) == 0)
      policy.life = pick(2) == 0 ? D(1ms + milliseconds(20'000))
                                 : D(D::Exponential{1ms + milliseconds(20'000)});
    if (pick(3) == 0) policy.idle = milliseconds(4'000);
    // Whom probes keep alive needs a time-out, else nothing ends what is never answered.
    policy.tcp_keep_alive = pick(4) == 0 && source.timeout != SimDuration::max();
  }
  for (auto& model : script.models) {
    if (pick(3) != 0) continue;
    model.keep_alive = milliseconds(2'500);
    model.close_race = milliseconds(800);
  }
  // Off the grid of all other deeds, for AWS leaves open what comes first at one instant.
  const int ends = pick(5);
  for (int i = 0; i < ends; ++i)
    script.flows_end.push_back({milliseconds(60'000) + 1ns, pick(1000), pick(2) == 0});
  script.listeners.back().unhealthy = pick(3) == 0;
}

}  // namespace steady::dataplane::testing
