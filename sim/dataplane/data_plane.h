#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/cloud/elb/routing.h"
#include "sim/core/event_loop.h"
#include "sim/core/random.h"
#include "sim/core/wide.h"
#include "sim/core/workers.h"
#include "sim/database/database.h"
#include "sim/dataplane/ledger.h"
#include "sim/traffic/source.h"

namespace steady::dataplane {

class NodeMetrics;

/// What one request that is sent by hand sees: a browser's refresh, an engine's probe.
struct Page {
  int status = 0;
  std::string version;  ///< Revision that answered, or "".
  std::string body;
};

/// What was seen of the one request that is watched while it was carried; the rest is its record.
struct Watched {
  std::uint16_t source = 0xFFFF;  ///< 0xFFFF: nobody is watched
  std::uint64_t index = ~std::uint64_t{0};
  SimTime started = kNever;    ///< a worker took it
  SimTime answered = kNever;   ///< the app is done with it, whether anybody still waits or not
  std::size_t candidates = 0;  ///< targets that its node could choose from
  bool fail_open = false;
  SimTime connected = kNever;  ///< through a Network load balancer: when its connection was opened
};

/// Carries every request from its sending to its end, between two control events, in order of
/// sending and without an event of its own: for a FIFO station of c workers the start of a request
/// is known when it is accepted (Kiefer and Wolfowitz 1955), so its outcome is. Kills, drains,
/// closed connections and changes of speed revise the few requests that are open there.
///
/// No allocation per request, no virtual call but the algorithm's, memory bounded by what is in
/// flight.
class DataPlane final : public app::RequestPlane {
 public:
  using GroupId = app::GroupId;
  using TargetId = app::TargetId;
  struct Limits {
    std::uint64_t requests = 2'000'000'000;
  };

  /// Finds the listener that a source sends to; nothing when there is none (any more).
  using FrontendLookup =
      std::function<elb::Frontend*(std::string_view load_balancer, std::uint16_t port)>;
  /// State of a target for causes: "healthy", "draining", "initial", ...
  using TargetStateLookup = std::function<std::string(GroupId, TargetId)>;

  DataPlane(EventLoop& loop, app::Fleet& fleet, database::Database& database, RandomSource random,
            Limits limits);
  void set_lookups(FrontendLookup frontends, TargetStateLookup target_states);
  /// The load balancer that has this DNS name; "" when none has.
  using HostLookup = std::function<std::string(std::string_view host)>;
  void set_hosts(HostLookup hosts);
  /// Processes may get slower and faster during the run. Call it before the first request: what is
  /// needed to revise work is kept from then on.
  void expect_speed_changes();
  void add_source(const traffic::SourceSpec& spec);
  /// Before anything is sent: parts that are independent between two control events are carried
  /// side by side, with the same results. nullptr, at any time: alone from now on.
  void use(Workers* workers);
  /// Listeners were made or deleted: look them up again before the next request.
  void frontends_changed();

  /// Everything strictly before `until`. Called by the event loop's advance hook.
  void advance(SimTime until);
  /// Books what has ended up to now, so that the ledger can be read.
  void settle(SimTime now);
  /// At the end of a run: requests still open are followed to their end as things stand.
  void finish();

  /// Sends one request now and follows it to its end as things stand; not counted in the ledger.
  Page get(std::string_view load_balancer, std::uint16_t port);

  /// Called with each request when it is booked, in no order that means anything; for whoever wants
  /// every request and not only sums. Costs a string per request.
  void observe(std::function<void(const RequestRecord&)> observer);

  /// Counts what every node sees, minute by minute of the clock, from now on; `into_minute` is how
  /// far into a minute the run begins.
  void keep_metrics(SimDuration into_minute);
  NodeMetrics* metrics();  ///< nullptr when they are not kept

  /// Which client of a source's population sends a request, counted from 0; 0 without a population.
  std::uint32_t client_of(std::uint16_t source, std::uint64_t index) const;
  const traffic::SourceSpec& source(std::uint16_t number) const;
  std::size_t sources() const;

  /// Watches one request for `steady why`.
  void watch(std::uint16_t source, std::uint64_t index);
  const Watched& watched() const;

  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  std::uint64_t sent() const;
  std::uint64_t open() const;
  /// Requests that were carried many at a time; the others went one by one.
  std::uint64_t carried_in_batches() const;
  /// Of those: by several workers side by side.
  std::uint64_t carried_side_by_side() const;
  /// Checks conservation: sent = sum of outcomes + open. A difference is an InternalError.
  void check_conserved();
  /// Rolling digest over (source, index, sent, ended, outcome, cause) of all booked requests.
  std::uint64_t digest() const;

  /// One station's load, for reports and for Little's law: integral of requests held, in
  /// request-nanoseconds, and requests answered.
  struct StationSums {
    Uint128 held_ns = 0;
    std::uint64_t answered = 0;
  };
  StationSums station(app::ProcessId process) const;

  void cut_process(app::ProcessId process, app::Cut cut) override;
  void cut_target(GroupId group, TargetId target, app::Cut cut) override;
  void end_flows(GroupId group, TargetId target, app::Cut cut, bool told) override;
  void cut_node(std::string_view load_balancer, std::uint16_t node) override;
  void close_streams(app::ProcessId process) override;
  SimTime process_idle_at(app::ProcessId process) override;
  SimTime target_idle_at(GroupId group, TargetId target) override;
  app::QueuedCheck queued_check(app::ProcessId process) override;
  void change_speed(app::ProcessId process, std::int64_t speed) override;
  void keep_target_ends(SimDuration every) override;
  std::vector<app::TargetEnds> target_ends() override;

  ~DataPlane() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  Ledger ledger_;
};

}  // namespace steady::dataplane
