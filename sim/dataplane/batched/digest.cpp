#include "sim/dataplane/batched/digest.h"

#include "sim/core/vector_units.h"

namespace steady::dataplane {
namespace {

STEADY_INLINE std::uint64_t sum_of_words(const std::uint64_t* numbers, const SimTime* sent,
                                         const SimTime* end, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    sum += digest_word(numbers[i] >> 16, 0, sent[i], end[i], 0);
  return sum;
}
STEADY_WIDEST std::uint64_t widest_sum(const std::uint64_t* numbers, const SimTime* sent,
                                       const SimTime* end, std::size_t count) {
  return sum_of_words(numbers, sent, end, count);
}

}  // namespace

std::uint64_t digest_words(const std::uint64_t* numbers, const SimTime* sent, const SimTime* end,
                           std::size_t count) {
  return vector_units() == VectorUnits::kAvx512 ? widest_sum(numbers, sent, end, count)
                                                : sum_of_words(numbers, sent, end, count);
}

}  // namespace steady::dataplane
