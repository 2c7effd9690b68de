#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/cloud/elb/proxy.h"
#include "sim/cloud/elb/rules.h"
#include "sim/core/distribution.h"
#include "sim/core/time.h"

/// What a load balancer node believes right now: the part of the balancer that the request path
/// reads. The control plane of this module writes it between two control events; the data plane
/// reads it for every request and keeps the algorithms' counters.
namespace steady::elb {

using app::EndpointId;
using app::GroupId;
using app::TargetId;

/// One target that a node may choose.
struct RouteTarget {
  TargetId target;
  EndpointId endpoint;
  /// It came into slow start at this moment (elb.md 2.8); kNever when it is not in it.
  SimTime slow_since = kNever;
};

/// What a choice may depend on beside the candidates.
struct Turn {
  SimTime now{};
  std::uint32_t bits = 0;  ///< random, for algorithms that draw
};

bool contains(std::span<const TargetId> targets, TargetId target);

class LeastOutstandingRequests;

/// Chooses among a node's candidates; one object per (node, group), so its state is per node
/// (elb.md 2.9). A decider: it changes nothing but its own counters.
class Algorithm {
 public:
  virtual ~Algorithm() = default;
  /// The candidates from now on, in order of registration, never empty when choose() is called.
  void set_candidates(std::span<const RouteTarget> candidates) {
    ++version_;
    use(candidates);
  }
  /// Weights of the candidates, in their order, until these are set anew; none: all alike. Heeded
  /// by algorithms that know them.
  void set_weights(std::span<const std::uint32_t> weights) {
    ++version_;
    weigh(weights);
  }
  /// How often the candidates, or their weights, were set.
  std::uint64_t version() const { return version_; }
  /// How long slow start lasts, 0 for none; heeded by algorithms that know it.
  virtual void set_slow_start(SimDuration) {}
  /// Index into the candidates for the next request.
  virtual std::size_t choose(Turn turn) = 0;
  /// The same for a request that must not go to `not_these`, some of the candidates but not all.
  virtual std::size_t choose_other(Turn turn, std::span<const RouteTarget> candidates,
                                   std::span<const TargetId> not_these);
  /// True when candidates take turns, so that the next choice is another one.
  virtual bool takes_turns() const { return false; }
  /// Where it does nothing but take one candidate after the other from `now` on: the next one's
  /// place, for whoever takes many turns at once; else null.
  virtual std::size_t* rotation(SimTime) { return nullptr; }
  /// Turns were taken through rotation().
  virtual void rotated() {}
  /// True when choose() uses the turn's random bits.
  bool draws() const { return draws_; }
  /// True when began() and ended() have to be told.
  bool counts_outstanding() const { return counts_outstanding_; }
  virtual void began(TargetId) {}
  virtual void ended(TargetId) {}
  /// Appends the share of the requests that each candidate gets in the long run as things stand at
  /// `now`; they add up to 1. False where that depends on the requests themselves.
  virtual bool shares(SimTime, std::vector<double>&) const { return false; }
  /// From when on the shares stay as they are, until the candidates change.
  virtual SimTime shares_settled() const { return kStart; }
  /// This, where it is the algorithm that is told most, for whoever would rather not call
  /// virtually.
  LeastOutstandingRequests* fewest() const { return fewest_; }

 protected:
  // Asked for every request, so not virtual: an algorithm says so when it is made.
  bool draws_ = false, counts_outstanding_ = false;
  LeastOutstandingRequests* fewest_ = nullptr;

 private:
  /// Counters of targets that stay must be kept.
  virtual void use(std::span<const RouteTarget> candidates) = 0;
  virtual void weigh(std::span<const std::uint32_t>) {}
  std::uint64_t version_ = 0;
};

/// What the DNS name of a load balancer has answered, oldest first; clients go on using an old
/// answer until its time to live is over (elb.md 4.4).
struct DnsAnswers {
  struct Answer {
    SimTime since{};
    std::vector<std::uint16_t> nodes;  ///< Never empty.
  };
  std::vector<Answer> all;  ///< Never empty; the first one holds for all time before it, too.
  /// What somebody was told who asked at that moment.
  const std::vector<std::uint16_t>& at(SimTime asked) const {
    const auto later = std::ranges::upper_bound(all, asked, {}, &Answer::since);
    return (later == all.begin() ? later : std::prev(later))->nodes;
  }
};

/// One node's view of one group.
struct NodeGroup {
  std::vector<RouteTarget> candidates;  ///< Healthy ones, or all of them when failing open.
  /// Healthy ones that drain: they take who is bound to them, if anybody is (elb.md 6.1).
  std::vector<RouteTarget> kept{};
  /// Weights of the candidates where anomalies make them differ (elb.md 2.9); else empty.
  std::vector<std::uint32_t> weights{};
  std::unique_ptr<Algorithm> algorithm;
  bool fail_open = false;  ///< Candidates are unhealthy (elb.md 2.12).
  bool gone = false;       ///< The node has closed its connections; nobody answers there.
  std::string_view empty_because = "no registered target";  ///< Cause while candidates is empty.
};

/// How long a client's kernel tries to connect where nobody answers: six repeated SYNs, as Linux
/// does. A Network load balancer does not answer for its targets (elb.md 3.1).
inline constexpr SimDuration kClientConnects = std::chrono::seconds{127};

enum class Kind : std::uint8_t { kClassic, kApplication, kNetwork };

/// What a node of a Classic balancer holds at most (elb.md 1.9).
inline constexpr std::size_t kSurgeQueue = 1024;

/// A listener as clients see it: where a traffic source sends its requests; or, behind one that
/// chooses among target groups, its way to one of them.
struct Frontend {
  std::string load_balancer;
  Kind kind = Kind::kApplication;
  GroupId group = 0;
  SimDuration idle_timeout{std::chrono::seconds{60}};  ///< Of a network listener: of a flow (3.4).
  /// elb.md 2.17; of a network listener: when the client's own kernel gives up.
  SimDuration connect_timeout{std::chrono::seconds{10}};
  /// Life of a client's binding to its target; 0: not sticky (elb.md 1.8, 2.10), max(): for as long
  /// as the client keeps its cookie.
  SimDuration sticky_for{0};
  /// The app's cookie that binds a client once the app has set it; "": the balancer's own does.
  std::string app_cookie{};
  /// Every response renews the binding; Classic's never does (elb.md 1.8).
  bool sticky_renews = true;
  /// Time between two uses of one pooled connection to a target; unset: the keep-alive race is not
  /// looked at (stories.md S22).
  std::optional<Distribution> reuse_gap{};
  /// Requests that each node holds while no target accepts them (Classic, elb.md 1.9).
  std::size_t surge_queue = 0;
  /// Weights follow what becomes of the requests (elb.md 2.9).
  bool mitigates_anomalies = false;
  int connect_retries = 0;  ///< Classic retries refused connects on other instances (elb.md 1.2).
  const ProxyRules* proxy = nullptr;  ///< Another proxy's rules (elb.md 6.6); none: AWS's.
  bool exists = true;                 ///< False once the load balancer or the listener is deleted.
  std::vector<NodeGroup> nodes;       ///< One per node, equal shares of the clients.
  /// The rules that each node follows (they are changed node by node); none: all goes to `group`.
  std::vector<std::shared_ptr<const Routes>> routes;
  /// What its name answers, once that is or was anything but all nodes.
  const DnsAnswers* dns = nullptr;

  /// A request of a new client goes to its node's choice, and its answer comes back: nothing else
  /// that the listener does changes what becomes of it.
  bool is_simple() const {
    return kind != Kind::kNetwork && routes.empty() && !reuse_gap && dns == nullptr &&
           proxy == nullptr && surge_queue == 0 && !mitigates_anomalies;
  }
};

}  // namespace steady::elb
