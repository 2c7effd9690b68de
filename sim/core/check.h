#pragma once

#include <stdexcept>
#include <string>

namespace steady {

/// A broken invariant of ours: a bug, never the user's fault. The runner catches it at the edge,
/// prints version, seed, virtual time and the replay line, and exits 3.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// A bound that the scenario broke (events, tasks, requests per run). The user's fault: exit 2.
class LimitReached : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws InternalError with expression, place and sentence.
[[noreturn]] void check_failed(const char* expression, const char* file, int line,
                               const std::string& sentence);

}  // namespace steady

/// Checks an invariant in every build. `sentence` is only made when the check fails.
#define STEADY_CHECK(expression, sentence)                                                \
  do {                                                                                    \
    if (!(expression)) ::steady::check_failed(#expression, __FILE__, __LINE__, sentence); \
  } while (false)
