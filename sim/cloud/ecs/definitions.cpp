#include <algorithm>

#include "sim/cloud/ecs/names.h"
#include "sim/cloud/ecs/state.h"
#include "sim/cloud/ecs/task_definition_rules.h"
#include "sim/core/numbers.h"

namespace steady::ecs {

Result<std::shared_ptr<const TaskDefinition>> Ecs::Impl::register_definition(
    TaskDefinition definition) {
  if (const auto faults = definition_faults(definition); !faults.empty()) {
    Error error{"ClientException", ""};
    for (const auto& fault : faults)
      error.message += (error.message.empty() ? "" : " ") + fault.message;
    return error;
  }
  auto& revisions = definitions[definition.family];
  int& before = skipped[definition.family];
  definition.revision = std::max(before, revisions.empty() ? 0 : revisions.back()->revision) + 1;
  definition.registered_at = now();
  definition.status = DefinitionStatus::kActive;
  definition.app = parts.app_of ? parts.app_of(definition) : nullptr;
  if (definition.app == nullptr) {
    static const app::AppModel kDefault{.revision = "(no app)"};
    definition.app = &kDefault;
  }
  revisions.push_back(std::make_shared<TaskDefinition>(std::move(definition)));
  return std::shared_ptr<const TaskDefinition>(revisions.back());
}

Result<std::shared_ptr<const TaskDefinition>> Ecs::Impl::deregister_definition(
    std::string_view name) {
  const auto found = find_definition(name);
  if (found == nullptr || name_of(name).find(':') == std::string_view::npos) {
    return Error{"ClientException", "Unable to describe task definition."};
  }
  if (found->status == DefinitionStatus::kActive) {
    found->status = DefinitionStatus::kInactive;
    found->deregistered_at = now();
  }
  return std::shared_ptr<const TaskDefinition>(found);
}

std::shared_ptr<TaskDefinition> Ecs::Impl::find_definition(std::string_view name) const {
  name = name_of(name);
  const auto colon = name.rfind(':');
  const auto family = definitions.find(name.substr(0, colon));
  if (family == definitions.end()) return nullptr;
  if (colon == std::string_view::npos) {
    // Without a revision: the newest ACTIVE one (ecs.md 1.5).
    for (auto revision = family->second.rbegin(); revision != family->second.rend(); ++revision) {
      if ((*revision)->status == DefinitionStatus::kActive) return *revision;
    }
    return nullptr;
  }
  const auto revision = whole_number<int>(name.substr(colon + 1));
  if (!revision) return nullptr;
  const auto found = std::ranges::find(family->second, *revision,
                                       [](const auto& definition) { return definition->revision; });
  return found == family->second.end() ? nullptr : *found;
}

}  // namespace steady::ecs
