#include "sim/api/elbv2/common.h"
#include "sim/core/numbers.h"

/// Attributes of target groups about zones, and about how many targets have to be healthy.
namespace steady::api::elbv2 {
namespace {

namespace model = steady::elb;

constexpr const char* kCrossZone = "load_balancing.cross_zone.enabled";

struct MinimumName {
  const char* key;
  model::HealthyMinimum model::TargetGroupSpec::*minimum;
  int model::HealthyMinimum::*part;
  bool may_be_off;
};
constexpr MinimumName kMinima[] = {
    {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
     &model::TargetGroupSpec::routing_minimum, &model::HealthyMinimum::count, false},
    {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
     &model::TargetGroupSpec::routing_minimum, &model::HealthyMinimum::percent, true},
    {"target_group_health.dns_failover.minimum_healthy_targets.count",
     &model::TargetGroupSpec::dns_minimum, &model::HealthyMinimum::count, true},
    {"target_group_health.dns_failover.minimum_healthy_targets.percentage",
     &model::TargetGroupSpec::dns_minimum, &model::HealthyMinimum::percent, true}};

}  // namespace

std::optional<Status> apply_zone_attribute(model::TargetGroupSpec& spec, const std::string& key,
                                           const std::string& value) {
  if (key == kCrossZone) {
    if (value != "true" && value != "false" && value != "use_load_balancer_configuration") {
      return invalid("'" + key + "' value '" + value +
                     "' must be true, false or use_load_balancer_configuration");
    }
    spec.cross_zone.reset();
    if (value == "true" || value == "false") spec.cross_zone = value == "true";
    return ok();
  }
  for (const auto& known : kMinima) {
    if (key != known.key) continue;
    const auto number = whole_number<int>(value);
    // The range, and how the four go together, is the model's to check.
    if (value == "off" && known.may_be_off) {
      spec.*known.minimum.*known.part = 0;
    } else if (number && *number > 0) {
      spec.*known.minimum.*known.part = *number;
    } else {
      return invalid("'" + key + "' value '" + value + "' must be " +
                     (known.may_be_off ? "'off' or " : "") + "a whole number above 0");
    }
    return ok();
  }
  return std::nullopt;
}

void add_zone_attributes(const model::TargetGroupSpec& spec, Attributes& all) {
  all[kCrossZone] = !spec.cross_zone   ? "use_load_balancer_configuration"
                    : *spec.cross_zone ? "true"
                                       : "false";
  for (const auto& known : kMinima) {
    const int value = spec.*known.minimum.*known.part;
    all[known.key] = value == 0 ? "off" : std::to_string(value);
  }
}

}  // namespace steady::api::elbv2
