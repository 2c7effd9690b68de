#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/expectations/measure.h"

namespace steady::expectations {

/// A condition that is a sentence of its own: "service web reaches steady state within 10m".
class Statement {
 public:
  virtual ~Statement() = default;
  /// Whether it holds, and what was seen.
  virtual std::pair<bool, std::string> judge(const Facts& facts) const = 0;
  virtual std::vector<std::pair<std::string, std::string>> references() const { return {}; }
};

/// nullptr, and the tokens as they were, when the condition is none; an error when it is one that
/// is written wrongly.
Result<std::unique_ptr<Statement>> parse_statement(Tokens& tokens);

/// How statements are written, for the user guide.
struct StatementEntry {
  std::string_view words, meaning;
};
const std::vector<StatementEntry>& statements();

}  // namespace steady::expectations
