#include "sim/dataplane/impl.h"

/// A second attempt beside one that has no answer yet.
namespace steady::dataplane {

/// It takes a connection and, where there is one, a token of the retry budget; without them there
/// is none.
void DataPlane::Impl::hedge(const Moments::Moment& moment) {
  Operation& operation = operations[moment.operation];
  if (operation.ticket != moment.stamp) return;
  Source& source = sources[moment.source];
  Client& client = source.people[operation.client];
  const auto& spec = source.spec;
  if (spec.at_once != 0 && client.connections >= spec.at_once) return;
  if (spec.retry.budgeted()) {
    if (source.tokens < 1000) return;
    source.tokens -= 1000;
  }
  ++client.connections;
  Try& attempt = operation.tries[1];
  attempt.last = operation.tries[0].last;
  attempt.wanted = moment.at;
  attempt.body = kNever;
  attempt.number = operation.attempts;
  attempt.open = true;
  ++attempt.stamp;
  ++operation.attempts;
  ++operation.hedges;
  ledger.add_hedge(operation.segment);
  transmit(moment.operation, 1, moment.at);
}

/// The other attempt was answered: the client closes this one's connection. The app goes on, as it
/// does when a client's time-out ends.
void DataPlane::Impl::give_up(std::uint32_t number, std::uint8_t lane, SimTime now) {
  Try& attempt = operations[number].tries[lane];
  Open gone = attempt.last;
  if (attempt.balancer_waits) {  // nobody has it (seed 230)
    gone.process = app::Fleet::kNone;
    gone.target = kNoTarget;
  }
  const auto leave = [&](Open& open) {
    if (open.operation != number || open.lane != lane) return true;
    if (open.end > now) leave_node(open, now);
    return false;
  };
  if (gone.process == app::Fleet::kNone) {
    lost.keep_if(leave);
    leave_surge_queue(gone, now);
  } else {
    served[gone.process]->station.open.keep_if(leave);
  }
  attempt.open = attempt.balancer_waits = false;
  ++attempt.stamp;
  if (lane == 0) ++operations[number].ticket;
  give_back_connection(sources[gone.source], operations[number].client, now);
  gone.end = now;
  gone.outcome = Outcome::kClientGaveUp;
  gone.expected = false;
  gone.cause = cause(Outcome::kClientGaveUp, 0, "client", causes::kOtherAttempt, 0, kNoTarget);
  if (target_ends) note_end(gone);
  book_beside(gone);
}

}  // namespace steady::dataplane
