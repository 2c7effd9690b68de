#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

using D = Distribution;

void Script::draw_clients(std::uint64_t seed) {
  const RandomStream clients(seed, "oracle, clients");
  std::uint32_t draws = 0;
  const auto any = [&](int bound) {
    return static_cast<int>(clients.below(static_cast<std::uint64_t>(bound), 0, draws++));
  };
  const auto ms = [](int n) { return SimDuration{1'000'000LL * n}; };
  const auto time = [&](int least, int most) {
    const SimDuration mean = ms(least + any(most));
    return any(3) == 0 ? D(mean) : D(D::Exponential{mean});
  };
  for (auto& model : models) {
    if (any(3) == 0) model.keeps_assets_of = {"web:" + std::to_string(1 + any(3))};
  }
  // Bodies do not go with processes whose work may be revised (known deviations): in every third
  // world there are the ones, in the others the others.
  const bool bodies = any(3) == 0;
  if (bodies) {
    slowdowns.clear();
    for (auto& model : models) {
      model.pauses.reset();
      model.queue_timeout.reset();
      model.shed_above.reset();
      model.memory.reset();
      model.dependencies.clear();
    }
  }
  for (auto& source : sources) {
    // Half of the worlds' sources stay what they are. Network load balancers have none of this.
    if (listeners[static_cast<std::size_t>(std::stoi(source.load_balancer))].network) continue;
    if (source.stream || any(2) == 0) continue;
    const int arrivals = any(3);
    if (arrivals == 0) {
      traffic::Users users;
      users.number = static_cast<std::uint32_t>(1 + any(20));
      if (any(2) == 0) users.ramp_up = ms(any(20'000));
      if (any(2) == 0) {
        users.think = any(6) == 0 ? D(ms(50)) : time(50, 3'000);
      } else {
        users.pace = time(50, 3'000);
        source.at_once = static_cast<std::uint32_t>(1 + any(2));
      }
      source.users = users;
      source.clients = 0;
      source.profile.clear();
    } else if (arrivals == 1) {
      traffic::Sessions sessions;
      sessions.requests.seconds = D(D::Pareto{ms(800), 1.2});
      sessions.requests.most = static_cast<std::uint32_t>(1 + any(50));
      sessions.think = any(4) == 0 ? D(SimDuration{0}) : time(1, 2'000);
      source.sessions = sessions;
      source.clients = 0;
      for (auto& piece : source.profile) {
        piece.from.per_1000_seconds /= 3;
        piece.to.per_1000_seconds /= 3;
      }
    }
    if (any(3) == 0) {
      source.page.emplace();
      source.page->assets = static_cast<std::uint32_t>(1 + any(6));
      source.page->request.path = any(2) == 0 ? "/" : "/second/asset";
    }
    if (any(3) == 0) source.hedge = traffic::Hedge{ms(1 + any(1500))};
    if (source.at_once == 0 && any(3) == 0) source.at_once = static_cast<std::uint32_t>(1 + any(4));
    if (bodies) {
      traffic::Transfer transfer;
      if (any(3) != 0) transfer.upload = D(D::Exponential{ms(1 + any(3'000))});
      if (any(3) != 0) transfer.download = D(D::Exponential{ms(1 + any(3'000))});
      if (any(2) == 0) transfer.stalls_per_million = static_cast<std::uint32_t>(any(200'000));
      transfer.holds_worker = any(2) == 0;
      source.transfer = transfer;
    }
  }
}

}  // namespace steady::dataplane::testing
