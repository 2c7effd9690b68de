#pragma once

#include <string>

#include "harness/expectations/expectation.h"
#include "harness/simulation/history.h"
#include "sim/core/journal.h"
#include "sim/core/journal_kinds.h"
#include "sim/dataplane/ledger.h"

namespace steady::test {

/// A journal and a ledger written by hand, for whoever reads them.
struct Story {
  Journal journal;
  dataplane::Ledger ledger;
  SimTime end = kStart + 60min;

  static SimTime at(SimDuration since_start) { return kStart + since_start; }

  void task(SimDuration when, const std::string& id, const std::string& status,
            const std::string& definition = "web:1", const std::string& desired = "RUNNING") {
    journal.add(
        at(when), journal::kTask, id,
        {{"status", status}, {"desired", desired}, {"service", "web"}, {"definition", definition}});
  }
  void event(SimDuration when, const std::string& message) {
    journal.add(at(when), journal::kServiceEvent, "web", {{"message", message}});
  }
  void deployment(SimDuration when, const std::string& id, const std::string& definition,
                  const std::string& rollout, int failed = 0, bool initial = false) {
    journal.add(at(when), journal::kDeployment, id,
                {{"service", "web"},
                 {"definition", definition},
                 {"status", "PRIMARY"},
                 {"rollout", rollout},
                 {"failedTasks", std::to_string(failed)},
                 {"initial", initial ? "yes" : ""}});
  }
  void target(SimDuration when, const std::string& name, const std::string& state,
              const std::string& version) {
    journal.add(at(when), journal::kTarget, name,
                {{"group", "tg"}, {"state", state}, {"version", version}});
  }
  void requests(const std::string& version, dataplane::Outcome outcome, int count,
                SimDuration latency = 10ms, const std::string& why = "") {
    const auto cause = outcome == dataplane::Outcome::kOk
                           ? dataplane::CauseId{0}
                           : ledger.cause({outcome, 502, "target", why, "draining"});
    for (int i = 0; i < count; ++i) {
      ledger.add(ledger.current(), ledger.version(version), outcome, cause, latency, false);
    }
  }

  expectations::Judgement judge(const std::string& text) {
    const simulation::History history(journal, end);
    auto expectation = expectations::Expectation::parse(text);
    STEADY_CHECK(expectation.has_value(), text);
    return expectation->judge({history, ledger});
  }
  bool holds(const std::string& text) { return judge(text).holds; }
};

}  // namespace steady::test
