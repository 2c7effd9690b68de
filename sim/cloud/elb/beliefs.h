#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/core/time.h"

namespace steady::elb {

/// What one node of a load balancer believes of one target, from a moment on.
struct Belief {
  enum class What : std::uint8_t {
    kUntold,    ///< It does not hold it for registered (not yet, or no longer).
    kInitial,   ///< Registered; no check has decided yet.
    kHealthy,   ///< It passes its checks.
    kUnhealthy  ///< It fails them.
  };
  SimTime at{};
  app::TargetId target = 0;
  std::uint16_t node = 0;
  What what = What::kUntold;
};

/// Every change of what any node believes, in order of time: who looks at a run afterwards finds
/// there what a node knew at any moment, and how many healthy targets it counted.
class Beliefs {
 public:
  void note(SimTime at, app::TargetId target, std::size_t node, Belief::What what) {
    Belief::What& last = last_[{target, node}];
    if (last == what) return;
    last = what;
    changes_.push_back({at, target, static_cast<std::uint16_t>(node), what});
  }
  const std::vector<Belief>& changes() const { return changes_; }

 private:
  std::map<std::pair<app::TargetId, std::size_t>, Belief::What> last_;
  std::vector<Belief> changes_;
};

}  // namespace steady::elb
