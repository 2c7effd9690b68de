#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "sim/dataplane/ledger.h"
#include "sim/world/world.h"

namespace steady::report {

/// Every attempt that reached a load balancer, as the balancer's own access log tells it: one line
/// an attempt, in the order in which they were sent. Application: elb.md 2.18; Classic: 1.11.
class AccessLog {
 public:
  void add(const dataplane::RequestRecord& record);
  /// `world` is the one that the records are of.
  void write(world::World& world, std::ostream& out);

 private:
  struct Entry {
    SimTime sent{}, ended{};
    SimDuration read{0};  ///< of it: the client read
    std::uint64_t index = 0;
    std::uint32_t target = 0;  ///< into targets_; 0: none
    std::uint32_t group = 0;
    std::uint16_t source = 0, attempt = 0, rule = 0;
    dataplane::CauseId cause = 0;
    const elb::Redirect* redirect = nullptr;
    const dataplane::Place* place = nullptr;
    dataplane::Outcome outcome{};
    bool asset = false;
  };
  std::vector<Entry> entries_;
  std::map<std::string, std::uint32_t> target_ids_{{"", 0}};
  std::vector<std::string> targets_{""};
};

}  // namespace steady::report
