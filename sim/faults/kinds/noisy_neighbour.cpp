#include "sim/cloud/ecs/cpu_shares.h"
#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

/// Something beside the tasks of an instance takes its processors, with shares of its own
/// (ecs.md 1.5).
class NoisyNeighbour final : public Fault {
 public:
  explicit NoisyNeighbour(Options& options)
      : instance_(options.text("instance")),
        wants_(options.thousandths("cpu") * 1000),
        shares_(options.number("shares", 1024)),
        for_(options.duration("for")) {
    if (shares_ < 2) options.refuse("shares", "are at least 2");
  }

  Result<std::string> begin(world::World& world, std::uint64_t) override {
    const ec2::Instance* machine = world.ec2().find(instance_);
    if (machine == nullptr)
      return Error{"fault", "there is no instance '" + instance_ + "'", "noisyNeighbour"};
    number_ = world.ecs().cpu_shares().add_neighbour(machine->id, wants_, shares_);
    return "instance " + machine->id;
  }
  void end(world::World& world) override { world.ecs().cpu_shares().remove_neighbour(number_); }
  std::optional<SimDuration> duration() const override { return for_; }
  bool changes_speeds() const override { return true; }

 private:
  std::string instance_;
  std::int64_t wants_;
  int shares_;
  SimDuration for_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<Fault> make_noisy_neighbour(Options& options) {
  return std::make_unique<NoisyNeighbour>(options);
}

}  // namespace steady::faults
