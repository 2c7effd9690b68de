#pragma once

#include <string>
#include <utility>

#include "sim/api/services.h"

namespace steady::api {

/// The cloud's front door: what AWS's API takes, as typed calls. Timeline, deploy engines and
/// (later) the HTTP endpoint come through here.
class CloudApi {
 public:
  explicit CloudApi(world::World& world) : door_{world} {}
  CloudApi(const CloudApi&) = delete;
  CloudApi& operator=(const CloudApi&) = delete;

  /// Who calls from now on: "timeline", "engine:NAME".
  void as(std::string caller) { door_.caller = std::move(caller); }
  world::World& world() { return door_.world; }

  EcsApi& ecs() { return ecs_; }
  ElbApi& elb() { return elb_; }
  Elbv2Api& elbv2() { return elbv2_; }
  Ec2Api& ec2() { return ec2_; }
  AutoScalingApi& auto_scaling() { return auto_scaling_; }

 private:
  Door door_;
  EcsApi ecs_{door_};
  ElbApi elb_{door_};
  Elbv2Api elbv2_{door_};
  Ec2Api ec2_{door_};
  AutoScalingApi auto_scaling_{door_};
};

}  // namespace steady::api
