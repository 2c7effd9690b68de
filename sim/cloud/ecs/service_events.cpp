#include "sim/cloud/ecs/state.h"
#include "sim/core/journal_kinds.h"

namespace steady::ecs {
namespace {

constexpr std::size_t kKept = 100;  // ecs.md 4.1
constexpr std::string_view kTrail =
    " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

/// What the closest instance lacks, in the words of ecs.md 4.3.
std::string lack(Misfit misfit) {
  switch (misfit) {
    case Misfit::kCpu:
      return "has insufficient CPU units available.";
    case Misfit::kMemory:
      return "has insufficient memory available.";
    case Misfit::kPorts:
      return "is already using a port required by your task.";
    case Misfit::kAgent:
      return "encountered error \"AGENT\".";
    case Misfit::kEni:
      return "encountered error \"RESOURCE:ENI\".";
    case Misfit::kGpu:
      return "encountered error \"RESOURCE:GPU\".";
    default:
      return "is missing an attribute required by your task.";
  }
}

}  // namespace

std::string task_list(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += " (task " + id + ")";
  return text;
}

void Ecs::Impl::event(ServiceState& service, const std::string& message, const std::string& why) {
  ServiceEvent made;
  made.id = parts.ids.event(next_event++);
  made.created_at = now();
  // Events of one pass are a millisecond apart, so their order can be seen (ecs.md 8.2).
  if (!service.events.empty() && made.created_at <= service.events.back().created_at) {
    made.created_at = service.events.back().created_at + std::chrono::milliseconds{1};
  }
  made.message = message;
  service.events.push_back(made);
  if (service.events.size() > kKept) service.events.erase(service.events.begin());
  journal.add(now(), journal::kServiceEvent, service.name,
              {{"message", message}, {"id", made.id}, {"why", why}});
}

void Ecs::Impl::trouble(ServiceState& service, const std::string& kind, const std::string& message,
                        const std::string& why) {
  // Kept by kind and text: another closest instance is another message (ecs.md 3.7).
  const auto [place, fresh] =
      service.unresolved.try_emplace(kind + " " + message, Unresolved{now()});
  if (!fresh && now() < place->second.last + behaviour.event_repeat) return;
  place->second.last = now();
  event(service, message, why);
}

void Ecs::Impl::resolved(ServiceState& service, const std::string& kind) {
  std::erase_if(service.unresolved,
                [&](const auto& entry) { return entry.first.starts_with(kind + " "); });
}

std::string Ecs::Impl::placement_text(const Placement& placement) const {
  if (!behaviour.closest_wording())
    return "was unable to place a task because the resources could not be found.";
  std::string text =
      "was unable to place a task because no container instance met all of its requirements. ";
  if (!placement.closest) {
    text += "Reason: No Container Instances were found in your cluster.";
  } else {
    text += "The closest matching (container-instance " + placement.closest->instance->id + ") " +
            lack(placement.closest->misfit);
  }
  return text + std::string(kTrail);
}

}  // namespace steady::ecs
