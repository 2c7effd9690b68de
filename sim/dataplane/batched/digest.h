#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/core/random.h"
#include "sim/core/time.h"

namespace steady::dataplane {

/// What a request leaves in the digest. A sum of such words does not depend on the order in which
/// requests are booked.
inline std::uint64_t digest_word(std::uint64_t index, std::uint16_t source, SimTime sent,
                                 SimTime end, std::uint64_t rest) {
  const auto nanoseconds = [](SimTime t) {
    return static_cast<std::uint64_t>(t.time_since_epoch().count());
  };
  return mix64((index * 64 + source) * 0xD1342543DE82EF95ULL +
               nanoseconds(sent) * 0xAF251AF3B0F025B5ULL +
               nanoseconds(end) * 0x9E6C63D0876A9A47ULL + rest);
}

/// Their sum, for answered requests of the first source; an index is the upper 48 bits of a number.
std::uint64_t digest_words(const std::uint64_t* numbers, const SimTime* sent, const SimTime* end,
                           std::size_t count);

}  // namespace steady::dataplane
