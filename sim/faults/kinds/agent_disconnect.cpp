#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

/// An instance's agent loses its connection: its tasks go on, nothing on it starts or stops
/// (ecs.md 1.4).
class AgentDisconnect final : public Fault {
 public:
  explicit AgentDisconnect(Options& options)
      : instance_(options.text("instance")), duration_(options.duration("for")) {}

  Result<std::string> begin(world::World& world, std::uint64_t) override {
    if (auto done = world.ecs().set_agent_connected(instance_, false); !done) return done.error();
    return instance_;
  }
  void end(world::World& world) override {
    // The instance may be gone by now; then there is nothing to reconnect.
    (void)world.ecs().set_agent_connected(instance_, true);
  }
  std::optional<SimDuration> duration() const override { return duration_; }

 private:
  std::string instance_;
  SimDuration duration_;
};

}  // namespace

std::unique_ptr<Fault> make_agent_disconnect(Options& options) {
  return std::make_unique<AgentDisconnect>(options);
}

}  // namespace steady::faults
