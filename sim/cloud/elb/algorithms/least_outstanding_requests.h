#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "sim/cloud/elb/routing.h"

namespace steady::elb {

/// Places sorted by a small count, with the first of the lowest count at hand: one set of bits a
/// count, with a summary of its words. A change is two bits, whatever the number of places.
class LowestCount {
 public:
  void reset(std::size_t places);
  std::size_t size() const { return counts_.size(); }
  std::uint32_t count(std::size_t place) const { return counts_[place]; }
  void set(std::size_t place, std::uint32_t count) {
    take(place);
    put(place, count);
  }
  /// One step up or down.
  void step(std::size_t place, std::int32_t by) {
    const std::uint32_t from = counts_[place], to = from + static_cast<std::uint32_t>(by);
    if (from >= kMost || to >= kMost) return set(place, to);
    counts_[place] = to;
    clear_bit(from, place);
    if (to >= levels_.size() || levels_[to].words.empty()) make_level(to);
    set_bit(to, place);
    if (to < lowest_) lowest_ = to;
  }
  /// The first of those with the lowest count; size() must not be 0.
  std::size_t first() {
    while (levels_[lowest_].members == 0) ++lowest_;
    if (lowest_ == kMost) return scan();
    const Level& level = levels_[lowest_];
    std::size_t outer = 0;
    while (level.summary[outer] == 0) ++outer;
    const std::size_t word =
        outer * 64 + static_cast<std::size_t>(std::countr_zero(level.summary[outer]));
    return word * 64 + static_cast<std::size_t>(std::countr_zero(level.words[word]));
  }
  /// Of the lowest count too, some places after `first`, if there is one near by; else `first`.
  std::size_t soon(std::size_t first) const {
    if (lowest_ == kMost) return first;
    const std::uint64_t word = levels_[lowest_].words[first / 64];
    std::uint64_t after = word & (word - 1);
    after = (after & (after - 1)) != 0 ? after & (after - 1) : after;
    return after == 0 ? first : first / 64 * 64 + static_cast<std::size_t>(std::countr_zero(after));
  }

 private:
  /// From here on counts share a level, and the lowest is looked for.
  static constexpr std::uint32_t kMost = 4096;
  struct Level {
    std::vector<std::uint64_t> words, summary;
    std::size_t members = 0;
  };
  void make_level(std::uint32_t at);
  std::size_t scan() const;
  void take(std::size_t place) { clear_bit(std::min(counts_[place], kMost), place); }
  void put(std::size_t place, std::uint32_t count) {
    counts_[place] = count;
    const std::uint32_t at = std::min(count, kMost);
    if (at >= levels_.size() || levels_[at].words.empty()) make_level(at);
    set_bit(at, place);
    lowest_ = std::min(lowest_, at);
  }
  void set_bit(std::uint32_t at, std::size_t place) {
    Level& level = levels_[at];
    const std::size_t word = place / 64;
    level.words[word] |= std::uint64_t{1} << (place % 64);
    level.summary[word / 64] |= std::uint64_t{1} << (word % 64);
    ++level.members;
  }
  void clear_bit(std::uint32_t at, std::size_t place) {
    Level& level = levels_[at];
    const std::size_t word = place / 64;
    const std::uint64_t left = level.words[word] &= ~(std::uint64_t{1} << (place % 64));
    if (left == 0) level.summary[word / 64] &= ~(std::uint64_t{1} << (word % 64));
    --level.members;
  }
  std::vector<std::uint32_t> counts_;
  std::vector<Level> levels_;
  std::uint32_t lowest_ = 0;
};

/// The fewest requests in progress, counted by this node alone; the earliest registered wins a tie
/// (elb.md 2.9).
class LeastOutstandingRequests final : public Algorithm {
 public:
  LeastOutstandingRequests() {
    fewest_ = this;
    counts_outstanding_ = true;
  }
  std::size_t choose(Turn) override { return first(); }
  std::size_t choose_other(Turn turn, std::span<const RouteTarget> candidates,
                           std::span<const TargetId> not_these) override;
  void began(TargetId target) override { change(target, 1); }
  void ended(TargetId target) override { change(target, -1); }
  std::size_t first() { return counts_.first(); }
  /// Whose turn may come soon after his who is first.
  std::size_t soon(std::size_t first) const { return counts_.soon(first); }
  /// Among the candidates; a large number when it is none.
  std::size_t place_of(TargetId target) const {
    return target < slots_.size() ? slots_[target] : kNoSlot;
  }
  void change(TargetId target, int by) {
    if (target < slots_.size() && slots_[target] != kNoSlot)
      return counts_.step(slots_[target], by);
    change_elsewhere(target, by);
  }

 private:
  static constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};
  void use(std::span<const RouteTarget> candidates) override;
  void change_elsewhere(TargetId target, int by);

  std::vector<TargetId> candidates_;
  LowestCount counts_;                ///< by place among the candidates
  std::vector<std::uint32_t> slots_;  ///< by target: its place
  std::map<TargetId, std::uint32_t> counts_elsewhere_;
};

}  // namespace steady::elb
