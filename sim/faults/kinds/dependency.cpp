#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

/// Something that apps depend on is slow for a while, or down.
class Dependency final : public Fault {
 public:
  explicit Dependency(Options& options) : for_(options.duration("for")) {
    trouble_.name = options.text("name");
    trouble_.down = options.flag("down", false);
    trouble_.factor = options.thousandths("factor", 1000);
    const SimDuration none{-1}, latency = options.duration("latency", none);
    if (latency != none) trouble_.latency = latency;
    const int ways =
        (trouble_.down ? 1 : 0) + (latency != none ? 1 : 0) + (trouble_.factor != 1000 ? 1 : 0);
    if (ways != 1) options.refuse("name", "has one trouble: latency, factor or down");
  }

  Result<std::string> begin(world::World& world, std::uint64_t) override {
    number_ = world.fleet().dependencies().begin(trouble_);
    return "dependency " + trouble_.name;
  }
  void end(world::World& world) override { world.fleet().dependencies().end(number_); }
  std::optional<SimDuration> duration() const override { return for_; }

 private:
  app::Dependencies::Trouble trouble_;
  SimDuration for_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<Fault> make_dependency(Options& options) {
  return std::make_unique<Dependency>(options);
}

}  // namespace steady::faults
