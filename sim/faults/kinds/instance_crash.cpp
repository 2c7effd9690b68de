#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

/// Running instances are lost without a word: their addresses go dark and their tasks with them.
class InstanceCrash final : public Fault {
 public:
  explicit InstanceCrash(Options& options)
      : instance_(options.text("instance", "")), count_(options.number("count", 1)) {}

  Result<std::string> begin(world::World& world, std::uint64_t entity) override {
    if (!instance_.empty()) {
      if (auto done = world.ec2().crash(instance_); !done) return done.error();
      return instance_;
    }
    const RandomStream draw = world.settings().random.stream("faults/instanceCrash");
    std::string hit;
    for (int i = 0; i < count_; ++i) {
      std::vector<std::string> running;
      for (const auto* instance : world.ec2().instances()) {
        if (instance->state == ec2::InstanceState::kRunning) running.push_back(instance->id);
      }
      if (running.empty()) return Error{"fault", "no instance is running", "instanceCrash"};
      const auto& victim =
          running[draw.below(running.size(), entity, static_cast<std::uint32_t>(i))];
      if (auto done = world.ec2().crash(victim); !done) return done.error();
      hit += (hit.empty() ? "" : ", ") + victim;
    }
    return hit;
  }

 private:
  std::string instance_;
  int count_;
};

}  // namespace

std::unique_ptr<Fault> make_instance_crash(Options& options) {
  return std::make_unique<InstanceCrash>(options);
}

}  // namespace steady::faults
