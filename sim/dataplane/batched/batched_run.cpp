#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "sim/core/vector_units.h"
#include "sim/dataplane/batched/batched.h"

/// Many requests at a time: one after the other, or each worker those of its own stations.
namespace steady::dataplane {
namespace {

/// Fewer requests are not worth the waking of others.
constexpr std::size_t kWorthSharing = 512;
constexpr std::size_t kSharedBatch = 8192;
/// So many turns before theirs, stations are fetched into the cache.
constexpr std::size_t kAhead = 6;

}  // namespace

/// The request is served by a simple target.
template <class Sort, bool kSeldomWaits>
STEADY_INLINE SimTime DataPlane::Impl::Batched::serve(Part& part, const Place& place,
                                                      const Source& source, std::size_t i) {
  Station& station = *place.station;
  const SimTime now = source.batch[i];
  const SimTime start = station.next_start(now);
  const SimTime done = start + SimDuration{services[place.service].ns[i]};
  if (done - now > limit || station.full(now, start)) return kNever;
  station.take<Sort, kSeldomWaits>(now, start, done);
  Accepted& waiting = part.waiting;
  const std::size_t n = waiting.count++;
  waiting.sent[n] = now;
  waiting.end[n] = done;
  waiting.number[n] = (source.made + (i - source.next)) << 16 | segment;
  waiting.home[n] = place.home;
  return done;
}

template <bool kLeast, class Sort>
STEADY_INLINE void DataPlane::Impl::Batched::take_with(Source& source, std::size_t end) {
  Part& part = parts.front();
  const auto caught_up = [&](std::size_t i) {
    const std::size_t taken_now = i - source.next;
    source.made += taken_now;
    plane.sent += taken_now;
    taken += taken_now;
    source.next = i;
  };
  for (std::size_t i = source.next; i < end; ++i) {
    const std::size_t n = node_of(source, i);
    Node& node = nodes[n];
    std::size_t chosen = 0;
    if constexpr (kLeast) {
      plane.states[source.frontend_index].nodes[n].catch_up(
          source.batch[i], [&](app::TargetId target, int by) { node.least->change(target, by); },
          // Who loses a request has the fewest soon.
          [&](app::TargetId target) __attribute__((always_inline)) {
            const std::size_t place = node.least->place_of(target);
            if (place < node.places.size()) node.places[place].prefetch();
          });
      chosen = node.least->first();
      node.places[node.least->soon(chosen)].prefetch();
    } else {
      chosen = *node.turn;
      if (chosen + kAhead < node.places.size()) node.places[chosen + kAhead].prefetch();
    }
    Place& place = node.places[chosen];
    if (place.simple) {
      if (place.station == nullptr) meet(place, n, chosen);
      const SimTime done = serve<Sort, kLeast>(part, place, source, i);
      if (done != kNever) {
        if constexpr (kLeast) {
          node.least->change(place.target, 1);
          plane.states[source.frontend_index].nodes[n].add(done, place.target);
        } else {
          *node.turn = node.after(chosen);
          node.turned = true;
        }
        continue;
      }
    }
    // Something else happens to it.
    caught_up(i);
    plane.accept(0, source, i, source.batch[i]);
    ++source.next;
    strays = true;
  }
  caught_up(end);
}

/// The worker serves it, or leaves to others what its client sees.
template <class Sort>
STEADY_INLINE void DataPlane::Impl::Batched::serve_or_leave(Part& part, const Place& place,
                                                            const Source& source, std::size_t i) {
  if (serve<Sort, false>(part, place, source, i) != kNever) return;
  Station& station = *place.station;
  const SimTime now = source.batch[i];
  const SimTime start = station.next_start(now);
  Odd odd{i, place.home, kNever};
  if (!station.full(now, start)) {
    odd.done = start + SimDuration{services[place.service].ns[i]};
    station.take(now, start, odd.done);
  }
  part.odd.push_back(odd);
}

/// The requests of which a worker has the stations.
template <class Sort>
STEADY_INLINE void DataPlane::Impl::Batched::serve_own_with(unsigned number, const Source& source,
                                                            std::size_t end) {
  Part& part = parts[number];
  const Node& first = nodes.front();
  if (nodes.size() == 1 && !first.own.empty()) {
    // From one of its own to the next.
    const auto& own = first.own[number];
    const std::size_t turn = part.turns[0].of, all = first.places.size();
    part.turns[0] = {(turn + (end - source.next)) % all, true};
    if (own.empty()) return;
    auto at = std::ranges::lower_bound(own, turn);
    if (at == own.end()) at = own.begin();
    for (std::size_t i = source.next + (*at + all - turn) % all; i < end;) {
      serve_or_leave<Sort>(part, first.places[*at], source, i);
      const std::size_t here = *at;
      i += ++at == own.end() ? all - here + own.front() : *at - here;
      if (at == own.end()) at = own.begin();
      first.places[*at].prefetch();
    }
    return;
  }
  for (std::size_t i = source.next; i < end; ++i) {
    const std::size_t n = node_of(source, i);
    const std::size_t chosen = part.turns[n].of;
    part.turns[n] = {nodes[n].after(chosen), true};
    const Place& place = nodes[n].places[chosen];
    if (place.part == number) serve_or_leave<Sort>(part, place, source, i);
  }
}

/// For machines with AVX-512, whose registers hold all eight workers of a station, and for others.
struct DataPlane::Impl::Batched::Wide {
  struct Sort {
    STEADY_INLINE static void in(std::int64_t* eight, std::int64_t at) {
      // Vector units read all before they write.
      for (int i = 0; i < 8; ++i) eight[i] = std::min(eight[i + 1], std::max(eight[i], at));
    }
  };
  template <bool kLeast>
  STEADY_WIDEST static void take(Batched& all, Source& source, std::size_t end) {
    all.take_with<kLeast, Sort>(source, end);
  }
  STEADY_WIDEST static void serve_own(Batched& all, unsigned number, const Source& source,
                                      std::size_t end) {
    all.serve_own_with<Sort>(number, source, end);
  }
};
struct DataPlane::Impl::Batched::Plain {
  template <bool kLeast>
  static void take(Batched& all, Source& source, std::size_t end) {
    all.take_with<kLeast, SortByMasks>(source, end);
  }
  static void serve_own(Batched& all, unsigned number, const Source& source, std::size_t end) {
    all.serve_own_with<SortByMasks>(number, source, end);
  }
};

void DataPlane::Impl::Batched::take(Source& source, std::size_t end, SimTime until, bool least) {
  Part& part = parts.front();
  if (part.waiting.count >= part.sweep_at) sweep(part, until);
  part.waiting.make_room(part.waiting.count + (end - source.next));
  if (vector_units() == VectorUnits::kAvx512) {
    return least ? Wide::take<true>(*this, source, end) : Wide::take<false>(*this, source, end);
  }
  return least ? Plain::take<true>(*this, source, end) : Plain::take<false>(*this, source, end);
}

void DataPlane::Impl::Batched::serve_own(unsigned number, const Source& source, std::size_t end) {
  Part& part = parts[number];
  // More than its share, rarely all.
  part.waiting.make_room(part.waiting.count + (end - source.next));
  part.turns.clear();
  for (const Node& node : nodes) part.turns.push_back({*node.turn});
  if (vector_units() == VectorUnits::kAvx512) {
    Wide::serve_own(*this, number, source, end);
  } else {
    Plain::serve_own(*this, number, source, end);
  }
}

/// Whose first request is among these gets a station, in order of sending.
void DataPlane::Impl::Batched::meet_all(const Source& source, std::size_t end) {
  if (std::ranges::all_of(nodes, [](const Node& node) { return node.unmet == 0; })) {
    Node& node = nodes.front();
    if (nodes.size() > 1 || !node.own.empty()) return;
    node.own.resize(parts.size());
    for (std::uint32_t i = 0; i < node.places.size(); ++i)
      node.own[node.places[i].part].push_back(i);
    return;
  }
  std::vector<std::size_t> turns;
  for (const Node& node : nodes) turns.push_back(*node.turn);
  for (std::size_t i = source.next; i < end; ++i) {
    const std::size_t n = node_of(source, i);
    const std::size_t chosen = turns[n];
    turns[n] = nodes[n].after(chosen);
    if (nodes[n].places[chosen].station == nullptr) meet(nodes[n].places[chosen], n, chosen);
  }
}

/// Round robin does not ask how the others are: who gets which request is known beforehand. Each
/// worker finds its own among them and serves those.
void DataPlane::Impl::Batched::take_side_by_side(Source& source, std::size_t end, SimTime until) {
  meet_all(source, end);
  // All at once, so that nobody waits for one who sweeps.
  const bool full = std::ranges::any_of(
      parts, [](const Part& part) { return part.waiting.count >= part.sweep_at; });
  std::atomic<std::size_t> under_way{parts.size()};
  const bool batch_is_over = end == source.batch.size();
  Draft* ahead = source.ahead && source.ahead->begun() ? source.ahead.get() : nullptr;
  workers->run([&](unsigned number) {
    if (full) sweep(parts[number], until);
    serve_own(number, source, end);
    under_way.fetch_sub(1, std::memory_order_relaxed);
    if (ahead == nullptr) return;
    // Who is done first draws what will be sent next: all of it when it comes at once, or until all
    // are done.
    if (batch_is_over) return ahead->draw_rest(*source.shape, source.service);
    while (under_way.load(std::memory_order_relaxed) != 0 &&
           ahead->draw_piece(*source.shape, source.service)) {
    }
  });
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    nodes[n].turned = nodes[n].turned || parts.front().turns[n].taken;
    *nodes[n].turn = parts.front().turns[n].of;
  }
  see_odd(source);
  const std::size_t count = end - source.next;
  shared += count;
  source.made += count;
  plane.sent += count;
  taken += count;
  source.next = end;
}

/// What the workers found is decided in order of sending, as if there had been one.
void DataPlane::Impl::Batched::see_odd(Source& source) {
  std::vector<Odd> all;
  for (Part& part : parts) {
    all.insert(all.end(), part.odd.begin(), part.odd.end());
    part.odd.clear();
  }
  std::ranges::sort(all, {}, &Odd::place);
  for (const Odd& odd : all) {
    const SimTime now = source.batch[odd.place];
    const Home& home = homes[odd.home];
    Open open = plane.sent_now(0, source.made + (odd.place - source.next), now);
    open.frontend = source.frontend_index;
    open.node = home.node;
    open.target = home.target;
    open.process = home.process;
    if (odd.done == kNever) {
      plane.overflow(open, *frontend);
      continue;
    }
    open.end = odd.done;
    Served& at = *plane.served[home.process];
    plane.app_answers(open, at, source.chances[odd.place]);
    plane.plan_end(open, *frontend, now, plane.patience_of(open));
    at.station.open.push(open);
    strays = true;
  }
}

/// The next requests and their draws: several workers draw a batch ahead.
void DataPlane::Impl::Batched::refill(Source& source) {
  if (workers == nullptr) {
    source.peek();
    return draw(source);
  }
  if (source.exhausted) return;
  if (!source.ahead) source.ahead = std::make_unique<Draft>();
  Draft& ahead = *source.ahead;
  if (!ahead.begun()) begin_draft(source, source.made);
  if (!ahead.all_taken()) {
    workers->run([&](unsigned) { ahead.draw_rest(*source.shape, source.service); });
  }
  source.take_ahead();
  for (Service& service : services) {
    const auto drawn = std::ranges::find(ahead.samples, service.of, &Draft::Samples::of);
    if (drawn == ahead.samples.end()) continue;
    std::swap(service.ns, drawn->ns);
    service.drawn = source.batches;
  }
  if (!source.exhausted) begin_draft(source, source.made + source.batch.size());
}

void DataPlane::Impl::Batched::begin_draft(Source& source, std::uint64_t first) {
  std::vector<const Distribution*> wanted;
  for (const Service& service : services) {
    if (service.used && !service.of->is_constant()) wanted.push_back(service.of);
  }
  source.ahead->begin(kSharedBatch, first, wanted);
}

bool DataPlane::Impl::Batched::run(SimTime until) {
  if (plane.sources.size() != 1) return false;
  Source& source = plane.sources.front();
  if (!look(source, until)) return false;
  const bool least = nodes.front().least != nullptr;
  const bool sharable =
      workers != nullptr && !least && std::ranges::all_of(nodes, &Node::all_simple);
  // What others were left with is looked through now and then.
  if (strays && plane.sent >= look_for_strays_at) {
    settle(until);
    look_for_strays_at = plane.sent + 4096;
  }
  for (;;) {
    if (source.next == source.batch.size()) refill(source);
    if (source.peek() >= until) break;
    draw(source);
    std::size_t end = source.batch.size();
    if (source.batch.back() >= until) {
      end = static_cast<std::size_t>(
          std::lower_bound(source.batch.begin() + static_cast<std::ptrdiff_t>(source.next),
                           source.batch.end(), until) -
          source.batch.begin());
    }
    const std::size_t count = end - source.next;
    if (plane.sent + count > plane.limits.requests) break;
    if (sharable && count >= kWorthSharing) {
      take_side_by_side(source, end, until);
    } else {
      take(source, end, until, least);
    }
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].turned) frontend->nodes[i].algorithm->rotated();
    nodes[i].turned = false;
  }
  return source.peek() >= until;
}

}  // namespace steady::dataplane
