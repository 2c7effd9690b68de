#include "harness/runner/check.h"

#include <algorithm>

#include "harness/runner/run.h"

namespace steady::runner {

CheckResult check_file(const std::string& path, const std::vector<std::string>& set) {
  CheckResult all;
  auto add = [](std::vector<std::string>& list, const std::vector<std::string>& more) {
    for (const auto& line : more) {
      if (std::ranges::find(list, line) == list.end()) list.push_back(line);
    }
  };
  RunOptions options;
  options.set = set;
  options.until = SimDuration{0};  // time 0 is put together and looked at, nothing happens
  const RunResult base = run_file(path, options);
  add(all.errors, base.errors);
  add(all.warnings, base.warnings);
  for (const auto& name : base.variants) {
    options.variant = name;
    const RunResult variant = run_file(path, options);
    add(all.errors, variant.errors);
    add(all.warnings, variant.warnings);
  }
  return all;
}

}  // namespace steady::runner
