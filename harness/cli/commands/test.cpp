#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "harness/cli/cli.h"
#include "harness/cli/common.h"
#include "harness/runner/parallel.h"
#include "harness/runner/suite.h"

namespace steady::cli {
namespace {

struct TestFlags {
  std::vector<std::string> paths;
  std::string junit;
  unsigned jobs = 0;
  std::uint64_t seed = 0;
  bool no_colour = false;
};

int test(const TestFlags& flags, bool seed_given) {
  if (flags.no_colour) forbid_colour();
  std::vector<std::string> missing;
  const auto files = runner::find_scenarios(flags.paths, missing);
  for (const auto& path : missing) std::cerr << "steady: there is no '" << path << "'\n";
  if (!missing.empty()) return runner::kWrongInput;
  if (files.empty()) {
    std::cerr << "steady: no scenario below the paths given, nothing ran\n";
    return runner::kNothingRan;
  }
  runner::SuiteOptions options;
  options.jobs = flags.jobs != 0 ? flags.jobs : runner::processors();
  options.run.interrupted = &interrupted();
  if (seed_given) options.run.seed = flags.seed;
  const auto suite = runner::run_suite(files, options);
  runner::print_suite(suite, colour_on(STDOUT_FILENO), std::cout);
  if (!flags.junit.empty()) {
    const bool written = write_result(
        flags.junit, [&](std::ostream& out) { runner::write_suite_junit(suite, out); });
    if (!written) return runner::worse(suite.exit_code, runner::kWrongInput);
  }
  return suite.exit_code;
}

}  // namespace

void add_test(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand(
      "test", "Runs all scenarios below the paths, and their variants, as a suite");
  auto flags = std::make_shared<TestFlags>();
  command->add_option("PATH", flags->paths, "Files and folders")->required();
  command->add_option("--junit", flags->junit,
                      "One testcase an expectation, as JUnit XML; - is stdout");
  command->add_option("--jobs", flags->jobs, "Scenarios run at once; default: one a processor")
      ->check(CLI::Range(1U, 256U));
  auto* seed = command->add_option("--seed", flags->seed, "Instead of the files' seeds");
  command->add_flag("--no-color", flags->no_colour, "No colour");
  command->callback([&chosen, flags, seed] {
    const bool seed_given = seed->count() > 0;
    chosen = [flags, seed_given] { return test(*flags, seed_given); };
  });
}

}  // namespace steady::cli
