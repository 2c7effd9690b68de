#pragma once

#include <string_view>
#include <vector>

namespace steady::json {

/// One rule that check can report: what `steady explain` prints.
struct Rule {
  std::string_view id;       ///< "E1002"
  std::string_view title;    ///< one line
  std::string_view meaning;  ///< a short paragraph: what and why
  std::string_view fails;    ///< an example (JSON) that fails
  std::string_view passes;   ///< the same, mended
  std::string_view source;   ///< where the rule comes from
};
const std::vector<Rule>& rules();  ///< of rules.def, by id
const Rule* find_rule(std::string_view id);

}  // namespace steady::json
