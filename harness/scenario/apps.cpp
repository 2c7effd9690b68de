#include <algorithm>
#include <set>

#include "harness/scenario/parts.h"

namespace steady::scenario {
namespace {

void read_app(json::Reader& reader, app::AppModel& app) {
  std::string text;
  reader.allow("like");
  reader.read_distribution("startup", app.startup);
  reader.read_distribution("pull", app.pull);
  if (reader.read_choice("imagePull", text, {"ok", "fail"})) app.pull_fails = text == "fail";
  reader.read_distribution("readyAfter", app.ready_after);
  reader.read_distribution("serviceTime", app.service_time);
  int number = 0;
  if (reader.read("concurrency", number, 1, 1'000'000))
    app.concurrency = static_cast<std::uint32_t>(number);
  if (reader.read("backlog", number, 0, 100'000'000))
    app.backlog = static_cast<std::uint32_t>(number);
  double rate = 0;
  if (reader.read("errorRate", rate, 0, 1))
    app.errors_per_million = static_cast<std::uint32_t>(rate * 1'000'000 + 0.5);
  reader.read("errorsExpected", app.errors_expected);
  if (reader.read_choice("crash", text, {"on start", "never"}))
    app.crash_on_start = text == "on start";
  Distribution distribution;
  if (reader.read_distribution("exitAfter", distribution)) app.exit_after = distribution;
  reader.read("exitCode", app.exit_code, 0, 255);
  reader.read("neverHealthy", app.never_healthy);
  if (reader.read_distribution("healthyFor", distribution)) app.healthy_for = distribution;
  if (reader.read_choice("onSigterm", text, {"finish", "exit", "ignore"})) {
    app.on_sigterm = text == "finish"
                         ? app::OnSigterm::kFinish
                         : (text == "exit" ? app::OnSigterm::kExit : app::OnSigterm::kIgnore);
  }
  if (reader.read_choice("health", text, {"independent", "queued", "schema"})) {
    app.health = text == "independent"
                     ? app::HealthMode::kIndependent
                     : (text == "queued" ? app::HealthMode::kQueued : app::HealthMode::kSchema);
  }
  reader.read("closesStreams", app.closes_streams);
  reader.read_duration("preStop", app.pre_stop, SimDuration{0}, std::chrono::hours{1});
  reader.read("reads", app.reads);
  reader.read("writes", app.writes);
  reader.read("keepsAssetsOf", app.keeps_assets_of);
  reader.read("page", app.page);
  if (reader.read("port", number, 1, 65535)) app.port = static_cast<std::uint16_t>(number);
  reader.read_duration("keepAlive", app.keep_alive, 1ms, std::chrono::hours{24 * 7});
  reader.read_duration("closeRace", app.close_race, 0ms, std::chrono::seconds{10});
  if (const Json* cold = reader.get("coldStart")) {
    json::Reader inner(*cold, reader.pointer("coldStart"), reader.findings(), "a cold start");
    int requests = 0, factor = 1;
    inner.require("requests", "how many requests are slow");
    inner.require("factor", "how many times as long they take");
    inner.read("requests", requests, 0, 1'000'000'000);
    inner.read("factor", factor, 1, 1000);
    inner.finish();
    app.cold_requests = static_cast<std::uint64_t>(std::max(requests, 0));
    app.cold_factor = factor;
  }
  if (const Json* cookie = reader.get("cookie")) {
    app.cookie.emplace();
    if (cookie->is_string()) {
      app.cookie->name = cookie->get<std::string>();
    } else {
      json::Reader inner(*cookie, reader.pointer("cookie"), reader.findings(), "an app's cookie");
      inner.require("name", "the cookie's name");
      inner.read("name", app.cookie->name);
      inner.read_duration("life", app.cookie->life, 1s, std::chrono::hours{24 * 366});
      inner.finish();
    }
    if (app.cookie->name.empty())
      reader.error("E1004", "cookie", "a cookie needs a name", "such as \"JSESSIONID\"");
  }
  for (const char* later : {"startupMigration"}) {
    if (reader.get(later) != nullptr)
      reader.error("E1102", later, std::string("'") + later + "' is not modelled yet",
                   "leave it out");
  }
  read_app_load(reader, app);
  reader.finish();
}

}  // namespace

void read_apps(json::Reader& root, Scenario& scenario) {
  const Json* apps = root.get("apps");
  if (apps == nullptr) return;
  const std::string pointer = root.pointer("apps");
  if (!apps->is_object()) {
    root.error("E1003", "apps", "an object is expected here: revision or image to app");
    return;
  }
  std::vector<std::string> names;
  for (const auto& [name, body] : apps->items()) names.push_back(name);
  for (const auto& [name, body] : apps->items()) {
    const std::string at = json::child_pointer(pointer, name);
    // "like": the chain of apps that it takes its values from, the farthest first.
    std::vector<std::string> chain{name};
    std::set<std::string> seen{name};
    bool good = true;
    for (const Json* next = &body; next->is_object() && next->contains("like");) {
      const Json& like = (*next)["like"];
      if (!like.is_string() || !apps->contains(like.get<std::string>())) {
        const std::string nearest =
            like.is_string() ? json::nearest_name(like.get<std::string>(), names) : "";
        root.findings().error("E1203", json::child_pointer(at, "like"),
                              "there is no app " + like.dump(),
                              nearest.empty() ? "" : "did you mean '" + nearest + "'?");
        good = false;
        break;
      }
      if (!seen.insert(like.get<std::string>()).second) {
        root.findings().error("E1203", json::child_pointer(at, "like"),
                              "the app is like itself, by way of others");
        good = false;
        break;
      }
      chain.push_back(like.get<std::string>());
      next = &(*apps)[like.get<std::string>()];
    }
    if (!good) continue;
    app::AppModel app;
    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
      const bool own = *link == name;
      json::Findings ignored;  // what is wrong with another app is said there
      json::Reader reader((*apps)[*link], json::child_pointer(pointer, *link),
                          own ? root.findings() : ignored, "an app");
      read_app(reader, app);
    }
    app.revision = name;
    scenario.apps.push_back(std::move(app));
  }
}

}  // namespace steady::scenario
