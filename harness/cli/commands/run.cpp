#include "harness/runner/run.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <memory>

#include "harness/cli/cli.h"
#include "harness/cli/common.h"
#include "harness/runner/parallel.h"
#include "harness/simulation/simulation.h"

namespace steady::cli {
namespace {

struct RunFlags {
  std::vector<std::string> files, set;
  std::string json, ndjson, junit, ledger, metrics, access_log, events, era, variant, until;
  std::uint64_t seed = 0;
  unsigned jobs = 1;
  bool fluid = false, trace = false, determinism = false, quiet = false, plain = false,
       no_colour = false;
};

/// "-" for a result means that every human word goes to stderr (ux.md 0).
bool takes_stdout(const RunFlags& flags) {
  return flags.json == "-" || flags.ndjson == "-" || flags.junit == "-" || flags.ledger == "-" ||
         flags.metrics == "-" || flags.access_log == "-";
}

int run(const RunFlags& flags, bool seed_given) {
  if (flags.no_colour) forbid_colour();
  runner::RunOptions options;
  options.set = flags.set;
  if (flags.fluid) options.set.emplace_back("/fluid=true");
  if (seed_given) options.seed = flags.seed;
  if (!flags.era.empty()) options.era = flags.era;
  options.variant = flags.variant;
  options.check_determinism = flags.determinism;
  options.interrupted = &interrupted();
  options.keep_all_drops = !flags.ledger.empty();
  options.metrics = !flags.metrics.empty();
  options.access_log = !flags.access_log.empty();
  options.trace = flags.trace;
  if (!flags.until.empty()) {
    const auto until = parse_duration(flags.until);
    if (!until) {
      std::cerr << "steady: --until: " << until.error().message << '\n';
      return runner::kWrongInput;
    }
    options.until = *until;
  }
  if (flags.files.size() > 1 && !flags.json.empty()) {
    std::cerr << "steady: --json takes the result of one scenario, there are " << flags.files.size()
              << " files; --ndjson and --junit take several\n";
    return runner::kWrongInput;
  }
  report::Style style;
  style.trace = flags.trace;
  style.quiet = flags.quiet;
  style.plain = flags.plain;
  style.events = flags.events.empty()
                     ? report::Events::kService
                     : (flags.events == "aws" ? report::Events::kAws : report::Events::kAll);
  std::ostream& human = takes_stdout(flags) ? std::cerr : std::cout;
  style.colour = colour_on(takes_stdout(flags) ? STDERR_FILENO : STDOUT_FILENO);
  style.collapse = isatty(takes_stdout(flags) ? STDERR_FILENO : STDOUT_FILENO) == 1;

  runner::ExitCode worst = runner::kAllHold;
  std::vector<std::unique_ptr<runner::RunResult>> results(flags.files.size());
  std::vector<double> seconds(flags.files.size());
  // One file has all of them for itself.
  options.threads = flags.files.size() == 1 ? flags.jobs : 1;
  runner::for_each_in_parallel(flags.files.size(), flags.jobs, [&](std::size_t i) {
    const auto begin = std::chrono::steady_clock::now();
    results[i] = std::make_unique<runner::RunResult>(runner::run_file(flags.files[i], options));
    seconds[i] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  });
  std::vector<report::Report> reports;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& result = *results[i];
    for (const auto& warning : result.warnings) std::cerr << warning << '\n';
    for (const auto& error : result.errors) std::cerr << error << '\n';
    worst = runner::worse(worst, result.exit_code);
    if (!result.record) continue;
    reports.push_back(result.report());
    report::write_text(reports.back(), style, human);
    if (const auto next = runner::next_command(result); !next.empty() && !flags.quiet) {
      std::cerr << "next: " << next << '\n';
    }
    // The machine's clock never reaches a result: it is said on stderr, with the word for it.
    const auto total = result.record->ledger->total().total();
    std::cerr << std::fixed << std::setprecision(2) << seconds[i] << " s wall, " << total
              << " requests, " << result.record->control_events << " control events\n";
  }
  bool written = true;
  if (!flags.json.empty() && !reports.empty()) {
    written = write_result(flags.json,
                           [&](std::ostream& out) {
                             out << report::to_json(reports.front()).dump(2) << '\n';
                           }) &&
              written;
  }
  if (!flags.ndjson.empty()) {
    written = write_result(flags.ndjson,
                           [&](std::ostream& out) {
                             for (const auto& one : reports) report::write_ndjson(one, out);
                           }) &&
              written;
  }
  if (!flags.junit.empty()) {
    written =
        write_result(flags.junit, [&](std::ostream& out) { report::write_junit(reports, out); }) &&
        written;
  }
  if (!flags.ledger.empty()) {
    written = write_result(flags.ledger,
                           [&](std::ostream& out) {
                             report::write_ledger(reports, flags.ledger.ends_with(".csv"), out);
                           }) &&
              written;
  }
  if (!flags.metrics.empty()) {
    written = write_result(flags.metrics,
                           [&](std::ostream& out) {
                             report::write_metrics(reports, flags.metrics.ends_with(".csv"), out);
                           }) &&
              written;
  }
  if (!flags.access_log.empty() && !reports.empty()) {
    written = write_result(flags.access_log,
                           [&](std::ostream& out) {
                             for (const auto& result : results) {
                               if (result->access_log)
                                 result->access_log->write(result->simulation->world(), out);
                             }
                           }) &&
              written;
  }
  return written ? worst : runner::worse(worst, runner::kWrongInput);
}

}  // namespace

void add_run(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("run", "Runs scenarios: events and a summary on stdout");
  auto flags = std::make_shared<RunFlags>();
  command->add_option("FILE", flags->files, "Scenario files")->required();
  command->add_option("--json", flags->json, "Result as one JSON document; - is stdout");
  command->add_option("--ndjson", flags->ndjson,
                      "Everything that happened, one JSON object a line");
  command->add_option("--junit", flags->junit, "One testcase an expectation, as JUnit XML");
  command->add_option("--ledger", flags->ledger,
                      "Every dropped request: CSV for a name that ends in .csv, else JSON lines");
  command->add_option("--metrics", flags->metrics,
                      "CloudWatch's metrics of the load balancers: CSV for a name that ends in "
                      ".csv, else JSON lines");
  command->add_option("--access-log", flags->access_log,
                      "What the load balancers' access logs would say, in AWS's format");
  command
      ->add_flag("--events{all}", flags->events,
                 "Show everything that happens; --events=aws: AWS's own lines only")
      ->check(CLI::IsMember({"all", "aws"}));
  auto* seed = command->add_option("--seed", flags->seed, "Instead of the file's seed");
  command->add_option("--era", flags->era, "Instead of the file's era: a date, or 'article'");
  command->add_option("--until", flags->until, "Stop at this virtual time, such as 5m");
  command->add_option("--variant", flags->variant, "Run one of the file's variants");
  command
      ->add_option("--set", flags->set,
                   "/json/pointer=value: change the file for this run; repeatable")
      ->allow_extra_args(false);
  command
      ->add_option("--jobs", flags->jobs,
                   "Files run at once; of a single one, threads within its run")
      ->check(CLI::Range(1U, 256U));
  command->add_flag("--fluid", flags->fluid,
                    "Carry traffic as a flow of expected numbers, with error bounds");
  command->add_flag("--trace", flags->trace, "Tell each dropped request");
  command->add_flag("--check-determinism", flags->determinism, "Run twice and compare");
  command->add_flag("-q,--quiet", flags->quiet, "The verdict only");
  command->add_flag("--plain", flags->plain, "No columns, no symbols");
  command->add_flag("--no-color", flags->no_colour, "No colour");
  command->callback([&chosen, flags, seed] {
    const bool seed_given = seed->count() > 0;
    chosen = [flags, seed_given] { return run(*flags, seed_given); };
  });
}

}  // namespace steady::cli
