#include "harness/json/rules.h"

#include <algorithm>

namespace steady::json {

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules = {
#define RULE(id, title, meaning, fails, passes, source) {id, title, meaning, fails, passes, source},
#include "harness/json/rules.def"
#undef RULE
  };
  return kRules;
}

const Rule* find_rule(std::string_view id) {
  const auto found = std::ranges::find(rules(), id, &Rule::id);
  return found == rules().end() ? nullptr : &*found;
}

}  // namespace steady::json
