#include "harness/runner/run.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/runner/workers.h"
#include "harness/scenario/scenario.h"
#include "harness/simulation/simulation.h"
#include "sim/fluid/supported.h"

namespace steady::runner {
namespace {

const engines::EngineRegistry& own_engines() {
  static const engines::EngineRegistry kEngines;
  return kEngines;
}

/// A run of a loaded scenario from time 0 to its end.
struct Finished {
  std::shared_ptr<ThreadWorkers> workers;  ///< outlives the simulation that uses it
  std::shared_ptr<simulation::Simulation> simulation;
  bool complete = true;
  std::optional<dataplane::RequestRecord> watched;
  std::vector<dataplane::RequestRecord> watched_attempts;
  std::shared_ptr<report::AccessLog> access_log;
};

Finished run_once(const scenario::Scenario& scenario, const RunOptions& options,
                  const engines::EngineRegistry& engines,
                  const std::vector<expectations::Expectation>& expectations,
                  json::Findings& findings) {
  Finished finished;
  finished.simulation =
      std::make_shared<simulation::Simulation>(scenario, engines, options.replication);
  finished.simulation->build(findings);
  for (std::size_t i = 0; i < expectations.size(); ++i) {
    if (scenario.fluid && expectations[i].needs_metrics())
      findings.error("E1230", scenario.expect[i].first,
                     "the fluid mode does not carry what load balancers' nodes count (metrics)",
                     "leave it out, or run without \"fluid\"");
  }
  if (findings.has_errors()) return finished;
  for (const auto& expectation : expectations) expectation.prepare(finished.simulation->world());
  auto& plane = finished.simulation->world().data_plane();
  if (options.threads > 1) {
    finished.workers = std::make_shared<ThreadWorkers>(options.threads);
    plane.use(finished.workers.get());
  }
  if (options.metrics) finished.simulation->world().keep_metrics();
  if (options.keep_all_drops) plane.ledger().keep_drops = ~std::size_t{0};
  if (options.access_log) {
    finished.access_log = std::make_shared<report::AccessLog>();
    plane.observe(
        [log = finished.access_log](const dataplane::RequestRecord& record) { log->add(record); });
  }
  if (options.watch) {
    plane.watch(options.watch->first, options.watch->second);
    plane.observe([&finished, wanted = *options.watch](const dataplane::RequestRecord& record) {
      if (record.source != wanted.first || record.index != wanted.second) return;
      if (record.retried) {
        finished.watched_attempts.push_back(record);
      } else {
        finished.watched = record;
      }
    });
  }
  finished.complete = finished.simulation->run(options.until, options.interrupted);
  plane.use(nullptr);
  return finished;
}

simulation::RunIdentity identity_of(const scenario::Scenario& scenario, const std::string& shown_as,
                                    const RunOptions& options) {
  simulation::RunIdentity identity;
  identity.name = scenario.name + (scenario.variant.empty() ? "" : " [" + scenario.variant + "]");
  identity.why = scenario.why;
  identity.variant = scenario.variant;
  identity.sha256 = scenario.sha256;
  identity.as_run = scenario.as_run;
  identity.seed = scenario.seed;
  identity.replication = options.replication;
  identity.era = scenario.era.name();
  identity.start = scenario.start.start_iso8601();
  identity.version = version();
  identity.shown_as = shown_as;
  identity.overrides = options.set;
  return identity;
}

std::string first_difference(const Journal& a, const Journal& b) {
  const std::size_t n = std::min(a.entries().size(), b.entries().size());
  for (std::size_t i = 0; i < n; ++i) {
    if (a.entries()[i].line() != b.entries()[i].line()) {
      return "entry " + std::to_string(i) + ": '" + a.entries()[i].line() + "' against '" +
             b.entries()[i].line() + "'";
    }
  }
  if (a.entries().size() != b.entries().size())
    return "one run has more entries, from number " + std::to_string(n) + " on";
  return "the requests differ, the journals do not";
}

/// What asks for single requests, or for what nodes count of them: "--ledger, --trace".
std::string not_with_fluid(const RunOptions& options) {
  std::string flags;
  const auto add = [&flags](bool given, const char* name) {
    if (given) flags += (flags.empty() ? "" : ", ") + std::string(name);
  };
  add(options.keep_all_drops, "--ledger");
  add(options.metrics, "--metrics");
  add(options.access_log, "--access-log");
  add(options.trace, "--trace");
  add(options.watch.has_value(), "steady why");
  return flags;
}

void internal(RunResult& result, const std::string& what, const std::string& replay) {
  result.exit_code = kInternal;
  result.errors.push_back("steady: an internal error, this is a bug of ours: " + what);
  result.errors.push_back("  version " + version() + "; replay: " + replay +
                          "; please send both with the scenario");
}

}  // namespace

std::string version() { return STEADY_VERSION; }

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return std::nullopt;
  return text.str();
}

RunResult run_file(const std::string& path, const RunOptions& options) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(path, error);
  auto text = folder ? std::nullopt : read_file(path);
  if (!text) {
    RunResult result;
    result.exit_code = kWrongInput;
    result.errors.push_back(
        folder ? "steady: '" + path + "' is a folder; all scenarios below it: steady test " + path
               : "steady: cannot read '" + path + "'");
    return result;
  }
  return run_text(path, std::move(*text), options);
}

RunResult run_text(const std::string& name, std::string text, const RunOptions& options) {
  RunResult result;
  const engines::EngineRegistry& engines =
      options.engines != nullptr ? *options.engines : own_engines();
  scenario::LoadOptions load;
  load.set = options.set;
  load.seed = options.seed;
  load.era = options.era;
  load.variant = options.variant;
  load.engines = engines.names();
  load.check_expectation =
      [](const std::string& condition) -> Result<std::vector<std::pair<std::string, std::string>>> {
    auto parsed = expectations::Expectation::parse(condition);
    if (!parsed) return parsed.error();
    return parsed->references();
  };
  auto loaded = scenario::load(name, text, load);
  result.variants = loaded.variants;
  auto note = [&](const json::Findings& findings) {
    for (const auto& finding : findings.all()) {
      auto& list = finding.severity == json::Severity::kError ? result.errors : result.warnings;
      list.push_back(scenario::print(name, finding));
    }
    if (findings.has_errors()) result.exit_code = kWrongInput;
  };
  if (!loaded.scenario) {
    note(loaded.findings);
    if (result.exit_code == kAllHold) result.exit_code = kWrongInput;
    return result;
  }
  const scenario::Scenario& scenario = *loaded.scenario;
  if (const auto flags = not_with_fluid(options); scenario.fluid && !flags.empty()) {
    result.exit_code = kWrongInput;
    result.errors.push_back(
        "steady: a fluid run sends no single request and cannot tell of one; run without "
        "\"fluid\" for " +
        flags);
    return result;
  }
  std::vector<expectations::Expectation> expectations;
  for (const auto& [pointer, condition] : scenario.expect) {
    expectations.push_back(expectations::Expectation::parse(condition).value());
  }
  const auto identity = identity_of(scenario, name, options);
  const std::string replay = simulation::replay_line(identity);
  try {
    json::Findings findings;
    Finished finished = run_once(scenario, options, engines, expectations, findings);
    if (findings.has_errors()) {
      // Found while the world was put together: positions come from the file.
      json::Findings ignored;
      const auto document = json::parse(name, text, ignored);
      for (auto& finding : findings.all()) finding.position = document.position(finding.pointer);
      note(findings);
      return result;
    }
    note(loaded.findings);
    result.simulation = finished.simulation;
    result.watched = finished.watched;
    result.access_log = finished.access_log;
    result.watched_attempts = finished.watched_attempts;
    result.record = finished.simulation->record(identity, !finished.complete);
    const expectations::Facts facts{result.record->history, *result.record->ledger,
                                    result.record->metrics.get()};
    for (const auto& expectation : expectations)
      result.judgements.push_back(expectation.judge(facts));
    if (!finished.complete) {
      result.exit_code = kInterrupted;
    } else if (!report::all_hold(result.judgements)) {
      result.exit_code = kFailed;
    }
    if (options.check_determinism && finished.complete) {
      json::Findings again_findings;
      const Finished again = run_once(scenario, options, engines, expectations, again_findings);
      if (again.simulation->world().digest() != result.record->digest) {
        internal(result,
                 "two runs differ: " + first_difference(finished.simulation->world().journal(),
                                                        again.simulation->world().journal()),
                 replay);
      } else {
        result.warnings.push_back("steady: two runs gave the same digest " +
                                  result.record->digest.substr(0, 16));
      }
    }
  } catch (const fluid::NotCarried& feature) {
    result.exit_code = kWrongInput;
    result.errors.push_back("steady: E1230: " + std::string(feature.what()) +
                            "; run without \"fluid\"   more: steady explain E1230");
  } catch (const LimitReached& limit) {
    result.exit_code = kWrongInput;
    result.errors.push_back("steady: " + std::string(limit.what()) +
                            "; a smaller scenario, or --until");
  } catch (const std::exception& error) {
    internal(result, error.what(), replay);
  }
  return result;
}

std::string next_command(const RunResult& result) {
  if (!result.record || result.exit_code != kAllHold || !result.record->identity.overrides.empty())
    return "";
  const Json& as_run = result.record->identity.as_run;
  const bool deploys =
      as_run.contains("timeline") && as_run.dump().find("\"deploy\"") != std::string::npos;
  if (!deploys || result.record->ledger->total().dropped() != 0 ||
      !result.record->identity.variant.empty())
    return "";
  static const char* kDelay = "deregistration_delay.timeout_seconds";
  const Json* groups = as_run.contains("cloud") && as_run["cloud"].contains("targetGroups")
                           ? &as_run["cloud"]["targetGroups"]
                           : nullptr;
  if (groups == nullptr || groups->empty() || !(*groups)[0].contains("attributes") ||
      !(*groups)[0]["attributes"].contains(kDelay))
    return "";
  return "steady run " + result.record->identity.shown_as +
         " --set '/cloud/targetGroups/0/attributes/" + kDelay + "=0'   # what the drain was for";
}

int run_and_print(const std::string& path, const RunOptions& options, std::ostream& out,
                  std::ostream& err) {
  const RunResult result = run_file(path, options);
  for (const auto& warning : result.warnings) err << warning << '\n';
  for (const auto& error : result.errors) err << error << '\n';
  if (result.record) report::write_text(result.report(), {}, out);
  return result.exit_code;
}

}  // namespace steady::runner
