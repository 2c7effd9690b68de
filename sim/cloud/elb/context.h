#pragma once

#include <functional>

#include "sim/app/fleet.h"
#include "sim/app/request_plane.h"
#include "sim/cloud/elb/settings.h"
#include "sim/core/event_loop.h"
#include "sim/core/ids.h"
#include "sim/core/journal.h"
#include "sim/core/random.h"

namespace steady::elb {

/// The rest of the world, as every part of this module sees it.
struct Context {
  EventLoop& loop;
  app::Fleet& fleet;
  Journal& journal;
  IdSource& ids;
  RandomSource random;
  const Behaviour& behaviour;
  app::RequestPlane* plane = nullptr;  ///< Set before the first target drains.
  /// Told of each health check whose connect failed, where somebody wants to know.
  std::function<void(app::GroupId group, std::size_t node)> check_refused{};
};

}  // namespace steady::elb
