#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/report/report.h"

namespace steady::report {

/// One drop cause with its count, largest first.
struct CauseLine {
  std::uint64_t count = 0;
  std::string outcome, component, text, target_state;
  int status = 0;
  dataplane::CauseId id = 0;
  std::uint64_t before = 0, during = 0, after = 0;  ///< of `count`, where there was a deployment
  std::optional<std::uint64_t> error_bound{};       ///< of a fluid run
};
/// Largest first.
std::vector<CauseLine> cause_lines(const std::map<dataplane::CauseId, std::uint64_t>& by_cause,
                                   const dataplane::Ledger& ledger);

/// The figures of a run that more than one writer prints; made once.
struct Summary {
  dataplane::Sums all;
  std::vector<CauseLine> causes;   ///< their sum is the number of all but ok
  std::vector<CauseLine> retried;  ///< attempts that clients sent again, in no other sum
  std::vector<std::pair<std::string, dataplane::Sums>> by_version;
  std::optional<dataplane::Sums> before, during,
      after;  ///< of the deployments; nothing without any
  struct Deployment {
    const simulation::DeploymentRun* run = nullptr;
    std::string from;  ///< the revision that it replaces
    simulation::TimeSpent spent;
    std::int64_t lowest_healthy = 0;
  };
  std::vector<Deployment> deployments;
  struct Stall {
    std::string service, missing;
    SimDuration total{0};
  };
  std::vector<Stall> stalls;
  SimDuration mixed_versions{0}, no_way_back{0};
  std::uint64_t lost_to_schema = 0;
};

Summary summarize(const Report& report);

/// "99.97 %", rounded towards the bad side so that a loss never reads 100 %.
std::string percentage(std::uint64_t part, std::uint64_t whole);

}  // namespace steady::report
