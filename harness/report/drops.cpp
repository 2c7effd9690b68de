#include "harness/report/drops.h"

#include <algorithm>

#include "harness/report/words.h"
#include "sim/cloud/elb/elb.h"
#include "sim/core/journal_kinds.h"
#include "sim/dataplane/causes.h"

namespace steady::report {
namespace {

std::vector<Drops::Share> sorted(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<Drops::Share> shares;
  for (const auto& [name, count] : counts) shares.push_back({name, count});
  std::ranges::stable_sort(shares, std::greater<>(), &Drops::Share::count);
  return shares;
}

}  // namespace

Drops::Drops(const simulation::RunRecord& record) : record_(record) {
  const auto& entries = record.journal->entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    if (entry.kind == journal::kProcess) {
      const std::string task(entry["task"]);
      owner_of_[std::string(entry["process"])] = task;
      revision_of_task_[task] = entry.subject;
      about_[task].push_back(i);
    } else if (entry.kind == journal::kTask) {
      instance_of_task_[entry.subject] = std::string(entry["instance"]);
      about_[entry.subject].push_back(i);
    } else if (entry.kind == journal::kDeployment) {
      deployments_.try_emplace(entry.subject, i);
    } else if (entry.kind == journal::kDeploy && entry["step"] == "begin") {
      deploys_.push_back(i);
    } else if (entry.kind == journal::kTarget) {
      about_[entry.subject].push_back(i);
    } else if (entry.kind == journal::kInstance) {
      zone_of_[entry.subject] = std::string(entry["zone"]);
      about_[entry.subject].push_back(i);
    }
  }
  if (record.elb == nullptr) return;
  for (const auto& belief : record.elb->beliefs())
    beliefs_[{belief.target, belief.node}].push_back(belief);
}

std::string DropContext::who() const {
  // A machine image's app has no task: the instance runs it.
  return task == instance ? revision : "task " + task + " of " + revision;
}

std::string Drops::owner(std::uint32_t process) const {
  const auto found = owner_of_.find(std::to_string(process));
  return found == owner_of_.end() ? "" : found->second;
}

std::string Drops::host_of(const dataplane::RequestRecord& drop) const {
  return drop.target.substr(0, drop.target.rfind(':'));
}

DropContext Drops::context(const dataplane::RequestRecord& drop) const {
  DropContext context;
  context.task = owner(drop.process);
  if (const auto found = revision_of_task_.find(context.task); found != revision_of_task_.end())
    context.revision = found->second;
  context.instance = host_of(drop);
  if (const auto found = instance_of_task_.find(context.task); found != instance_of_task_.end())
    context.instance = found->second;
  if (const auto found = zone_of_.find(context.instance); found != zone_of_.end())
    context.zone = found->second;
  context.phase = "before";
  for (const auto& deployment : record_.history.deployments) {
    if (deployment.initial || deployment.began > drop.sent_at) continue;
    const bool over = deployment.ended != kNever && deployment.ended <= drop.sent_at;
    context.phase = over ? "after" : "during " + deployment.id;
  }
  context.task_state = task_state(drop);
  context.connection = connection(drop);
  context.node_state = node_state(drop);
  if (const JournalEntry* last = nearest(drop)) {
    context.led_to_at = last->at;
    context.led_to_by = in_words(*last);
  }
  return context;
}

std::vector<std::size_t> Drops::entries_about(const dataplane::RequestRecord& drop, SimTime from,
                                              SimTime to) const {
  std::vector<std::size_t> found;
  const std::string task = owner(drop.process), host = host_of(drop);
  // A Classic balancer knows its targets by instance alone.
  for (const std::string& name : {drop.target, host, task}) {
    const auto list = name.empty() ? about_.end() : about_.find(name);
    if (list == about_.end()) continue;
    for (const std::size_t i : list->second) {
      const SimTime at = record_.journal->entries()[i].at;
      if (at >= from && at <= to) found.push_back(i);
    }
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<std::pair<SimTime, std::string>> Drops::happened(const dataplane::RequestRecord& drop,
                                                             SimTime from, SimTime to) const {
  std::vector<std::pair<SimTime, std::string>> story;
  for (const std::size_t i : entries_about(drop, from, to)) {
    const auto& entry = record_.journal->entries()[i];
    story.emplace_back(entry.at, in_words(entry));
  }
  return story;
}

std::string Drops::sentence(const dataplane::RequestRecord& drop,
                            const DropContext& context) const {
  const auto& cause = record_.ledger->cause(drop.cause);
  std::string text = "Request " + std::to_string(drop.index) + " of source " +
                     std::to_string(drop.source) + ", sent at " + format_seconds(drop.sent_at);
  if (cause.text == dataplane::causes::kNoConnection) {
    text += ", never went on its way: " + cause.text;
  } else if (cause.text == dataplane::causes::kTooManyRedirects) {
    text += ", was sent on by one answer after the other: " + cause.text;
  } else if (drop.target.empty()) {
    text += ", found no target: " + cause.text;
  } else {
    text += ", went to " + drop.target;
    if (!context.zone.empty()) text += " in " + context.zone;
    if (!context.task.empty()) text += " (" + context.who() + ")";
    if (!cause.target_state.empty()) text += ", whose target was " + cause.target_state;
    text += "; it ended after " + format_duration(drop.ended_at - drop.sent_at) + ": " + cause.text;
  }
  text += cause.status == 0 ? "; the client saw no answer"
                            : "; the client saw " + std::to_string(cause.status);
  if (!context.led_to_by.empty())
    text += ". Before that, at " + format_seconds(context.led_to_at) + ": " + context.led_to_by;
  return text + ".";
}

std::vector<Drops::Share> Drops::by_zone() const {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [key, count] : record_.ledger->dropped_by_process) {
    const std::string task = owner(key.first);
    const auto instance = instance_of_task_.find(task);
    const auto zone = zone_of_.find(instance == instance_of_task_.end() ? task : instance->second);
    counts[zone == zone_of_.end() ? "none" : zone->second] += count;
  }
  return sorted(counts);
}

std::vector<Drops::Share> Drops::by_task() const {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [key, count] : record_.ledger->dropped_by_process) {
    const std::string task = owner(key.first);
    counts[task.empty() ? "none" : task] += count;
  }
  return sorted(counts);
}

}  // namespace steady::report
