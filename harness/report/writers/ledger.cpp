#include <string>

#include "harness/report/drops.h"
#include "harness/report/report.h"
#include "harness/report/writers/csv.h"

/// The ledger's file: every dropped request with what surrounded it.
namespace steady::report {
namespace {

/// The columns of one drop, in their order.
Json row(const Report& report, const Drops& drops, const dataplane::RequestRecord& drop,
         bool as_csv) {
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
  json["nodeState"] = context.node_state;
  json["connection"] = context.connection;
  json["task"] = context.task;
  json["taskState"] = context.task_state;
  json["revision"] = context.revision;
  json["instance"] = context.instance;
  json["zone"] = context.zone;
  json["phase"] = context.phase;
  json["ledToByNs"] =
      context.led_to_by.empty() ? Json() : Json(context.led_to_at.time_since_epoch().count());
  json["ledToBy"] = context.led_to_by;
  Json chain = Json::array();
  std::string in_words;
  for (const auto& link : drops.chain(drop)) {
    chain.push_back(Json{{"atNs", link.at.time_since_epoch().count()}, {"what", link.what}});
    in_words += (in_words.empty() ? "" : " <- ") + link.what + " at " + format_seconds(link.at);
  }
  json["chain"] = as_csv ? Json(in_words) : chain;
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
    json.update(row(report, drops, drop, as_csv));
    return json;
  };
  for (const auto& report : reports) {
    const Drops drops(report.record);
    if (as_csv && &report == &reports.front()) {
      // The names are those of any row, so that a file without a drop says what it would have held.
      const Json any = row_of(report, drops, {});
      out << csv_line(any, true);
    }
    for (const auto& drop : report.record.ledger->drops) {
      const Json json = row_of(report, drops, drop);
      out << (as_csv ? csv_line(json, false) : json.dump() + "\n");
    }
  }
}

}  // namespace steady::report
