#pragma once

#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "sim/cloud/elb/algorithms/least_outstanding_requests.h"
#include "sim/dataplane/impl.h"

namespace steady::dataplane {

/// Carries the requests of a world in which nothing but service happens to most of them, many at a
/// time and with the results of carry(): one source and one listener that are simple, and targets
/// whose apps are. A request that is not so is given to carry() in its turn.
///
/// Between two control events nobody can change what was planned. So a request that ends before
/// the next one is booked as soon as it is accepted, and the others wait as a few words; they
/// become open requests of their stations when somebody looks for them there.
struct DataPlane::Impl::Batched {
  explicit Batched(Impl& all) : plane(all) {}

  /// Takes what is sent before `until`; false when something is left, since this world is not
  /// simple now.
  bool run(SimTime until);
  /// Books what has ended by `now`; the rest become open requests of their stations.
  void spill(SimTime now);
  /// Books what has ended by `now`.
  void settle(SimTime now);
  std::uint64_t open() const { return waiting.size(); }
  std::uint64_t taken = 0;  ///< requests that carry() never saw

 private:
  /// Where a request went; by number in what waits.
  struct Home {
    app::ProcessId process = 0;
    std::uint32_t target = 0;
    std::uint16_t node = 0;
    VersionId version = 0;
  };
  struct Waiting {
    SimTime sent{}, end{};
    std::uint64_t index_and_segment = 0;  ///< 48 and 16 bits
    std::uint32_t home = 0;
    std::uint64_t index() const { return index_and_segment >> 16; }
    SegmentId segment() const { return static_cast<SegmentId>(index_and_segment); }
  };
  struct Place {
    Station* station = nullptr;  ///< of a simple target, from its first request on
    std::uint32_t backlog = 0, home = 0;
    std::uint16_t tally = 0, service = 0;
    bool simple = false;
  };
  struct Node {
    const elb::Algorithm* algorithm = nullptr;
    std::uint64_t version = 0;
    std::size_t* turn = nullptr;
    elb::LeastOutstandingRequests* least = nullptr;
    std::vector<Place> places;
    bool turned = false;
  };
  /// Sums of one version in the current segment.
  struct Tally {
    VersionId version = 0;
    Sums* sums = nullptr;
  };
  struct Service {
    const Distribution* of = nullptr;
    std::vector<std::int64_t> ns;
  };

  bool look(Source& source, SimTime until);
  void look_at(Node& node, const elb::NodeGroup& group);
  void find_tallies();
  void draw(Source& source);
  void meet(Place& place, std::uint16_t node, const elb::RouteTarget& target);
  template <bool kLeast>
  void take(Source& source, std::size_t end, SimTime until);
  void book(const Waiting& one);

  Impl& plane;
  const elb::Frontend* frontend = nullptr;
  std::uint64_t fleet_changes = ~std::uint64_t{0};
  SegmentId segment = 0;
  SimDuration limit{0};  ///< longer requests end for another reason than the app's answer
  std::vector<Node> nodes;
  std::vector<Tally> tallies;
  std::vector<Service> services;
  std::uint64_t drawn = ~std::uint64_t{0};  ///< the batch for which service times are known
  std::vector<Home> homes;
  std::map<std::tuple<std::uint16_t, std::uint32_t, app::ProcessId>, std::uint32_t> home_ids;
  std::vector<Waiting> waiting;
  std::size_t sweep_at = 256;
  bool strays = false;  ///< carry() left requests in stations that nobody may ask for long
};

}  // namespace steady::dataplane
