#include "sim/api/ec2/machine.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {
namespace {

ec2::Instance shape_of(world::World& world, const steady::ec2::Instance& instance) {
  return {instance.id,
          instance.spec.image_id,
          instance.spec.instance_type,
          {std::string(steady::ec2::name(instance.state))},
          {instance.spec.zone, world.kept("instance/" + instance.id + "/placement")},
          world.settings().calendar.iso8601(instance.launched_at),
          world.kept("instance/" + instance.id)};
}

/// What two calls with one client token must agree in.
std::string parameters_of(const ec2::RunInstancesInput& input) {
  std::string text = input.image_id + "|" + input.instance_type + "|" +
                     std::to_string(input.min_count) + "|" + std::to_string(input.max_count) + "|" +
                     (input.placement ? input.placement->zone : "") + "|" + input.machine.cluster;
  for (const auto& [name, value] : input.kept) text += "|" + name + "=" + value;
  return text;
}

Error unknown(const std::string& id) {
  return {"InvalidInstanceID.NotFound", "The instance ID '" + id + "' does not exist"};
}

}  // namespace

Result<ec2::InstancesOutput> Ec2Api::do_run_instances(const ec2::RunInstancesInput& input) {
  auto& model = door_.world.ec2();
  steady::ec2::LaunchSpec spec = ec2::launch_of(input.machine);
  spec.instance_type = input.instance_type;
  spec.image_id = input.image_id;
  if (input.placement) spec.zone = input.placement->zone;
  if (const auto* image = model.find_image(input.image_id)) spec.image_id = image->id;
  if (input.min_count > input.max_count) {
    return Error{"InvalidParameterCombination",
                 "The value for MinCount (" + std::to_string(input.min_count) +
                     ") is above that for MaxCount (" + std::to_string(input.max_count) + ")."};
  }
  const std::string parameters = parameters_of(input);
  auto before = model.made_with(input.client_token, parameters);
  if (!before) return before.error();
  ec2::InstancesOutput out;
  if (*before != nullptr) {
    for (const auto& id : **before) out.instances.push_back(shape_of(door_.world, *model.find(id)));
    return out;
  }
  // Capacity is there for all of them or for none, so between MinCount and MaxCount it is MaxCount.
  auto made = model.run_instances(spec, input.max_count);
  if (!made) return made.error();
  model.remember(input.client_token, parameters, *made);
  for (const auto& id : *made) {
    door_.world.kept("instance/" + id) = input.kept;
    if (input.placement) door_.world.kept("instance/" + id + "/placement") = input.placement->kept;
  }
  for (const auto& id : *made) out.instances.push_back(shape_of(door_.world, *model.find(id)));
  return out;
}

Result<ec2::InstancesOutput> Ec2Api::do_terminate_instances(const ec2::InstanceIdsInput& input) {
  auto& model = door_.world.ec2();
  for (const auto& id : input.instance_ids) {
    if (model.find(id) == nullptr) return unknown(id);
  }
  ec2::InstancesOutput out;
  for (const auto& id : input.instance_ids) {
    if (auto done = model.terminate(id); !done) return done.error();
    out.instances.push_back(shape_of(door_.world, *model.find(id)));
  }
  return out;
}

Result<ec2::InstancesOutput> Ec2Api::do_describe_instances(const ec2::InstanceIdsInput& input) {
  auto& model = door_.world.ec2();
  ec2::InstancesOutput out;
  if (input.instance_ids.empty()) {
    for (const auto* instance : model.instances())
      out.instances.push_back(shape_of(door_.world, *instance));
    return out;
  }
  for (const auto& id : input.instance_ids) {
    const auto* instance = model.find(id);
    if (instance == nullptr) return unknown(id);
    out.instances.push_back(shape_of(door_.world, *instance));
  }
  return out;
}

Result<ec2::CreateImageOutput> Ec2Api::do_create_image(const ec2::CreateImageInput& input) {
  auto made = door_.world.ec2().create_image(input.instance_id, input.name);
  if (!made) return made.error();
  return ec2::CreateImageOutput{*made};
}

Result<ec2::ImagesOutput> Ec2Api::do_describe_images(const ec2::Empty&) {
  ec2::ImagesOutput out;
  for (const auto* image : door_.world.ec2().images())
    out.images.push_back({image->id, image->name});
  return out;
}

}  // namespace steady::api
