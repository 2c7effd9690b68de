#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/time.h"

namespace steady::app {

/// What is wrong with the services that apps depend on. A request meets what is the case when it is
/// accepted.
class Dependencies {
 public:
  struct Trouble {
    std::string name{};
    std::int64_t factor = 1000;            ///< Thousandths of the latency that it has else.
    std::optional<SimDuration> latency{};  ///< Instead of it.
    bool down = false;                     ///< Refuses every call at once.
  };
  /// The number takes the trouble away again.
  std::uint64_t begin(Trouble trouble) {
    troubles_.emplace_back(made_, std::move(trouble));
    return made_++;
  }
  void end(std::uint64_t number) {
    std::erase_if(troubles_, [number](const auto& each) { return each.first == number; });
  }

  /// Latencies multiply (at most to a million times), of several fixed ones the longest counts.
  Trouble state(std::string_view name) const {
    Trouble sum;
    for (const auto& [number, each] : troubles_) {
      if (each.name != name) continue;
      sum.factor = std::min<std::int64_t>(1'000'000'000, sum.factor * each.factor / 1000);
      if (each.latency) sum.latency = std::max(sum.latency.value_or(*each.latency), *each.latency);
      sum.down = sum.down || each.down;
    }
    return sum;
  }
  bool all_well() const { return troubles_.empty(); }

 private:
  std::vector<std::pair<std::uint64_t, Trouble>> troubles_;
  std::uint64_t made_ = 0;
};

}  // namespace steady::app
