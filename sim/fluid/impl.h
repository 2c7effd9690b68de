#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/fluid/books/books.h"
#include "sim/fluid/fluid_plane.h"
#include "sim/fluid/queues/station.h"

/// What the files of this module share; nobody outside sees it.
namespace steady::fluid {

/// A population of clients as a rate.
struct Source {
  traffic::SourceSpec spec;
  traffic::RateProfile profile;
  std::vector<SimTime> marks;  ///< between two of them the rate is taken as constant
  elb::Frontend* frontend = nullptr;

  /// Requests sent in [from, to).
  double sent(SimTime from, SimTime to) const;
  /// Bounds of its stretches after `from`, the next one; kNever when there is none.
  SimTime next_mark(SimTime from) const;
};

/// A share of one source's requests that meets the same until something changes.
struct Flow {
  std::uint16_t source = 0;
  double share = 0;                            ///< of the source's requests
  app::ProcessId process = app::Fleet::kNone;  ///< that takes them
  End lost;                                    ///< at once, where no process takes them
  elb::Frontend* frontend = nullptr;
  std::uint32_t target = ~std::uint32_t{0};
  Served served;     ///< of a process, or of an address that is gone
  double stale = 0;  ///< share of it that is lost to the keep-alive race
  End race;
  End full;              ///< where the backlog is
  double variation = 0;  ///< of the gaps between them, on each node
  double streams = 0;    ///< nodes from which they come
};

/// Requests of one flow that were sent evenly over [from, to) and may be open still.
struct Cohort {
  SimTime from{}, to{};
  double mass = 0;
  std::uint16_t source = 0;
  elb::Frontend* frontend = nullptr;
  std::uint32_t target = 0;
  bool cut = false;  ///< its clients have gone; the process works on
  Served served;
};

/// Requests whose target has gone without a word: they are open until their client or the balancer
/// gives up, so many of them sent evenly over [from, to).
struct Silence {
  SimTime from{}, to{};
  SimDuration patience{0};
  double mass = 0, doubt = 0;
  std::uint32_t target = 0;
  app::ProcessId process = app::Fleet::kNone;
  elb::Frontend* frontend = nullptr;
  SegmentId segment = 0;
  VersionId version = 0;
  End end;  ///< unless the balancer ends them before
};

struct Process {
  Process(const app::AppModel& m, const Law& law) : model(&m), station(m, law) {}
  const app::AppModel* model;
  VersionId version = 0;
  Station station;
  std::deque<Cohort> open;
  SimTime flowed{};  ///< up to here the station knows what came
  double rate = 0;   ///< that comes to it now
  std::vector<std::size_t> flows;
};

struct FluidPlane::Impl {
  EventLoop& loop;
  app::Fleet& fleet;
  database::Database& database;
  RandomSource random;
  dataplane::Ledger& ledger;
  Settings settings;
  FrontendLookup frontends;
  TargetStateLookup target_states;

  std::vector<Source> sources;
  std::vector<Flow> flows;
  std::vector<app::ProcessId> fed;  ///< processes that flows lead to
  std::vector<std::unique_ptr<Process>> processes;
  std::deque<Cohort> dark;  ///< sent to addresses that are gone
  std::vector<Silence> silent;
  std::vector<std::vector<app::ProcessId>> target_processes;
  std::map<const app::AppModel*, std::pair<std::unique_ptr<Law>, std::uint32_t>> laws;
  std::map<SimDuration, std::pair<std::unique_ptr<Law>, std::uint32_t>> constants;
  std::uint32_t law_count = 0;
  Books books;
  std::vector<Phase> phases;

  SimTime now{};      ///< how far the control plane is
  SimTime carried{};  ///< up to here everything is booked or open
  bool built = false, look_up = true, finished = false;
  SimTime unsettled{};  ///< until then shares change by themselves
  // What the flows were made of.
  struct Seen {
    const elb::Frontend* frontend = nullptr;
    std::uint64_t changes = 0;  ///< how often the candidates of its nodes were set
    SimDuration idle{0}, connect{0};
    bool exists = false;
    // What is not carried is looked at in build(), so it must get there.
    bool ruled = false, named = false, other_ways = false, mitigates = false;
    bool operator==(const Seen&) const = default;
    static Seen of(const elb::Frontend& frontend);
  };
  std::vector<Seen> seen;
  std::uint64_t fleet_changes = 0, database_version = 0;
  SegmentId segment = 0;
  std::uint64_t sent = 0;
  double arrivals = 0, arrivals_variance = 0;

  Impl(EventLoop& l, app::Fleet& f, database::Database& d, RandomSource r, dataplane::Ledger& g,
       Settings s)
      : loop(l), fleet(f), database(d), random(r), ledger(g), settings(s) {}

  // fluid_plane.cpp
  void advance(SimTime until);

  // routes.cpp
  void find_frontends();
  bool changed() const;
  void build();
  void build_source(std::uint16_t number);
  void build_node(std::uint16_t number, const elb::NodeGroup& node);
  void lead(std::uint16_t number, const elb::NodeGroup& node, std::size_t chosen, double share);
  Flow& flow_of(std::uint16_t number, const elb::RouteTarget& target, app::ProcessId process);
  void serve(Flow& flow, const elb::RouteTarget& target);
  void into_the_dark(Flow& flow);
  Process& process_of(app::ProcessId id);
  CauseId cause(Outcome outcome, int status, const char* component, std::string_view text,
                app::GroupId group, std::uint32_t target);
  std::pair<const Law*, std::uint32_t> law_of(const app::AppModel& model);
  std::pair<const Law*, std::uint32_t> law_of(SimDuration constant);
  std::vector<std::size_t> flow_at;  ///< by target, while a source's flows are made

  // carry.cpp
  void carry_to(SimTime until);
  void carry(SimTime from, SimTime to);
  /// Nothing came to it of late: its station empties up to `until`.
  void catch_up(Process& process, SimTime until);
  void carry_process(app::ProcessId id, SimTime from, SimTime to, const std::vector<double>& rates);
  void carry_flow(Process& process, app::ProcessId id, const Flow& flow, double rate,
                  const Phase& phase);
  static void open(std::deque<Cohort>& open, const Flow& flow, const Served& served,
                   const Phase& phase, double mass);
  void retire(std::deque<Cohort>& open, app::ProcessId id, SimTime until);

  // cuts.cpp
  void cut(Cohort& cohort, app::ProcessId id, app::Cut with, SimTime at);
  void fall_silent(const Cohort& cohort, app::ProcessId id, Amount left, End end,
                   SimDuration patience, SimTime at);
  /// The balancer ends what is open of them at `at`.
  void cut(const Silence& silence, app::Cut with, SimTime at);
  SimTime idle_at(const std::vector<const Cohort*>& open, bool for_clients, double rate);
};

/// What the client sees of a reset or a refusal (elb.md 1.10, 2.7).
inline int reset_status(const elb::Frontend& frontend) {
  return frontend.kind == elb::Kind::kClassic ? 504 : 502;
}
inline double seconds(SimDuration d) { return static_cast<double>(d.count()) * 1e-9; }

}  // namespace steady::fluid
