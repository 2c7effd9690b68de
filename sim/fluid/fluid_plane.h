#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sim/app/fleet.h"
#include "sim/cloud/elb/routing.h"
#include "sim/core/event_loop.h"
#include "sim/core/random.h"
#include "sim/database/database.h"
#include "sim/dataplane/ledger.h"
#include "sim/fluid/books/bound.h"
#include "sim/traffic/source.h"

namespace steady::fluid {

struct Settings {
  /// Waits that grow or shrink, and rates that do, are taken as constant for so long at least.
  SimDuration step{std::chrono::milliseconds{10}};
};

/// Carries traffic as a flow: expected numbers instead of requests, so that a run's cost does not
/// depend on its rates. Between two control events each source is a rate that the routing tables
/// split over targets, each process a vessel with workers and a backlog; what is in flight at a
/// kill follows from when it was sent and from the law of the service time. In the end the ledger
/// has whole requests, and bound() says how far they may be from an exact run's.
///
/// The same control plane runs above it: it implements what the exact plane does for it.
class FluidPlane final : public app::RequestPlane {
 public:
  using FrontendLookup =
      std::function<elb::Frontend*(std::string_view load_balancer, std::uint16_t port)>;
  using TargetStateLookup = std::function<std::string(app::GroupId, app::TargetId)>;

  /// Writes into `ledger`, which cuts its segments while the run goes on.
  FluidPlane(EventLoop& loop, app::Fleet& fleet, database::Database& database, RandomSource random,
             dataplane::Ledger& ledger, Settings settings);
  ~FluidPlane() override;
  void set_lookups(FrontendLookup frontends, TargetStateLookup target_states);
  void add_source(const traffic::SourceSpec& spec);
  void frontends_changed();

  /// Everything before `until`. Throws NotCarried when the world has come to what is not modelled.
  void advance(SimTime until);
  /// At the end of a run: follows what is open to its end and writes the ledger.
  void finish();
  /// Whole requests sent; after finish().
  std::uint64_t sent() const;
  /// After finish(): the ledger has each request once. A difference is an InternalError.
  void check_conserved() const;
  std::uint64_t digest() const;
  const Bound& bound() const;

  void cut_process(app::ProcessId process, app::Cut cut) override;
  void cut_target(app::GroupId group, app::TargetId target, app::Cut cut) override;
  SimTime process_idle_at(app::ProcessId process) override;
  SimTime target_idle_at(app::GroupId group, app::TargetId target) override;
  app::QueuedCheck queued_check(app::ProcessId process) override;
  /// Not carried, both: they throw NotCarried where traffic meets them. (There are no long
  /// connections and no flows of a Network load balancer, so there is nothing to end.)
  void cut_node(std::string_view load_balancer, std::uint16_t node) override;
  void change_speed(app::ProcessId process, std::int64_t speed) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace steady::fluid
