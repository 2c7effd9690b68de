#include "sim/dataplane/ledger.h"

#include <algorithm>
#include <tuple>

#include "sim/core/check.h"

namespace steady::dataplane {

std::string_view name(Outcome outcome) {
  static constexpr std::string_view kNames[kOutcomes] = {
      "ok", "app_error", "refused", "reset", "no_target", "timeout", "overflow", "client_gave_up"};
  return kNames[static_cast<std::size_t>(outcome)];
}

bool Cause::operator<(const Cause& other) const {
  return std::tie(outcome, status, component, text, target_state) <
         std::tie(other.outcome, other.status, other.component, other.text, other.target_state);
}

std::uint64_t Sums::total() const {
  std::uint64_t sum = 0;
  for (const auto n : by_outcome) sum += n;
  return sum;
}

std::uint64_t Sums::dropped() const { return total() - by_outcome[0] - expected_errors; }

std::uint64_t Sums::retried() const {
  std::uint64_t sum = 0;
  for (const auto& [cause, n] : retried_by_cause) sum += n;
  return sum;
}

void Sums::merge(const Sums& other) {
  for (std::size_t i = 0; i < kOutcomes; ++i) by_outcome[i] += other.by_outcome[i];
  for (const auto& [cause, n] : other.by_cause) by_cause[cause] += n;
  for (const auto& [cause, n] : other.retried_by_cause) retried_by_cause[cause] += n;
  latency.merge(other.latency);
  as_sent.merge(other.as_sent);
  missing_assets += other.missing_assets;
  hedges += other.hedges;
  redirected += other.redirected;
  expected_errors += other.expected_errors;
}

Ledger::Ledger() {
  segments_.push_back({kStart, {}});
  versions_.emplace_back();
  causes_.emplace_back();
}

SegmentId Ledger::cut(SimTime at) {
  constexpr std::size_t kMost = 60'000;
  if (segments_.size() >= kMost)
    throw LimitReached("the run has more than 60000 windows of expectations");
  STEADY_CHECK(segments_.back().begin <= at, "a segment of the ledger begins before the last one");
  if (segments_.back().begin == at && segments_.back().by_version.empty()) return current();
  segments_.push_back({at, {}});
  return current();
}

std::pair<SimTime, SimTime> Ledger::span(SegmentId segment) const {
  const std::size_t next = segment + std::size_t{1};
  return {segments_[segment].begin, next < segments_.size() ? segments_[next].begin : kNever};
}

VersionId Ledger::version(std::string_view name) {
  const auto found = std::ranges::find(versions_, name);
  if (found != versions_.end()) return static_cast<VersionId>(found - versions_.begin());
  versions_.emplace_back(name);
  return static_cast<VersionId>(versions_.size() - 1);
}

CauseId Ledger::cause(const Cause& cause) {
  const auto [place, fresh] = cause_ids_.try_emplace(cause, static_cast<CauseId>(causes_.size()));
  if (fresh) causes_.push_back(cause);
  return place->second;
}

/// The last of those that are kept stands in front: the heap is by time, latest first.
void Ledger::keep(RequestRecord record) {
  if (drops.size() >= keep_drops) {
    std::ranges::pop_heap(drops, earlier);
    drops.pop_back();
  }
  drops.push_back(std::move(record));
  std::ranges::push_heap(drops, earlier);
}

void Ledger::add_retried(SegmentId segment, VersionId version, CauseId cause) {
  ++sums_of(segment, version).retried_by_cause[cause];
}

Sums Ledger::sum(SimTime from, SimTime to) const {
  Sums all;
  for (const auto& segment : segments_) {
    if (segment.begin < from || segment.begin >= to) continue;
    for (const auto& sums : segment.by_version) all.merge(sums);
  }
  return all;
}

Sums Ledger::sum(SimTime from, SimTime to, VersionId version) const {
  Sums all;
  for (const auto& segment : segments_) {
    if (segment.begin < from || segment.begin >= to || segment.by_version.size() <= version)
      continue;
    all.merge(segment.by_version[version]);
  }
  return all;
}

}  // namespace steady::dataplane
