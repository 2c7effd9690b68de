#include "sim/faults/fault.h"
#include "sim/world/world.h"

namespace steady::faults {
namespace {

/// A node of a load balancer is replaced, added or removed, as load balancers do when they grow,
/// shrink or are repaired (elb.md 4.4).
class BalancerNode final : public Fault {
 public:
  explicit BalancerNode(Options& options)
      : change_{.kind = elb::NodeChange::Kind::kReplace,
                .load_balancer = options.text("loadBalancer"),
                .zone = options.text("zone", ""),
                .closes_after = options.duration("closeAfter", std::chrono::minutes{5})} {
    using Kind = elb::NodeChange::Kind;
    const std::string action = options.text("action", "replace");
    if (action == "add") {
      change_.kind = Kind::kAdd;
    } else if (action == "remove") {
      change_.kind = Kind::kRemove;
    } else if (action != "replace") {
      options.refuse("action", "is one of add, remove and replace, not '" + action + "'");
    }
  }

  Result<std::string> begin(world::World& world, std::uint64_t) override {
    return world.elb().change_node(change_);
  }

 private:
  elb::NodeChange change_;
};

}  // namespace

std::unique_ptr<Fault> make_balancer_node(Options& options) {
  return std::make_unique<BalancerNode>(options);
}

}  // namespace steady::faults
