#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/dataplane/ledger.h"
#include "sim/fluid/queues/law.h"

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

/// Of what a wait is known: expected, at the least, at the most.
inline constexpr std::size_t kWays = 3, kMost = 2;

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
  SimDuration wait_of(std::size_t way) const {
    return way == 0 ? wait : way == 1 ? least_wait : most_wait;
  }
  bool is_certain() const { return least_wait == wait && most_wait == wait; }
};

/// How old requests are at a moment that were sent evenly over a stretch of time before it.
struct Ages {
  SimDuration from{0}, to{0};  ///< oldest, youngest
  /// The share of them that is `age` or older.
  double reached(SimDuration age) const;
};

/// How long those took who ended ok, as masses over the buckets of a histogram.
///
/// What is added is not spread over the buckets at once: those who are served alike are kept as one
/// number, and those of them whom a cut cut short by how old they were. A latency of x is there of
/// all who were older than x at their cut, so that a cut costs the few buckets between its oldest
/// and its youngest requests, and the law is gone through once for each kind, in spread().
class Latencies {
 public:
  /// So many of `served` end as planned, and so many of them ok.
  void add(const Served& served, double mass, double ok);
  /// So many are cut at these ages; `ok` of them had ended well before.
  void add_cut(const Served& served, double mass, double ok, Ages ages);
  /// Spreads all that was added.
  void spread();

  /// Of one version in one segment; after spread().
  struct Of {
    std::vector<double> sure;         ///< alike in all ways
    std::vector<double> ways[kWays];  ///< beside it
    std::vector<double> nanoseconds;  ///< mass x latency, as expected
    /// As expected, with `sure`.
    double mass_of(std::size_t bucket) const;
    double total() const;
    std::size_t size() const;
  };
  const std::map<std::pair<SegmentId, VersionId>, Of>& all() const { return of_; }
  /// Over all segments and versions, each way with what is sure.
  std::vector<double> masses(std::size_t way) const;

 private:
  struct Kind {
    Served served;
    double whole = 0;  ///< not cut
    double ok = 0;     ///< of all, as expected
    /// Of the cut, by bucket: those of whom the youngest just reached it, and those of whom a part
    /// did, by how many. Empty without a cut.
    std::vector<double> reach, part;
  };
  Kind& kind_of(const Served& served);
  void spread(const Kind& kind);
  void spread_way(const Kind& kind, const std::vector<double>& reached, std::size_t way, Of& to);

  std::map<decltype(Served{}.key()), Kind> kinds_;
  std::map<std::pair<SegmentId, VersionId>, Of> of_;
};

/// A latency in the middle of its bucket, which is nowhere wrong by more than 0.4 %.
inline SimDuration middle_of(std::uint32_t bucket) {
  return SimDuration{(Histogram::bucket_low(bucket) + Histogram::bucket_high(bucket)) / 2};
}

}  // namespace steady::fluid
