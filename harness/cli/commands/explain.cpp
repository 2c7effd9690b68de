#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "harness/cli/cli.h"
#include "harness/json/rules.h"
#include "harness/runner/exit_codes.h"
#include "sim/core/nearest.h"

namespace steady::cli {
namespace {

int explain(const std::string& id) {
  const auto* rule = json::find_rule(id);
  if (rule == nullptr) {
    std::vector<std::string> ids;
    for (const auto& known : json::rules()) ids.emplace_back(known.id);
    const std::string nearest = nearest_name(id, ids);
    std::cerr << "steady: there is no rule '" << id << "'"
              << (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") << '\n';
    std::cerr << "  rules:";
    for (const auto& known : ids) std::cerr << ' ' << known;
    std::cerr << '\n';
    return runner::kWrongInput;
  }
  std::cout << rule->id << ": " << rule->title << "\n\n"
            << rule->meaning << "\n\nfails:\n  " << rule->fails << "\npasses:\n  " << rule->passes
            << "\n\nsource: " << rule->source << '\n';
  return runner::kAllHold;
}

}  // namespace

void add_explain(CLI::App& app, Command& chosen) {
  auto* command =
      app.add_subcommand("explain", "What a rule means, an example that fails and one that passes");
  auto id = std::make_shared<std::string>();
  command->add_option("RULE", *id, "A rule's id, such as E1207")->required();
  command->callback([&chosen, id] { chosen = [id] { return explain(*id); }; });
}

}  // namespace steady::cli
