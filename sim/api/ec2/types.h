#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/elb/types.h"
#include "sim/core/distribution.h"

/// The few actions of EC2 (2016-11-15) that a deploy needs.
namespace steady::api::ec2 {

using elb::Empty;
using steady::ecs::KeptFields;

struct Placement {
  static constexpr const char* kShape = "Placement";
  std::string zone;
  KeptFields kept;
};
template <class V>
void fields(V& v, Placement& x) {
  v("AvailabilityZone", x.zone);
  v.kept(x.kept);
}

/// What a scenario may say of a machine beside AWS's own members.
struct Machine {
  std::string cluster;
  std::optional<int> cpu, memory, enis;
  std::optional<Distribution> boot, agent_registration;
  std::map<std::string, std::string> attributes;
};
template <class V>
void machine_fields(V& v, Machine& x) {
  v.alias("cluster", x.cluster);
  v.alias("cpu", x.cpu);
  v.alias("memory", x.memory);
  v.alias("enis", x.enis);
  v.alias("boot", x.boot);
  v.alias("agentRegistration", x.agent_registration);
  v.alias("attributes", x.attributes);
}

struct RunInstancesInput {
  static constexpr const char* kShape = "RunInstances";
  std::string image_id, instance_type = "m5.large";
  int min_count = 1, max_count = 1;
  std::string client_token;
  std::optional<Placement> placement;
  Machine machine;
  KeptFields kept;
};
template <class V>
void fields(V& v, RunInstancesInput& x) {
  v("ImageId", x.image_id);
  v("InstanceType", x.instance_type);
  v("MinCount", x.min_count);
  v("MaxCount", x.max_count);
  v("ClientToken", x.client_token);
  v("Placement", x.placement);
  machine_fields(v, x.machine);
  v.kept(x.kept);
}
struct InstanceState {
  static constexpr const char* kShape = "InstanceStateShape";
  std::string name;
};
template <class V>
void fields(V& v, InstanceState& x) {
  v("Name", x.name);
}
struct Instance {
  static constexpr const char* kShape = "InstanceShape";
  std::string instance_id, image_id, instance_type;
  InstanceState state;
  Placement placement;
  std::string launch_time;  ///< ISO 8601
  KeptFields kept;
};
template <class V>
void fields(V& v, Instance& x) {
  v("InstanceId", x.instance_id);
  v("ImageId", x.image_id);
  v("InstanceType", x.instance_type);
  v("State", x.state);
  v("Placement", x.placement);
  v("LaunchTime", x.launch_time);
  v.kept(x.kept);
}
struct InstancesOutput {
  static constexpr const char* kShape = "InstancesOutput";
  std::vector<Instance> instances;
};
template <class V>
void fields(V& v, InstancesOutput& x) {
  v("Instances", x.instances);
}
struct InstanceIdsInput {
  static constexpr const char* kShape = "InstanceIds";
  std::vector<std::string> instance_ids;
};
template <class V>
void fields(V& v, InstanceIdsInput& x) {
  v("InstanceIds", x.instance_ids);
}
struct CreateImageInput {
  static constexpr const char* kShape = "CreateImage";
  std::string instance_id, name;
};
template <class V>
void fields(V& v, CreateImageInput& x) {
  v("InstanceId", x.instance_id);
  v("Name", x.name);
}
struct CreateImageOutput {
  static constexpr const char* kShape = "CreateImage";
  std::string image_id;
};
template <class V>
void fields(V& v, CreateImageOutput& x) {
  v("ImageId", x.image_id);
}
struct Image {
  static constexpr const char* kShape = "Image";
  std::string image_id, name;
};
template <class V>
void fields(V& v, Image& x) {
  v("ImageId", x.image_id);
  v("Name", x.name);
}
struct ImagesOutput {
  static constexpr const char* kShape = "Images";
  std::vector<Image> images;
};
template <class V>
void fields(V& v, ImagesOutput& x) {
  v("Images", x.images);
}

}  // namespace steady::api::ec2
