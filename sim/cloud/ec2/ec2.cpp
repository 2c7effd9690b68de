#include "sim/cloud/ec2/ec2.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "sim/core/check.h"
#include "sim/core/journal_kinds.h"
#include "sim/core/nearest.h"

namespace steady::ec2 {
namespace {

constexpr std::array<std::string_view, 4> kStateNames = {"pending", "running", "shutting-down",
                                                         "terminated"};

/// The legal moves: row from, column to.
constexpr bool kMoves[4][4] = {
    // pending running shutting-down terminated
    {false, true, true, true},    // pending
    {false, false, true, true},   // running
    {false, false, false, true},  // shutting-down
    {false, false, false, false}  // terminated
};

constexpr app::Cut kTerminated{"instance terminated", false};
constexpr app::Cut kLost{"instance lost", true};

Error not_found(std::string_view id) {
  return {"InvalidInstanceID.NotFound", "The instance ID '" + std::string(id) + "' does not exist",
          std::string(id)};
}

bool covers(const CapacityFault& fault, std::string_view type, std::string_view zone) {
  return (fault.instance_type.empty() || fault.instance_type == type) &&
         (fault.zone.empty() || fault.zone == zone);
}

bool is_live(const Instance& instance) {
  return instance.state == InstanceState::kPending || instance.state == InstanceState::kRunning;
}

}  // namespace

std::string_view name(InstanceState state) { return kStateNames[static_cast<std::size_t>(state)]; }

Ec2::Ec2(EventLoop& loop, app::Fleet& fleet, Journal& journal, IdSource& ids, RandomSource random,
         std::vector<std::string> zones)
    : loop_(loop),
      fleet_(fleet),
      journal_(journal),
      ids_(ids),
      boots_(random.stream("ec2/boot")),
      zones_(std::move(zones)) {}

Status Ec2::validate(const LaunchSpec& spec) const {
  const auto invalid = [](std::string sentence) {
    return Error{"InvalidParameterValue", std::move(sentence)};
  };
  if (find_instance_type(spec.instance_type) == nullptr && !(spec.cpu && spec.memory)) {
    std::vector<std::string> known;
    for (const auto& type : instance_types()) known.emplace_back(type.name);
    const std::string nearest = nearest_name(spec.instance_type, known);
    return invalid("Invalid value '" + spec.instance_type + "' for InstanceType." +
                   (nearest.empty() ? "" : " Did you mean '" + nearest + "'?"));
  }
  if (!spec.zone.empty() && std::ranges::find(zones_, spec.zone) == zones_.end()) {
    return invalid("Invalid availability zone: [" + spec.zone + "]");
  }
  for (const auto& [number, least, what] :
       {std::tuple{spec.cpu, 1, "cpu"}, {spec.memory, 1, "memory"}, {spec.enis, 1, "enis"}}) {
    if (number && *number < least) {
      return invalid("Invalid value '" + std::to_string(*number) + "' for " + what + ".");
    }
  }
  if (!spec.image_id.empty() && find_image(spec.image_id) == nullptr) {
    return Error{"InvalidAMIID.NotFound", "The image id '[" + spec.image_id + "]' does not exist"};
  }
  return ok();
}

std::string Ec2::emptiest_zone(std::string_view type) const {
  std::string best;
  std::ptrdiff_t fewest = 0;
  for (const auto& zone : zones_) {
    if (!has_capacity(type, zone)) continue;
    const auto there = std::ranges::count_if(instances_, [&](const auto& instance) {
      return is_live(*instance) && instance->spec.zone == zone;
    });
    if (best.empty() || there < fewest) {
      best = zone;
      fewest = there;
    }
  }
  return best;
}

Result<const std::vector<std::string>*> Ec2::made_with(const std::string& token,
                                                       const std::string& parameters) const {
  const auto used = tokens_.find(token);
  if (token.empty() || used == tokens_.end())
    return static_cast<const std::vector<std::string>*>(nullptr);
  if (used->second.parameters != parameters) {
    return Error{"IdempotentParameterMismatch",
                 "Arguments on this idempotent request are inconsistent with arguments used in "
                 "previous request(s)."};
  }
  return &used->second.ids;
}

void Ec2::remember(const std::string& token, const std::string& parameters,
                   std::vector<std::string> ids) {
  if (!token.empty()) tokens_[token] = {parameters, std::move(ids)};
}

Result<std::vector<std::string>> Ec2::run_instances(const LaunchSpec& spec, int count) {
  if (auto good = validate(spec); !good) return good.error();
  if (count < 1 || count > kMostPerCall) {
    return Error{"InvalidParameterValue",
                 "Value (" + std::to_string(count) + ") for parameter maxCount is invalid."};
  }
  const std::string zone = spec.zone.empty() ? emptiest_zone(spec.instance_type) : spec.zone;
  if (zone.empty() || !has_capacity(spec.instance_type, zone)) {
    return Error{"InsufficientInstanceCapacity",
                 no_capacity_sentence(spec.instance_type, zone.empty() ? zones_.front() : zone)};
  }
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    LaunchSpec one = spec;
    if (spec.zone.empty()) one.zone = emptiest_zone(spec.instance_type);
    if (i > 0) one.name_hint.clear();
    Instance& instance = add(one, InstanceState::kPending);
    ids.push_back(instance.id);
    write(instance);
    const SimDuration boot = one.boot.sample(boots_.bits(instance.ordinal, 0));
    loop_.after(boot, "instance has booted", [this, &instance] {
      if (instance.state == InstanceState::kPending) become(instance, InstanceState::kRunning);
    });
  }
  return ids;
}

std::string Ec2::begin_running(const LaunchSpec& spec) {
  LaunchSpec placed = spec;
  if (placed.zone.empty()) placed.zone = emptiest_zone(placed.instance_type);
  const auto good = validate(placed);
  STEADY_CHECK(good.has_value(), "an instance cannot begin: " + good.error().message);
  STEADY_CHECK(loop_.now() == kStart, "an instance begins running only at time 0");
  Instance& instance = add(placed, InstanceState::kPending);
  become(instance, InstanceState::kRunning, true);
  return instance.id;
}

Instance& Ec2::add(const LaunchSpec& spec, InstanceState state) {
  auto made = std::make_unique<Instance>();
  made->ordinal = instances_.size();
  made->id = ids_.instance(made->ordinal);
  made->spec = spec;
  made->state = state;
  made->launched_at = loop_.now();
  by_name_[made->id] = made.get();
  if (made->spec.name_hint.empty()) {
    made->spec.name_hint = "i-" + std::to_string(made->ordinal + 1);
  }
  by_name_.try_emplace(made->spec.name_hint, made.get());
  instances_.push_back(std::move(made));
  return *instances_.back();
}

void Ec2::write(const Instance& instance) {
  journal_.add(loop_.now(), journal::kInstance, instance.id,
               {{"state", std::string(name(instance.state))},
                {"type", instance.spec.instance_type},
                {"zone", instance.spec.zone},
                {"group", instance.spec.group},
                {"image", instance.spec.image_id}});
}

void Ec2::become(Instance& instance, InstanceState state, bool at_rest) {
  STEADY_CHECK(kMoves[static_cast<std::size_t>(instance.state)][static_cast<std::size_t>(state)],
               instance.id + " cannot go from " + std::string(name(instance.state)) + " to " +
                   std::string(name(state)));
  instance.state = state;
  if (state == InstanceState::kRunning) instance.running_at = loop_.now();
  if (state == InstanceState::kTerminated) instance.terminated_at = loop_.now();
  write(instance);
  if (state == InstanceState::kRunning) start_app(instance, at_rest);
  // By index: an observer may bring another one.
  for (std::size_t i = 0; i < observers_.size(); ++i) {
    const Observer& observer = observers_[i];
    const auto& told = state == InstanceState::kRunning        ? observer.running
                       : state == InstanceState::kShuttingDown ? observer.shutting_down
                                                               : observer.terminated;
    if (told) told(instance);
  }
}

void Ec2::start_app(Instance& instance, bool at_rest) {
  const app::HostId host = fleet_.host(instance.id);
  const Image* image = find_image(instance.spec.image_id);
  if (image == nullptr || image->app == nullptr) return;
  const app::AppModel* model = image->app;
  if (at_rest) {
    // It became ready long ago.
    at_rest_.push_back(std::make_unique<app::AppModel>(*model));
    at_rest_.back()->ready_after = SimDuration{0};
    model = at_rest_.back().get();
  }
  const std::uint64_t entity = hash_name("ec2/instance") + instance.ordinal;
  instance.process =
      fleet_.launch(*model, fleet_.endpoint(host, model->port), instance.id, entity,
                    [&instance](app::ProcessId, int) { instance.process = app::Fleet::kNone; });
}

void Ec2::set_group(std::string_view id, std::string_view group) {
  Instance* instance = find_mutable(id);
  STEADY_CHECK(instance != nullptr, "no instance " + std::string(id));
  instance->spec.group = group;
}

void Ec2::kill_processes(const Instance& instance) {
  const app::HostId host = fleet_.host(instance.id);
  const std::string prefix = fleet_.host_name(host) + ":";
  for (app::ProcessId id = 0; id < fleet_.process_count(); ++id) {
    const app::Process& process = fleet_.process(id);
    if (process.state == app::ProcessState::kGone) continue;
    if (fleet_.endpoint_name(process.endpoint).starts_with(prefix)) fleet_.kill(id, kTerminated);
  }
}

Status Ec2::terminate(std::string_view id, std::string_view reason) {
  Instance* instance = find_mutable(id);
  if (instance == nullptr) return not_found(id);
  if (!is_live(*instance)) return ok();
  instance->state_reason = reason;
  kill_processes(*instance);
  instance->process = app::Fleet::kNone;
  become(*instance, InstanceState::kShuttingDown);
  loop_.after(kShutdown, "instance has shut down", [this, instance] {
    if (instance->state != InstanceState::kShuttingDown) return;
    fleet_.host_gone(fleet_.host(instance->id), kTerminated);
    become(*instance, InstanceState::kTerminated);
  });
  return ok();
}

Status Ec2::crash(std::string_view id) {
  Instance* instance = find_mutable(id);
  if (instance == nullptr) return not_found(id);
  if (instance->state == InstanceState::kTerminated) {
    return Error{"IncorrectInstanceState",
                 "The instance '" + instance->id + "' is terminated already."};
  }
  instance->state_reason = "Server.InternalError";
  fleet_.host_gone(fleet_.host(instance->id), kLost);
  instance->process = app::Fleet::kNone;
  become(*instance, InstanceState::kTerminated);
  return ok();
}

void Ec2::add_image(Image image) { images_.push_back(std::make_unique<Image>(std::move(image))); }

Result<std::string> Ec2::create_image(std::string_view instance_id, std::string_view name) {
  const Instance* instance = find(instance_id);
  if (instance == nullptr) return not_found(instance_id);
  if (instance->state != InstanceState::kRunning) {
    return Error{"IncorrectInstanceState",
                 "Instance '" + instance->id + "' is not 'running' or 'stopped'."};
  }
  if (const auto same = images_made_.find(name); same != images_made_.end()) {
    return Error{"InvalidAMIName.Duplicate",
                 "AMI name " + same->first + " is already in use by AMI " + same->second};
  }
  const Image* source = find_image(name);
  if (source == nullptr) source = find_image(instance->spec.image_id);
  Image made{ids_.image(images_made_.size()), std::string(name),
             source == nullptr ? nullptr : source->app};
  images_made_.emplace(made.name, made.id);
  add_image(made);
  return made.id;
}

const Image* Ec2::find_image(std::string_view id_or_name) const {
  if (id_or_name.empty()) return nullptr;
  for (const auto& image : images_) {
    if (image->id == id_or_name) return image.get();
  }
  for (const auto& image : images_) {
    if (image->name == id_or_name) return image.get();
  }
  return nullptr;
}

std::vector<const Image*> Ec2::images() const {
  std::vector<const Image*> all;
  for (const auto& image : images_) all.push_back(image.get());
  return all;
}

Instance* Ec2::find_mutable(std::string_view id_or_alias) {
  const auto found = by_name_.find(id_or_alias);
  return found == by_name_.end() ? nullptr : found->second;
}

const Instance* Ec2::find(std::string_view id_or_alias) const {
  const auto found = by_name_.find(id_or_alias);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<const Instance*> Ec2::instances() const {
  std::vector<const Instance*> all;
  all.reserve(instances_.size());
  for (const auto& instance : instances_) all.push_back(instance.get());
  return all;
}

void Ec2::add_capacity_fault(const CapacityFault& fault) { faults_.push_back(fault); }

void Ec2::remove_capacity_fault(const CapacityFault& fault) {
  const auto found = std::ranges::find_if(faults_, [&](const CapacityFault& other) {
    return other.instance_type == fault.instance_type && other.zone == fault.zone;
  });
  if (found != faults_.end()) faults_.erase(found);
}

bool Ec2::has_capacity(std::string_view type, std::string_view zone) const {
  return std::ranges::none_of(
      faults_, [&](const CapacityFault& fault) { return covers(fault, type, zone); });
}

// The part between the two sentences of ecs.md 5.4 is from memory (unverified).
std::string Ec2::no_capacity_sentence(std::string_view type, std::string_view zone) const {
  std::string others;
  for (const auto& other : zones_) {
    if (other != zone && has_capacity(type, other)) others += (others.empty() ? "" : ", ") + other;
  }
  const std::string what(type);
  return "We currently do not have sufficient " + what +
         " capacity in the Availability Zone you requested (" + std::string(zone) +
         "). Our system will be working on provisioning additional capacity." +
         (others.empty() ? ""
                         : " You can currently get " + what +
                               " capacity by not specifying an Availability Zone in your request "
                               "or choosing " +
                               others + ".");
}

}  // namespace steady::ec2
