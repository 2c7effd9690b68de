#pragma once

#include <atomic>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "harness/runner/run.h"

namespace steady::runner {

struct SuiteOptions {
  RunOptions run;
  unsigned jobs = 1;
};

/// One scenario, or one of its variants, as a case of a regression suite.
struct SuiteCase {
  std::string path, variant;
  RunResult result;
};

struct SuiteResult {
  std::vector<SuiteCase> cases;  ///< in the order of paths and variants, whatever ran first
  ExitCode exit_code = kNothingRan;
};

/// All *.json and *.jsonc files below the paths (a file stands for itself), sorted. Files that hold
/// no scenario are faults, not skipped.
std::vector<std::string> find_scenarios(const std::vector<std::string>& paths,
                                        std::vector<std::string>& missing);

/// Runs every file and each of its variants on `jobs` threads. The result does not depend on them.
SuiteResult run_suite(const std::vector<std::string>& files, const SuiteOptions& options);

/// JUnit for a suite: broken files and interrupted runs are errors, never skipped.
void write_suite_junit(const SuiteResult& suite, std::ostream& out);

/// One line a case, then counts and a replay line per failure.
void print_suite(const SuiteResult& suite, bool colour, std::ostream& out);

}  // namespace steady::runner
