#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/faults/fault.h"
#include "sim/faults/victims.h"
#include "sim/world/world.h"

namespace steady::faults {

/// Processes work at so many millionths of their speed for a while; 0: they stand still. The work
/// that is left of every request that they hold takes so much longer from that moment on.
class Slowdown final : public Fault {
 public:
  Slowdown(Options& options, std::string name, std::int64_t speed)
      : name_(std::move(name)), victims_(options), speed_(speed), for_(options.duration("for")) {}

  Result<std::string> begin(world::World& world, std::uint64_t entity) override {
    auto chosen = victims_.choose(world, name_, entity);
    if (!chosen) return chosen.error();
    std::string hit;
    for (const auto& victim : *chosen) {
      const std::uint64_t number =
          world.fleet().slow_down(victim.process, speed_, world.now() + for_);
      slowed_.emplace_back(victim.process, number);
      hit += (hit.empty() ? "" : ", ") + victim.name;
    }
    return hit;
  }
  void end(world::World& world) override {
    for (const auto& [process, number] : slowed_) world.fleet().end_slowdown(process, number);
  }
  std::optional<SimDuration> duration() const override { return for_; }
  bool changes_speeds() const override { return true; }

 private:
  std::string name_;
  Victims victims_;
  std::int64_t speed_;
  SimDuration for_;
  std::vector<std::pair<app::ProcessId, std::uint64_t>> slowed_;
};

}  // namespace steady::faults
