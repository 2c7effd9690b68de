#include <algorithm>

#include "harness/report/drops.h"
#include "harness/report/words.h"
#include "sim/cloud/elb/elb.h"
#include "sim/core/journal_kinds.h"
#include "sim/dataplane/causes.h"

/// The state of everything round a drop when it ended, and what led to it.
namespace steady::report {

using dataplane::Outcome;

std::string in_words(const JournalEntry& entry) {
  if (entry.kind == journal::kTarget) {
    std::string text = "target " + entry.subject + " is " + std::string(entry["state"]);
    if (!entry["description"].empty()) text += " (" + std::string(entry["description"]) + ")";
    return text;
  }
  if (entry.kind == journal::kTask) {
    std::string text = "task " + entry.subject + " is " + std::string(entry["status"]);
    if (!entry["reason"].empty()) text += " (" + std::string(entry["reason"]) + ")";
    return text;
  }
  if (entry.kind == journal::kInstance)
    return "instance " + entry.subject + " is " + std::string(entry["state"]);
  if (entry.kind == journal::kDeployment) {
    const std::string of =
        "deployment " + entry.subject + " of service " + std::string(entry["service"]);
    if (entry["rollout"] == "FAILED") return of + " failed: " + std::string(entry["reason"]);
    return of + " to " + std::string(entry["definition"]) + " began";
  }
  if (entry.kind == journal::kApiCall) {
    std::string text = entry.subject;
    if (!entry["request"].empty()) text += " of " + std::string(entry["request"]);
    return text + " was called by " + std::string(entry["by"]);
  }
  if (entry.kind == journal::kFault)
    return "fault " + entry.subject + ": " + std::string(entry["detail"]);
  if (entry.kind == journal::kAutoScaling)
    return "group " + entry.subject + ": " + std::string(entry["activity"]);
  if (entry.kind == journal::kDeploy)
    return "deploy " + entry.subject + " of " + std::string(entry["detail"]) + " began";
  if (entry.kind == journal::kSchema && entry["state"] == "begin")
    return "migration " + entry.subject + " of column " + std::string(entry["column"]) + " began";
  if (entry.kind == journal::kSchema) return "column " + entry.subject + " was removed";
  return "process of " + entry.subject + ": " + std::string(entry["state"]);
}

std::string Drops::task_behind(const dataplane::RequestRecord& drop) const {
  const std::string task = owner(drop.process);
  return task.empty() ? owner(drop.last_process) : task;
}

std::string Drops::task_state(const dataplane::RequestRecord& drop) const {
  const auto list = about_.find(task_behind(drop));
  if (list == about_.end()) return "";
  std::string state;
  for (const std::size_t i : list->second) {
    const JournalEntry& entry = record_.journal->entries()[i];
    if (entry.at > drop.ended_at) break;
    if (entry.kind == journal::kTask) state = entry["status"];
  }
  return state;
}

std::string Drops::connection(const dataplane::RequestRecord& drop) const {
  if (drop.target.empty()) return "none";
  const auto& cause = record_.ledger->cause(drop.cause);
  if (cause.text.starts_with("stream cut: ")) return "upgraded";
  switch (drop.outcome) {
    case Outcome::kRefused:
    case Outcome::kOverflow:
      return "refused";
    case Outcome::kReset:
      return cause.text == dataplane::causes::kKeepAliveRace ? "closing" : "reset";
    default:
      break;
  }
  constexpr auto kNone = app::Fleet::kNone;
  if (drop.process == kNone) return "unanswered";
  const bool at_work = drop.outcome == Outcome::kAppError || drop.outcome == Outcome::kOk ||
                       cause.text == dataplane::causes::kIdleTimeout ||
                       cause.text == dataplane::causes::kClientTimeout ||
                       cause.text == dataplane::causes::kUploadStalled;
  return at_work ? "open" : "silent";
}

std::string Drops::node_state(const dataplane::RequestRecord& drop) const {
  using What = elb::Belief::What;
  if (drop.target.empty() || record_.elb == nullptr) return "";
  auto what = What::kUntold;
  bool ever = false;
  if (const auto list = beliefs_.find({drop.target_id, drop.node}); list != beliefs_.end()) {
    for (const auto& belief : list->second) {
      if (belief.at > drop.ended_at) break;
      what = belief.what;
      ever = true;
    }
  }
  const bool leaving = record_.elb->target(drop.target_id).deregistered_at <= drop.ended_at;
  std::string text;
  if (what == What::kUntold) {
    text = ever ? "told of its end" : "not told of its registration";
  } else if (leaving) {
    text = "not told of its end";
  } else if (what == What::kInitial) {
    text = "initial";
  } else {
    text = what == What::kHealthy ? "healthy" : "unhealthy";
  }
  return drop.fail_open ? text + ", fail-open" : text;
}

const JournalEntry* Drops::nearest(const dataplane::RequestRecord& drop) const {
  const auto about = entries_about(drop, kStart, drop.ended_at);
  if (about.empty()) return nullptr;
  // Of what happened at the same moment the target's own change is the one that cut.
  const auto& entries = record_.journal->entries();
  const JournalEntry* last = &entries[about.back()];
  for (const std::size_t i : about) {
    if (entries[i].at == last->at && entries[i].kind == journal::kTarget) last = &entries[i];
  }
  return last;
}

std::vector<const JournalEntry*> Drops::origin(SimTime at) const {
  const auto& entries = record_.journal->entries();
  const auto from = std::ranges::lower_bound(entries, at, {}, &JournalEntry::at);
  const JournalEntry* by = nullptr;
  const auto better = [](const JournalEntry& entry) {
    if (entry.kind == journal::kFault) return entry["state"] == "begin" ? 4 : 0;
    if (entry.kind == journal::kApiCall) {
      const bool looks = entry.subject.starts_with("Describe") || entry.subject.starts_with("List");
      return entry["outcome"] == "ok" && !looks ? 3 : 0;
    }
    if (entry.kind == journal::kDeployment) return entry["rollout"] == "FAILED" ? 2 : 0;
    return entry.kind == journal::kAutoScaling && !entry["activity"].empty() ? 1 : 0;
  };
  for (auto entry = from; entry != entries.end() && entry->at == at; ++entry) {
    // Of several calls the last: who made a deployment registered its task definition before.
    if (better(*entry) > 0 && (by == nullptr || better(*entry) >= better(*by))) by = &*entry;
  }
  if (by == nullptr) return {};
  std::vector<const JournalEntry*> found{by};
  constexpr std::string_view kEngine = "engine:";
  const std::string_view caller = by->kind == journal::kApiCall ? (*by)["by"] : "";
  if (!caller.starts_with(kEngine)) return found;
  const JournalEntry* deploy = nullptr;
  for (const std::size_t i : deploys_) {
    if (entries[i].at <= at && entries[i].subject == caller.substr(kEngine.size()))
      deploy = &entries[i];
  }
  if (deploy != nullptr) found.push_back(deploy);
  return found;
}

std::vector<Drops::Link> Drops::chain(const dataplane::RequestRecord& drop) const {
  const auto& entries = record_.journal->entries();
  const auto& cause = record_.ledger->cause(drop.cause);
  std::vector<const JournalEntry*> found;
  const auto add = [&found](const JournalEntry* entry) {
    if (entry != nullptr && std::ranges::find(found, entry) == found.end()) found.push_back(entry);
  };
  if (cause.component == "database") {
    const std::string column = cause.text.substr(cause.text.rfind(' ') + 1);
    const JournalEntry *gone = nullptr, *begun = nullptr;
    for (const auto& entry : entries) {
      if (entry.at > drop.ended_at) break;
      if (entry.kind != journal::kSchema) continue;
      if (entry.subject == column && entry["present"] == "no") gone = &entry;
      if (entry["state"] == "begin" && entry["column"] == column) begun = &entry;
    }
    add(gone);
    add(begun);
  } else {
    add(nearest(drop));
    std::string deployment;
    const std::string task = task_behind(drop);
    for (const std::string& name : {drop.target, host_of(drop), task}) {
      const auto list = name.empty() ? about_.end() : about_.find(name);
      if (list == about_.end()) continue;
      const JournalEntry *left = nullptr, *stopped = nullptr, *signalled = nullptr;
      for (const std::size_t i : list->second) {
        const JournalEntry& entry = entries[i];
        if (entry.at > drop.ended_at) break;
        if (entry.kind == journal::kTarget) {
          const bool leaves = entry["state"] == "draining" ||
                              entry["description"].find("deregistration") != std::string_view::npos;
          left = leaves ? (left == nullptr ? &entry : left) : nullptr;
        } else if (entry.kind == journal::kTask && entry["desired"] == "STOPPED") {
          if (stopped == nullptr) stopped = &entry;
        } else if (entry.kind == journal::kInstance && entry["state"] != "pending" &&
                   entry["state"] != "running") {
          if (stopped == nullptr) stopped = &entry;
        } else if (entry.kind == journal::kProcess && entry["state"] == "sigterm") {
          signalled = &entry;
        }
      }
      add(left);
      add(signalled);
      add(stopped);
      if (stopped != nullptr && stopped->kind == journal::kTask) {
        constexpr std::string_view kBy = "(deployment ";
        const std::string_view reason = (*stopped)["reason"];
        const auto at = reason.find(kBy);
        if (at != std::string_view::npos)
          deployment = reason.substr(at + kBy.size(), reason.find(')', at) - at - kBy.size());
      }
    }
    const auto began = deployments_.find(deployment);
    if (began != deployments_.end()) add(&entries[began->second]);
  }
  std::ranges::stable_sort(found, std::greater<>(), &JournalEntry::sequence);
  // The nearest stays in front: of one moment it is the one that cut.
  if (const JournalEntry* first = cause.component == "database" ? nullptr : nearest(drop)) {
    std::erase(found, first);
    found.insert(found.begin(), first);
  }
  if (!found.empty()) {
    for (const JournalEntry* entry : origin(found.back()->at)) add(entry);
  }
  std::vector<Link> links;
  for (const JournalEntry* entry : found) links.push_back({entry->at, in_words(*entry)});
  return links;
}

}  // namespace steady::report
