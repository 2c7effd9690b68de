#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "sim/core/histogram.h"
#include "sim/core/time.h"

namespace steady::elb {
struct Redirect;
}

namespace steady::dataplane {

struct Place;

/// How a request ends: exactly one of these (product.md, "What the words mean").
enum class Outcome : std::uint8_t {
  kOk,
  kAppError,
  kRefused,
  kReset,
  kNoTarget,
  kTimeout,
  kOverflow,
  kClientGaveUp
};
inline constexpr std::size_t kOutcomes = 8;
std::string_view name(Outcome outcome);  ///< "ok", "app_error", "refused", ...

/// From one request of a client to what it asks for after it, in the index; so it is with the n-th
/// connection of a stream's client.
inline constexpr std::uint64_t kAgain = std::uint64_t{1} << 40;

using VersionId = std::uint16_t;  ///< 0: no version answered or was reached.
using CauseId = std::uint16_t;    ///< 0: none (ok).
using SegmentId = std::uint16_t;

/// One cause with everything that names it: what ended the request and in which state the target
/// was.
struct Cause {
  Outcome outcome{};
  int status = 0;            ///< What the client saw; 0 when it saw none (it gave up).
  std::string component;     ///< "load balancer", "target", "app", "client", "database"
  std::string text;          ///< "deregistration delay over with requests in flight"
  std::string target_state;  ///< State of the target at that moment: "draining", "healthy", ...
  bool operator<(const Cause&) const;
};

/// Sums of one stretch of time, by version.
struct Sums {
  std::array<std::uint64_t, kOutcomes> by_outcome{};
  std::map<CauseId, std::uint64_t> by_cause;  ///< Without ok.
  Histogram latency;  ///< Of ok requests, from the intended sending to the last byte.
  std::uint64_t expected_errors = 0;  ///< Part of app_error that does not count as dropped.
  /// Attempts that failed and were sent again: no request's end, so in no sum above.
  std::map<CauseId, std::uint64_t> retried_by_cause;
  /// Of ok requests whose clients may hold them back (SourceSpec::holds_back): from the moment at
  /// which they were really sent. What a load generator that waits for answers would report.
  Histogram as_sent;
  std::uint64_t missing_assets = 0;  ///< Part of ok: answered 404 by another version.
  std::uint64_t hedges = 0;          ///< Attempts sent beside another that had no answer yet.
  std::uint64_t redirected = 0;      ///< Attempts answered with a redirect that was not the end.
  std::uint64_t retried() const;
  std::uint64_t attempts() const { return total() + retried() + hedges + redirected; }
  std::uint64_t total() const;
  std::uint64_t dropped() const;
  void merge(const Sums& other);
};

/// One request as the ledger keeps it when asked to (drops, and traced ones).
struct RequestRecord {
  std::uint64_t index = 0;  ///< Within its source.
  std::uint16_t source = 0;
  std::uint16_t attempt = 0;  ///< 0 for the first; of a request's record: how many came before
  bool retried = false;       ///< This is an attempt that is not the request's end.
  bool asset = false;         ///< Asked for by a page.
  bool beside = false;        ///< Nor is it sent again: another attempt was open.
  bool redirected = false;    ///< Nor is it: its answer was a redirect, and the client went on.
  /// From the first attempt on; of a retried attempt: its own.
  SimTime sent_at{}, ended_at{};
  SimTime attempt_at{};  ///< When this attempt was sent.
  VersionId version = 0;
  CauseId cause = 0;
  Outcome outcome{};
  std::string target;  ///< Endpoint name, "" when none was chosen.
  std::uint16_t node = 0;
  bool opens = false;                   ///< It opened a flow through a Network load balancer.
  std::uint16_t rule = 0;               ///< Priority of the listener rule; 0: the default action.
  std::uint32_t group = 0xFFFFFFFFU;    ///< Target group that got it; all ones: none did.
  std::uint32_t process = 0xFFFFFFFFU;  ///< That took it; all ones when none did.
  std::uint32_t last_process = 0xFFFFFFFFU;  ///< That took the target's requests so far.
  std::uint32_t target_id = 0xFFFFFFFFU;     ///< Of the target; all ones when none was chosen.
  bool fail_open = false;                    ///< No candidate was healthy when it was chosen.
  SimDuration queued{0};  ///< It waited so long at its node before it was sent to the target.
  SimDuration read{0};    ///< Its answer was being read for so long, when it ended.
  const elb::Redirect* redirect = nullptr;  ///< What answered it; lives as long as the data plane.
  const Place* place = nullptr;  ///< Where redirects had led it; the same. None: its source's.
};

/// The order of drops: by their end.
inline bool earlier(const RequestRecord& a, const RequestRecord& b) {
  return std::tie(a.ended_at, a.source, a.index) < std::tie(b.ended_at, b.source, b.index);
}

/// Counts every request once. Time is cut into segments at the moments at which some expectation's
/// window opens or closes, and a request belongs to the segment in which it was sent; any window is
/// then a sum of segments.
class Ledger {
 public:
  /// A new segment begins now; requests sent from now on belong to it.
  SegmentId cut(SimTime at);
  SegmentId current() const { return static_cast<SegmentId>(segments_.size() - 1); }
  /// [begin, end) of a segment; end is kNever for the current one.
  std::pair<SimTime, SimTime> span(SegmentId segment) const;
  std::size_t segment_count() const { return segments_.size(); }

  VersionId version(std::string_view name);
  const std::vector<std::string>& versions() const { return versions_; }
  CauseId cause(const Cause& cause);
  const Cause& cause(CauseId id) const { return causes_[id]; }
  std::size_t cause_count() const { return causes_.size(); }

  void add(SegmentId segment, VersionId version, Outcome outcome, CauseId cause,
           SimDuration latency, bool expected_error) {
    Sums& sums = sums_of(segment, version);
    ++sums.by_outcome[static_cast<std::size_t>(outcome)];
    if (outcome == Outcome::kOk) return sums.latency.add(latency);
    ++sums.by_cause[cause];
    if (expected_error) ++sums.expected_errors;
  }
  /// Many that were answered.
  void add_answered(SegmentId segment, VersionId version, const Histogram& latency) {
    Sums& sums = sums_of(segment, version);
    sums.by_outcome[0] += latency.count();
    sums.latency.merge(latency);
  }
  /// Where they are counted; good until another version of the segment is asked for.
  Sums& sums_of(SegmentId segment, VersionId version) {
    auto& by_version = segments_[segment].by_version;
    if (by_version.size() <= version) by_version.resize(version + std::size_t{1});
    return by_version[version];
  }
  /// An attempt that was sent in this segment failed and is sent again.
  void add_retried(SegmentId segment, VersionId version, CauseId cause);

  void add_as_sent(SegmentId segment, VersionId version, SimDuration latency) {
    sums_of(segment, version).as_sent.add(latency);
  }
  void add_missing_asset(SegmentId segment, VersionId version) {
    ++sums_of(segment, version).missing_assets;
  }
  void add_redirected(SegmentId segment) { ++sums_of(segment, 0).redirected; }
  void add_hedge(SegmentId segment) { ++sums_of(segment, 0).hedges; }

  /// Sums over the segments that lie in [from, to); moments must be segment bounds.
  Sums sum(SimTime from, SimTime to) const;
  Sums sum(SimTime from, SimTime to, VersionId version) const;
  Sums total() const { return sum(kStart, kNever); }

  /// All drops by the process that had them (all ones for none) and their cause.
  std::map<std::pair<std::uint32_t, CauseId>, std::uint64_t> dropped_by_process;

  /// Kept: the first `keep_drops` drops, in order of their end when the run is over, whatever the
  /// order in which they are booked.
  std::vector<RequestRecord> drops;
  std::size_t keep_drops = 1000;

  /// Whether a drop is among the first.
  bool wants(SimTime ended_at, std::uint16_t source, std::uint64_t index) const {
    if (drops.size() < keep_drops) return true;
    if (drops.empty()) return false;
    const RequestRecord& last = drops.front();
    return std::tie(ended_at, source, index) < std::tie(last.ended_at, last.source, last.index);
  }
  void keep(RequestRecord record);

  Ledger();

 private:
  struct Segment {
    SimTime begin;
    std::vector<Sums> by_version;
  };
  std::vector<Segment> segments_;
  std::vector<std::string> versions_;
  std::vector<Cause> causes_;
  std::map<Cause, CauseId> cause_ids_;
};

}  // namespace steady::dataplane
