#include <algorithm>

#include "sim/dataplane/impl.h"

/// A request has ended: it is counted once, and kept where somebody asked for it.
namespace steady::dataplane {

/// An attempt has failed, and its client sends again.
void DataPlane::Impl::book_retried(const Open& open) {
  const VersionId version = version_of(open);
  ledger.add_retried(open.segment, version, open.cause);
  digest += digest_word(open, operations[open.operation].attempts + 128);
  if (tells_all) tell(open, version, true);
}

/// An attempt ends, and another one of the same request is open or was answered.
void DataPlane::Impl::book_beside(const Open& open) {
  const VersionId version = version_of(open);
  digest += digest_word(open, operations[open.operation].tries[open.lane].number + 192);
  if (tells_all) tell(open, version, true, true);
}

/// An attempt was answered with a redirect, and its client followed it, or would not follow it any
/// more.
void DataPlane::Impl::book_redirected(const Open& open) {
  digest += digest_word(open, operations[open.operation].tries[open.lane].number + 224);
  if (tells_all) tell(open, VersionId{0}, true, false, true);
}

/// What is counted besides of requests whose clients do more than send them.
void DataPlane::Impl::count_followed(const Open& open, SegmentId segment, VersionId version) {
  if (open.outcome != Outcome::kOk) return;
  const Operation& operation = operations[open.operation];
  if (sources[open.source].spec.holds_back())
    ledger.add_as_sent(segment, version, open.end - operation.began);
  // Of an asset the only answer of a process that has a cause is the 404.
  if (operation.wants != 0 && open.cause != 0 && open.process != app::Fleet::kNone)
    ledger.add_missing_asset(segment, version);
}

void DataPlane::Impl::tell(const Open& open, VersionId version, bool retried, bool beside,
                           bool redirected) {
  SimTime dispatched = open.sent;
  if (open.queued) {
    const auto on = sent_on.find({open.source, open.index, open.lane});
    if (on != sent_on.end()) {
      dispatched = on->second;
      sent_on.erase(on);
    }
  }
  if (metrics && open.frontend < states.size())
    metrics->ended(open.frontend, *states[open.frontend].frontend, open, open.cause, ledger,
                   dispatched, open.end - read_for(open));
  const bool dropped = !retried && open.outcome != Outcome::kOk && !open.expected;
  if (dropped) ++ledger.dropped_by_process[{open.process, open.cause}];
  const bool keep = dropped && ledger.wants(open.end, open.source, open.index);
  if (!keep && !observer) return;
  RequestRecord record;
  record.index = open.index;
  record.source = open.source;
  if (open.operation != kNoOperation) {
    const Operation& operation = operations[open.operation];
    record.attempt = static_cast<std::uint16_t>(number_of(open));
    record.asset = operation.wants != 0;
    if (operation.place != Operation::kOwnPlace) record.place = &places[operation.place];
  }
  record.retried = retried;
  record.beside = beside;
  record.redirected = redirected;
  record.sent_at =
      retried || open.operation == kNoOperation ? open.sent : operations[open.operation].first;
  record.attempt_at = open.sent;
  record.ended_at = open.end;
  record.version = version;
  record.cause = open.cause;
  record.outcome = open.outcome;
  record.node = open.node;
  record.rule = open.rule;
  record.opens = open.opens;
  // A listener that answers by itself sends it to no group.
  if (open.frontend < states.size() && states[open.frontend].frontend->routes.empty())
    record.group = states[open.frontend].frontend->group;
  if (open.outcome == Outcome::kOk && open.cause != 0 && open.frontend < states.size() &&
      !states[open.frontend].frontend->routes.empty())
    record.redirect = ruled(sources[open.source], open, *states[open.frontend].frontend).redirect;
  record.process = open.process;
  record.target_id = open.target;
  if (open.target < target_processes.size()) {
    const auto& of_target = target_processes[open.target];
    const auto last =
        std::ranges::find_if(of_target.rbegin(), of_target.rend(),
                             [](app::ProcessId process) { return process != app::Fleet::kNone; });
    if (last != of_target.rend()) record.last_process = *last;
  }
  record.fail_open = open.fail_open;
  record.queued = dispatched - open.sent;
  record.read = read_for(open);
  record.target = open.target == kNoTarget ? "" : target_name(open.target);
  if (observer) observer(record);
  if (keep) ledger.keep(std::move(record));
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
