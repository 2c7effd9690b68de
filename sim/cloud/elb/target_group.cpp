#include "sim/cloud/elb/target_group.h"

#include <algorithm>

#include "sim/cloud/elb/descriptions.h"
#include "sim/core/journal_kinds.h"

namespace steady::elb {

bool Group::zone_enabled(std::string_view zone) const {
  if (zone.empty() || zone == "all" || zones.empty()) return true;
  return std::ranges::find(zones, zone) != zones.end();
}

RandomStream Group::stream(const RandomSource& random, std::string_view what) const {
  return random.stream("elb/" + name + "/" + std::string(what));
}

Group& Groups::add(Kind kind, const std::string& name, const std::string& arn) {
  Group group;
  group.id = static_cast<GroupId>(groups_.size());
  group.kind = kind;
  group.name = name;
  group.arn = arn;
  (kind == Kind::kClassic ? classics_ : target_groups_)[name] = group.id;
  groups_.push_back(std::move(group));
  return groups_.back();
}

void Groups::remove(Group& group) {
  group.exists = false;
  (group.is_classic() ? classics_ : target_groups_).erase(group.name);
}

Group& Groups::operator[](GroupId id) {
  STEADY_CHECK(id < groups_.size(), "there is no group " + std::to_string(id));
  return groups_[id];
}

const Group& Groups::operator[](GroupId id) const {
  STEADY_CHECK(id < groups_.size(), "there is no group " + std::to_string(id));
  return groups_[id];
}

const GroupId* Groups::find(Kind kind, std::string_view name_or_arn) const {
  const auto& names = kind == Kind::kClassic ? classics_ : target_groups_;
  if (const auto found = names.find(name_or_arn); found != names.end()) return &found->second;
  for (const auto& [name, id] : names) {
    if (groups_[id].arn == name_or_arn) return &id;
  }
  return nullptr;
}

std::vector<std::string> Groups::names(Kind kind) const {
  std::vector<std::string> result;
  for (const Group& group : groups_) {
    if (group.kind == kind && group.exists) result.push_back(group.name);
  }
  return result;
}

Target& Groups::target(TargetId id) {
  STEADY_CHECK(id < targets_.size(), "there is no target " + std::to_string(id));
  return targets_[id];
}

const Target& Groups::target(TargetId id) const {
  STEADY_CHECK(id < targets_.size(), "there is no target " + std::to_string(id));
  return targets_[id];
}

std::string Groups::target_name(const Group& group, std::string_view host, std::uint16_t port) {
  // Classic registers whole instances, not ports (elb.md 1.1).
  if (group.is_classic()) return std::string(host);
  return std::string(host) + ":" + std::to_string(port);
}

bool Groups::is_over(const Target& target) const {
  return target.state == TargetState::kNotRegistered ||
         (target.state == TargetState::kInvalidState && (*this)[target.info.group].is_classic());
}

const Target* Groups::find_target(const Group& group, std::string_view name) const {
  const auto found = group.latest.find(name);
  if (found == group.latest.end()) return nullptr;
  const Target& latest = target(found->second.target);
  if (is_over(latest)) return nullptr;
  return &latest;
}

Target& Groups::add_target(Group& group, std::string_view host, std::uint16_t port,
                           std::string_view zone, std::string_view version) {
  Target target;
  target.info.id = static_cast<TargetId>(targets_.size());
  target.info.group = group.id;
  target.info.host = std::string(host);
  target.info.port = port;
  target.info.zone = std::string(zone);
  target.info.registered_at = context_.loop.now();
  target.name = target_name(group, host, port);
  target.version = std::string(version);
  target.host = context_.fleet.host(host);
  target.endpoint = context_.fleet.endpoint(target.host, port);
  target.nodes.resize(group.nodes);
  Group::Latest& latest = group.latest[target.name];
  latest.target = target.info.id;
  target.generation = latest.registrations++;
  group.live.push_back(target.info.id);
  targets_.push_back(std::move(target));
  return targets_.back();
}

void Groups::drop_from_live(Target& target) { std::erase(group_of(target).live, target.info.id); }

void Groups::set_state(Target& target, TargetState state) {
  STEADY_CHECK(target.reported.state.empty() || may_become(target.state, state),
               "target " + target.name + " may not go from " +
                   std::string(elb::name(target.state)) + " to " + std::string(elb::name(state)));
  target.state = state;
  report(target);
}

void Groups::supersede(Target& target) {
  const Group& group = group_of(target);
  target.state = TargetState::kNotRegistered;
  target.reported =
      group.is_classic() ? describe_instance(target) : describe_target(target, group.is_network());
}

void Groups::report(Target& target) {
  const Group& group = group_of(target);
  TargetHealth health =
      group.is_classic() ? describe_instance(target) : describe_target(target, group.is_network());
  if (health == target.reported) return;
  target.reported = std::move(health);
  Journal::Fields fields{{"group", group.name},
                         {"state", target.reported.state},
                         {"reason", target.reported.reason},
                         {"version", target.version}};
  if (!target.reported.description.empty()) {
    fields.emplace_back("description", target.reported.description);
  }
  context_.journal.add(context_.loop.now(), journal::kTarget, target.name, std::move(fields));
}

}  // namespace steady::elb
