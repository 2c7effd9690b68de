#include <algorithm>

#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

std::set<std::string> features(const Script& script) {
  std::set<std::string> has;
  const auto note = [&](bool there, const char* feature) {
    if (there) has.insert(feature);
  };
  bool clients = false;
  for (const auto& source : script.sources) {
    clients = clients || source.clients > 0 || source.follows();
    note(source.users && source.users->think, "closed loop");
    note(source.users && source.users->pace, "paced users");
    note(source.sessions.has_value(), "sessions");
    note(source.page.has_value(), "page loads");
    note(source.hedge.has_value(), "hedging");
    note(source.at_once > 0, "limited connections");
    note(source.transfer && !source.transfer->upload.is_constant(), "uploads");
    note(source.transfer && source.transfer->stalls_per_million > 0, "uploads that stall");
    note(source.transfer && !source.transfer->download.is_constant(), "slow readers");
    note(source.timeout != SimDuration::max(), "client time-out");
    note(source.retry.retries(), "client retries");
    note(source.stream.has_value(), "streams");
    note(source.stream && source.stream->reconnect, "streams that come back");
    note(source.retry.retries() && source.retry.budgeted(), "retry budget");
    note(source.retry.retries() && source.retry.deadline != SimDuration::max(), "retry deadline");
    note(source.arrivals == traffic::SourceSpec::Arrivals::kPoisson, "Poisson");
    note(source.arrivals == traffic::SourceSpec::Arrivals::kConstant, "constant rate");
  }
  note(script.sources.size() > 1, "several sources");
  for (const auto& source : script.sources) {
    const bool redirects =
        std::ranges::any_of(script.listeners[std::stoul(source.load_balancer)].ruled,
                            [](const auto& rule) { return !rule.redirects.empty(); });
    note(source.redirects > 0 && redirects, "clients that follow redirects");
    const bool network = script.listeners[std::stoul(source.load_balancer)].network;
    note(network, "Network load balancer");
    note(network && script.listeners[std::stoul(source.load_balancer)].unhealthy,
         "flows that fail open");
    const bool kept = network && source.clients > 0 && !source.stream;
    note(network && source.stream, "streams as flows");
    note(kept, "kept connections");
    note(kept && source.connections.each > 1, "several connections a client");
    note(kept && source.connections.life, "life of connections");
    note(kept && source.connections.idle != SimDuration::max(), "clients close idle connections");
    note(kept && source.connections.tcp_keep_alive, "TCP keep-alive");
  }
  for (const auto& end : script.flows_end)
    note(true, end.told ? "flows ended" : "flows ended in silence");
  for (const auto& listener : script.listeners) {
    note(listener.classic, "Classic");
    note(listener.retries > 0, "connect retries");
    note(listener.surge > 0, "surge queue");
    note(listener.nodes > 1, "several nodes");
    if (listener.network) continue;
    note(listener.least && !script.weighted_random, "least outstanding requests");
    note(!listener.least && !script.weighted_random, "round robin");
    const bool sticky = listener.sticky.count() > 0 && clients;
    note(sticky, "stickiness");
    note(sticky && listener.app_cookie == "session", "stickiness by the app's cookie");
    note(sticky && !listener.renews, "cookies that are not renewed");
    note(listener.gap.has_value(), "keep-alive race");
    note(script.slow_start.count() > 0 && !listener.least, "slow start");
    note(!listener.ruled.empty(), "rules");
    if (const auto& proxy = listener.proxy) {
      using To = elb::ProxyRetries::To;
      const bool tries = proxy->retries.attempts > 0;
      note(proxy->passive.max_fails > 0, "health by failures");
      note(tries && proxy->retries.to == To::kSame, "proxy tries the same target");
      note(tries && proxy->retries.to == To::kElsewhere, "proxy tries elsewhere");
      note(tries && proxy->retries.to == To::kRedispatch, "proxy redispatches");
      note(listener.sticky.count() > 0 && clients &&
               proxy->new_requests == elb::ProxyRules::NewRequests::kSticky,
           "drains that keep the bound");
    }
    note(!listener.changes.empty(), "rules that change");
    for (const auto& rule : listener.ruled) {
      note(rule.sticky.count() > 0 && clients, "sticky groups");
      note(rule.answers, "fixed responses");
      note(!rule.redirects.empty(), "redirects");
    }
  }
  for (const auto& listener : script.listeners) {
    note(listener.zonal, "cross-zone off");
    note(listener.answers.size() > 1, "DNS answers that change");
    note(!listener.closes.empty(), "nodes that go");
  }
  for (const auto& source : script.sources)
    note(source.dns_ttl != traffic::SourceSpec{}.dns_ttl, "DNS answers used for another time");
  note(script.weighted_random, "weighted random");
  note(script.anomalies.has_value(), "attempts counted by target");
  note(script.anomalies && script.anomalies->mitigates, "anomaly mitigation");
  for (const auto& model : script.models) {
    note(model.cold_requests > 0 && model.cold_factor > 1, "cold start");
    note(model.errors_per_million > 0, "errors of the app");
    note(model.exit_after.has_value(), "exits by itself");
    note(!model.ready_after.is_constant(), "not ready at once");
    note(model.closes_streams && model.on_sigterm != app::OnSigterm::kExit, "closes streams");
    note(!model.reads.empty() || !model.writes.empty(), "columns");
  }
  static const char* const kDeeds[] = {"launch",     "kill",        "lost machine",
                                       "SIGTERM",    "crash",       "deregistration",
                                       "drain over", "no listener", "migration"};
  for (const auto& deed : script.todo) has.insert(kDeeds[deed.kind]);
  bool dependencies = false;
  for (const auto& model : script.models) {
    dependencies = dependencies || !model.dependencies.empty();
    note(model.pauses.has_value(), "pauses of its own");
    note(!model.dependencies.empty(), "dependencies");
    note(model.shed_above.has_value(), "shedding");
    note(model.queue_timeout.has_value(), "time-out in the queue");
    note(model.memory.has_value(), "memory");
  }
  note(dependencies && !script.breakdowns_of_others.empty(), "dependency breaks down");
  for (const auto& slowdown : script.slowdowns)
    has.insert(slowdown.speed == 0 ? "standstill" : "slow process");
  return has;
}

}  // namespace steady::dataplane::testing
