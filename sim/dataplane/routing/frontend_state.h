#pragma once

#include <vector>

#include "sim/cloud/elb/routing.h"
#include "sim/core/time.h"
#include "sim/dataplane/processes/station.h"
#include "sim/dataplane/routing/departures.h"

/// What the data plane keeps of a load balancer's nodes, and how they answer.
namespace steady::dataplane {

/// A target that failed, as one node remembers it (elb.md 6.3).
struct Distrusted {
  app::TargetId target = 0;
  std::vector<SimTime> failed;  ///< lately
  SimTime until{};              ///< it gets nothing before
};

/// Requests that wait at a node because no target has room (elb.md 1.9).
struct SurgeQueue {
  Ring<Open> waiting;          ///< in order of their coming; some may have ended
  SimTime first_end = kNever;  ///< of them
  SimTime looked{};            ///< since then nobody came
};

/// What the data plane keeps of a frontend: one list of departures per node.
struct FrontendState {
  elb::Frontend* frontend = nullptr;
  std::vector<Departures> nodes;
  std::vector<std::vector<Distrusted>> distrusted{};  ///< by node, with health by failures only
  std::vector<SurgeQueue> surge{};                    ///< by node, where there are such queues
};

/// What the client sees when the target resets or refuses: ALB 502 (elb.md 2.7), Classic 504
/// (1.10), through a Network load balancer the reset itself (3.4).
inline int reset_status(const elb::Frontend& frontend) {
  if (frontend.kind == elb::Kind::kNetwork) return 0;
  return frontend.kind == elb::Kind::kClassic ? 504 : 502;
}
/// When it sheds a request at the door (elb.md 2.7, 1.9).
inline int overflow_status(const elb::Frontend& frontend) {
  if (frontend.kind == elb::Kind::kNetwork) return 0;
  return frontend.kind == elb::Kind::kClassic ? 503 : 502;
}
/// When it is silent for too long (elb.md 2.17, 1.10).
inline int silence_status(const elb::Frontend& frontend) {
  return frontend.kind == elb::Kind::kNetwork ? 0 : 504;
}

}  // namespace steady::dataplane
