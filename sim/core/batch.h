#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/core/random.h"

/// Many draws at once, with the bits that one at a time gives: the same operations in the same
/// order, laid out so that vector units can do several side by side. Which units there are is asked
/// when the program runs; it changes the speed, never a bit.
namespace steady::batch {

/// Blocks of entities first, first + 1, ...: words 0 and 1 as one (word 1 high), words 2 and 3.
struct Blocks {
  std::uint64_t* low = nullptr;
  std::uint32_t *third = nullptr, *fourth = nullptr;
};
void blocks(const RandomStream& stream, std::uint64_t first, std::uint32_t draw, std::size_t count,
            Blocks out);

/// Exponential values of mean 1: -log(1 - u).
void unit_exponentials(const std::uint64_t* words, std::size_t count, double* out);

/// median * exp(sigma z), sigma below 70.
void lognormals(const std::uint64_t* words, std::size_t count, double median, double sigma,
                double* out);

}  // namespace steady::batch
