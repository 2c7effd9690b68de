#pragma once

#include <string>
#include <vector>

namespace steady::runner {

/// What is wrong with a scenario file, ready to print.
struct CheckResult {
  std::vector<std::string> errors, warnings;
};

/// Loads the file and each of its variants, and puts the world of each together, without running. A
/// fault that every variant has is told once.
CheckResult check_file(const std::string& path, const std::vector<std::string>& set);

}  // namespace steady::runner
