#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/app/request_plane.h"
#include "sim/dataplane/ledger.h"
#include "sim/fluid/books/bound.h"
#include "sim/fluid/books/latencies.h"

namespace steady::fluid {

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

/// Adds up expected numbers, and makes whole requests of them in the end: nobody is lost or made,
/// what is rounded off is carried to the next stretch of time.
class Books {
 public:
  /// So many end so.
  void lose(SegmentId segment, VersionId version, End end, app::ProcessId process, Amount amount);
  /// So many of `served` end as planned.
  void serve(const Served& served, app::ProcessId process, double mass);
  /// Of those who were sent evenly over these ages before a moment, `mass` in all: those who have
  /// ended by that moment are booked; gives how many have not.
  Amount serve_until(const Served& served, app::ProcessId process, double mass, Ages ages);
  /// Requests whose latency is in doubt beyond what their waits say.
  void doubt_rank(double mass) { rank_doubt_ += mass; }
  /// Variance of the number that saturated workers serve.
  void vary_served(double variance) { served_variance_ += variance; }
  void doubt_answers(SimDuration width, double mass);

  /// Shares have changed: whose turn it is in a round is known to one request a node.
  void corners(std::size_t nodes) { corners_ += static_cast<double>(nodes); }

  /// Writes all into the ledger, in whole requests.
  /// `sent` is their number, `arrivals` the variance of it.
  void close(dataplane::Ledger& ledger, std::uint64_t sent, double arrivals);
  const Bound& bound() const { return bound_; }
  std::uint64_t digest() const { return digest_; }

 private:
  using Cell = std::tuple<SegmentId, VersionId, End>;
  void write_segment(dataplane::Ledger& ledger, SegmentId segment, bool last, std::uint64_t sent);
  void write_latencies(Histogram& latency, SegmentId segment, VersionId version,
                       std::uint64_t count);
  void note(std::uint64_t a, std::uint64_t b, std::uint64_t c);
  void write_processes(dataplane::Ledger& ledger) const;
  void make_bound(double arrivals);
  void note_bound();
  void bound_latency(double variance, double doubt);

  std::map<Cell, Amount> cells_;
  Latencies latencies_;
  std::map<std::pair<CauseId, app::ProcessId>, double> by_process_;
  std::map<std::pair<VersionId, End>, double> carried_;  ///< with End{}: ok
  std::map<CauseId, std::uint64_t> written_;             ///< dropped, by cause
  double rank_doubt_ = 0, served_variance_ = 0, moved_ = 0, corners_ = 0;
  double summed_ = 0;        ///< masses of the segments that are written
  std::uint64_t given_ = 0;  ///< whole requests of them
  Bound bound_;
  std::uint64_t digest_ = 0;
};

/// Whole numbers that add up to `sum`, near the given ones: the largest fractions are rounded up.
std::vector<std::uint64_t> apportion(const std::vector<double>& shares, std::uint64_t sum);

}  // namespace steady::fluid
