#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/expectations/expectation.h"
#include "harness/simulation/run_record.h"

namespace steady::report {

/// Everything that a report may show of one run.
struct Report {
  const simulation::RunRecord& record;
  const std::vector<expectations::Judgement>& judgements;
};

/// How much of the event console is printed.
enum class Events {
  kService,  ///< service events as the console shows them, with our `why:` lines
  kAws,      ///< the same without our lines
  kAll,      ///< everything that happened: tasks, targets, instances, calls, steps
};

struct Style {
  Events events = Events::kService;
  bool trace = false;  ///< each dropped request, and the journal
  bool colour = false;
  bool plain = false;     ///< no symbols, no columns
  bool quiet = false;     ///< the verdict only
  bool collapse = false;  ///< equal events in a row become one with a count (terminals)
};

/// Events and the summary, as a person reads them; the last line is the verdict.
void write_text(const Report& report, const Style& style, std::ostream& out);
/// One JSON document ("schemaVersion": 1), the same bytes for the same run everywhere.
Json to_json(const Report& report);
/// One JSON object a line: every journal entry, then the summary's parts.
void write_ndjson(const Report& report, std::ostream& out);
/// Every dropped request with its cause and what surrounded it: CSV, or one JSON object a line.
void write_ledger(const std::vector<Report>& reports, bool as_csv, std::ostream& out);
/// CloudWatch's datapoints of the load balancers: CSV, or one JSON object a line in the shape of
/// GetMetricStatistics.
void write_metrics(const std::vector<Report>& reports, bool as_csv, std::ostream& out);
/// A scenario that could not be run, for JUnit.
struct BrokenSuite {
  std::string name, text;
};
/// JUnit XML: one testcase an expectation, one testsuite a run; what could not be run is an error.
void write_junit(const std::vector<Report>& reports, std::ostream& out,
                 const std::vector<BrokenSuite>& broken = {});

/// The console form of an API message: nouns without their parentheses (ecs.md 4.1).
std::string console_form(std::string_view message);
/// Text made safe for XML 1.0, control characters dropped.
std::string xml_escape(std::string_view text);

bool all_hold(const std::vector<expectations::Judgement>& judgements);

}  // namespace steady::report
