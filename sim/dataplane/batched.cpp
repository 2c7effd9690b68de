#include "sim/dataplane/batched.h"

#include <algorithm>

namespace steady::dataplane {

void DataPlane::Impl::Batched::book(const Waiting& one) {
  const VersionId version = homes[one.home].version;
  plane.ledger.add(one.segment(), version, Outcome::kOk, 0, one.end - one.sent, false);
  plane.digest += digest_word(one.index(), 0, one.sent, one.end, 0);
  ++plane.booked;
}

void DataPlane::Impl::Batched::settle(SimTime now) {
  std::erase_if(waiting, [&](const Waiting& one) {
    if (one.end > now) return false;
    book(one);
    return true;
  });
  sweep_at = 2 * waiting.size() + 256;
  if (!strays) return;
  strays = false;
  for (auto& at : plane.served) {
    if (at) plane.book_ended(at->station.open, now), strays |= !at->station.open.empty();
  }
}

void DataPlane::Impl::Batched::spill(SimTime now) {
  if (waiting.empty()) return;
  const Source& source = plane.sources.front();
  std::vector<Station*> mixed;
  for (const Waiting& one : waiting) {
    if (one.end <= now) {
      book(one);
      continue;
    }
    const Home& home = homes[one.home];
    Open open = plane.sent_now(0, one.index(), one.sent);
    open.segment = one.segment();
    open.frontend = source.frontend_index;
    open.node = home.node;
    open.target = home.target;
    open.process = home.process;
    open.end = one.end;
    open.counted = nodes[home.node].least != nullptr;
    Station& station = plane.served[home.process]->station;
    if (!station.open.empty()) mixed.push_back(&station);
    station.open.push(open);
  }
  waiting.clear();
  sweep_at = 256;
  // What carry() took in between stands before them.
  for (Station* station : mixed) {
    station->open.sort([](const Open& a, const Open& b) { return a.index < b.index; });
  }
}

/// Its process serves its first request: from now on it has a station.
void DataPlane::Impl::Batched::meet(Place& place, std::uint16_t node,
                                    const elb::RouteTarget& target) {
  const app::ProcessId process = plane.fleet.process_id_at(target.endpoint);
  Served& at = plane.station_of(process);
  plane.note_target(target.target, target.endpoint, process);
  place.station = &at.station;
  place.backlog = at.model->backlog;
  const auto [known, fresh] = home_ids.try_emplace({node, target.target, process},
                                                   static_cast<std::uint32_t>(homes.size()));
  if (fresh) homes.push_back({process, target.target, node, at.version});
  place.home = known->second;
  const auto tally = std::ranges::find(tallies, at.version, &Tally::version);
  place.tally = static_cast<std::uint16_t>(tally - tallies.begin());
  if (tally == tallies.end()) {
    tallies.push_back({at.version, nullptr});
    find_tallies();
  }
}

void DataPlane::Impl::Batched::find_tallies() {
  // The largest first: what is found must not move.
  VersionId most = 0;
  for (const Tally& tally : tallies) most = std::max(most, tally.version);
  plane.ledger.sums_of(segment, most);
  for (Tally& tally : tallies) tally.sums = &plane.ledger.sums_of(segment, tally.version);
}

void DataPlane::Impl::Batched::look_at(Node& node, const elb::NodeGroup& group) {
  const bool same = node.algorithm == group.algorithm.get();
  if (!same) {
    node.algorithm = group.algorithm.get();
    node.least = dynamic_cast<elb::LeastOutstandingRequests*>(group.algorithm.get());
  }
  node.version = group.algorithm->version();
  node.places.clear();
  for (const auto& candidate : group.candidates) {
    Place& place = node.places.emplace_back();
    if (plane.fleet.reach(candidate.endpoint) != app::Reach::kProcess) continue;
    const app::AppModel& model = *plane.fleet.process_at(candidate.endpoint)->model;
    if (!model.is_simple()) continue;
    place.simple = true;
    auto service = std::ranges::find(services, &model.service_time, &Service::of);
    if (service == services.end()) {
      services.push_back({&model.service_time, {}});
      service = std::prev(services.end());
      drawn = ~std::uint64_t{0};
    }
    place.service = static_cast<std::uint16_t>(service - services.begin());
  }
}

/// Whether this world is simple now; brings up to date what is known of it.
bool DataPlane::Impl::Batched::look(Source& source, SimTime until) {
  if (plane.observer || plane.watched.source != 0xFFFF || plane.moments.first() < until)
    return false;
  const elb::Frontend* now = source.frontend;
  if (!source.spec.is_simple() || now == nullptr || !now->exists || !now->is_simple()) return false;
  const bool moved = now != frontend || fleet_changes != plane.fleet.changes();
  if (moved) {
    frontend = now;
    fleet_changes = plane.fleet.changes();
    nodes.resize(now->nodes.size());
    services.clear();
  }
  segment = plane.ledger.current();
  limit = std::min(source.spec.timeout, now->idle_timeout);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const elb::NodeGroup& group = now->nodes[i];
    if (group.candidates.empty()) return frontend = nullptr, false;
    Node& node = nodes[i];
    if (moved || node.algorithm != group.algorithm.get() ||
        node.version != group.algorithm->version())
      look_at(node, group);
    node.turn = group.algorithm->rotation(plane.loop.now());
    const bool least = nodes.front().least != nullptr;
    if (least != (node.least != nullptr) || (!least && node.turn == nullptr)) return false;
  }
  find_tallies();
  return true;
}

void DataPlane::Impl::Batched::draw(Source& source) {
  if (drawn == source.batches) return;
  drawn = source.batches;
  for (Service& service : services) {
    service.ns.resize(source.words.size());
    if (service.of->is_constant()) {
      std::ranges::fill(service.ns, service.of->sample(0).count());
    } else {
      service.of->sample_many(source.words.data(), source.batch.size(), service.ns.data());
    }
  }
}

/// The requests of the batch from its next one to `end`, which are sent before `until`.
template <bool kLeast>
void DataPlane::Impl::Batched::take(Source& source, std::size_t end, SimTime until) {
  std::uint64_t digest = 0, booked = 0, sent = 0;
  const std::size_t count = nodes.size();
  for (std::size_t i = source.next; i < end; ++i) {
    const SimTime now = source.batch[i];
    const std::size_t n =
        count == 1 ? 0 : static_cast<std::size_t>((std::uint64_t{source.nodes[i]} * count) >> 32);
    Node& node = nodes[n];
    std::size_t chosen;
    if constexpr (kLeast) {
      plane.states[source.frontend_index].nodes[n].catch_up(
          now, [&](app::TargetId target) { node.least->change(target, -1); });
      chosen = node.least->first();
    } else {
      chosen = *node.turn;
    }
    Place& place = node.places[chosen];
    if (place.simple) {
      const elb::RouteTarget& target = frontend->nodes[n].candidates[chosen];
      if (place.station == nullptr) meet(place, static_cast<std::uint16_t>(n), target);
      Station& station = *place.station;
      const SimTime start = station.next_start(now);
      const SimTime done = start + SimDuration{services[place.service].ns[i]};
      if (done - now <= limit && (start == now || station.waiting(now) < place.backlog)) {
        station.take(now, start, done);
        station.held_ns += static_cast<Uint128>((done - now).count());
        ++station.answered;
        if constexpr (kLeast) {
          node.least->change(target.target, 1);
          plane.states[source.frontend_index].nodes[n].add(done, target.target);
        } else {
          *node.turn = chosen + 1 == node.places.size() ? 0 : chosen + 1;
          node.turned = true;
        }
        const std::uint64_t index = source.made + sent;
        ++sent;
        if (done <= until) {
          Sums& sums = *tallies[place.tally].sums;
          ++sums.by_outcome[0];
          sums.latency.add(done - now);
          digest += digest_word(index, 0, now, done, 0);
          ++booked;
        } else {
          waiting.push_back({now, done, index << 16 | segment, place.home});
        }
        continue;
      }
    }
    // Something else happens to it.
    source.made += sent;
    plane.sent += sent;
    taken += sent;
    sent = 0;
    plane.accept(0, source, i, now);
    strays = true;
    find_tallies();
  }
  source.made += sent;
  plane.sent += sent;
  taken += sent;
  plane.booked += booked;
  plane.digest += digest;
  source.next = end;
}

bool DataPlane::Impl::Batched::run(SimTime until) {
  if (plane.sources.size() != 1) return false;
  Source& source = plane.sources.front();
  if (!look(source, until)) return false;
  if (waiting.size() >= sweep_at) settle(until);
  const bool least = nodes.front().least != nullptr;
  while (source.peek() < until) {
    draw(source);
    std::size_t end = source.batch.size();
    if (source.batch.back() >= until) {
      end = static_cast<std::size_t>(
          std::lower_bound(source.batch.begin() + static_cast<std::ptrdiff_t>(source.next),
                           source.batch.end(), until) -
          source.batch.begin());
    }
    if (plane.sent + (end - source.next) > plane.limits.requests) break;
    least ? take<true>(source, end, until) : take<false>(source, end, until);
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].turned) frontend->nodes[i].algorithm->rotated();
    nodes[i].turned = false;
  }
  return source.peek() >= until;
}

}  // namespace steady::dataplane
