#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/core/time.h"

namespace steady::expectations {

/// What a measure gives or a condition compares with: a count, a ratio, a duration or moment (both
/// in nanoseconds), or a text. Nothing when there is no such thing ("first event" that never came).
struct Value {
  enum class Kind { kNumber, kDuration, kText, kNone } kind = Kind::kNone;
  double number = 0;    ///< kNumber; exact for counts below 2^53
  std::int64_t ns = 0;  ///< kDuration
  std::string text;     ///< kText

  static Value of(double number) { return {Kind::kNumber, number, 0, {}}; }
  static Value of(SimDuration duration) { return {Kind::kDuration, 0, duration.count(), {}}; }
  static Value of_text(std::string text) { return {Kind::kText, 0, 0, std::move(text)}; }
  static Value none() { return {}; }
  bool is_none() const { return kind == Kind::kNone; }
};

/// "37", "0.667", "1m30s", "web:1", "never".
std::string print(const Value& value);

}  // namespace steady::expectations
