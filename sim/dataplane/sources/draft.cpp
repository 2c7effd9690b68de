#include "sim/dataplane/sources/draft.h"

#include <algorithm>

#include "sim/core/batch.h"
#include "sim/dataplane/blocks.h"

namespace steady::dataplane {
namespace {

/// A few microseconds' work.
constexpr std::size_t kPiece = 256;

}  // namespace

void Draft::begin(std::size_t most, std::uint64_t first,
                  const std::vector<const Distribution*>& of) {
  begun_ = true;
  most_ = most;
  first_ = first;
  arrivals.clear();
  words.resize(most);
  chances.resize(most);
  nodes.resize(most);
  samples.resize(of.size());
  for (std::size_t i = 0; i < of.size(); ++i) {
    samples[i].of = of[i];
    samples[i].ns.resize(most);
  }
  next_.store(0, std::memory_order_relaxed);
  arrived_.store(0, std::memory_order_relaxed);
}

bool Draft::draw_piece(traffic::Shape& shape, const RandomStream& stream) {
  if (draw_arrivals(shape)) return true;
  if (next_.load(std::memory_order_relaxed) >= most_) return false;
  const std::size_t begin = next_.fetch_add(kPiece, std::memory_order_relaxed);
  if (begin >= most_) return false;
  const std::size_t count = std::min(kPiece, most_ - begin);
  batch::blocks(stream, first_ + begin, kMain, count,
                {words.data() + begin, chances.data() + begin, nodes.data() + begin});
  for (Samples& each : samples)
    each.of->sample_many(words.data() + begin, count, each.ns.data() + begin);
  return true;
}

/// One after the other, whoever does it; false when that is done or somebody is at it.
bool Draft::draw_arrivals(traffic::Shape& shape) {
  if (arrived_.load(std::memory_order_relaxed) >= most_) return false;
  if (drawing_arrivals_.test_and_set(std::memory_order_acquire)) return false;
  const std::size_t before = arrivals.size();
  const bool some = arrived_.load(std::memory_order_relaxed) < most_;
  if (some) {
    shape.next(kNever, std::min(kPiece, most_ - before), arrivals);
    arrived_.store(arrivals.size() == before ? most_ : arrivals.size(), std::memory_order_release);
  }
  drawing_arrivals_.clear(std::memory_order_release);
  return some;
}

}  // namespace steady::dataplane
