#include <algorithm>

#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

constexpr SimDuration kShortest = std::chrono::minutes{1};
constexpr SimDuration kLongest = std::chrono::hours{72};

/// An operator shifts a load balancer's traffic away from a zone, for 1 minute to 3 days, and may
/// cancel that before it is over (elb.md 2.13).
class ZonalShift final : public Fault {
 public:
  explicit ZonalShift(Options& options)
      : load_balancer_(options.text("loadBalancer")),
        away_from_(options.text("awayFrom")),
        expires_(options.duration("for")),
        cancelled_(options.duration("cancelAfter", kLongest)) {
    if (expires_ < kShortest || expires_ > kLongest)
      options.refuse("for", "is 1 minute to 3 days, not " + format_duration(expires_));
  }

  Result<std::string> begin(world::World& world, std::uint64_t) override {
    if (auto done = world.elb().start_zonal_shift(load_balancer_, away_from_); !done)
      return done.error();
    return load_balancer_ + " away from " + away_from_;
  }
  void end(world::World& world) override { world.elb().end_zonal_shift(load_balancer_); }
  std::optional<SimDuration> duration() const override { return std::min(expires_, cancelled_); }

 private:
  std::string load_balancer_, away_from_;
  SimDuration expires_, cancelled_;
};

}  // namespace

std::unique_ptr<Fault> make_zonal_shift(Options& options) {
  return std::make_unique<ZonalShift>(options);
}

}  // namespace steady::faults
