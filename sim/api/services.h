#pragma once

#include <string>

#include "sim/api/autoscaling/types.h"
#include "sim/api/ec2/types.h"
#include "sim/api/ecs/types.h"
#include "sim/api/elb/types.h"
#include "sim/api/elbv2/types.h"
#include "sim/core/result.h"

namespace steady::world {
class World;
}

namespace steady::api {

/// What all services share: the world, and who calls.
struct Door {
  world::World& world;
  std::string caller = "timeline";
  /// Notes a call and its outcome in the journal (kApiCall).
  void note(const char* action, const Error* error, const std::string& subject) const;
};

/// What a call is about, for the journal: the first name in its input.
template <class Input>
std::string subject_of(const Input& input) {
  if constexpr (requires { input.service; })
    return input.service;
  else if constexpr (requires { input.service_name; })
    return input.service_name;
  else if constexpr (requires { input.load_balancer_name; })
    return input.load_balancer_name;
  else if constexpr (requires { input.target_group_arn; })
    return input.target_group_arn;
  else if constexpr (requires { input.task; })
    return input.task;
  else if constexpr (requires { input.task_definition; })
    return input.task_definition;
  else if constexpr (requires { input.container_instance; })
    return input.container_instance;
  else if constexpr (requires { input.cluster_name; })
    return input.cluster_name;
  else if constexpr (requires { input.family; })
    return input.family;
  else if constexpr (requires { input.name; })
    return input.name;
  else if constexpr (requires { input.instance_id; })
    return input.instance_id;
  else if constexpr (requires { input.cluster; })
    return input.cluster;
  else
    return {};
}

// One class a service, one function an action of actions.def: the call, with its line in the
// journal, and below it what the action does (do_...), in a file of its own kind. Errors are AWS's:
// code and sentence.
#define ACTION(service, ...) ACTION_##service(__VA_ARGS__)
#define STEADY_ACTION(space, name, function, input, output)                     \
  Result<space::output> function(const space::input& request) {                 \
    auto result = do_##function(request);                                       \
    door_.note(#name, result ? nullptr : &result.error(), subject_of(request)); \
    return result;                                                              \
  }                                                                             \
  Result<space::output> do_##function(const space::input& request);

#define ACTION_ecs(...)
#define ACTION_elb(...)
#define ACTION_elbv2(...)
#define ACTION_ec2(...)
#define ACTION_autoscaling(...)

/// Amazon ECS (2014-11-13).
class EcsApi {
 public:
  explicit EcsApi(Door& door) : door_(door) {}
#undef ACTION_ecs
#define ACTION_ecs(...) STEADY_ACTION(ecs, __VA_ARGS__)
#include "sim/api/actions.def"
#undef ACTION_ecs
#define ACTION_ecs(...)

 private:
  Door& door_;
};

/// Classic Load Balancing (2012-06-01).
class ElbApi {
 public:
  explicit ElbApi(Door& door) : door_(door) {}
#undef ACTION_elb
#define ACTION_elb(...) STEADY_ACTION(elb, __VA_ARGS__)
#include "sim/api/actions.def"
#undef ACTION_elb
#define ACTION_elb(...)

 private:
  Door& door_;
};

/// Elastic Load Balancing v2 (2015-12-01).
class Elbv2Api {
 public:
  explicit Elbv2Api(Door& door) : door_(door) {}
#undef ACTION_elbv2
#define ACTION_elbv2(...) STEADY_ACTION(elbv2, __VA_ARGS__)
#include "sim/api/actions.def"
#undef ACTION_elbv2
#define ACTION_elbv2(...)

 private:
  Door& door_;
};

/// The few actions of EC2 (2016-11-15) that a deploy needs.
class Ec2Api {
 public:
  explicit Ec2Api(Door& door) : door_(door) {}
#undef ACTION_ec2
#define ACTION_ec2(...) STEADY_ACTION(ec2, __VA_ARGS__)
#include "sim/api/actions.def"
#undef ACTION_ec2
#define ACTION_ec2(...)

 private:
  Door& door_;
};

/// EC2 Auto Scaling (2011-01-01).
class AutoScalingApi {
 public:
  explicit AutoScalingApi(Door& door) : door_(door) {}
#undef ACTION_autoscaling
#define ACTION_autoscaling(...) STEADY_ACTION(autoscaling, __VA_ARGS__)
#include "sim/api/actions.def"
#undef ACTION_autoscaling
#define ACTION_autoscaling(...)

 private:
  Door& door_;
};

#undef ACTION
#undef ACTION_ecs
#undef ACTION_elb
#undef ACTION_elbv2
#undef ACTION_ec2
#undef ACTION_autoscaling
#undef STEADY_ACTION

}  // namespace steady::api
