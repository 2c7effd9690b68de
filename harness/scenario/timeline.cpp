#include <algorithm>

#include "harness/aws/codec.h"
#include "harness/scenario/parts.h"
#include "sim/core/options.h"
#include "sim/faults/fault.h"

namespace steady::scenario {
namespace {

/// Options of engines and faults: plain values as text.
std::map<std::string, std::string> options_of(const Json& value, const std::string& pointer,
                                              json::Findings& findings) {
  std::map<std::string, std::string> options;
  if (!value.is_object()) {
    findings.error("E1003", pointer, "an object is expected here");
    return options;
  }
  for (const auto& [key, member] : value.items()) {
    if (member.is_string()) {
      options[key] = member.get<std::string>();
    } else if (member.is_number() || member.is_boolean()) {
      options[key] = member.dump();
    } else {
      findings.error("E1003", json::child_pointer(pointer, key),
                     "a string, a number, true or false is expected here");
    }
  }
  return options;
}

struct Named {
  std::string name, cluster, definition;
};

/// The services that are there at time 0, and those that earlier steps create.
std::vector<Named> services_of(const Scenario& scenario) {
  std::vector<Named> all;
  for (const auto& service : scenario.services)
    all.push_back({service.service_name, service.cluster, service.task_definition});
  for (const auto& step : scenario.timeline) {
    if (step.name != "CreateService" || !step.input.is_object()) continue;
    auto text = [&](const char* key) {
      const auto found = step.input.find(key);
      return found != step.input.end() && found->is_string() ? found->get<std::string>() : "";
    };
    all.push_back({text("serviceName"), text("cluster"), text("taskDefinition")});
  }
  return all;
}

void read_deploy(const Json& value, const std::string& pointer, json::Findings& findings,
                 Step& step, const Scenario& scenario, const LoadOptions& options) {
  step.kind = Step::Kind::kDeploy;
  step.name = "ecs";
  if (value.is_string()) {
    step.options["taskDefinition"] = value.get<std::string>();
  } else {
    step.options = options_of(value, pointer, findings);
    if (const auto engine = step.options.find("engine"); engine != step.options.end()) {
      step.name = engine->second;
      step.options.erase(engine);
    }
  }
  if (std::ranges::find(options.engines, step.name) == options.engines.end()) {
    const std::string nearest = json::nearest_name(step.name, options.engines);
    findings.error("E1206", value.is_object() ? json::child_pointer(pointer, "engine") : pointer,
                   "there is no deploy engine '" + step.name + "'",
                   nearest.empty() ? "" : "did you mean '" + nearest + "'?");
  }
  // In short, a revision stands for the service of its family; with one service that is clear.
  if ((step.name == "ecs" || step.name == "stop-then-start") && !step.options.contains("service")) {
    const std::string definition = step.options["taskDefinition"];
    const std::string family = definition.substr(0, definition.rfind(':'));
    std::vector<Named> fitting;
    for (const auto& service : services_of(scenario)) {
      if (service.definition.substr(0, service.definition.rfind(':')) == family)
        fitting.push_back(service);
    }
    if (fitting.size() == 1) {
      step.options["service"] = fitting.front().name;
      step.options.try_emplace("cluster", fitting.front().cluster);
    }
  } else if (step.name == "ecs" || step.name == "stop-then-start") {
    for (const auto& service : services_of(scenario)) {
      if (service.name == step.options["service"])
        step.options.try_emplace("cluster", service.cluster);
    }
  }
}

void read_migration(const Json& value, const std::string& pointer, json::Findings& findings,
                    Step& step) {
  using Kind = database::MigrationStep::Kind;
  step.kind = Step::Kind::kMigration;
  step.name = "migration";
  json::Reader reader(value, pointer, findings, "a migration");
  int kinds = 0;
  auto pair = [&](const char* key, Kind kind) {
    const Json* names = reader.get(key);
    if (names == nullptr) return;
    ++kinds;
    step.migration.kind = kind;
    if (names->is_string()) {
      step.migration.column = names->get<std::string>();
    } else if (names->is_array() && names->size() == 2 && (*names)[0].is_string() &&
               (*names)[1].is_string()) {
      step.migration.column = (*names)[0].get<std::string>();
      step.migration.to = (*names)[1].get<std::string>();
    } else {
      reader.error("E1003", key, "a column, or a list of two, is expected here");
    }
  };
  pair("add", Kind::kAdd);
  pair("backfill", Kind::kBackfill);
  pair("rename", Kind::kRename);
  pair("drop", Kind::kDrop);
  if (kinds != 1)
    findings.error("E1005", pointer, "a migration is one of add, backfill, rename and drop");
  if (step.migration.kind == Kind::kRename && step.migration.to.empty() && kinds == 1)
    findings.error("E1005", pointer, "a rename names two columns: [\"old\", \"new\"]");
  reader.read_duration("duration", step.migration.duration);
  std::string lock;
  if (reader.read_choice("lock", lock, {"none", "exclusive"}))
    step.migration.exclusive_lock = lock == "exclusive";
  reader.finish();
}

}  // namespace

void read_timeline(json::Reader& root, Scenario& scenario, const LoadOptions& options) {
  auto& findings = root.findings();
  root.each("timeline", [&](const Json& value, const std::string& pointer) {
    json::Reader reader(value, pointer, findings, "a step of the timeline");
    Step step;
    step.pointer = pointer;
    reader.require("at", "a time such as \"2m\"");
    reader.read_duration("at", step.at);
    if (step.at > scenario.duration)
      reader.error("E1207", "at",
                   format_duration(step.at) + " is after the end of the run (" +
                       format_duration(scenario.duration) + ")");
    reader.read_duration("every", step.every, 1ms);
    const bool repeats = reader.read("repeat", step.repeat, 1, 100'000);
    if (step.every.count() > 0 && !repeats) {
      step.repeat = static_cast<int>(
          std::min<std::int64_t>(100'000, (scenario.duration - step.at) / step.every + 1));
    }
    static const std::vector<std::string> kKinds = {"deploy", "call", "fault", "migration", "get"};
    int kinds = 0;
    for (const auto& kind : kKinds) kinds += reader.has(kind) ? 1 : 0;
    for (const char* later : {"alarm", "deployAll"}) {
      if (reader.get(later) != nullptr) {
        reader.error("E1102", later, std::string("'") + later + "' is not modelled yet",
                     "leave it out");
        ++kinds;
      }
    }
    if (kinds != 1)
      findings.error("E1005", pointer, "a step has one of deploy, call, fault, migration and get");
    if (const Json* deploy = reader.get("deploy"))
      read_deploy(*deploy, reader.pointer("deploy"), findings, step, scenario, options);
    if (const Json* call = reader.get("call")) {
      step.kind = Step::Kind::kCall;
      if (!call->is_object() || call->size() != 1) {
        reader.error("E1003", "call",
                     "a call is an object with one action: { \"UpdateService\": { ... } }");
      } else {
        step.name = call->begin().key();
        step.input = call->begin().value();
        Json checked = step.input;
        // A convenience of scenarios: the first task that runs.
        if (checked.is_object())
          aws::check_call(step.name, checked,
                          json::child_pointer(reader.pointer("call"), step.name), findings);
      }
    }
    if (const Json* fault = reader.get("fault")) {
      step.kind = Step::Kind::kFault;
      if (!fault->is_object() || fault->size() != 1) {
        reader.error("E1003", "fault",
                     "a fault is an object with one kind: { \"instanceCrash\": { \"count\": 1 } }");
      } else {
        step.name = fault->begin().key();
        const std::string at = json::child_pointer(reader.pointer("fault"), step.name);
        step.options = options_of(fault->begin().value(), at, findings);
        Options checked(step.options);
        if (const auto made = faults::make_fault(step.name, checked); !made)
          findings.error("E1208", at, made.error().message);
      }
    }
    if (const Json* migration = reader.get("migration"))
      read_migration(*migration, reader.pointer("migration"), findings, step);
    std::string page;
    if (reader.read("get", page)) {
      step.kind = Step::Kind::kGet;
      step.name = page;
    }
    reader.finish();
    scenario.timeline.push_back(std::move(step));
  });
}

}  // namespace steady::scenario
