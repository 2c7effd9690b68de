#include "tests/sim/dataplane/oracle/both.h"

#include <algorithm>
#include <string>

#include "sim/dataplane/data_plane.h"
#include "sim/dataplane/node_metrics.h"
#include "tests/sim/dataplane/oracle/actor.h"
#include "tests/support/catch.h"

namespace steady::dataplane::testing {
namespace {

FlowCounts flow_counts(const NodeMetrics& metrics) {
  FlowCounts counts;
  metrics.visit([&](const elb::Frontend& of, std::size_t node, std::int64_t minute,
                    const NodeMinute& one) {
    const std::array<std::uint64_t, FlowCounts::kWhats> all{one.new_flows, one.unhealthy_flows,
                                                            one.client_resets, one.target_resets,
                                                            one.balancer_resets};
    if (std::ranges::any_of(all, [](std::uint64_t count) { return count > 0; }))
      counts.minutes[{{of.load_balancer, node}, minute}] = all;
  });
  metrics.visit_flows(
      [&](const elb::Frontend& of, std::size_t node, const OpenFlows& flows, const auto&) {
        auto& open = counts.open[{of.load_balancer, node}];
        static_assert(Script::kLong == 60s);
        std::int64_t now = 0;
        for (std::size_t second = 0; second < 60; ++second) {
          if (second < flows.more.size()) now += flows.more[second];
          open.push_back(now);
        }
      });
  return counts;
}

}  // namespace

Outcomes by_fast_path(const Script& script, std::uint64_t seed) {
  Ground ground(seed);
  DataPlane plane(ground.loop, ground.fleet, ground.database, ground.random, {});
  const bool pauses = std::ranges::any_of(
      script.models, [](const app::AppModel& model) { return model.pauses.has_value(); });
  if (pauses || !script.slowdowns.empty()) plane.expect_speed_changes();
  Actor actor(script, ground, plane);
  actor.changed = [&plane] { plane.frontends_changed(); };
  plane.set_lookups(
      [&](std::string_view name, std::uint16_t port) {
        return port == 0 ? &ground.listener(std::stoul(std::string(name))) : nullptr;
      },
      {});
  plane.set_hosts([](std::string_view host) {
    return std::string(host.starts_with("lb-") ? host.substr(3) : "");
  });
  Outcomes out;
  ToldRequests& told = out.told;
  plane.observe([&](const RequestRecord& record) {
    const Cause& cause = plane.ledger().cause(record.cause);
    Told& one = told[{record.source, record.index}];
    Told blank;
    blank.before = one.before;
    REQUIRE(one == blank);  // booked once
    Told now = {record.sent_at,
                record.ended_at,
                record.outcome,
                cause.text,
                plane.ledger().versions()[record.version],
                record.target,
                cause.status,
                {}};
    if (record.retried) {
      one.before += now.words() + "; ";
      return;
    }
    now.before = one.before;
    one = std::move(now);
  });
  for (const auto& spec : script.sources) plane.add_source(spec);
  if (std::ranges::any_of(script.listeners, &Script::Listener::network))
    plane.keep_metrics(SimDuration{0});
  ground.loop.set_advance_hook([&](SimTime until) { plane.advance(until); });
  ground.loop.run_until(kStart + Script::kLong);
  plane.check_conserved();
  plane.finish();
  plane.check_conserved();
  const Sums sums = plane.ledger().total();
  out.beside = {SimDuration{static_cast<std::int64_t>(sums.as_sent.sum())}, sums.missing_assets,
                sums.hedges, sums.redirected};
  if (plane.metrics() != nullptr) out.flows = flow_counts(*plane.metrics());
  out.by_target = std::move(actor.counted);
  out.weighed = actor.weighed;
  return out;
}

Outcomes by_plain_model(const Script& script, std::uint64_t seed) {
  Ground ground(seed);
  PlainPlane plane(ground.loop, ground.fleet, ground.database, ground.random);
  plane.slow_start = script.slow_start;
  plane.weighted_random = script.weighted_random;
  plane.resolver = [&ground](const std::string& host, int port) -> std::optional<elb::Frontend*> {
    if (!host.starts_with("lb-")) return std::nullopt;
    return port == 0 ? &ground.listener(std::stoul(host.substr(3))) : nullptr;
  };
  Actor actor(script, ground, plane);
  for (const auto& spec : script.sources)
    plane.add_source(spec, &ground.listener(std::stoul(spec.load_balancer)));
  ground.loop.set_advance_hook([&](SimTime until) { plane.advance(until); });
  ground.loop.run_until(kStart + Script::kLong);
  plane.finish();
  return {plane.told, plane.beside, plane.flow_counts(kStart + Script::kLong),
          std::move(actor.counted), actor.weighed};
}

}  // namespace steady::dataplane::testing
