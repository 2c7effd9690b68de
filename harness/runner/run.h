#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "harness/expectations/expectation.h"
#include "harness/json/findings.h"
#include "harness/report/access_log.h"
#include "harness/report/report.h"
#include "harness/runner/exit_codes.h"
#include "harness/simulation/run_record.h"
#include "sim/engines/deploy_engine.h"

namespace steady::simulation {
class Simulation;
}

namespace steady::runner {

/// How a run differs from what its file says.
struct RunOptions {
  std::vector<std::string> set;  ///< "/json/pointer=value", as on the command line
  std::optional<std::uint64_t> seed;
  std::uint32_t replication = 0;
  std::optional<std::string> era;
  std::string variant;               ///< a name of "variants", "" for the file itself
  std::optional<SimDuration> until;  ///< stops earlier; expectations are judged all the same
  bool check_determinism = false;    ///< runs twice and compares
  bool keep_all_drops = false;       ///< for the ledger's file; else the first thousand
  bool metrics = false;              ///< keep CloudWatch's metrics, whoever reads them
  bool access_log = false;           ///< keep what the balancers' access logs tell
  bool trace = false;                ///< each dropped request will be told
  /// One request to watch, as (source, index), for `steady why`.
  std::optional<std::pair<std::uint16_t, std::uint64_t>> watch;
  unsigned threads = 1;  ///< within the run; its result does not depend on them
  const engines::EngineRegistry* engines = nullptr;  ///< nullptr: ours alone
  const std::atomic<bool>* interrupted = nullptr;    ///< looked at between control events
};

/// A run from beginning to end, or why there was none.
struct RunResult {
  ExitCode exit_code = kAllHold;
  std::vector<std::string> errors;  ///< ready to print: findings, or what broke
  std::vector<std::string> warnings;
  std::vector<std::string> variants;  ///< names that the file has
  std::shared_ptr<simulation::Simulation> simulation;
  std::unique_ptr<simulation::RunRecord> record;  ///< nothing when nothing was simulated
  std::vector<expectations::Judgement> judgements;
  std::optional<dataplane::RequestRecord> watched;         ///< the request of RunOptions::watch
  std::shared_ptr<report::AccessLog> access_log;           ///< with RunOptions::access_log
  std::vector<dataplane::RequestRecord> watched_attempts;  ///< of it, that were sent again
  report::Report report() const { return {*record, judgements}; }
};

/// Loads and runs one scenario file. Never throws: what is wrong is in the result.
RunResult run_file(const std::string& path, const RunOptions& options);
/// The same for a text that is at hand already; `name` is what messages call it.
RunResult run_text(const std::string& name, std::string text, const RunOptions& options);

/// Everything that `steady run FILE` does, for a user's own program: loads, runs with traffic,
/// judges, and prints events and summary. Gives the exit code.
///
///     steady::engines::EngineRegistry engines;
///     engines.add("mine", [](auto& options) { return std::make_unique<Mine>(options); });
///     return steady::runner::run_and_print(argv[1], {.engines = &engines}, std::cout, std::cerr);
int run_and_print(const std::string& path, const RunOptions& options, std::ostream& out,
                  std::ostream& err);

/// What somebody who has just seen this result might try next; "" when nothing suggests itself.
std::string next_command(const RunResult& result);

/// The program's version.
std::string version();

/// The file's text; nothing when it cannot be read.
std::optional<std::string> read_file(const std::string& path);

}  // namespace steady::runner
