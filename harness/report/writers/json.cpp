#include <string>

#include "harness/report/drops.h"
#include "harness/report/report.h"
#include "harness/report/summary.h"
#include "sim/core/journal_kinds.h"

namespace steady::report {
namespace {

std::int64_t ns(SimDuration duration) { return duration.count(); }
std::int64_t ns(SimTime time) { return time.time_since_epoch().count(); }

Json latency_json(const Histogram& histogram) {
  Json json;
  json["count"] = histogram.count();
  if (histogram.count() == 0) return json;
  json["minNs"] = ns(histogram.min());
  json["meanNs"] = ns(histogram.mean());
  json["p50Ns"] = ns(histogram.quantile(500'000));
  json["p90Ns"] = ns(histogram.quantile(900'000));
  json["p99Ns"] = ns(histogram.quantile(990'000));
  json["p999Ns"] = ns(histogram.quantile(999'000));
  json["maxNs"] = ns(histogram.max());
  return json;
}

Json causes_json(const std::vector<CauseLine>& causes, bool with_phases = false) {
  Json list = Json::array();
  for (const auto& cause : causes) {
    Json json;
    json["count"] = cause.count;
    json["outcome"] = cause.outcome;
    json["status"] = cause.status;
    json["component"] = cause.component;
    json["cause"] = cause.text;
    json["targetState"] = cause.target_state;
    if (cause.error_bound) json["errorBound"] = *cause.error_bound;
    if (with_phases) {
      json["before"] = cause.before;
      json["during"] = cause.during;
      json["after"] = cause.after;
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json sums_json(const dataplane::Sums& sums, const dataplane::Ledger& ledger) {
  Json json;
  json["total"] = sums.total();
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i) {
    json[std::string(dataplane::name(static_cast<dataplane::Outcome>(i)))] = sums.by_outcome[i];
  }
  json["dropped"] = sums.dropped();
  if (!sums.by_cause.empty()) json["causes"] = causes_json(cause_lines(sums.by_cause, ledger));
  json["latency"] = latency_json(sums.latency);
  // Only of clients that may hold requests back: else it would be the same.
  if (sums.as_sent.count() > 0) json["latencyAsSent"] = latency_json(sums.as_sent);
  json["missingAssets"] = sums.missing_assets;
  return json;
}

Json spent_json(const simulation::TimeSpent& spent) {
  Json json;
  json["waitForRoomNs"] = ns(spent.wait_for_room);
  json["pullNs"] = ns(spent.pull);
  json["startNs"] = ns(spent.start);
  json["healthNs"] = ns(spent.health);
  json["drainNs"] = ns(spent.drain);
  json["stopNs"] = ns(spent.stop);
  json["schedulerNs"] = ns(spent.scheduler);
  return json;
}

Json deployments_json(const Summary& summary) {
  Json list = Json::array();
  for (const auto& deployment : summary.deployments) {
    const auto& run = *deployment.run;
    Json json;
    json["service"] = run.service;
    json["id"] = run.id;
    json["from"] = deployment.from;
    json["to"] = run.definition;
    json["rollback"] = run.rollback;
    json["state"] = run.state;
    json["beganNs"] = ns(run.began);
    json["endedNs"] = run.ended == kNever ? Json() : Json(ns(run.ended));
    json["durationNs"] = run.ended == kNever ? Json() : Json(ns(run.ended - run.began));
    json["failedTasks"] = run.failed_tasks.last();
    json["lowestHealthy"] = deployment.lowest_healthy;
    json["timeSpent"] = spent_json(deployment.spent);
    list.push_back(std::move(json));
  }
  return list;
}

Json events_json(const simulation::RunRecord& record) {
  Json list = Json::array();
  for (const auto& entry : record.journal->entries()) {
    if (entry.kind != journal::kServiceEvent) continue;
    Json json;
    json["atNs"] = ns(entry.at);
    json["service"] = entry.subject;
    json["id"] = entry["id"];
    json["message"] = entry["message"];
    if (!entry["why"].empty()) json["why"] = entry["why"];
    list.push_back(std::move(json));
  }
  return list;
}

Json identity_json(const simulation::RunIdentity& identity) {
  Json json;
  json["name"] = identity.name;
  json["why"] = identity.why;
  json["variant"] = identity.variant;
  json["sha256"] = identity.sha256;
  json["asRun"] = identity.as_run;
  return json;
}

/// How far the numbers may be from those of a run that sends every request.
Json fluid_json(const fluid::Bound& bound, const dataplane::Ledger& ledger) {
  Json requests, versions = Json::object(), latency = Json::object();
  requests["total"] = bound.total;
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i)
    requests[std::string(dataplane::name(static_cast<dataplane::Outcome>(i)))] =
        bound.by_outcome[i];
  for (std::size_t i = 0; i < bound.by_version.size(); ++i) {
    const std::string& name = ledger.versions()[i];
    versions[name.empty() ? "(none reached)" : name] = bound.by_version[i];
  }
  for (const auto& quantile : bound.latency) {
    std::string name = std::to_string(quantile.per_million);
    while (name.size() > 2 && name.back() == '0') name.pop_back();
    const bool known = quantile.most != kLongestDuration;
    latency["p" + name + "Ns"] =
        Json::array({ns(quantile.least), known ? Json(ns(quantile.most)) : Json()});
  }
  Json json;
  json["errorBound"] = {{"requests", requests}, {"versions", versions}, {"latency", latency}};
  json["answersInDoubt"] = bound.answers_in_doubt;
  json["timeInDoubtNs"] = ns(bound.time_in_doubt);
  return json;
}

}  // namespace

Json to_json(const Report& report) {
  const auto& record = report.record;
  const Summary summary = summarize(report);
  Json json;
  json["schemaVersion"] = 1;
  json["steadyVersion"] = record.identity.version;
  json["scenario"] = identity_json(record.identity);
  json["seed"] = record.identity.seed;
  json["replication"] = record.identity.replication;
  json["era"] = record.identity.era;
  json["start"] = record.identity.start;
  json["partial"] = record.partial;
  json["endedNs"] = ns(record.ended);
  json["digest"] = record.digest;
  json["controlEvents"] = record.control_events;
  if (record.fluid) json["fluid"] = fluid_json(*record.fluid, *record.ledger);
  const auto& ledger = *record.ledger;
  Json all = sums_json(summary.all, ledger);
  all.erase("causes");  // they stand beside
  json["requests"] = std::move(all);
  json["causes"] = causes_json(summary.causes, summary.before.has_value());
  Json attempts;
  attempts["total"] = summary.all.attempts();
  attempts["retried"] = summary.all.retried();
  attempts["hedged"] = summary.all.hedges;
  if (summary.all.redirected > 0) attempts["redirected"] = summary.all.redirected;
  attempts["causes"] = causes_json(summary.retried);
  json["attempts"] = std::move(attempts);
  Json by_zone = Json::object(), by_task = Json::object();
  if (!record.ledger->dropped_by_process.empty()) {
    const Drops drops(record);
    for (const auto& share : drops.by_zone()) by_zone[share.name] = share.count;
    for (const auto& share : drops.by_task()) by_task[share.name] = share.count;
  }
  json["droppedByZone"] = std::move(by_zone);
  json["droppedByTask"] = std::move(by_task);
  Json versions = Json::object();
  for (const auto& [version, sums] : summary.by_version)
    versions[version] = sums_json(sums, ledger);
  json["versions"] = std::move(versions);
  if (summary.before) {
    json["before"] = sums_json(*summary.before, ledger);
    json["during"] = sums_json(*summary.during, ledger);
    if (summary.after) json["after"] = sums_json(*summary.after, ledger);
  }
  json["deployments"] = deployments_json(summary);
  Json stalls = Json::array();
  for (const auto& stall : summary.stalls) {
    Json one;
    one["service"] = stall.service;
    one["missing"] = stall.missing;
    one["totalNs"] = ns(stall.total);
    stalls.push_back(std::move(one));
  }
  json["placementStalls"] = std::move(stalls);
  json["mixedVersionNs"] = ns(summary.mixed_versions);
  json["withoutWayBackNs"] = ns(summary.no_way_back);
  json["lostToSchema"] = summary.lost_to_schema;
  json["events"] = events_json(record);
  json["assumed"] = record.assumed;
  json["refusedSteps"] = record.failed_steps;
  Json expectations = Json::array();
  for (const auto& judgement : report.judgements) {
    if (record.partial) break;  // half a run proves nothing
    Json one;
    one["expectation"] = judgement.expectation;
    one["holds"] = judgement.holds;
    one["got"] = judgement.got;
    expectations.push_back(std::move(one));
  }
  json["expectations"] = std::move(expectations);
  json["verdict"] = record.partial ? "partial" : (all_hold(report.judgements) ? "pass" : "fail");
  return json;
}

void write_ndjson(const Report& report, std::ostream& out) {
  Json head;
  head["type"] = "run";
  head["schemaVersion"] = 1;
  head["scenario"] = report.record.identity.name;
  head["sha256"] = report.record.identity.sha256;
  head["seed"] = report.record.identity.seed;
  head["era"] = report.record.identity.era;
  out << head.dump() << '\n';
  for (const auto& entry : report.record.journal->entries()) {
    Json json;
    json["type"] = entry.kind;
    json["atNs"] = ns(entry.at);
    json["subject"] = entry.subject;
    for (const auto& [name, value] : entry.fields) json[std::string(name)] = value;
    out << json.dump() << '\n';
  }
  Json tail = to_json(report);
  Json last;
  last["type"] = "summary";
  for (auto& [key, value] : tail.items()) {
    if (key != "events" && key != "scenario") last[key] = value;
  }
  out << last.dump() << '\n';
}

}  // namespace steady::report
