#include "sim/core/histogram.h"

#include "sim/core/check.h"

namespace steady {
namespace {

constexpr std::uint32_t kPerOctave = 128;

/// Buckets of one octave hold 2^shift values each; the first two octaves hold one.
std::uint32_t shift_of(std::uint32_t bucket) {
  return bucket < 2 * kPerOctave ? 0 : bucket / kPerOctave - 1;
}

}  // namespace

std::int64_t Histogram::bucket_low(std::uint32_t bucket) {
  const std::uint32_t shift = shift_of(bucket);
  return static_cast<std::int64_t>(bucket - shift * kPerOctave) << shift;
}

std::int64_t Histogram::bucket_high(std::uint32_t bucket) {
  return bucket_low(bucket) + ((std::int64_t{1} << shift_of(bucket)) - 1);
}

void Histogram::grow(std::uint32_t bucket) {
  buckets_.resize((std::size_t{bucket} / kPerOctave + 1) * kPerOctave);
}

void Histogram::add_many(const std::int64_t* ns, std::size_t count) {
  if (count == 0) return;
  std::int64_t least = INT64_MAX, most = 0;
  Uint128 sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    least = std::min(least, ns[i]);
    most = std::max(most, ns[i]);
    sum += static_cast<std::uint64_t>(std::max<std::int64_t>(ns[i], 0));
  }
  const std::uint32_t last = bucket_of(most);
  if (last >= buckets_.size()) grow(last);
  std::uint64_t* const buckets = buckets_.data();
  for (std::size_t i = 0; i < count; ++i) ++buckets[bucket_of(ns[i])];
  count_ += count;
  min_ = std::min(min_, std::max<std::int64_t>(least, 0));
  max_ = std::max(max_, most);
  sum_ += sum;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
  const std::uint32_t last = bucket_of(other.max_);
  for (std::uint32_t i = bucket_of(other.min_); i <= last; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

void Histogram::clear() {
  if (count_ == 0) return;
  std::fill(buckets_.begin() + bucket_of(min_), buckets_.begin() + bucket_of(max_) + 1, 0);
  count_ = 0;
  min_ = INT64_MAX;
  max_ = 0;
  sum_ = 0;
}

SimDuration Histogram::mean() const {
  return SimDuration{count_ ? static_cast<std::int64_t>(sum_ / count_) : 0};
}

SimDuration Histogram::quantile(std::uint32_t per_million) const {
  constexpr std::uint32_t kMillion = 1'000'000;
  STEADY_CHECK(per_million <= kMillion, "a quantile above 1 was asked for");
  if (count_ == 0) return SimDuration{0};
  const Uint128 product = Uint128{count_} * per_million + (kMillion - 1);
  const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(product / kMillion), 1);
  std::uint64_t seen = 0;
  for (std::uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return SimDuration{std::min(bucket_high(bucket), max_)};
  }
  return SimDuration{max_};
}

}  // namespace steady
