#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/request_plane.h"
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
};

/// Chooses among a node's candidates; one object per (node, group), so its state is per node
/// (elb.md 2.9). A decider: it changes nothing but its own counters.
class Algorithm {
 public:
  virtual ~Algorithm() = default;
  /// The candidates from now on, in order of registration, never empty when choose() is called.
  /// Counters of targets that stay must be kept.
  virtual void set_candidates(std::span<const RouteTarget> candidates) = 0;
  /// Index into the candidates for the next request.
  virtual std::size_t choose() = 0;
  /// True when began() and ended() have to be told.
  virtual bool counts_outstanding() const { return false; }
  virtual void began(TargetId) {}
  virtual void ended(TargetId) {}
};

/// One node's view of one group.
struct NodeGroup {
  std::vector<RouteTarget> candidates;  ///< Healthy ones, or all of them when failing open.
  std::unique_ptr<Algorithm> algorithm;
  bool fail_open = false;  ///< Candidates are unhealthy (elb.md 2.12).
  std::string_view empty_because = "no registered target";  ///< Cause while candidates is empty.
};

enum class Kind : std::uint8_t { kClassic, kApplication };

/// A listener as clients see it: where a traffic source sends its requests.
struct Frontend {
  std::string load_balancer;
  Kind kind = Kind::kApplication;
  GroupId group = 0;
  SimDuration idle_timeout{std::chrono::seconds{60}};
  SimDuration connect_timeout{std::chrono::seconds{10}};  ///< elb.md 2.17
  int connect_retries = 0;  ///< Classic retries refused connects on other instances (elb.md 1.2).
  bool exists = true;       ///< False once the load balancer or the listener is deleted.
  std::vector<NodeGroup> nodes;  ///< One per node, equal shares of the clients.
};

}  // namespace steady::elb
