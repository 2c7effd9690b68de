#include <string>

#include "harness/report/drops.h"
#include "harness/report/report.h"

/// The ledger's file: every dropped request with what surrounded it.
namespace steady::report {
namespace {

std::string csv(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// The columns of one drop, in their order.
Json row(const Report& report, const Drops& drops, const dataplane::RequestRecord& drop) {
  const auto& ledger = *report.record.ledger;
  const auto& cause = ledger.cause(drop.cause);
  const DropContext context = drops.context(drop);
  Json json;
  json["source"] = drop.source;
  json["request"] = drop.index;
  json["sentNs"] = drop.sent_at.time_since_epoch().count();
  json["endedNs"] = drop.ended_at.time_since_epoch().count();
  json["outcome"] = dataplane::name(drop.outcome);
  json["status"] = cause.status;
  json["component"] = cause.component;
  json["cause"] = cause.text;
  json["node"] = drop.node;
  json["target"] = drop.target;
  json["targetState"] = cause.target_state;
  json["task"] = context.task;
  json["revision"] = context.revision;
  json["instance"] = context.instance;
  json["zone"] = context.zone;
  json["phase"] = context.phase;
  json["ledToByNs"] =
      context.led_to_by.empty() ? Json() : Json(context.led_to_at.time_since_epoch().count());
  json["ledToBy"] = context.led_to_by;
  json["sentence"] = drops.sentence(drop);
  return json;
}

}  // namespace

void write_ledger(const std::vector<Report>& reports, bool as_csv, std::ostream& out) {
  bool head = false;
  for (const auto& report : reports) {
    const Drops drops(report.record);
    for (const auto& drop : report.record.ledger->drops) {
      Json json;
      if (reports.size() > 1) json["scenario"] = report.record.identity.name;
      json.update(row(report, drops, drop));
      if (!as_csv) {
        out << json.dump() << '\n';
        continue;
      }
      std::string names, values;
      for (const auto& [name, value] : json.items()) {
        names += (names.empty() ? "" : ",") + name;
        const std::string text =
            value.is_string() ? value.get<std::string>() : (value.is_null() ? "" : value.dump());
        values += (name == json.begin().key() ? "" : ",") + csv(text);
      }
      if (!head) out << names << '\n';
      head = true;
      out << values << '\n';
    }
  }
  // Without a drop a CSV still says what it would have held.
  if (as_csv && !head)
    out << "source,request,sentNs,endedNs,outcome,status,component,cause,node,target,targetState,"
           "task,revision,instance,zone,phase,ledToByNs,ledToBy,sentence\n";
}

}  // namespace steady::report
