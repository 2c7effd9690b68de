#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/core/result.h"

namespace steady::ecs {

/// A regular expression that has to match the whole of a value, as Java's `matches` does (ecs.md
/// 3.4). It reads the part of Java's syntax that has no memory: literals, `.`, classes, \d \w \s
/// and their opposites, groups, alternatives, `* + ? {n,m}`, ^ and $. Everything else (look-around,
/// back references, possessive quantifiers, flags) is an error. Time is linear in the value, so no
/// expression can stall a run.
class Pattern {
 public:
  static constexpr std::size_t kLongest = 2000;   ///< characters of an expression
  static constexpr std::size_t kLargest = 20000;  ///< steps, after {n,m} is written out

  /// Error code "regex"; `where` is the column (1-based) in `expression`.
  static Result<Pattern> parse(std::string_view expression);
  bool matches(std::string_view value) const;

  using Bytes = std::bitset<256>;
  struct Step {
    enum class Kind : std::uint8_t { kBytes, kSplit, kJump, kBegin, kEnd, kDone } kind;
    std::size_t next = 0, other = 0;  ///< Positions of the steps that follow.
    std::size_t bytes = 0;            ///< kBytes: which of the sets.
  };

 private:
  std::vector<Step> steps_;
  std::vector<Bytes> sets_;
};

}  // namespace steady::ecs
