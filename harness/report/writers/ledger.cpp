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
  json["attempts"] = drop.attempt + 1;
  json["sentence"] = drops.sentence(drop, context);
  return json;
}

}  // namespace

void write_ledger(const std::vector<Report>& reports, bool as_csv, std::ostream& out) {
  const auto row_of = [&](const Report& report, const Drops& drops,
                          const dataplane::RequestRecord& drop) {
    Json json;
    if (reports.size() > 1) json["scenario"] = report.record.identity.name;
    json.update(row(report, drops, drop));
    return json;
  };
  for (const auto& report : reports) {
    const Drops drops(report.record);
    if (as_csv && &report == &reports.front()) {
      // The names are those of any row, so that a file without a drop says what it would have held.
      const Json any = row_of(report, drops, {});
      for (auto it = any.begin(); it != any.end(); ++it)
        out << (it == any.begin() ? "" : ",") << it.key();
      out << '\n';
    }
    for (const auto& drop : report.record.ledger->drops) {
      const Json json = row_of(report, drops, drop);
      if (!as_csv) {
        out << json.dump() << '\n';
        continue;
      }
      for (auto it = json.begin(); it != json.end(); ++it) {
        const std::string text =
            it->is_string() ? it->get<std::string>() : (it->is_null() ? "" : it->dump());
        out << (it == json.begin() ? "" : ",") << csv(text);
      }
      out << '\n';
    }
  }
}

}  // namespace steady::report
