#include "sim/dataplane/sources/source.h"

#include <utility>

#include "sim/core/batch.h"
#include "sim/core/check.h"

namespace steady::dataplane {

namespace {

constexpr std::size_t kBatch = 256;

}  // namespace

SimTime Source::refill() {
  if (exhausted) return kNever;
  if (ahead && ahead->begun()) {
    ahead->draw_rest(*shape, service);
    take_ahead();
  } else {
    begin_batch();
    batch.clear();
    shape->next(kNever, kBatch, batch);
    if (!follows) {  // else each of their requests draws for itself
      words.resize(kBatch);
      chances.resize(kBatch);
      nodes.resize(kBatch);
      batch::blocks(service, made, kMain, batch.size(),
                    {words.data(), chances.data(), nodes.data()});
    }
    exhausted = batch.empty();
  }
  if (!follows && !bindings.empty()) draw_routes();
  return batch.empty() ? kNever : batch[0];
}

void Source::begin_batch() {
  next = 0;
  ++batches;
  for (auto& known : samples) known.of = nullptr;
  routes.first = made;
}

void Source::take_ahead() {
  STEADY_CHECK(ahead->first() == made, "a batch was drawn for other requests than come next");
  begin_batch();
  std::swap(batch, ahead->arrivals);
  std::swap(words, ahead->words);
  std::swap(chances, ahead->chances);
  std::swap(nodes, ahead->nodes);
  exhausted = batch.empty();
  ahead->end();
}

void Source::draw_routes() {
  routes.batch = batches;
  routes.words.resize(batch.size());
  routes.clients.resize(batch.size());
  routes.choices.resize(batch.size());
  batch::blocks(service, routes.first, kRoute, batch.size(),
                {routes.words.data(), routes.clients.data(), routes.choices.data()});
  routes.gaps.of = nullptr;
}

SimDuration Source::reuse_gap(const Distribution& distribution, std::uint64_t index,
                              std::uint32_t attempt, const PhiloxBlock& bits) {
  const std::size_t i = place_of(index, attempt);
  if (i >= batch.size()) return distribution.sample(word(bits));
  if (routes.gaps.of != &distribution) {
    routes.gaps.of = &distribution;
    routes.gaps.ns.resize(batch.size());
    distribution.sample_many(routes.words.data(), batch.size(), routes.gaps.ns.data());
  }
  return SimDuration{routes.gaps.ns[i]};
}

SimDuration Source::sample_batch(std::size_t i, const Distribution& distribution) {
  // A third revision takes the place of the one that was asked for first.
  Samples& fresh = samples[next_samples];
  next_samples = (next_samples + 1) % samples.size();
  fresh.of = &distribution;
  fresh.ns.resize(words.size());
  distribution.sample_many(words.data(), batch.size(), fresh.ns.data());
  return SimDuration{fresh.ns[i]};
}

std::uint32_t Source::client(std::uint64_t index) const {
  if (spec.users) return static_cast<std::uint32_t>(index % spec.users->number);
  if (!has_population()) return follows ? static_cast<std::uint32_t>(index % kAgain) : 0;
  if (spec.trace) return spec.trace->peers[spec.trace->requests[index % kAgain].peer].client;
  const std::size_t i = place_of(index % kAgain, 0);
  const std::uint64_t bits = i < batch.size() && routes.batch == batches
                                 ? routes.clients[i]
                                 : service.block(index % kAgain, kRoute)[2];
  return static_cast<std::uint32_t>((bits * spec.clients) >> 32);
}

}  // namespace steady::dataplane
