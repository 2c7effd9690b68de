#include "harness/simulation/way_back.h"

#include "sim/core/journal_kinds.h"

namespace steady::simulation {

void WayBack::used(const JournalEntry& deployment) {
  auto& revisions = revisions_[std::string(deployment["service"])];
  const std::string revision(deployment["definition"]);
  std::erase(revisions, revision);
  revisions.push_back(revision);
}

void WayBack::look() {
  bool possible = true;
  std::string why;
  for (const auto* service : world_.ecs().services()) {
    const auto known = revisions_.find(service->name);
    if (known == revisions_.end()) continue;
    std::string previous;
    for (const auto& revision : known->second) {
      if (revision != service->definition->name()) previous = revision;
    }
    const auto* app = world_.find_app(previous);
    if (app == nullptr) continue;
    if (const auto missing = world_.database().missing(app->reads, app->writes)) {
      possible = false;
      why = previous + ": " + *missing;
    }
  }
  if (possible == possible_) return;
  possible_ = possible;
  world_.journal().add(world_.now(), journal::kRollbackPath, "app",
                       {{"state", possible ? "possible" : "impossible"}, {"why", why}});
}

}  // namespace steady::simulation
