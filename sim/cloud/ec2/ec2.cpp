#include "sim/cloud/ec2/ec2.h"

#include <algorithm>

#include "sim/core/journal_kinds.h"

namespace steady::ec2 {
namespace {

constexpr SimDuration kShutdown = std::chrono::seconds{5};  // shutting-down to terminated

}  // namespace

std::string_view name(InstanceState state) {
  static constexpr std::string_view kNames[] = {"pending", "running", "shutting-down", "terminated"};
  return kNames[static_cast<std::size_t>(state)];
}

Ec2::Ec2(EventLoop& loop, app::Fleet& fleet, Journal& journal, IdSource& ids, RandomSource random, std::vector<std::string> zones)
    : loop_(loop), fleet_(fleet), journal_(journal), ids_(ids), random_(random), zones_(std::move(zones)) {}

Instance& Ec2::add(const LaunchSpec& spec) {
  auto made = std::make_unique<Instance>();
  Instance& instance = *made;
  instance.ordinal = instances_.size();
  instance.id = ids_.instance(instance.ordinal);
  instance.spec = spec;
  if (instance.spec.zone.empty() && !zones_.empty()) instance.spec.zone = zones_[instance.ordinal % zones_.size()];
  // Scenarios name instances in the order of their launch: i-1, i-2, ...
  if (instance.spec.name_hint.empty()) instance.spec.name_hint = "i-" + std::to_string(instance.ordinal + 1);
  instance.launched_at = loop_.now();
  instances_.push_back(std::move(made));
  by_name_[instance.id] = &instance;
  by_name_.emplace(instance.spec.name_hint, &instance);
  return instance;
}

void Ec2::become(Instance& instance, InstanceState state) {
  instance.state = state;
  if (state == InstanceState::kRunning) {
    instance.running_at = loop_.now();
    const Image* image = find_image(instance.spec.image_id);
    if (image != nullptr && image->app != nullptr) {
      const auto endpoint = fleet_.endpoint(fleet_.host(instance.id), image->app->port);
      instance.process = fleet_.launch(*image->app, endpoint, instance.id, hash_name("instance") + instance.ordinal,
                                       [&instance](app::ProcessId, int) { instance.process = app::Fleet::kNone; });
    }
  }
  if (state == InstanceState::kTerminated) instance.terminated_at = loop_.now();
  journal_.add(loop_.now(), journal::kInstance, instance.id,
               {{"state", std::string(name(state))},
                {"type", instance.spec.instance_type},
                {"zone", instance.spec.zone},
                {"group", instance.spec.group},
                {"image", instance.spec.image_id}});
  for (const auto& observer : observers_) {
    if (state == InstanceState::kRunning && observer.running) observer.running(instance);
    if (state == InstanceState::kShuttingDown && observer.shutting_down) observer.shutting_down(instance);
    if (state == InstanceState::kTerminated && observer.terminated) observer.terminated(instance);
  }
}

Result<std::vector<std::string>> Ec2::run_instances(const LaunchSpec& spec, int count) {
  if (count < 1) return Error{"InvalidParameterValue", "The number of instances must be at least 1."};
  if (find_instance_type(spec.instance_type) == nullptr && !(spec.cpu && spec.memory)) {
    return Error{"InvalidParameterValue", "The instance type '" + spec.instance_type + "' does not exist."};
  }
  if (!has_capacity(spec.instance_type, spec.zone)) {
    return Error{"InsufficientInstanceCapacity", "We currently do not have sufficient " + spec.instance_type +
                                                     " capacity in the Availability Zone you requested (" + spec.zone + ")."};
  }
  std::vector<std::string> made;
  for (int i = 0; i < count; ++i) {
    Instance& instance = add(spec);
    become(instance, InstanceState::kPending);
    const SimDuration boot = spec.boot.sample(random_.stream("ec2/boot").bits(instance.ordinal, 0));
    loop_.after(boot, "instance boots", [this, &instance] {
      if (instance.state == InstanceState::kPending) become(instance, InstanceState::kRunning);
    });
    made.push_back(instance.id);
  }
  return made;
}

std::string Ec2::begin_running(const LaunchSpec& spec) {
  Instance& instance = add(spec);
  become(instance, InstanceState::kRunning);
  return instance.id;
}

/// At TerminateInstances the machine shuts down: what runs on it is gone at once, its address goes dark when it is
/// terminated, some seconds later.
Status Ec2::terminate(std::string_view id, std::string_view reason) {
  const auto found = by_name_.find(id);
  if (found == by_name_.end()) return Error{"InvalidInstanceID.NotFound", "The instance ID '" + std::string(id) + "' does not exist"};
  Instance& instance = *found->second;
  if (instance.state == InstanceState::kShuttingDown || instance.state == InstanceState::kTerminated) return ok();
  instance.state_reason = reason;
  const auto host = fleet_.host(instance.id);
  if (instance.process != app::Fleet::kNone) {
    fleet_.kill(instance.process, {"instance terminated"});
    instance.process = app::Fleet::kNone;
  }
  become(instance, InstanceState::kShuttingDown);
  loop_.after(kShutdown, "instance terminated", [this, &instance, host] {
    fleet_.host_gone(host, {"instance terminated", true});
    become(instance, InstanceState::kTerminated);
  });
  return ok();
}

Status Ec2::crash(std::string_view id) {
  const auto found = by_name_.find(id);
  if (found == by_name_.end()) return Error{"InvalidInstanceID.NotFound", "The instance ID '" + std::string(id) + "' does not exist"};
  Instance& instance = *found->second;
  if (instance.state == InstanceState::kTerminated) return ok();
  instance.state_reason = "Server.InternalError";
  instance.process = app::Fleet::kNone;
  fleet_.host_gone(fleet_.host(instance.id), {"instance lost", true});
  become(instance, InstanceState::kTerminated);
  return ok();
}

void Ec2::add_image(Image image) { images_.push_back(std::move(image)); }

Result<std::string> Ec2::create_image(std::string_view instance_id, std::string_view image_name) {
  const Instance* instance = find(instance_id);
  if (instance == nullptr) return Error{"InvalidInstanceID.NotFound", "The instance ID '" + std::string(instance_id) + "' does not exist"};
  const Image* base = find_image(instance->spec.image_id);
  Image image;
  image.id = ids_.image(images_.size());
  image.name = image_name;
  image.app = base != nullptr ? base->app : nullptr;
  images_.push_back(image);
  return image.id;
}

const Image* Ec2::find_image(std::string_view id_or_name) const {
  for (const auto& image : images_) {
    if (image.id == id_or_name || (!image.name.empty() && image.name == id_or_name)) return &image;
  }
  return nullptr;
}

std::vector<const Image*> Ec2::images() const {
  std::vector<const Image*> all;
  for (const auto& image : images_) all.push_back(&image);
  return all;
}

const Instance* Ec2::find(std::string_view id_or_alias) const {
  const auto found = by_name_.find(id_or_alias);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<const Instance*> Ec2::instances() const {
  std::vector<const Instance*> all;
  for (const auto& instance : instances_) all.push_back(instance.get());
  return all;
}

void Ec2::add_capacity_fault(const CapacityFault& fault) { faults_.push_back(fault); }

void Ec2::remove_capacity_fault(const CapacityFault& fault) {
  const auto same = [&](const CapacityFault& other) { return other.instance_type == fault.instance_type && other.zone == fault.zone; };
  const auto found = std::ranges::find_if(faults_, same);
  if (found != faults_.end()) faults_.erase(found);
}

bool Ec2::has_capacity(std::string_view type, std::string_view zone) const {
  return std::ranges::none_of(faults_, [&](const CapacityFault& fault) {
    return (fault.instance_type.empty() || fault.instance_type == type) && (fault.zone.empty() || zone.empty() || fault.zone == zone);
  });
}

}  // namespace steady::ec2
