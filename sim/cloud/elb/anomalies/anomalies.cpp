#include "sim/cloud/elb/anomalies/anomalies.h"

#include "sim/core/journal_kinds.h"

namespace steady::elb {
namespace {

/// The end of the interval in which `now` lies, at the earliest a moment later.
SimTime next_look(SimTime now) {
  const auto number = now.time_since_epoch() / kAnomalyInterval;
  return SimTime{(number + 1) * kAnomalyInterval};
}

}  // namespace

bool Anomalies::is_looked_at(const Group& group) const {
  return group.exists && !group.is_classic() && !group.is_network() &&
         (all_ || group.spec.mitigates_anomalies);
}

TargetAnomaly Anomalies::state(const Target& target) {
  return {target.anomalous, target.weight != kFullWeight};
}

std::optional<TargetAnomaly> Anomalies::of(const Target& target) const {
  if (!is_looked_at(groups_[target.info.group])) return std::nullopt;
  return state(target);
}

void Anomalies::watch_all() {
  all_ = true;
  for (Group& group : groups_.all()) settings_changed(group);
}

void Anomalies::settings_changed(Group& group) {
  if (!is_looked_at(group)) counted_since_.erase(group.id);
  if (!group.spec.mitigates_anomalies) {
    bool moved = false;
    for (const TargetId id : marked(group)) {
      Target& target = groups_.target(id);
      const TargetAnomaly before = state(target);
      moved = moved || before.mitigated;
      target.weight = kFullWeight;
      if (!is_looked_at(group)) target.anomalous = false;
      note(group, target, before);
    }
    if (moved) frontends_.refresh(group);
  }
  if (!is_looked_at(group)) return;
  // What ended in this interval so far was not counted; at the very beginning nothing has ended.
  const SimTime now = context_.loop.now();
  counted_since_.try_emplace(group.id, now == kStart ? now : next_look(now));
  if (running_) return;
  running_ = true;
  context_.plane->keep_target_ends(kAnomalyInterval);
  schedule();
}

void Anomalies::schedule() {
  context_.loop.at(next_look(context_.loop.now()), "anomalies of targets", [this] { look(); });
}

void Anomalies::look() {
  std::vector<app::TargetEnds> ends;
  bool any = false, counted = false;
  const SimTime begin = context_.loop.now() - kAnomalyInterval;
  for (Group& group : groups_.all()) {
    if (!is_looked_at(group)) continue;
    any = true;
    if (begin < counted_since_.at(group.id)) continue;
    if (!counted) ends = context_.plane->target_ends();
    counted = true;
    look_at(group, ends);
  }
  if (any) return schedule();
  running_ = false;
  context_.plane->keep_target_ends(SimDuration{0});
}

void Anomalies::look_at(Group& group, const std::vector<app::TargetEnds>& ends) {
  std::vector<TargetId> healthy;
  std::vector<Compared> compared;
  bool moved = false;
  for (const TargetId id : marked(group)) {
    Target& target = groups_.target(id);
    if (target.state != TargetState::kHealthy) moved = forget(group, target) || moved;
  }
  for (const TargetId id : group.live) {
    const Target& target = groups_.target(id);
    if (target.state != TargetState::kHealthy) continue;
    healthy.push_back(id);
    const app::TargetEnds seen = id < ends.size() ? ends[id] : app::TargetEnds{};
    compared.push_back({seen.all, seen.failed, target.anomalous});
  }
  const bool enough = healthy.size() >= kFewestCompared;
  compare(compared);
  for (std::size_t i = 0; i < healthy.size(); ++i) {
    Target& target = groups_.target(healthy[i]);
    if (!enough) {
      moved = forget(group, target) || moved;
      continue;
    }
    const TargetAnomaly before = state(target);
    target.anomalous = compared[i].anomalous;
    if (group.spec.mitigates_anomalies) {
      const std::uint32_t weight = next_weight(target.weight, target.anomalous);
      moved = moved || weight != target.weight;
      target.weight = weight;
    }
    note(group, target, before, &compared[i]);
  }
  if (moved) frontends_.refresh(group);
}

std::vector<TargetId> Anomalies::marked(const Group& group) const {
  const auto found = marked_.find(group.id);
  if (found == marked_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

bool Anomalies::forget(const Group& group, Target& target) {
  const TargetAnomaly before = state(target);
  target.anomalous = false;
  target.weight = kFullWeight;
  note(group, target, before);
  return before.mitigated;
}

void Anomalies::note(const Group& group, const Target& target, TargetAnomaly before,
                     const Compared* seen) {
  const TargetAnomaly now = state(target);
  if (now == before) return;
  auto& others = marked_[group.id];
  if (now == TargetAnomaly{}) {
    others.erase(target.info.id);
  } else {
    others.insert(target.info.id);
  }
  changes_.push_back({context_.loop.now(), target.info.id, now});
  if (!group.spec.mitigates_anomalies && !before.mitigated) return;
  Journal::Fields fields{{"group", group.name},
                         {"result", now.anomalous ? "anomalous" : "normal"},
                         {"mitigation", now.mitigated ? "yes" : "no"}};
  if (seen != nullptr) {
    fields.emplace_back("ended", std::to_string(seen->ended));
    fields.emplace_back("failed", std::to_string(seen->failed));
  }
  context_.journal.add(context_.loop.now(), journal::kAnomaly, target.name, std::move(fields));
}

}  // namespace steady::elb
