#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace steady::dataplane::testing {

/// What the nodes of Network load balancers count (elb.md 3.4).
struct FlowCounts {
  enum What : std::uint8_t {
    kNew,
    kUnhealthyRouting,
    kClientResets,
    kTargetResets,
    kBalancerResets,
    kWhats
  };
  using Node = std::pair<std::string, std::size_t>;  ///< its load balancer and its number
  /// By node and minute; minutes without anything are not there.
  std::map<std::pair<Node, std::int64_t>, std::array<std::uint64_t, kWhats>> minutes;
  /// How many flows are open, by second.
  std::map<Node, std::vector<std::int64_t>> open;
  bool operator==(const FlowCounts&) const = default;
  std::string words() const {
    std::string out;
    for (const auto& [at, counts] : minutes) {
      out += at.first.first + "/" + std::to_string(at.first.second) + " minute " +
             std::to_string(at.second) + ":";
      for (const std::uint64_t count : counts) out += " " + std::to_string(count);
      out += "\n";
    }
    for (const auto& [node, seconds] : open) {
      out += node.first + "/" + std::to_string(node.second) + " open:";
      for (const std::int64_t count : seconds) out += " " + std::to_string(count);
      out += "\n";
    }
    return out;
  }
};

}  // namespace steady::dataplane::testing
