#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/app/app_model.h"
#include "sim/app/dependencies.h"
#include "sim/cloud/elb/proxy.h"
#include "sim/cloud/elb/settings.h"
#include "sim/core/random.h"
#include "sim/dataplane/ledger.h"
#include "sim/traffic/source.h"

namespace steady::dataplane::testing {

/// A small world with its troubles, as a list of deeds that can be done to any ground.
struct Script {
  explicit Script(std::uint64_t seed);
  int pick(int bound) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(bound), 0, draw++));
  }

  int more(int bound) {
    return static_cast<int>(later.below(static_cast<std::uint64_t>(bound), 0, later_draw++));
  }

  int third(int bound) {
    return static_cast<int>(latest.below(static_cast<std::uint64_t>(bound), 0, latest_draw++));
  }

  int fourth(int bound) {
    return static_cast<int>(rules.below(static_cast<std::uint64_t>(bound), 0, rules_draw++));
  }

  static constexpr SimDuration kLong = 60s;
  /// A rule that comes before the others and sends clients on.
  struct Redirects {
    std::string from;
    elb::Redirect to;
    int status = 301;
  };
  struct Ruled {
    bool answers = false;
    std::vector<Redirects> redirects;
    std::uint32_t first = 1, second = 0;
    SimDuration sticky{0};
  };
  struct Answer {
    SimDuration at{0};
    std::vector<std::uint16_t> nodes;
  };
  struct Listener {
    bool classic = false, least = false, network = false;
    int nodes = 1, retries = 0;
    SimDuration idle{60s}, sticky{0};
    std::string app_cookie;
    bool renews = true;
    std::size_t surge = 0;  ///< of Classic: what its nodes hold
    std::optional<Distribution> gap;
    std::optional<elb::ProxyRules> proxy;
    std::vector<Ruled> ruled;                          ///< before and after a change
    std::vector<std::pair<SimDuration, int>> changes;  ///< when which node follows the second
    bool unhealthy = false;                            ///< its candidates are: it fails open
    bool zonal = false;                                ///< a node has its own zone's targets only
    std::vector<Answer> answers;                       ///< of DNS, the first from the beginning
    std::vector<std::pair<SimDuration, int>> closes;   ///< when which node goes
  };
  /// Flows to a target that are ended by the balancer.
  struct FlowsEnd {
    SimDuration at;
    int who;
    bool told;
  };
  struct Deed {
    SimDuration at;
    int kind, who, which;
  };
  struct Slowdown {
    SimDuration at, lasts;
    int who;
    std::int64_t speed;
  };
  struct Breakdown {
    SimDuration at, lasts;
    app::Dependencies::Trouble trouble;
  };
  /// Somebody counts by target, and may give those that stand out less to do (elb.md 2.9).
  struct Anomalies {
    SimDuration from{0}, until{kLong};
    bool mitigates = false;
  };
  /// A process's memory may have so many bytes, where its model says that it grows.
  static constexpr std::int64_t kMemory = 4'000'000;
  void draw_apps(std::uint64_t seed);
  /// What clients do beyond sending one request.
  void draw_clients(std::uint64_t seed);

  RandomStream stream, later, latest, rules;
  std::uint32_t draw = 0, later_draw = 0, latest_draw = 0, rules_draw = 0;
  bool weighted_random = false;
  SimDuration slow_start{0};
  std::deque<app::AppModel> models;
  std::vector<Listener> listeners;
  std::vector<traffic::SourceSpec> sources;
  std::vector<Deed> todo;
  std::vector<Slowdown> slowdowns;
  std::vector<Breakdown> breakdowns_of_others;
  std::vector<FlowsEnd> flows_end;
  std::optional<Anomalies> anomalies;
  int first = 1;
};

/// Each family of features draws from a stream of its own, so that a new one shifts no other's.
/// Balancers that behave as other proxies do.
void draw_proxies(Script& script, std::uint64_t seed);
/// A Network load balancer and its clients' connections, in every third world.
void draw_flows(Script& script, std::uint64_t seed);
void draw_zones(Script& script, std::uint64_t seed);
void draw_cookies(Script& script, std::uint64_t seed);
// What came later draws from streams of its own, so that old worlds stay what they were.
void draw_surge(Script& script, std::uint64_t seed);
/// Redirects, and clients that follow them.
void draw_redirects(Script& script, std::uint64_t seed);
void draw_anomalies(Script& script, std::uint64_t seed);

/// What a world has switched on, for counting.
std::set<std::string> features(const Script& script);

}  // namespace steady::dataplane::testing
