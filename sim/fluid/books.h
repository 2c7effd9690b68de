#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/dataplane/ledger.h"
#include "sim/fluid/bound.h"
#include "sim/fluid/law.h"

namespace steady::fluid {

using dataplane::CauseId;
using dataplane::Outcome;
using dataplane::SegmentId;
using dataplane::VersionId;

/// A way to end other than ok.
struct End {
  Outcome outcome = Outcome::kOk;
  CauseId cause = 0;
  bool expected = false;
  auto operator<=>(const End&) const = default;
};

/// An expected number and how far an exact run may be from it: the variance of what is drawn, and
/// what the model itself does not know.
struct Amount {
  double mass = 0, variance = 0, doubt = 0;
  void add(const Amount& other) {
    mass += other.mass;
    variance += other.variance;
    doubt += other.doubt;
  }
};

/// What all have in common who are served alike: they end ok, with the app's error, or late.
struct Served {
  SegmentId segment = 0;
  VersionId version = 0;
  const Law* law = nullptr;
  std::uint32_t law_number = 0;  ///< in order of appearance: addresses decide nothing
  SimDuration wait{0}, least_wait{0}, most_wait{0};
  SimDuration patience{0};  ///< Whoever takes longer ends `late` after this time.
  End late;
  End error;
  std::uint32_t errors_per_million = 0;

  auto key() const {
    return std::tuple(segment, version, law_number, wait, least_wait, most_wait, patience, late,
                      error, errors_per_million);
  }
  /// The chance of a latency of `x` or more.
  double at_least(SimDuration x) const { return law->at_least(x - wait); }
};

/// Adds up expected numbers, and makes whole requests of them in the end: nobody is lost or made,
/// what is rounded off is carried to the next stretch of time.
class Books {
 public:
  /// So many end so.
  void lose(SegmentId segment, VersionId version, End end, app::ProcessId process, Amount amount);
  /// So many of `served` end as planned.
  void serve(const Served& served, app::ProcessId process, double mass);
  /// Of those who were sent evenly over [age_to, age_from] before a moment, `mass` in all: those
  /// who have ended by that moment are booked; gives how many have not.
  double serve_until(const Served& served, app::ProcessId process, double mass,
                     SimDuration age_from, SimDuration age_to);
  /// Requests whose latency is in doubt beyond what their waits say.
  void doubt_rank(double mass) { rank_doubt_ += mass; }
  void doubt_answers(SimDuration width, double mass);

  /// Shares have changed: whose turn it is in a round is known to one request a node.
  void corners(std::size_t nodes) { corners_ += static_cast<double>(nodes); }

  /// Writes all into the ledger, in whole requests.
  /// `sent` is their number, `arrivals` the variance of it.
  void close(dataplane::Ledger& ledger, std::uint64_t sent, double arrivals);
  const Bound& bound() const { return bound_; }
  std::uint64_t digest() const { return digest_; }

 private:
  static constexpr std::size_t kWays = 3;  ///< as expected, at the least, at the most
  /// Masses by bucket of latency.
  struct Latencies {
    std::vector<double> mass[kWays];
    std::vector<double> nanoseconds;  ///< mass x latency, as expected
  };
  using Cell = std::tuple<SegmentId, VersionId, End>;
  struct Kept {
    Served served;
    double mass = 0;
    std::map<app::ProcessId, double> by_process;
  };
  /// Ages of requests at a moment; without one all have ended.
  struct Ages {
    SimDuration from{0}, to{0};
    bool all_ended = true;
    /// The share of them that is `age` or older.
    double reached(SimDuration age) const;
  };
  /// Books `mass` that has ended over its latencies; gives what ended not ok, and the late part.
  struct Spread {
    double late = 0, errors = 0;
  };
  Spread spread(const Served& served, double mass, const Ages& ages);
  Spread spread_way(const Served& served, SimDuration wait, std::size_t way, double mass,
                    const Ages& ages);
  static void add_latency(Latencies& to, std::size_t way, SimDuration value, double mass);
  void lose_parts(const Served& served, const Spread& lost,
                  const std::map<app::ProcessId, double>& by_process, double mass);
  void write_segment(dataplane::Ledger& ledger, SegmentId segment, bool last, std::uint64_t sent);
  void write_latencies(Histogram& latency, SegmentId segment, VersionId version,
                       std::uint64_t count);
  void note(std::uint64_t a, std::uint64_t b, std::uint64_t c);
  void write_processes(dataplane::Ledger& ledger) const;
  void make_bound(double arrivals);
  void bound_latency(double variance, double doubt);

  std::map<decltype(Served{}.key()), Kept> kept_;
  std::map<Cell, Amount> cells_;
  std::map<std::pair<SegmentId, VersionId>, Latencies> latencies_;
  std::map<std::pair<CauseId, app::ProcessId>, double> by_process_;
  std::map<std::pair<VersionId, End>, double> carried_;  ///< with End{}: ok
  std::map<CauseId, std::uint64_t> written_;             ///< dropped, by cause
  double rank_doubt_ = 0, moved_ = 0, corners_ = 0;
  double summed_ = 0;        ///< masses of the segments that are written
  std::uint64_t given_ = 0;  ///< whole requests of them
  Bound bound_;
  std::uint64_t digest_ = 0;
};

/// Whole numbers that add up to `sum`, near the given ones: the largest fractions are rounded up.
std::vector<std::uint64_t> apportion(const std::vector<double>& shares, std::uint64_t sum);

}  // namespace steady::fluid
