#pragma once

#include "sim/core/calendar.h"
#include "sim/core/distribution.h"

namespace steady::ecs {

/// How a task behind a load balancer is stopped (ecs.md 2.12, stories.md 2.2).
enum class StopOrder : std::uint8_t {
  kDeregWaitFull,  ///< Deregister, wait until the target is unused, then SIGTERM.
  kDeregAndSigtermTogether,
  kDeregWaitInflight,  ///< Deregister, wait until nothing is in flight, then SIGTERM.
  kSigtermFirst,       ///< SIGTERM, deregister after stop_task_deregister_gap.
};

/// Switches where sources disagree, and knobs of the model. Dated behaviours are derived from the
/// era by the methods, so that era and switches are read in one place.
struct Behaviour {
  Era era = Era::newest();
  StopOrder stop_order = StopOrder::kDeregWaitFull;
  SimDuration stop_task_deregister_gap{std::chrono::seconds{4}};
  bool stopping_counts_towards_max = false;
  bool placement_retry_wake = true;
  bool exit_after_running_counts = false;
  bool both_percents_hundred_reject = false;
  /// Behind Classic the wait ends when the instance is out of service (elb.md 1.6); true: it lasts
  /// the whole draining time-out (ecs.md 2.12).
  bool classic_drain_wait_full = false;
  SimDuration pass{std::chrono::seconds{10}};             ///< ecs.md 6.1
  SimDuration retry_quick_for{std::chrono::seconds{50}};  ///< then every retry_slow
  SimDuration retry_slow{std::chrono::seconds{300}};
  SimDuration healthy_without_checks{std::chrono::seconds{40}};  ///< ecs.md 2.3
  SimDuration event_repeat{std::chrono::hours{6}};
  SimDuration agent_stop_latency{0};  ///< from STOPPING to the signal
  Distribution eni_attach{};          ///< PROVISIONING of awsvpc tasks
  Distribution eni_detach{};          ///< DEPROVISIONING of awsvpc tasks
  /// An instance is lost: until its tasks are STOPPED. 0 for a terminated one with a connected
  /// agent.
  SimDuration host_lost_notice{std::chrono::seconds{0}};

  bool draining_state_exists() const { return era.since({2017, 1, 1}); }
  bool start_throttle() const { return era.since({2017, 12, 1}); }
  bool grace_period_exists() const { return era.since({2017, 12, 1}); }
  bool breaker_exists() const { return era.since({2020, 12, 1}); }
  int breaker_minimum() const { return era.since({2023, 4, 30}) ? 3 : 10; }
  SimDuration throttle_cap() const {
    return era.since({2023, 4, 30}) ? std::chrono::minutes{27} : std::chrono::minutes{15};
  }
  /// StopTask and other stops leave the load balancer before the signal.
  bool every_stop_deregisters() const { return era.since({2023, 2, 13}); }
  bool freed_at_stopping() const { return era.since({2023, 7, 2}); }
  bool unhealthy_start_first() const { return era.since({2023, 10, 23}); }
  bool replaced_by_own_revision() const { return era.since({2025, 11, 1}); }
  /// "has stopped" is logged before deregistration (today) or after the stop (2015-18).
  bool stop_event_first() const { return era.since({2019, 1, 1}); }
  bool deployment_events() const { return era.since({2020, 12, 1}); }
  bool target_groups_exist() const { return era.since({2016, 8, 11}); }
  bool closest_wording() const { return era.since({2015, 11, 1}); }
  bool stopped_lists_tasks() const { return era.is_article() || era.since({2015, 12, 1}); }
  bool breaker_configurable() const { return era.since({2026, 1, 1}); }
};

/// Bounds of a run; reaching one ends it with LimitReached.
struct Limits {
  std::uint64_t tasks = 1'000'000;
};

}  // namespace steady::ecs
