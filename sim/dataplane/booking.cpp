#include "sim/dataplane/impl.h"

/// A request has ended: it is counted once, and kept where somebody asked for it.
namespace steady::dataplane {

void DataPlane::Impl::book(const Open& open) {
  const VersionId version =
      open.process == app::Fleet::kNone ? VersionId{0} : served[open.process]->version;
  ledger.add(open.segment, version, open.outcome, open.cause, open.end - open.sent, open.expected);
  ++booked;
  const auto as_word = [](SimTime t) {
    return static_cast<std::uint64_t>(t.time_since_epoch().count());
  };
  // A sum of mixes does not depend on the order in which requests are booked.
  digest +=
      mix64(mix64(mix64(open.index * 64 + open.source) ^ as_word(open.sent)) ^ as_word(open.end) ^
            (std::uint64_t{open.cause} << 40) ^ static_cast<std::uint64_t>(open.outcome));
  if (open.outcome != Outcome::kOk || observer) book_drop(open, version);
}

void DataPlane::Impl::book_drop(const Open& open, VersionId version) {
  const bool dropped = open.outcome != Outcome::kOk && !open.expected;
  if (dropped) ++ledger.dropped_by_process[{open.process, open.cause}];
  const bool keep = dropped && ledger.drops.size() < ledger.keep_drops;
  if (!keep && !observer) return;
  RequestRecord record;
  record.index = open.index;
  record.source = open.source;
  record.sent_at = open.sent;
  record.ended_at = open.end;
  record.version = version;
  record.cause = open.cause;
  record.outcome = open.outcome;
  record.node = open.node;
  record.process = open.process;
  record.target = open.target == kNoTarget ? "" : target_name(open.target);
  if (observer) observer(record);
  if (keep) ledger.drops.push_back(std::move(record));
}

std::string DataPlane::Impl::target_name(std::uint32_t target) const {
  return target < endpoint_of_target.size() ? fleet.endpoint_name(endpoint_of_target[target]) : "";
}

CauseId DataPlane::Impl::cause(Outcome outcome, int status, const char* component,
                               std::string_view text, app::GroupId group, std::uint32_t target) {
  Cause c;
  c.outcome = outcome;
  c.status = status;
  c.component = component;
  c.text = text;
  if (target != kNoTarget && target_states) c.target_state = target_states(group, target);
  return ledger.cause(c);
}

}  // namespace steady::dataplane
