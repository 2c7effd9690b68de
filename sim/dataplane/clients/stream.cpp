#include "sim/dataplane/impl.h"

/// Long connections: WebSockets and streams (elb.md 2.15: the tunnel stays open during a drain, and
/// a delay that is over cuts it).
namespace steady::dataplane {

void DataPlane::Impl::carry_stream(Open& open, Served& at, elb::NodeGroup& node,
                                   Departures& departures, SimTime now, SimDuration life) {
  open.stream = true;
  open.end = now + life;
  at.streams = true;
  depart(open, *node.algorithm, departures, now);
  if (watched.source == open.source && watched.index == open.index) {
    watched.started = now;
    watched.answered = open.end;
    watched.candidates = node.candidates.size();
    watched.fail_open = node.fail_open;
  }
  at.station.open.push(open);
}

/// A connection ends at `now`, before its client wanted: the client comes back for the rest.
void DataPlane::Impl::connect_again_later(const Open& open, SimTime planned, SimTime now) {
  const Source& source = sources[open.source];
  const auto& again = source.spec.stream->reconnect;
  if (!again || planned <= now) return;
  const SimTime at = now + again->sample(word(source.service.block(open.index, kWait)));
  moments.add({.at = at,
               .kind = Moments::kConnect,
               .source = open.source,
               .index = open.index + kAgain,
               .operation = kNoOperation,
               .stamp = 0,
               .life = planned - now});
}

void DataPlane::Impl::connect_again(const Moments::Moment& moment) {
  Source& source = sources[moment.source];
  count_sent();
  Open open = sent_now(moment.source, moment.index, moment.at);
  Draws draws;
  draws.node = source.service.block(open.index, kMain)[3];
  draws.life = moment.life;
  carry(source, open, draws);
}

/// The app says goodbye to its streams: they end well.
void DataPlane::Impl::close_streams(Ring<Open>& ring, SimTime now) {
  ring.keep_if([&](Open& open) {
    if (open.end > now && !(open.stream && open.outcome == Outcome::kOk)) return true;
    if (open.end > now) {
      leave_node(open, now);
      connect_again_later(open, open.end, now);
      open.end = now;
    }
    book(open);
    return false;
  });
}

}  // namespace steady::dataplane
