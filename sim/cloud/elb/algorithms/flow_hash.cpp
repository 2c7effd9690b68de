#include "sim/cloud/elb/registry.h"
#include "sim/cloud/elb/routing.h"

namespace steady::elb {
namespace {

/// What a Network load balancer does with a new flow (elb.md 3.1): its hash of addresses, ports and
/// sequence number is as good as an even draw, for every connection has another port.
class FlowHash final : public Algorithm {
 public:
  FlowHash() { draws_ = true; }
  std::size_t choose(Turn turn) override {
    return static_cast<std::size_t>((std::uint64_t{turn.bits} * count_) >> 32);
  }

 private:
  void use(std::span<const RouteTarget> candidates) override { count_ = candidates.size(); }
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Algorithm> make_flow_hash() { return std::make_unique<FlowHash>(); }

}  // namespace steady::elb
