#include <algorithm>

#include "harness/scenario/warnings/warnings.h"

/// W1405: tasks that are replaced while they start, for ever (stories.md S25).
namespace steady::scenario {
namespace {

struct Check {
  SimDuration interval{};
  int healthy = 0, unhealthy = 0;
};

std::optional<Check> check_of(const Scenario& scenario, const api::ecs::LoadBalancer& balancer) {
  for (const auto& group : scenario.target_groups) {
    if (group.name == balancer.target_group_arn)
      return Check{std::chrono::seconds{group.interval}, group.healthy_threshold,
                   group.unhealthy_threshold};
  }
  for (const auto& classic : scenario.classic) {
    if (classic.load_balancer_name != balancer.load_balancer_name || !classic.health_check)
      continue;
    return Check{std::chrono::seconds{classic.health_check->interval},
                 classic.health_check->healthy_threshold,
                 classic.health_check->unhealthy_threshold};
  }
  return std::nullopt;
}

}  // namespace

void warn_grace(const Scenario& scenario, json::Findings& findings) {
  for (const auto& step : scenario.timeline) {
    const auto name = step.options.find("service");
    const auto revision = step.options.find("taskDefinition");
    if (step.kind != Step::Kind::kDeploy || name == step.options.end() ||
        revision == step.options.end())
      continue;
    const auto app = std::ranges::find(scenario.apps, revision->second, &app::AppModel::revision);
    if (app == scenario.apps.end() || !app->ready_after.is_constant()) continue;
    const SimDuration ready = app->ready_after.upper_bound();
    for (const auto& service : scenario.services) {
      if (service.service_name != name->second) continue;
      const SimDuration grace = std::chrono::seconds{service.grace.value_or(0)};
      for (const auto& balancer : service.load_balancers) {
        const auto check = check_of(scenario, balancer);
        if (!check) continue;
        // Registered and first checked within 20 s; then every interval.
        const SimDuration sick =
            std::chrono::seconds{20} + (check->unhealthy - 1) * check->interval;
        const SimDuration well = ready + check->healthy * check->interval;
        if (ready <= sick || grace >= well) continue;
        findings.warning(
            "W1405", step.pointer,
            "tasks of " + revision->second + " answer " + format_duration(ready) +
                " after they run, are unhealthy after " + format_duration(sick) +
                " and healthy only after " + format_duration(well) + ", the grace period is " +
                format_duration(grace) + ": they are replaced while they start, for ever",
            "healthCheckGracePeriodSeconds above " +
                std::to_string(well / std::chrono::seconds{1}) + ", or a lower healthy threshold");
      }
    }
  }
}

}  // namespace steady::scenario
