#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "sim/cloud/elb/anomalies/anomaly_rule.h"
#include "tests/sim/dataplane/oracle/ground.h"
#include "tests/sim/dataplane/oracle/script.h"

namespace steady::dataplane::testing {

/// Does a script to one ground.
class Actor {
 public:
  Actor(const Script& script, Ground& ground, app::RequestPlane& plane);
  std::function<void()> changed;  ///< called when a listener's rules were changed
  /// Of every interval that was counted: what each target's attempts came to.
  std::vector<std::vector<app::TargetEnds>> counted;
  bool weighed = false;  ///< Some target had less than its full weight.

 private:
  struct Member {
    app::TargetId target;
    app::EndpointId endpoint;
    app::ProcessId process;
    app::HostId host;
    bool member = true, drains = false;
    SimTime slow_since = kNever;
    bool anomalous = false;
    std::uint32_t weight = elb::kFullWeight;
  };
  elb::Frontend& make_way(const Script::Listener& listener);
  /// "/answer" is answered by the balancer, "/second/*" goes to the group made last, the rest to
  /// both by weight.
  std::shared_ptr<const elb::Routes> routes(const Script::Ruled& rule, elb::Frontend& first);
  /// What DNS says of the listener, and its nodes that go.
  void resolve(std::size_t number);
  void launch(int which);
  void tell_nodes();
  void tell_weights();
  void watch();
  void look();
  void stop_watching();
  void act(const Script::Deed& deed);
  void slow_down(const Script::Slowdown& slowdown);

  const Script& script_;
  Ground& ground_;
  app::RequestPlane& plane_;
  std::vector<Member> members_;
  SimTime watched_since_ = kNever;
  std::vector<const Script::Listener*> listener_of_;  ///< by frontend of the ground
  std::set<const elb::Frontend*> second_ways_;
};

}  // namespace steady::dataplane::testing
