#pragma once

#include <cstdint>
#include <memory>

#include "sim/app/app_model.h"
#include "sim/dataplane/ledger.h"
#include "sim/dataplane/processes/station.h"
#include "sim/dataplane/processes/work.h"

namespace steady::dataplane {

/// A process as a station, and what is known of its model, looked up once.
struct Served {
  Station station;
  const app::AppModel* model;
  VersionId version;
  bool streams = false;  ///< it was ever given one
  bool bodies = false;   ///< it ever gave an answer that takes its time to be read
  std::uint64_t schema_version = ~std::uint64_t{0};
  CauseId missing = 0;           ///< a column is missing: every request fails for this cause
  std::unique_ptr<Work> work{};  ///< where speeds may change
  /// It has work that may be revised, dependencies, limits of its queue, or memory that grows. Who
  /// takes requests by another way than `carry` must leave such processes to it.
  bool special = false;
};

}  // namespace steady::dataplane
