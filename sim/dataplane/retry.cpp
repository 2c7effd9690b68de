#include "sim/dataplane/impl.h"

/// Clients that send again what fails (elb.md 8.5): when they decide, whether they may, and the
/// next attempt.
namespace steady::dataplane {

/// An attempt's end is known, or known anew: if that is a failure that its client will not take for
/// an answer, the client looks at it at that moment.
void DataPlane::Impl::planned(Open& open) {
  if (open.operation != kNoOperation) ++operations[open.operation].stamp;
  open.retrying = may_retry(open) || balancer_may_try(open) || balancer_counts(open);
  if (!open.retrying) return;
  if (open.operation == kNoOperation) {
    if (free_operations.empty()) {
      free_operations.push_back(static_cast<std::uint32_t>(operations.size()));
      operations.emplace_back();
    }
    open.operation = free_operations.back();
    free_operations.pop_back();
    Operation& fresh = operations[open.operation];
    const std::uint32_t stamp = fresh.stamp + 1;
    fresh = {};
    fresh.stamp = stamp;
    fresh.live = true;
    fresh.first = open.sent;
    fresh.tried = open.sent;
    fresh.life = connecting_life;
    fresh.segment = open.segment;
    ++live_operations;
  }
  Operation& operation = operations[open.operation];
  operation.last = open;
  moments.add({open.end, false, open.source, open.index, open.operation, operation.stamp});
}

void DataPlane::Impl::release(std::uint32_t number) {
  Operation& operation = operations[number];
  STEADY_CHECK(operation.live, "an operation ends twice");
  operation.live = false;
  ++operation.stamp;
  --live_operations;
  free_operations.push_back(number);
}

void DataPlane::Impl::next_moment() {
  if (moments.dispatch_is_next()) return dispatch(moments.dispatch_at);
  const auto moment = moments.take();
  if (moment.operation == kNoOperation)
    return moment.stamp == kWake ? void() : connect_again(moment);
  if (operations[moment.operation].stamp != moment.stamp) return;
  if (moment.send && operations[moment.operation].balancer_waits)
    return try_at(moment.operation, moment.at, false);
  if (moment.send) return send_again(moment.operation, moment.at);
  decide(moment.operation);
}

/// The attempt has failed just now. The budget and the deadline may forbid another.
void DataPlane::Impl::decide(std::uint32_t number) {
  note_mishap(operations[number].last);
  if (balancer_tries(number)) return;
  Operation& operation = operations[number];
  const Open last = operation.last;
  if (!may_retry(last)) {
    count(last, version_of(last));
    return release(number);
  }
  Source& source = sources[last.source];
  const auto& retry = source.spec.retry;
  const PhiloxBlock bits =
      source.service.block(last.index, (operation.attempts - 1) * kBlocks + kWait);
  const SimDuration wait = retry.wait(operation.attempts, operation.waited, word(bits));
  const bool late =
      retry.deadline != SimDuration::max() && last.end + wait >= operation.first + retry.deadline;
  if (late || (retry.budgeted() && source.tokens < 1000)) {
    count(last, version_of(last));
    return release(number);
  }
  if (retry.budgeted()) source.tokens -= 1000;
  book_retried(last);
  operation.waited = wait;
  ++operation.attempts;
  ++operation.stamp;
  moments.add({last.end + wait, true, last.source, last.index, number, operation.stamp});
}

void DataPlane::Impl::send_again(std::uint32_t number, SimTime now) {
  Operation& operation = operations[number];
  operation.tries = 0;
  operation.were.clear();
  operation.tried = now;
  const std::uint16_t source_number = operation.last.source;
  Source& source = sources[source_number];
  Open open = sent_now(source_number, operation.last.index, now);
  open.operation = number;
  Draws draws;
  draws.attempt = operation.attempts - 1;
  const PhiloxBlock bits = source.service.block(open.index, draws.attempt * kBlocks + kMain);
  draws.word = word(bits);
  draws.chance = bits[2];
  draws.node = bits[3];
  // The story of a watched request is that of its last attempt.
  if (watched.source == source_number && watched.index == open.index)
    watched = {watched.source, watched.index};
  carry(source, open, draws);
}

}  // namespace steady::dataplane
