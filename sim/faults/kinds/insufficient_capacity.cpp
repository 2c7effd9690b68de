#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

/// EC2 has no machines of a type in a zone for a while (ecs.md 5.4, "no capacity").
class InsufficientCapacity final : public Fault {
 public:
  explicit InsufficientCapacity(Options& options)
      : fault_{options.text("instanceType", ""), options.text("zone", "")},
        duration_(options.duration("for")) {}

  Result<std::string> begin(world::World& world, std::uint64_t) override {
    world.ec2().add_capacity_fault(fault_);
    return (fault_.instance_type.empty() ? "any type" : fault_.instance_type) + " in " +
           (fault_.zone.empty() ? "any zone" : fault_.zone);
  }
  void end(world::World& world) override { world.ec2().remove_capacity_fault(fault_); }
  std::optional<SimDuration> duration() const override { return duration_; }

 private:
  ec2::CapacityFault fault_;
  SimDuration duration_;
};

}  // namespace

std::unique_ptr<Fault> make_insufficient_capacity(Options& options) {
  return std::make_unique<InsufficientCapacity>(options);
}

}  // namespace steady::faults
