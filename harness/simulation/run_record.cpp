#include "harness/simulation/run_record.h"

#include <algorithm>
#include <set>

namespace steady::simulation {
namespace {

/// In single quotes where a shell would not take the word as it is.
std::string shell_word(const std::string& word) {
  const bool plain = std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./=:,+@%").find(c) != std::string_view::npos;
  });
  if (plain && !word.empty()) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

TimeSpent time_spent(const History& history, const DeploymentRun& run) {
  const SimTime end = std::min(run.ended, history.end());
  const auto& stalled = history.stalled(run.service, "");
  const auto& pulling = history.tasks_in("PULLING", run.definition);
  const auto& provisioning = history.tasks_in("PROVISIONING", run.definition);
  const auto& pending = history.tasks_in("PENDING", run.definition);
  const auto& activating = history.tasks_in("ACTIVATING", run.definition);
  const auto& running = history.tasks_in("RUNNING", run.definition);
  const auto& healthy = history.healthy_targets(run.definition);
  const auto& draining = history.tasks_in("DEACTIVATING", run.service);
  const auto& stopping = history.tasks_in("STOPPING", run.service);
  const auto& leaving = history.tasks_in("DEPROVISIONING", run.service);

  std::set<SimTime> bounds{run.began, end};
  for (const Track* track : {&stalled, &pulling, &provisioning, &pending, &activating, &running,
                             &healthy, &draining, &stopping, &leaving}) {
    for (const auto& [at, value] : track->steps()) {
      if (at > run.began && at < end) bounds.insert(at);
    }
  }
  // Each moment counts once, for what holds the deployment up first.
  TimeSpent spent;
  for (auto bound = bounds.begin(); std::next(bound) != bounds.end(); ++bound) {
    const SimTime at = *bound;
    const SimDuration length = *std::next(bound) - at;
    if (pulling.at(at) > 0) {
      spent.pull += length;
    } else if (provisioning.at(at) + pending.at(at) + activating.at(at) > 0) {
      spent.start += length;
    } else if (running.at(at) > healthy.at(at) && healthy.steps().size() > 0) {
      spent.health += length;
    } else if (draining.at(at) > 0) {
      spent.drain += length;
    } else if (stopping.at(at) + leaving.at(at) > 0) {
      spent.stop += length;
    } else if (stalled.at(at) > 0) {
      spent.wait_for_room += length;
    } else {
      spent.scheduler += length;
    }
  }
  return spent;
}

std::string replay_line(const RunIdentity& identity) {
  std::string line = "steady run " + shell_word(identity.shown_as);
  if (!identity.variant.empty()) line += " --variant " + shell_word(identity.variant);
  for (const auto& override : identity.overrides) line += " --set " + shell_word(override);
  line += " --seed " + std::to_string(identity.seed);
  if (identity.replication != 0) line += " --replication " + std::to_string(identity.replication);
  line += " --era " + identity.era;
  // A flow has no single requests to tell of.
  const auto flow = identity.as_run.find("fluid");
  const bool is_flow = flow != identity.as_run.end() && *flow != Json(false);
  return is_flow ? line : line + " --trace";
}

}  // namespace steady::simulation
