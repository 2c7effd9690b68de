#include "harness/runner/check.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "harness/cli/cli.h"
#include "harness/runner/exit_codes.h"
#include "harness/runner/suite.h"

namespace steady::cli {
namespace {

struct CheckFlags {
  std::vector<std::string> files, set;
  bool strict = false;
};

int check(const CheckFlags& flags) {
  runner::ExitCode worst = runner::kAllHold;
  std::vector<std::string> missing;
  const auto files = runner::find_scenarios(flags.files, missing);
  for (const auto& path : missing) {
    std::cerr << "steady: cannot read '" << path << "'\n";
    worst = runner::kWrongInput;
  }
  if (files.empty() && missing.empty()) {
    std::cerr << "steady: no scenario file there\n";
    return runner::kNothingRan;
  }
  for (const auto& file : files) {
    const auto found = runner::check_file(file, flags.set);
    for (const auto& line : found.errors) std::cout << line << '\n';
    for (const auto& line : found.warnings) std::cout << line << '\n';
    std::cout << file << ": " << found.errors.size() << " errors, " << found.warnings.size()
              << " warnings\n";
    if (!found.errors.empty()) worst = runner::worse(worst, runner::kWrongInput);
    if (flags.strict && !found.warnings.empty()) worst = runner::worse(worst, runner::kFailed);
  }
  return worst;
}

}  // namespace

void add_check(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand(
      "check", "Validates without running: every error with place, expectation and nearest name");
  auto flags = std::make_shared<CheckFlags>();
  command->add_option("FILE", flags->files, "Scenario files, or folders of them")->required();
  command
      ->add_option("--set", flags->set,
                   "/json/pointer=value: check the file with this change; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--strict", flags->strict, "A warning exits 1");
  command->callback([&chosen, flags] { chosen = [flags] { return check(*flags); }; });
}

}  // namespace steady::cli
