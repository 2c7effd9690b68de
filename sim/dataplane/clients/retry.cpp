#include "sim/dataplane/impl.h"

/// Clients that look at how their requests end, and send again what fails (elb.md 8.5): when they
/// decide, whether they may, and the next attempt.
namespace steady::dataplane {

std::uint32_t DataPlane::Impl::new_operation(const Open& open) {
  if (free_operations.empty()) {
    free_operations.push_back(static_cast<std::uint32_t>(operations.size()));
    operations.emplace_back();
  }
  const std::uint32_t number = free_operations.back();
  free_operations.pop_back();
  Operation& fresh = operations[number];
  const std::uint32_t ticket = fresh.ticket + 1;
  const std::array<std::uint32_t, 2> stamps{fresh.tries[0].stamp + 1, fresh.tries[1].stamp + 1};
  fresh = {};
  fresh.ticket = ticket;
  fresh.tries[0].stamp = stamps[0];
  fresh.tries[1].stamp = stamps[1];
  fresh.live = true;
  fresh.first = open.sent;
  fresh.tries[0].tried = open.sent;
  fresh.life = connecting_life;
  fresh.segment = open.segment;
  ++live_operations;
  return number;
}

/// An attempt's end is known, or known anew: if its client looks at how it ends, or will not take
/// this failure for an answer, it does so at that moment.
void DataPlane::Impl::planned(Open& open) {
  if (open.operation != kNoOperation) ++operations[open.operation].tries[open.lane].stamp;
  open.retrying = sources[open.source].follows || may_retry(open) || balancer_may_try(open) ||
                  balancer_counts(open);
  if (!open.retrying) return;
  if (open.operation == kNoOperation) open.operation = new_operation(open);
  Try& attempt = operations[open.operation].tries[open.lane];
  attempt.last = open;
  moments.add(
      {open.end, Moments::kEnd, open.source, open.index, open.operation, attempt.stamp, open.lane});
}

void DataPlane::Impl::release(std::uint32_t number) {
  Operation& operation = operations[number];
  STEADY_CHECK(operation.live, "an operation ends twice");
  operation.live = false;
  for (auto& attempt : operation.tries) ++attempt.stamp;
  ++operation.ticket;
  --live_operations;
  free_operations.push_back(number);
}

void DataPlane::Impl::next_moment() {
  if (moments.dispatch_is_next()) return dispatch(moments.dispatch_at);
  const auto moment = moments.take();
  if (moment.kind == Moments::kWake) return;
  if (moment.kind == Moments::kConnect) return connect_again(moment);
  if (moment.kind == Moments::kNext) return next_step(moment);
  if (moment.kind == Moments::kHedge) return hedge(moment);
  const Try& attempt = operations[moment.operation].tries[moment.lane];
  if (attempt.stamp != moment.stamp) return;
  if (moment.kind == Moments::kEnd) return decide(moment.operation, moment.lane);
  if (attempt.balancer_waits) return try_at(moment.operation, moment.lane, moment.at, false);
  if (attempt.open || !sources[moment.source].follows)
    return transmit(moment.operation, moment.lane, moment.at);
  wish(moment.operation, moment.at, true);
}

/// An attempt has ended just now. After a failure the budget and the deadline may forbid another.
void DataPlane::Impl::decide(std::uint32_t number, std::uint8_t lane) {
  Open last = operations[number].tries[lane].last;
  if (target_ends) note_end(last);
  note_mishap(last);
  if (balancer_tries(number, lane)) return;
  Source& source = sources[last.source];
  if (source.spec.redirects > 0 && goes_on(number, last)) return;
  if (source.follows) {
    Operation& operation = operations[number];
    Try &attempt = operation.tries[lane], &other = operation.tries[1 - lane];
    attempt.open = false;
    if (lane == 0) ++operation.ticket;
    if (attempt.waiting) {
      leave_queue(source, number);
    } else {
      give_back_connection(source, operation.client, last.end);
    }
    if (other.open && last.outcome != Outcome::kOk) return book_beside(last);
    if (other.open) give_up(number, 1 - lane, last.end);
  }
  if (!may_retry(last)) return over(number, last);
  Operation& operation = operations[number];
  const auto& retry = source.spec.retry;
  const std::uint32_t failed = operation.failures();
  const PhiloxBlock bits =
      source.service.block(last.index, (operation.attempts - 1) * kBlocks + kWait);
  const SimDuration wait = retry.wait(failed, operation.waited, word(bits));
  const bool late =
      retry.deadline != SimDuration::max() && last.end + wait >= operation.first + retry.deadline;
  if (late || (retry.budgeted() && source.tokens < 1000)) return over(number, last);
  if (retry.budgeted()) source.tokens -= 1000;
  book_retried(last);
  operation.waited = wait;
  // It begins again where it began.
  operation.place = Operation::kOwnPlace;
  operation.redirects = 0;
  ++operation.attempts;
  Try& next = operation.tries[0];
  next.last = last;
  next.last.lane = 0;
  ++next.stamp;
  moments.add({last.end + wait, Moments::kSend, last.source, last.index, number, next.stamp});
}

/// The request has ended, and its client goes on.
void DataPlane::Impl::over(std::uint32_t number, const Open& last) {
  const std::uint32_t client = operations[number].client;
  const VersionId wants = operations[number].wants;
  count(last, version_of(last));
  release(number);
  if (sources[last.source].follows) follow(last, client, wants);
}

void DataPlane::Impl::transmit(std::uint32_t number, std::uint8_t lane, SimTime now) {
  Operation& operation = operations[number];
  Try& attempt = operation.tries[lane];
  const std::uint16_t source_number = attempt.last.source;
  Source& source = sources[source_number];
  Open open = sent_now(source_number, attempt.last.index, now);
  open.operation = number;
  open.lane = lane;
  attempt.again = 0;
  attempt.were.clear();
  attempt.tried = now;
  Draws draws;
  draws.attempt = number_of(open);
  const PhiloxBlock bits = source.service.block(open.index, draws.attempt * kBlocks + kMain);
  draws.word = word(bits);
  draws.chance = bits[2];
  draws.node = bits[3];
  if (operation.began == kNever) operation.began = now;
  if (source.spec.hedge && lane == 0) {
    moments.add({now + source.spec.hedge->after, Moments::kHedge, source_number, open.index, number,
                 ++operation.ticket});
  }
  // The story of a watched request is that of its last attempt.
  if (watched.source == source_number && watched.index == open.index)
    watched = {watched.source, watched.index};
  carry(source, open, draws);
}

}  // namespace steady::dataplane
