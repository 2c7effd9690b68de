#include <utility>

#include "sim/cloud/asg/state.h"
#include "sim/core/journal_kinds.h"

namespace steady::asg {
namespace {

constexpr std::size_t kActivitiesKept = 100;

std::string uuid_of(const RandomStream& stream, std::uint64_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const PhiloxBlock block = stream.block(number, 0);
  std::string text;
  for (std::size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += kDigits[(block[i / 8] >> (4 * (i % 8))) & 0xFU];
  }
  return text;
}

}  // namespace

std::string AutoScaling::Impl::stamp() const {
  if (!calendar) return "At " + format_seconds(loop.now()) + " ";
  std::string date = calendar->iso8601(loop.now());
  if (const auto dot = date.find('.'); dot != std::string::npos) date.replace(dot, 4, "");
  return "At " + date + " ";
}

std::string AutoScaling::Impl::cause(const GroupState& state, const std::string& what) const {
  return (state.request.empty() ? "" : state.request + "  ") + stamp() + what;
}

std::uint64_t AutoScaling::Impl::begin(GroupState& state, std::string description,
                                       const std::string& cause) {
  auto& activities = state.group.activities;
  if (activities.size() == kActivitiesKept) {
    activities.erase(activities.begin());
    ++state.first_activity;
  }
  Activity activity;
  activity.id = uuid_of(uuids, activities_made++);
  activity.status = "InProgress";
  activity.description = std::move(description);
  activity.cause = cause;
  activity.started_at = loop.now();
  activities.push_back(std::move(activity));
  write(state, "InProgress: " + activities.back().description);
  return state.first_activity + activities.size() - 1;
}

void AutoScaling::Impl::set_status(GroupState& state, std::uint64_t activity, std::string status,
                                   std::string message) {
  state.last_activity = loop.now();
  if (activity < state.first_activity) return;
  Activity& found = state.group.activities[activity - state.first_activity];
  found.status = std::move(status);
  found.status_message = std::move(message);
  if (!found.status.starts_with("WaitingFor")) found.ended_at = loop.now();
  write(state, found.status + ": " + found.description);
}

void AutoScaling::Impl::write(const GroupState& state, std::string activity) {
  journal.add(loop.now(), journal::kAutoScaling, state.group.spec.name,
              {{"desired", std::to_string(state.group.spec.desired)},
               {"inService", std::to_string(state.count("InService"))},
               {"pending", std::to_string(state.count("Pending"))},
               {"activity", std::move(activity)}});
}

}  // namespace steady::asg
