#include "sim/dataplane/batched/batched.h"

#include <algorithm>

#include "sim/core/batch.h"

/// What is known of a simple world, and what becomes of its requests when somebody looks.
namespace steady::dataplane {

void DataPlane::Impl::Batched::use(Workers* others) {
  workers = others;
  if (others == nullptr) return;
  STEADY_CHECK(plane.sent == 0, "workers come when requests are under way");
  parts.assign(others->count(), {});
}

std::uint64_t DataPlane::Impl::Batched::open() const {
  std::uint64_t n = 0;
  for (const Part& part : parts) n += part.waiting.count + part.older.size();
  return n;
}

/// What a worker cannot book for itself: a request of a segment that is over.
void DataPlane::Impl::Batched::book(const Waiting& one) {
  plane.ledger.add(one.segment(), homes[one.home].version, Outcome::kOk, 0, one.end - one.sent,
                   false);
  plane.digest += digest_word(one.index(), 0, one.sent, one.end, 0);
  ++plane.booked;
}

void DataPlane::Impl::Batched::sweep(Part& part, SimTime now) {
  Accepted& waiting = part.waiting;
  Accepted& ended = part.ended;
  waiting.move_ended(now, ended);
  book(part, ended);
  part.sweep_at = 2 * waiting.count + 512;
}

void DataPlane::Impl::Batched::book(Part& part, const Accepted& ended) {
  const std::size_t count = ended.count;
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < count; ++i) others |= ended.number[i] ^ segment;
  if ((others & 0xFFFF) != 0) {
    for (std::size_t i = 0; i < count; ++i) part.older.emplace_back(ended, i);
    return;
  }
  if (tallies.size() > 1) {
    for (std::size_t i = 0; i < count; ++i)
      part.answered[tally_of_home[ended.home[i]]].add(ended.end[i] - ended.sent[i]);
  } else if (count > 0) {
    if (part.latency.size() < count) part.latency.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      part.latency[i] = (ended.end[i] - ended.sent[i]).count();
    part.answered.front().add_many(part.latency.data(), count);
  }
  part.digest += digest_words(ended.number.data(), ended.sent.data(), ended.end.data(), count);
}

/// What the workers have counted becomes the ledger's.
void DataPlane::Impl::Batched::fold() {
  for (Part& part : parts) {
    for (const Waiting& one : part.older) book(one);
    part.older.clear();
    for (std::size_t i = 0; i < part.answered.size(); ++i) {
      Histogram& answered = part.answered[i];
      const std::uint64_t count = answered.count();
      if (count == 0) continue;
      plane.ledger.add_answered(segment, tallies[i], answered);
      plane.booked += count;
      answered.clear();
    }
    plane.digest += part.digest;
    part.digest = 0;
  }
}

void DataPlane::Impl::Batched::settle(SimTime now) {
  for (Part& part : parts) sweep(part, now);
  fold();
  if (!strays) return;
  strays = false;
  for (auto& at : plane.served) {
    if (!at) continue;
    plane.book_ended(at->station.open, now);
    strays = strays || !at->station.open.empty();
  }
}

void DataPlane::Impl::Batched::spill(SimTime now) {
  fold();
  if (open() == 0) return;
  std::vector<Waiting> all;
  for (Part& part : parts) {
    for (std::size_t i = 0; i < part.waiting.count; ++i) all.emplace_back(part.waiting, i);
    part.waiting.count = 0;
    part.sweep_at = 512;
  }
  const auto by_index = [](const Waiting& a, const Waiting& b) { return a.index() < b.index(); };
  if (parts.size() > 1) std::ranges::sort(all, by_index);
  const Source& source = plane.sources.front();
  std::vector<Station*> mixed;
  for (const Waiting& one : all) {
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
    strays = true;
  }
  // What carry() took in between stands before them.
  for (Station* station : mixed)
    station->open.sort([](const Open& a, const Open& b) { return a.index < b.index; });
}

/// Its process serves its first request: from now on it has a station.
void DataPlane::Impl::Batched::meet(Place& place, std::size_t node, std::size_t chosen) {
  const elb::RouteTarget& target = frontend->nodes[node].candidates[chosen];
  const app::ProcessId process = plane.fleet.process_id_at(target.endpoint);
  Served& at = plane.station_of(process);
  plane.note_target(target.target, target.endpoint, process);
  place.station = &at.station;
  --nodes[node].unmet;
  if (process >= part_of.size()) part_of.resize(process + std::size_t{1}, kNoPart);
  if (part_of[process] == kNoPart)
    part_of[process] = static_cast<std::uint16_t>(shared_out++ % parts.size());
  place.part = part_of[process];
  const auto tally = std::ranges::find(tallies, at.version);
  place.tally = static_cast<std::uint16_t>(tally - tallies.begin());
  if (tally == tallies.end()) tallies.push_back(at.version);
  for (Part& part : parts) part.answered.resize(tallies.size());
  const auto [known, fresh] =
      home_ids.try_emplace({static_cast<std::uint16_t>(node), target.target, process},
                           static_cast<std::uint32_t>(homes.size()));
  place.home = known->second;
  if (!fresh) return;
  homes.push_back({process, target.target, static_cast<std::uint16_t>(node), at.version});
  tally_of_home.push_back(place.tally);
}

void DataPlane::Impl::Batched::look_at(Node& node, const elb::NodeGroup& group) {
  if (node.algorithm != group.algorithm.get()) {
    node.algorithm = group.algorithm.get();
    node.least = dynamic_cast<elb::LeastOutstandingRequests*>(group.algorithm.get());
  }
  node.version = group.algorithm->version();
  node.places.clear();
  node.all_simple = true;
  node.unmet = group.candidates.size();
  node.own.clear();
  for (const auto& candidate : group.candidates) {
    Place& place = node.places.emplace_back();
    const app::Process* process = plane.fleet.reach(candidate.endpoint) == app::Reach::kProcess
                                      ? plane.fleet.process_at(candidate.endpoint)
                                      : nullptr;
    place.target = candidate.target;
    place.simple = process != nullptr && process->model->is_simple();
    node.all_simple = node.all_simple && place.simple;
    if (!place.simple) continue;
    const Distribution& work = process->model->service_time;
    auto service = std::ranges::find(services, &work, &Service::of);
    if (service == services.end())
      service = services.insert(services.end(), Service{&work, {}, 0, true});
    service->used = true;
    place.service = static_cast<std::uint16_t>(service - services.begin());
  }
}

/// Whether this world is simple now; brings up to date what is known of it.
bool DataPlane::Impl::Batched::look(Source& source, SimTime until) {
  // Work that may be revised and memory that grows need every request by itself.
  if (plane.speeds_change || !plane.fleet.growing().empty()) return false;
  if (plane.tells_all || plane.target_ends != nullptr || plane.watched.source != 0xFFFF ||
      plane.moments.first() < until)
    return false;
  const elb::Frontend* now = source.frontend;
  if (!source.spec.is_simple() || now == nullptr || !now->exists || !now->is_simple()) return false;
  const bool moved = now != frontend || fleet_changes != plane.fleet.changes();
  if (moved) {
    frontend = now;
    fleet_changes = plane.fleet.changes();
    nodes.resize(now->nodes.size());
    for (Service& service : services) service.used = false;
  }
  limit = std::min(source.spec.timeout, now->idle_timeout);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const elb::NodeGroup& group = now->nodes[i];
    Node& node = nodes[i];
    if (group.candidates.empty() || group.fail_open) return frontend = nullptr, false;
    if (moved || node.algorithm != group.algorithm.get() ||
        node.version != group.algorithm->version())
      look_at(node, group);
    node.turn = group.algorithm->rotation(plane.loop.now());
    const bool least = nodes.front().least != nullptr;
    if (least != (node.least != nullptr) || (!least && node.turn == nullptr))
      return frontend = nullptr, false;
  }
  if (segment != plane.ledger.current()) {
    fold();
    segment = plane.ledger.current();
  }
  return true;
}

void DataPlane::Impl::Batched::draw(Source& source) {
  for (Service& service : services) {
    if (!service.used || service.drawn == source.batches) continue;
    service.drawn = source.batches;
    service.ns.resize(source.words.size());
    if (service.of->is_constant()) {
      std::ranges::fill(service.ns, service.of->sample(0).count());
    } else {
      service.of->sample_many(source.words.data(), source.batch.size(), service.ns.data());
    }
  }
}

}  // namespace steady::dataplane
