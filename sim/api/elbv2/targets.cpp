#include "sim/api/elbv2/common.h"
#include "sim/api/services.h"
#include "sim/world/world.h"

namespace steady::api {
namespace {

using elbv2::no_group;

/// The host of a target: an instance's id (aliases are read), or the address as it is.
std::string host_of(world::World& world, const std::string& id) {
  const auto* instance = world.ec2().find(id);
  return instance != nullptr ? instance->id : id;
}

/// elb.md 2.2. With cross-zone off only DNS knows of a shift (known deviations).
std::optional<elbv2::AdministrativeOverride> override_of(world::World& world, app::TargetId id) {
  if (!world.elb().zonal_shift_is_active(id)) return std::nullopt;
  if (!world.elb().is_cross_zone(world.elb().target(id).group)) {
    return elbv2::AdministrativeOverride{"zonal_shift_delegated_to_dns",
                                         "AdministrativeOverride.ZonalShiftDelegatedToDns",
                                         "Zonal shift is carried out by DNS alone"};
  }
  return elbv2::AdministrativeOverride{"zonal_shift_active",
                                       "AdministrativeOverride.ZonalShiftActive",
                                       "Zonal shift is active for the target's zone"};
}

/// elb.md 2.2. Without metrics and mitigation nobody counts, and there is nothing that could be
/// told.
Result<elbv2::AnomalyDetection> anomaly_of(world::World& world, app::TargetId id) {
  const auto anomaly = world.elb().anomaly(id);
  if (!anomaly) {
    const std::string group = world.elb().group_name(world.elb().target(id).group);
    return Error{"NotModelled", "Anomalies of the targets of '" + group +
                                    "' are not looked for in this run: its mitigation is off, no "
                                    "metrics are kept, and the run was not told beforehand that "
                                    "somebody would ask"};
  }
  return elbv2::AnomalyDetection{anomaly->anomalous ? "anomalous" : "normal",
                                 anomaly->mitigated ? "yes" : "no"};
}

}  // namespace

Result<elbv2::Empty> Elbv2Api::do_register_targets(const elbv2::TargetsInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_group(input.target_group_arn);
  if (group == nullptr) return no_group();
  const app::GroupId id = *group;
  // Nothing is half applied: whatever one of them is refused for is looked at first.
  for (const auto& target : input.targets) {
    const auto fine = world.elb().can_register(id, host_of(world, target.id),
                                               static_cast<std::uint16_t>(target.port.value_or(0)));
    if (!fine) return fine.error();
  }
  for (const auto& target : input.targets) {
    const auto* instance = world.ec2().find(target.id);
    auto done = world.elb().register_target(id, host_of(world, target.id),
                                            static_cast<std::uint16_t>(target.port.value_or(0)),
                                            instance != nullptr ? instance->spec.zone : target.zone,
                                            instance != nullptr ? instance->spec.image_id : "");
    if (!done) return done.error();
  }
  return elbv2::Empty{};
}

Result<elbv2::Empty> Elbv2Api::do_deregister_targets(const elbv2::TargetsInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_group(input.target_group_arn);
  if (group == nullptr) return no_group();
  for (const auto& target : input.targets) {
    const std::string host = host_of(world, target.id);
    for (const auto there : world.elb().targets(*group)) {
      const auto& info = world.elb().target(there);
      if (info.host == host && (!target.port || info.port == *target.port) && !info.deregistering)
        world.elb().deregister_target(there);
    }
  }
  return elbv2::Empty{};
}

Result<elbv2::TargetHealthOutput> Elbv2Api::do_describe_target_health(
    const elbv2::DescribeTargetHealthInput& input) {
  auto& world = door_.world;
  const auto* group = world.elb().find_group(input.target_group_arn);
  if (group == nullptr) return no_group();
  for (const auto& what : input.include) {
    if (what != "AnomalyDetection" && what != "All")
      return elbv2::invalid("'Include' value '" + what + "' must be AnomalyDetection or All");
  }
  // Only HTTP targets are compared.
  const auto* spec = world.elb().target_group(input.target_group_arn);
  const bool anomalies = !input.include.empty() && !is_network(spec->protocol);
  elbv2::TargetHealthOutput out;
  const auto add = [&](app::TargetId id) -> Status {
    const auto& info = world.elb().target(id);
    const auto health = world.elb().health(id);
    auto& one = out.descriptions.emplace_back();
    one.target = {info.host, info.zone, info.port};
    one.health = {health.state, health.reason, health.description};
    one.administrative_override = override_of(world, id);
    if (!anomalies) return ok();
    auto anomaly = anomaly_of(world, id);
    if (!anomaly) return anomaly.error();
    one.anomaly_detection = std::move(anomaly).value();
    return ok();
  };
  if (input.targets.empty()) {
    for (const auto id : world.elb().targets(*group)) {
      if (auto done = add(id); !done) return done.error();
    }
    return out;
  }
  for (const auto& target : input.targets) {
    const std::string host = host_of(world, target.id);
    bool found = false;
    for (const auto id : world.elb().targets(*group)) {
      const auto& info = world.elb().target(id);
      if (info.host != host || (target.port && info.port != *target.port)) continue;
      if (auto done = add(id); !done) return done.error();
      found = true;
    }
    if (!found) {
      out.descriptions.push_back(
          {target,
           {"unused", "Target.NotRegistered", "Target is not registered to the target group"},
           std::nullopt,
           std::nullopt});
    }
  }
  return out;
}

}  // namespace steady::api
