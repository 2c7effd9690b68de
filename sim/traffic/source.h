#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/distribution.h"
#include "sim/core/http_request.h"
#include "sim/core/random.h"
#include "sim/core/time.h"
#include "sim/traffic/clients.h"
#include "sim/traffic/connections.h"
#include "sim/traffic/retries.h"
#include "sim/traffic/trace.h"

namespace steady::traffic {

/// Requests per second as a whole number of thousandths, so that "0.2/s" is exact.
struct Rate {
  std::int64_t per_1000_seconds = 0;
  bool operator==(const Rate&) const = default;
};

/// The rate changes linearly from `from` at `begin` to `to` at `end`; a step has equal moments
/// before.
struct RatePiece {
  SimTime begin{}, end{};
  Rate from{}, to{};
};

/// The rate over the whole run: pieces in order, without overlap; 0 where none is.
using RateProfile = std::vector<RatePiece>;

/// One state of a source whose rate changes by chance (a Markov-modulated Poisson process).
struct BurstState {
  Rate rate{};
  SimDuration stay{};  ///< Mean; each stay is exponential.
};

/// When requests come. A shape is asked for whole batches, in order of time.
class Shape {
 public:
  virtual ~Shape() = default;
  /// Appends the next arrivals, at most `most`, strictly rising or equal, none at or after `until`.
  /// Draws are keyed by the request's index (first_index counts those made before).
  virtual void next(SimTime until, std::size_t most, std::vector<SimTime>& out) = 0;
};

/// Evenly spaced: the k-th request comes when the integral of the rate reaches k (first at k = 0
/// for a profile that begins with a positive rate). Exact in integers for constant rates.
std::unique_ptr<Shape> make_constant(RateProfile profile);
/// Poisson: the integral of the rate between two requests is a unit exponential.
std::unique_ptr<Shape> make_poisson(RateProfile profile, RandomStream stream);

/// What was recorded, at its own moments.
std::unique_ptr<Shape> make_recorded(std::shared_ptr<const Trace> trace);

/// Long connections (WebSockets) instead of requests: each holds no worker, ends by itself after
/// its life, and is kept busy, so that no idle time-out ends it.
struct StreamPolicy {
  Distribution life{};
  /// From the early end of a connection to the client's next attempt, for what is left of its life;
  /// unset: the client does not come back.
  std::optional<Distribution> reconnect{};
};

/// One source of requests (a client population) of a scenario.
struct SourceSpec {
  std::string name;           ///< Stream name: "traffic/0" unless the scenario names it.
  std::string load_balancer;  ///< Where it sends.
  std::uint16_t port = 0;     ///< Listener; 0 means the first.
  enum class Arrivals { kConstant, kPoisson } arrivals = Arrivals::kPoisson;
  RateProfile profile;
  /// Instead of a profile: two states or more; the path through them is drawn for each replication
  /// until `end`.
  std::vector<BurstState> bursts{};
  SimTime end{};
  /// Size of the population, each with its cookies; 0: every request comes from a new client.
  std::uint32_t clients = 0;
  /// How long its clients use a DNS answer before they ask again (elb.md 4.4).
  SimDuration dns_ttl{std::chrono::seconds{60}};
  SimDuration timeout{std::chrono::seconds{30}};  ///< Of each attempt; max(): never.
  HttpRequest request{};  ///< What each of them asks for; of a trace its lines say it.
  RetryPolicy retry{};
  ConnectionPolicy connections{};
  std::optional<StreamPolicy> stream{};
  std::shared_ptr<const Trace> trace{};  ///< Instead of arrivals and a profile.
  std::optional<Users> users{};          ///< Instead of arrivals and a profile: a closed loop.
  std::optional<Sessions> sessions{};
  std::optional<PageLoad> page{};
  std::optional<Hedge> hedge{};
  std::optional<Transfer> transfer{};
  /// Attempts that one client may have under way at a time; 0: as many as it wants. What is beyond
  /// waits at the client, first in first out, and its time-out runs (elb.md 8.4).
  std::uint32_t at_once = 0;
  /// Redirects of a load balancer that a client follows one after the other before it gives up; 0:
  /// it takes the first one for its answer (elb.md 2.11).
  std::uint32_t redirects = 0;

  /// Somebody looks at each answer, or at each request beyond its outcome: the data plane then
  /// follows every request, and not only those that fail.
  bool follows() const {
    return users || sessions || page || hedge || transfer || at_once > 0 || redirects > 0;
  }
  /// A request may be sent later than it was meant to be.
  bool holds_back() const { return at_once > 0; }
  /// Requests that are sent, served and answered, and nothing else happens to a client: the data
  /// plane carries such sources in batches. Whatever else a source may say has its no here.
  bool is_simple() const {
    return clients == 0 && !retry.retries() && !stream && !trace && !follows();
  }
};

std::unique_ptr<Shape> make_shape(const SourceSpec& spec, const RandomSource& random);

}  // namespace steady::traffic
