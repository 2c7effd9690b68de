#include <string>

#include "harness/report/report.h"
#include "harness/report/summary.h"

namespace steady::report {

void write_junit(const std::vector<Report>& reports, std::ostream& out,
                 const std::vector<BrokenSuite>& broken) {
  std::size_t tests = broken.size(), failures = 0, errors = broken.size();
  for (const auto& report : reports) {
    tests += report.judgements.size();
    for (const auto& judgement : report.judgements) {
      if (report.record.partial) {
        ++errors;
      } else if (!judgement.holds) {
        ++failures;
      }
    }
  }
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"steady\" tests=\"" << tests
      << "\" failures=\"" << failures << "\" errors=\"" << errors << "\">\n";
  for (const auto& report : reports) {
    const auto& identity = report.record.identity;
    std::size_t failed = 0;
    for (const auto& judgement : report.judgements)
      failed += judgement.holds || report.record.partial ? 0 : 1;
    out << "  <testsuite name=\"" << xml_escape(identity.name) << "\" tests=\""
        << report.judgements.size() << "\" failures=\"" << failed << "\" errors=\""
        << (report.record.partial ? report.judgements.size() : 0) << "\" file=\""
        << xml_escape(identity.shown_as) << "\">\n";
    for (const auto& judgement : report.judgements) {
      out << "    <testcase classname=\"" << xml_escape(identity.name) << "\" name=\""
          << xml_escape(judgement.expectation) << "\"";
      const std::string text = "got " + judgement.got + "; wanted " + judgement.expectation +
                               "; seed " + std::to_string(identity.seed) +
                               "; replay: " + simulation::replay_line(identity);
      if (report.record.partial) {
        out << "><error message=\"interrupted\">" << xml_escape(text) << "</error></testcase>\n";
      } else if (!judgement.holds) {
        out << "><failure message=\"got " << xml_escape(judgement.got) << "\">" << xml_escape(text)
            << "</failure></testcase>\n";
      } else {
        out << "/>\n";
      }
    }
    out << "  </testsuite>\n";
  }
  for (const auto& one : broken) {
    out << "  <testsuite name=\"" << xml_escape(one.name)
        << "\" tests=\"1\" failures=\"0\" errors=\"1\">\n    <testcase classname=\""
        << xml_escape(one.name) << "\" name=\"runs\"><error message=\"did not run\">"
        << xml_escape(one.text) << "</error></testcase>\n  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

}  // namespace steady::report
