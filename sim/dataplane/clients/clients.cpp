#include "sim/dataplane/impl.h"

/// Clients that wait for answers: users of a closed loop, sessions, page loads (elb.md 8.3, 8.4);
/// and the connections that they have.
namespace steady::dataplane {

std::uint32_t DataPlane::Impl::new_client(Source& source, std::uint64_t serial) {
  if (source.free_people.empty()) {
    source.free_people.push_back(static_cast<std::uint32_t>(source.people.size()));
    source.people.emplace_back();
    source.bindings.emplace_back();
    source.group_bindings.emplace_back();
  }
  const std::uint32_t client = source.free_people.back();
  source.free_people.pop_back();
  source.people[client] = {};
  source.people[client].serial = serial;
  source.bindings[client] = {};
  source.group_bindings[client] = {};
  if (client < source.sessions.size()) source.sessions[client] = {};
  return client;
}

/// What the shape of a source sends: a request, a page, a whole session.
void DataPlane::Impl::arrive(std::uint16_t source_number, Source& source, SimTime now) {
  const std::uint64_t serial = source.made++;
  const std::uint32_t client =
      source.has_population() ? source.client(serial) : new_client(source, serial);
  if (const auto& sessions = source.spec.sessions) {
    const PhiloxBlock bits = source.service.block(serial, kClient);
    source.people[client].left =
        sessions->requests.sample((std::uint64_t{bits[3]} << 32) | bits[2]) - 1;
  }
  ask(source_number, client, serial, now, 0);
}

/// A new request. Whoever asks for an asset does so while it decides, and sends after all others
/// have decided.
void DataPlane::Impl::ask(std::uint16_t source_number, std::uint32_t client, std::uint64_t index,
                          SimTime now, VersionId wants) {
  Source& source = sources[source_number];
  if (source.spec.retry.budgeted())
    source.tokens = std::min(source.tokens + source.spec.retry.budget_per_mille,
                             source.spec.retry.burst * 1000);
  count_sent();
  const Open open = sent_now(source_number, index, now);
  const std::uint32_t number = new_operation(open);
  Operation& operation = operations[number];
  operation.client = client;
  operation.wants = wants;
  operation.tries[0].last = open;
  Client& who = source.people[client];
  ++who.open;
  ++who.asked;
  wish(number, now, wants == 0);
}

/// An attempt is to be sent: where all connections of its client are busy it waits for one, and its
/// time-out runs.
void DataPlane::Impl::wish(std::uint32_t number, SimTime now, bool at_once) {
  Operation& operation = operations[number];
  Try& attempt = operation.tries[0];
  Source& source = sources[attempt.last.source];
  Client& client = source.people[operation.client];
  attempt.number = operation.attempts - 1;
  attempt.wanted = now;
  attempt.body = kNever;
  attempt.open = true;
  ++attempt.stamp;
  Open& last = attempt.last;
  if (source.spec.at_once == 0 || client.connections < source.spec.at_once) {
    ++client.connections;
    if (at_once) return transmit(number, 0, now);
    return moments.add({now, Moments::kSend, last.source, last.index, number, attempt.stamp});
  }
  attempt.waiting = true;
  operation.next = kNobodyWaits;
  if (client.last_waiting == kNobodyWaits) {
    client.first_waiting = number;
  } else {
    operations[client.last_waiting].next = number;
  }
  client.last_waiting = number;
  last = sent_now(last.source, last.index, now);
  last.operation = number;
  last.frontend = kNoFrontend;
  last.outcome = Outcome::kClientGaveUp;
  last.cause = cause(Outcome::kClientGaveUp, 0, "client", causes::kNoConnection, 0, kNoTarget);
  last.end = patience_of(last);
  if (last.end == kNever) return;
  moments.add({last.end, Moments::kEnd, last.source, last.index, number, attempt.stamp});
}

/// The next that waits has it, unless its client gives up at this moment.
void DataPlane::Impl::give_back_connection(Source& source, std::uint32_t client, SimTime now) {
  Client& who = source.people[client];
  std::uint32_t number = who.first_waiting;
  while (number != kNobodyWaits && operations[number].tries[0].last.end <= now)
    number = operations[number].next;
  if (number == kNobodyWaits) {
    --who.connections;
    return;
  }
  leave_queue(source, number);
  Try& attempt = operations[number].tries[0];
  ++attempt.stamp;
  moments.add(
      {now, Moments::kSend, attempt.last.source, attempt.last.index, number, attempt.stamp});
}

void DataPlane::Impl::leave_queue(Source& source, std::uint32_t number) {
  Client& client = source.people[operations[number].client];
  operations[number].tries[0].waiting = false;
  std::uint32_t before = kNobodyWaits;
  // Those who wait longest give up first: it is nearly always the head.
  for (std::uint32_t at = client.first_waiting; at != number; at = operations[at].next) before = at;
  const std::uint32_t after = operations[number].next;
  (before == kNobodyWaits ? client.first_waiting : operations[before].next) = after;
  if (client.last_waiting == number) client.last_waiting = before;
}

/// A request of this client is over. A page that a version has answered is followed by its assets;
/// when all is over that belongs together, the client thinks, or goes.
void DataPlane::Impl::follow(const Open& last, std::uint32_t client, VersionId wants) {
  Source& source = sources[last.source];
  const auto& spec = source.spec;
  --source.people[client].open;
  const bool well =
      last.outcome == Outcome::kOk && last.process != app::Fleet::kNone && last.cause == 0;
  const VersionId version = version_of(last);
  if (spec.page && wants == 0 && well && version != 0 && !finishing) {
    const bool steps = spec.users || spec.sessions;
    for (std::uint32_t k = 1; k <= spec.page->assets; ++k) {
      const Client& who = source.people[client];
      const std::uint64_t index =
          steps ? who.serial + who.asked * source.stride() : last.index + k * kAgain;
      ask(last.source, client, index, last.end, version);
    }
  }
  Client& who = source.people[client];
  if (who.open > 0) return;
  const Distribution* think = nullptr;
  if (spec.users && spec.users->think) think = &*spec.users->think;
  if (spec.sessions && who.left > 0) think = &spec.sessions->think;
  if (think != nullptr) {
    const std::uint64_t newest = who.serial + (who.asked - 1) * source.stride();
    SimDuration thinks = think->sample(word(source.service.block(newest, kClient)));
    // A loop of failures at one moment would have no end.
    if (spec.users) thinks = std::max(thinks, SimDuration{1000});
    return moments.add({last.end + thinks, Moments::kNext, last.source, who.serial, client, 0});
  }
  if (!spec.users && !source.has_population()) source.free_people.push_back(client);
}

/// A user or a session sends what comes next, unless the run is at its end.
void DataPlane::Impl::next_step(const Moments::Moment& moment) {
  if (finishing) return;
  Source& source = sources[moment.source];
  Client& who = source.people[moment.operation];
  const std::uint64_t index = who.serial + who.asked * source.stride();
  if (source.spec.sessions) --who.left;
  if (source.spec.users && source.spec.users->pace) {
    const std::uint64_t bits = word(source.service.block(index, kClient));
    const SimDuration gap = std::max(source.spec.users->pace->sample(bits), SimDuration{1});
    Moments::Moment next = moment;
    next.at += gap;
    moments.add(next);
  }
  ask(moment.source, moment.operation, index, moment.at, 0);
}

}  // namespace steady::dataplane
