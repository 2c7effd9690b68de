#pragma once

#include "harness/json/reader.h"
#include "harness/scenario/scenario.h"

/// The readers of a scenario's parts: each file reads one part and validates it by itself.
namespace steady::scenario {

void read_behaviour(json::Reader& root, Scenario& scenario);
void read_cloud(json::Reader& root, Scenario& scenario);
void read_ecs(json::Reader& root, Scenario& scenario);
void read_apps(json::Reader& root, Scenario& scenario);
void read_traffic(json::Reader& root, Scenario& scenario);
/// The key "fluid"; and what of a scenario it does not go with.
void read_fluid(json::Reader& root, Scenario& scenario);
void check_fluid(const Scenario& scenario, json::Findings& findings);
void read_timeline(json::Reader& root, Scenario& scenario, const LoadOptions& options);
/// What holds between parts: names that exist, revisions, ports, columns, times.
void validate(Scenario& scenario, json::Findings& findings, const LoadOptions& options);

/// The definition of an ARN-free reference "web:2"; a family alone means its newest revision.
/// nullptr when there is none.
const api::ecs::RegisterTaskDefinitionInput* find_definition(const Scenario& scenario,
                                                             const std::string& name);

/// The rates of a source: `process` is "constant" or "poisson", which must be there; and what comes
/// on top.
void read_rates(json::Reader& source, const char* process, SimTime end, traffic::SourceSpec& out);
/// The key "retries" of a traffic source.
void read_retries(json::Reader& source, traffic::RetryPolicy& out);
/// Dependencies, limits of the queue, pauses, CPU and memory of an app.
void read_app_load(json::Reader& app, app::AppModel& out);
void validate_app_load(const Scenario& scenario, json::Findings& findings);
void read_request(json::Reader& source, HttpRequest& out);
/// What clients do beyond sending: users, sessions, page loads, hedges, connections, bodies. After
/// "request", which assets take theirs from.
void read_clients(json::Reader& source, traffic::SourceSpec& out);

/// "500/s", "0.2/s", "30/m".
bool read_rate(const Json& value, const std::string& pointer, json::Findings& findings,
               traffic::Rate& out);
/// How an Application balancer behaves as another proxy ("proxy").
void read_proxy(const Json& balancer, const std::string& at, json::Findings& findings,
                const std::string& name, Scenario& scenario);

}  // namespace steady::scenario
