#include <algorithm>
#include <set>

#include "harness/scenario/warnings/warnings.h"

/// W1406: code that meets a database without a column that it needs (stories.md S43).
namespace steady::scenario {
namespace {

/// The first column that the revision needs and the database lacks; "" when there is none.
std::string missing(const Scenario& scenario, const std::string& revision,
                    const std::set<std::string>& columns) {
  const auto app = std::ranges::find(scenario.apps, revision, &app::AppModel::revision);
  if (app == scenario.apps.end()) return {};
  for (const auto* names : {&app->reads, &app->writes}) {
    for (const auto& name : *names) {
      if (!columns.contains(name)) return name;
    }
  }
  return {};
}

}  // namespace

void warn_columns(const Scenario& scenario, json::Findings& findings) {
  if (scenario.columns.empty()) return;
  std::set<std::string> columns(scenario.columns.begin(), scenario.columns.end());
  std::vector<const Step*> steps;
  for (const auto& step : scenario.timeline) steps.push_back(&step);
  // A migration changes the schema when it ends.
  auto holds_at = [](const Step* step) {
    return step->kind == Step::Kind::kMigration ? step->at + step->migration.duration : step->at;
  };
  std::ranges::stable_sort(steps, {}, holds_at);
  std::map<std::string, std::string> serving;  // by service: the revision that was asked for last
  for (const auto& service : scenario.services)
    serving[service.service_name] = service.task_definition;
  for (const Step* step : steps) {
    if (step->kind == Step::Kind::kMigration) {
      using Kind = database::MigrationStep::Kind;
      const auto& change = step->migration;
      if (change.kind == Kind::kAdd) columns.insert(change.column);
      if (change.kind == Kind::kRename) columns.insert(change.to);
      if (change.kind != Kind::kRename && change.kind != Kind::kDrop) continue;
      columns.erase(change.column);
      for (const auto& [service, revision] : serving) {
        if (missing(scenario, revision, columns) != change.column) continue;
        findings.warning("W1406", step->pointer,
                         revision + " serves then and needs the column " + change.column +
                             ": from here on its requests fail, and there is no way back to it",
                         "add, deploy, and drop only when no rollback can come");
      }
    } else if (step->kind == Step::Kind::kDeploy) {
      const auto service = step->options.find("service");
      const auto revision = step->options.find("taskDefinition");
      if (service == step->options.end() || revision == step->options.end()) continue;
      serving[service->second] = revision->second;
      const std::string column = missing(scenario, revision->second, columns);
      if (column.empty()) continue;
      findings.warning("W1406", step->pointer,
                       revision->second + " needs the column " + column +
                           ", which the database does not have then",
                       "the migration that brings it first, or a revision that does without");
    }
  }
}

}  // namespace steady::scenario
