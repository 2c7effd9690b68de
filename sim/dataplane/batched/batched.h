#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "sim/cloud/elb/algorithms/least_outstanding_requests.h"
#include "sim/core/vector_units.h"
#include "sim/core/workers.h"
#include "sim/dataplane/batched/accepted.h"
#include "sim/dataplane/impl.h"

namespace steady::dataplane {

/// Carries the requests of a world in which nothing but service happens to most of them, many at a
/// time and with the results of carry(): one source and one listener that are simple, and targets
/// whose apps are. A request that is not so is given to carry() in its turn.
///
/// Between two control events nobody can change what was planned. So requests
/// wait as a few words each, and those that have ended, or do before the next one, are booked many
/// at a time; the rest become open requests of their stations when somebody looks for them there.
///
/// With several workers each has stations of its own, as long as who gets a request does not
/// depend on when others end; each books for itself, and sums do not depend on their order.
struct DataPlane::Impl::Batched {
  explicit Batched(Impl& all) : plane(all), parts(1) {}

  /// From now on with these; nullptr: alone.
  void use(Workers* others);
  /// Takes what is sent before `until`; false when something is left, since this world is not
  /// simple now.
  bool run(SimTime until);
  /// Books what has ended by `now`; the rest become open requests of their stations.
  void spill(SimTime now);
  /// Books what has ended by `now`.
  void settle(SimTime now);
  std::uint64_t open() const;
  std::uint64_t taken = 0;   ///< requests that carry() never saw
  std::uint64_t shared = 0;  ///< of those: by several workers

 private:
  /// Where a request went; by number in what waits.
  struct Home {
    app::ProcessId process = 0;
    std::uint32_t target = 0;
    std::uint16_t node = 0;
    VersionId version = 0;
  };
  struct Waiting {
    Waiting(const Accepted& all, std::size_t i)
        : sent(all.sent[i]), end(all.end[i]), number(all.number[i]), home(all.home[i]) {}
    SimTime sent{}, end{};
    std::uint64_t number = 0;
    std::uint32_t home = 0;
    std::uint64_t index() const { return number >> 16; }
    SegmentId segment() const { return static_cast<SegmentId>(number); }
  };
  struct alignas(32) Place {
    Station* station = nullptr;  ///< of a simple target, from its first request on
    std::uint32_t home = 0;
    app::TargetId target = 0;
    std::uint16_t tally = 0, service = 0, part = 0;
    bool simple = false;
    /// Inline, or compilers think that it does nothing.
    STEADY_INLINE void prefetch() const {
      __builtin_prefetch(station, 1);
      __builtin_prefetch(reinterpret_cast<const char*>(station) + 64, 1);
    }
  };
  struct Node {
    const elb::Algorithm* algorithm = nullptr;
    std::uint64_t version = 0;
    std::size_t* turn = nullptr;
    elb::LeastOutstandingRequests* least = nullptr;
    std::vector<Place> places;
    std::size_t unmet = 0;  ///< places without a station yet
    bool turned = false, all_simple = false;
    /// By worker: the places whose stations it has, rising; made when all are met.
    std::vector<std::vector<std::uint32_t>> own;
    /// Whose turn is next.
    std::size_t after(std::size_t chosen) const {
      return chosen + 1 == places.size() ? 0 : chosen + 1;
    }
  };
  struct Service {
    const Distribution* of = nullptr;
    std::vector<std::int64_t> ns;
    std::uint64_t drawn = 0;  ///< the batch for which they are
    bool used = false;
  };
  /// A request of the batch for which carry() has to decide what its client sees.
  struct Odd {
    std::size_t place = 0;  ///< in the batch
    std::uint32_t home = 0;
    SimTime done{};  ///< kNever: its target was full
  };
  /// What one worker keeps.
  struct alignas(128) Part {
    struct Turn {
      std::size_t of = 0;
      bool taken = false;
    };
    std::vector<Turn> turns;  ///< by node, as far as it has looked
    Accepted waiting, ended;  ///< the second: for a moment
    std::vector<std::int64_t> latency;
    std::size_t sweep_at = 512;
    std::vector<Histogram> answered;  ///< of the segment, by tally
    std::vector<Waiting> older;       ///< ended, of segments before
    std::vector<Odd> odd;
    std::uint64_t digest = 0;
  };

  struct Wide;
  struct Plain;
  bool look(Source& source, SimTime until);
  void look_at(Node& node, const elb::NodeGroup& group);
  void fold();
  void refill(Source& source);
  void begin_draft(Source& source, std::uint64_t first);
  void draw(Source& source);
  void meet(Place& place, std::size_t node, std::size_t chosen);
  std::size_t node_of(const Source& source, std::size_t i) const {
    const std::size_t count = nodes.size();
    return count == 1 ? 0
                      : static_cast<std::size_t>((std::uint64_t{source.nodes[i]} * count) >> 32);
  }
  /// The requests of the batch from its next one to `end`, which are sent before `until`.
  void take(Source& source, std::size_t end, SimTime until, bool least);
  template <bool kLeast, class Sort>
  void take_with(Source& source, std::size_t end);
  /// When it is answered; kNever, and nothing has happened, when something else comes in between.
  template <class Sort, bool kSeldomWaits>
  SimTime serve(Part& part, const Place& place, const Source& source, std::size_t i);
  void take_side_by_side(Source& source, std::size_t end, SimTime until);
  /// Of the same requests those whose stations the worker of that number has.
  void serve_own(unsigned number, const Source& source, std::size_t end);
  template <class Sort>
  void serve_own_with(unsigned number, const Source& source, std::size_t end);
  template <class Sort>
  void serve_or_leave(Part& part, const Place& place, const Source& source, std::size_t i);
  void meet_all(const Source& source, std::size_t end);
  void see_odd(Source& source);
  /// Books what has ended by `now`.
  void sweep(Part& part, SimTime now);
  void book(Part& part, const Accepted& ended);
  void book(const Waiting& one);

  Impl& plane;
  Workers* workers = nullptr;
  const elb::Frontend* frontend = nullptr;
  std::uint64_t fleet_changes = ~std::uint64_t{0};
  SegmentId segment = 0;
  SimDuration limit{0};  ///< longer requests end for another reason than the app's answer
  std::vector<Node> nodes;
  std::vector<VersionId> tallies;
  std::vector<Service> services;
  std::vector<Home> homes;
  std::vector<std::uint16_t> tally_of_home;
  std::map<std::tuple<std::uint16_t, std::uint32_t, app::ProcessId>, std::uint32_t> home_ids;
  std::vector<Part> parts;
  static constexpr std::uint16_t kNoPart = 0xFFFF;
  std::vector<std::uint16_t> part_of;  ///< by process, in turn as they are met
  std::size_t shared_out = 0;
  std::uint64_t look_for_strays_at = 0;  ///< requests sent until then
  bool strays = false;  ///< carry() left requests in stations that nobody may ask for long
};

}  // namespace steady::dataplane
