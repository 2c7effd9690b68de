#include <algorithm>
#include <charconv>
#include <map>

#include "harness/scenario/parts.h"
#include "sim/core/options.h"

/// What an app says about itself under load.
namespace steady::scenario {
namespace {

/// "64KiB", "200MiB", "2GiB", "500B".
void read_size(json::Reader& reader, const char* key, std::int64_t& out) {
  const Json* value = reader.get(key);
  if (value == nullptr) return;
  const auto fault = [&] {
    reader.error("E1003", key, "a size such as 500B, 64KiB, 200MiB or 2GiB is expected here");
  };
  if (!value->is_string()) return fault();
  const auto& text = value->get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(parsed.ptr, text.data() + text.size());
  std::int64_t bytes = 0;
  if (unit == "B") bytes = 1;
  if (unit == "KiB") bytes = 1024;
  if (unit == "MiB") bytes = 1024 * 1024;
  if (unit == "GiB") bytes = 1024 * 1024 * 1024;
  if (parsed.ec != std::errc() || bytes == 0 || number < 0) return fault();
  constexpr std::int64_t kMost = std::int64_t{1} << 44;  // 16 TiB
  if (number > kMost / bytes)
    return reader.error("E1004", key, "'" + text + "' is more than 16384GiB");
  out = number * bytes;
}

/// A decimal number of vCPUs: "0.5" or 0.5.
void read_processors(json::Reader& reader, const char* key, std::int64_t& millionths) {
  const Json* value = reader.get(key);
  if (value == nullptr) return;
  const std::string text = value->is_string() ? value->get<std::string>() : value->dump();
  Options options(std::map<std::string, std::string>{{key, text}});
  const std::int64_t thousandths = options.thousandths(key);
  if (!options.finish().empty() || thousandths > 1'000'000)
    return reader.error("E1004", key,
                        "a number of vCPUs such as 0.5, with at most three decimal places and at "
                        "most 1000, is expected here");
  millionths = thousandths * 1000;
}

std::uint32_t per_million(double rate) {
  return static_cast<std::uint32_t>(rate * 1'000'000 + 0.5);
}

void read_dependencies(json::Reader& reader, app::AppModel& app) {
  if (!reader.has("dependencies")) return;
  app.dependencies.clear();
  reader.each("dependencies", [&](const Json& value, const std::string& pointer) {
    json::Reader inner(value, pointer, reader.findings(), "a dependency");
    app::Dependency other;
    inner.require("name", "a name, for causes and faults");
    inner.require("latency", "how long a call takes");
    inner.read("name", other.name);
    inner.read_distribution("latency", other.latency);
    inner.read_duration("timeout", other.timeout, 1ms);
    double rate = 0;
    if (inner.read("errorRate", rate, 0, 1)) other.errors_per_million = per_million(rate);
    inner.finish();
    const bool twice = std::ranges::find(app.dependencies, other.name, &app::Dependency::name) !=
                       app.dependencies.end();
    if (twice) inner.error("E1217", "name", "two dependencies are called '" + other.name + "'");
    app.dependencies.push_back(std::move(other));
  });
}

}  // namespace

void read_app_load(json::Reader& reader, app::AppModel& app) {
  read_dependencies(reader, app);
  if (const Json* shed = reader.get("shed")) {
    json::Reader inner(*shed, reader.pointer("shed"), reader.findings(), "a rule of shedding");
    int waiting = 0;
    inner.require("queue", "how many may wait");
    if (inner.read("queue", waiting, 0, 100'000'000))
      app.shed_above = static_cast<std::uint32_t>(waiting);
    inner.finish();
  }
  SimDuration longest{0};
  if (reader.read_duration("queueTimeout", longest)) app.queue_timeout = longest;
  if (const Json* pauses = reader.get("pauses")) {
    json::Reader inner(*pauses, reader.pointer("pauses"), reader.findings(), "pauses");
    app::Pauses read;
    inner.require("every", "from one to the next");
    inner.require("for", "how long one is");
    const bool often = inner.read_distribution("every", read.every);
    inner.read_distribution("for", read.length);
    if (often && read.every.mean_seconds() < 0.001)
      inner.error("E1004", "every", "pauses come at least 1ms apart in the mean");
    inner.finish();
    app.pauses = read;
  }
  if (const Json* cpu = reader.get("cpu")) {
    json::Reader inner(*cpu, reader.pointer("cpu"), reader.findings(), "a wish for CPU");
    app::CpuWish read;
    inner.require("busy", "vCPUs that it wants while it serves");
    read_processors(inner, "busy", read.busy);
    read.starting = read.busy;
    read_processors(inner, "starting", read.starting);
    inner.finish();
    app.cpu = read;
  }
  if (const Json* memory = reader.get("memory")) {
    json::Reader inner(*memory, reader.pointer("memory"), reader.findings(), "growth of memory");
    app::MemoryUse read;
    read_size(inner, "start", read.start);
    read_size(inner, "perRequest", read.per_request);
    read_size(inner, "perMinute", read.per_minute);
    inner.finish();
    app.memory = read;
  }
}

/// What is said of load has to have something to work on.
void validate_app_load(const Scenario& scenario, json::Findings& findings) {
  std::vector<std::string> dependencies;
  for (const auto& app : scenario.apps) {
    for (const auto& other : app.dependencies) dependencies.push_back(other.name);
    if (!app.memory && !app.cpu) continue;
    const std::string at = json::child_pointer("/apps", app.revision);
    bool is_task = false, limited = false;
    for (const auto& [name, definition] : scenario.definitions) {
      const bool names_it =
          name == app.revision ||
          std::ranges::any_of(definition.container_definitions, [&app](const auto& container) {
            return container.image == app.revision;
          });
      if (!names_it) continue;
      is_task = true;
      limited = limited || !definition.memory.empty() ||
                std::ranges::any_of(definition.container_definitions, [](const auto& container) {
                  return container.memory.has_value();
                });
    }
    // Revisions that are registered later say it then.
    const bool later = std::ranges::any_of(
        scenario.timeline, [](const Step& step) { return step.name == "RegisterTaskDefinition"; });
    if (!is_task && !later) {
      const char* key = app.memory ? "memory" : "cpu";
      findings.error("E1224", json::child_pointer(at, key),
                     "an app of a machine image has its machine for itself: nothing limits it",
                     "leave it out, or run the app as a task");
    } else if (app.memory && !limited && !later) {
      findings.error("E1224", json::child_pointer(at, "memory"),
                     "no task definition of the app has a hard limit of memory, so that it may "
                     "grow for ever",
                     "\"memory\" in the container definition, beside or instead of "
                     "\"memoryReservation\"");
    }
  }
  for (const auto& step : scenario.timeline) {
    if (step.kind != Step::Kind::kFault || step.name != "dependency") continue;
    const auto name = step.options.find("name");
    if (name == step.options.end() ||
        std::ranges::find(dependencies, name->second) != dependencies.end())
      continue;
    const std::string nearest = json::nearest_name(name->second, dependencies);
    findings.error("E1208", step.pointer + "/fault/dependency/name",
                   "no app has a dependency '" + name->second + "'",
                   nearest.empty() ? "" : "did you mean '" + nearest + "'?");
  }
}

}  // namespace steady::scenario
