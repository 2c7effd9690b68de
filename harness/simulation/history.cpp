#include "harness/simulation/history.h"

#include <algorithm>
#include <charconv>

#include "sim/core/journal_kinds.h"

namespace steady::simulation {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void remember(std::vector<std::string>& names, std::string_view name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
}

}  // namespace

History::History(const Journal& journal, SimTime end) : end_(end) {
  for (const auto& entry : journal.entries()) {
    if (entry.at > end) break;
    read(entry);
  }
}

const Track& History::look(const std::string& key) const {
  static const Track kEmpty;
  const auto found = tracks_.find(key);
  return found == tracks_.end() ? kEmpty : found->second;
}

void History::read(const JournalEntry& entry) {
  if (entry.kind == journal::kTask) return read_task(entry);
  if (entry.kind == journal::kDeployment) return read_deployment(entry);
  if (entry.kind == journal::kTarget) return read_target(entry);
  if (entry.kind == journal::kContainerInstance) return read_container_instance(entry);
  if (entry.kind == journal::kServiceEvent) {
    const std::string message(entry["message"]);
    events.push_back({entry.at, entry.subject, message, std::string(entry["why"])});
    if (message.find("has reached a steady state") != std::string::npos) {
      steady_[entry.subject].push_back(entry.at);
      // Where there is no rolloutState (Classic, before Dec 2020) the steady state ends a
      // deployment.
      for (auto& deployment : deployments) {
        if (deployment.service == entry.subject && deployment.state == "IN_PROGRESS" &&
            !deployment.initial) {
          deployment.state = "COMPLETED";
          deployment.ended = entry.at;
          deployment.states.emplace_back(entry.at, "COMPLETED");
        }
      }
    }
    return;
  }
  if (entry.kind == journal::kService) {
    remember(services_, entry.subject);
    track("desired " + entry.subject).set(entry.at, number(entry["desired"]));
    auto& definitions = definitions_[entry.subject];
    if (definitions.empty() || definitions.back().second != entry["definition"]) {
      definitions.emplace_back(entry.at, std::string(entry["definition"]));
    }
    return;
  }
  if (entry.kind == journal::kPlacementStall) {
    const std::int64_t on = entry["state"] == "begin" ? 1 : 0;
    track("stall " + entry.subject + " " + std::string(entry["missing"])).set(entry.at, on);
    track("stall " + entry.subject + " ").add(entry.at, on ? 1 : -1);
    track("stall  ").add(entry.at, on ? 1 : -1);
    remember(stall_resources_[entry.subject], entry["missing"]);
    return;
  }
  if (entry.kind == journal::kAutoScaling) {
    if (!entry["desired"].empty())
      track("group desired " + entry.subject).set(entry.at, number(entry["desired"]));
    if (!entry["inService"].empty())
      track("group in service " + entry.subject).set(entry.at, number(entry["inService"]));
    return;
  }
  if (entry.kind == journal::kInstance) {
    auto& counted = task_state_["instance " + entry.subject];
    const bool running = entry["state"] == "running";
    if (running != counted.second) track("instances").add(entry.at, running ? 1 : -1);
    counted.second = running;
    return;
  }
  if (entry.kind == journal::kSchema) {
    if (entry["state"] == "column") {
      track("column " + entry.subject).set(entry.at, entry["present"] == "yes" ? 1 : 0);
    }
    return;
  }
  if (entry.kind == journal::kRollbackPath) {
    track("no way back").set(entry.at, entry["state"] == "impossible" ? 1 : 0);
    return;
  }
  if (entry.kind == journal::kApiCall) {
    calls.push_back({entry.at, entry.subject, std::string(entry["outcome"]),
                     std::string(entry["message"]), std::string(entry["by"])});
    return;
  }
  if (entry.kind == journal::kPage) {
    pages.push_back({entry.at, entry.subject, std::string(entry["version"]),
                     std::string(entry["body"]), static_cast<int>(number(entry["status"]))});
    return;
  }
  if (entry.kind == journal::kDeploy) {
    steps.push_back({entry.at, entry.subject, std::string(entry["step"]),
                     std::string(entry["detail"]), std::string(entry["verdict"])});
    if (entry["step"] == "begin" && entry["service"].empty()) {
      DeploymentRun run;
      run.id = entry.subject;
      run.definition = std::string(entry["detail"]);
      run.began = entry.at;
      run.states.emplace_back(entry.at, "IN_PROGRESS");
      deployments.push_back(std::move(run));
    } else if (entry["step"] == "end") {
      for (auto& run : deployments) {
        if (run.service.empty() && run.id == entry.subject && run.ended == kNever) {
          run.ended = entry.at;
          run.state = entry["verdict"] == "good" ? "COMPLETED" : "FAILED";
          run.states.emplace_back(entry.at, run.state);
        }
      }
    }
  }
}

void History::read_task(const JournalEntry& entry) {
  const auto [place, fresh] = task_index_.try_emplace(entry.subject, tasks.size());
  if (fresh) {
    TaskRun run;
    run.id = entry.subject;
    run.created = run.pending_since = entry.at;
    tasks.push_back(std::move(run));
  }
  TaskRun& run = tasks[place->second];
  run.service = entry["service"];
  run.definition = entry["definition"];
  run.deployment = entry["deployment"];
  if (!entry["instance"].empty()) run.instance = entry["instance"];
  const std::string status(entry["status"]);
  if (status == "RUNNING" && run.running == kNever) run.running = entry.at;
  if (status == "STOPPING" && run.signalled == kNever) run.signalled = entry.at;
  if (entry["desired"] == "STOPPED" && run.stopping == kNever) run.stopping = entry.at;
  if (status == "STOPPED") {
    run.stopped = entry.at;
    run.reason = entry["reason"];
    run.stop_code = entry["stopCode"];
    if (!entry["exitCode"].empty()) run.exit_code = static_cast<int>(number(entry["exitCode"]));
    run.never_ran = run.running == kNever;
  }
  // RUNNING and PENDING count desired status RUNNING only, as the API's counts do (ecs.md 1.4).
  const bool wanted = entry["desired"] != "STOPPED";
  const bool strict = status == "RUNNING" || status == "PENDING";
  const std::string counted = status == "STOPPED" || (strict && !wanted) ? "" : status;
  auto& before = task_state_[entry.subject];
  if (before.first != counted) {
    for (const auto& of : {std::string(), run.service, run.definition}) {
      if (!before.first.empty()) track("tasks " + before.first + " " + of).add(entry.at, -1);
      if (!counted.empty()) track("tasks " + counted + " " + of).add(entry.at, 1);
      if (of.empty() && run.service.empty()) break;
    }
    before.first = counted;
  }
}

void History::read_deployment(const JournalEntry& entry) {
  const auto [place, fresh] = deployment_index_.try_emplace(entry.subject, deployments.size());
  if (fresh) {
    DeploymentRun run;
    run.id = entry.subject;
    run.service = entry["service"];
    run.began = entry.at;
    run.rollback = entry["rollback"] == "yes";
    run.initial =
        entry.at == kStart && entry["rollout"] != "IN_PROGRESS" && entry["initial"] == "yes";
    if (run.initial) {
      run.state = "COMPLETED";
      run.ended = entry.at;
    }
    run.states.emplace_back(entry.at, run.state);
    remember(services_, run.service);
    // A newer deployment ends those that are still going: there is no queue (ecs.md 2.4).
    for (auto& older : deployments) {
      if (older.service == run.service && older.state == "IN_PROGRESS") {
        older.state = "REPLACED";
        older.ended = entry.at;
        older.states.emplace_back(entry.at, "REPLACED");
      }
    }
    deployments.push_back(std::move(run));
  }
  DeploymentRun& run = deployments[place->second];
  run.definition = entry["definition"];
  run.failed_tasks.set(entry.at, number(entry["failedTasks"]));
  const std::string rollout(entry["rollout"]);
  if ((rollout == "COMPLETED" || rollout == "FAILED") && run.state == "IN_PROGRESS") {
    run.state = rollout;
    run.ended = entry.at;
    run.states.emplace_back(entry.at, rollout);
  }
}

void History::read_target(const JournalEntry& entry) {
  const std::string key = std::string(entry["group"]) + " " + entry.subject;
  const bool healthy = entry["state"] == "healthy" ||
                       (entry["state"] == "InService" && entry["reason"] != "draining" &&
                        entry["description"].find("deregistration") == std::string_view::npos);
  std::string& before = target_state_[key];
  const std::string now = healthy ? "healthy " + std::string(entry["version"]) : "";
  if (before == now) return;
  auto count = [&](const std::string& state, int delta) {
    if (state.empty()) return;
    const std::string version = state.substr(8);
    track("healthy ").add(entry.at, delta);
    track("healthy " + std::string(entry["group"])).add(entry.at, delta);
    if (version.empty()) return;
    if (version != entry["group"]) track("healthy " + version).add(entry.at, delta);
    int& of_version = healthy_by_version_[version];
    const int serving_before = of_version > 0 ? 1 : 0;
    of_version += delta;
    const int serving_now = of_version > 0 ? 1 : 0;
    if (serving_now != serving_before)
      track("versions").add(entry.at, serving_now - serving_before);
  };
  count(before, -1);
  count(now, 1);
  before = now;
}

void History::read_container_instance(const JournalEntry& entry) {
  Reserved& now = reserved_[entry.subject];
  now.cluster = entry["cluster"];
  const bool there = entry["status"] != "INACTIVE";
  now.cpu = there ? number(entry["cpu"]) : 0;
  now.cpu_total = there ? number(entry["cpuTotal"]) : 0;
  now.memory = there ? number(entry["memory"]) : 0;
  now.memory_total = there ? number(entry["memoryTotal"]) : 0;
  Reserved sum;
  for (const auto& [id, part] : reserved_) {
    if (part.cluster != now.cluster) continue;
    sum.cpu += part.cpu;
    sum.cpu_total += part.cpu_total;
    sum.memory += part.memory;
    sum.memory_total += part.memory_total;
  }
  track("cpu " + now.cluster).set(entry.at, sum.cpu_total ? sum.cpu * 1000 / sum.cpu_total : 0);
  track("memory " + now.cluster)
      .set(entry.at, sum.memory_total ? sum.memory * 1000 / sum.memory_total : 0);
}

const Track& History::tasks_in(std::string_view status, std::string_view of) const {
  return look("tasks " + std::string(status) + " " + std::string(of));
}
const Track& History::healthy_targets(std::string_view of) const {
  return look("healthy " + std::string(of));
}
const Track& History::service_desired(std::string_view service) const {
  return look("desired " + std::string(service));
}
const Track& History::group_desired(std::string_view group) const {
  return look("group desired " + std::string(group));
}
const Track& History::group_instances(std::string_view group) const {
  return look("group in service " + std::string(group));
}
const Track& History::instances_running() const { return look("instances"); }
const Track& History::versions_serving() const { return look("versions"); }
const Track& History::no_way_back() const { return look("no way back"); }
const Track& History::column(std::string_view column) const {
  return look("column " + std::string(column));
}

const Track& History::cpu_reserved_per_mille(std::string_view cluster) const {
  if (!cluster.empty()) return look("cpu " + std::string(cluster));
  const auto first = tracks_.lower_bound("cpu ");
  return first != tracks_.end() && first->first.starts_with("cpu ") ? first->second : look("");
}
const Track& History::memory_reserved_per_mille(std::string_view cluster) const {
  if (!cluster.empty()) return look("memory " + std::string(cluster));
  const auto first = tracks_.lower_bound("memory ");
  return first != tracks_.end() && first->first.starts_with("memory ") ? first->second : look("");
}
const Track& History::stalled(std::string_view service, std::string_view missing) const {
  return look("stall " + std::string(service) + " " + std::string(missing));
}

std::string History::service_definition(std::string_view service, SimTime at) const {
  const auto found = definitions_.find(service);
  std::string value;
  if (found == definitions_.end()) return value;
  for (const auto& [moment, definition] : found->second) {
    if (moment <= at) value = definition;
  }
  return value;
}

const DeploymentRun* History::deployment(std::string_view name) const {
  const DeploymentRun* best = nullptr;
  for (const auto& run : deployments) {
    const bool named = run.service == name || run.definition == name || run.id == name;
    if (!named || run.rollback) continue;
    if (best == nullptr || best->initial || !run.initial) best = &run;
  }
  return best;
}

std::optional<SimTime> History::steady_since(std::string_view service) const {
  SimTime last_change = kStart;
  bool deployed = false;
  for (const auto& run : deployments) {
    if (run.service == service && !run.initial) {
      last_change = std::max(last_change, run.began);
      deployed = true;
    }
  }
  const auto found = steady_.find(service);
  if (found != steady_.end()) {
    for (const SimTime at : found->second) {
      if (at >= last_change) return at;
    }
  }
  // A service that begins at rest and is never deployed is in steady state from the start.
  const auto begun = std::ranges::find_if(
      deployments, [&](const DeploymentRun& run) { return run.service == service && run.initial; });
  if (!deployed && begun != deployments.end()) return kStart;
  return std::nullopt;
}

std::vector<std::string> History::services() const { return services_; }

std::vector<std::string> History::stall_resources(std::string_view service) const {
  const auto found = stall_resources_.find(service);
  return found == stall_resources_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<SimTime> History::events_with(std::string_view text) const {
  std::vector<SimTime> moments;
  for (const auto& event : events) {
    if (event.message.find(text) != std::string::npos) moments.push_back(event.at);
  }
  return moments;
}

}  // namespace steady::simulation
