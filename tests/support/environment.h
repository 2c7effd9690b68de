#pragma once

#include <cstdint>
#include <cstdlib>

namespace steady::test {

/// How much a test does can be set from outside: STEADY_WORLDS=50000.
inline std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace steady::test
