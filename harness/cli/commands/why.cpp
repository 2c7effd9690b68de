#include "harness/runner/why.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "harness/cli/cli.h"

namespace steady::cli {

void add_why(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("why", "One request's story from arrival to end");
  auto run = std::make_shared<std::string>();
  auto request = std::make_shared<std::string>();
  command->add_option("RUN.json", *run, "A result of steady run --json")->required();
  command->add_option("REQUEST", *request, "SOURCE/INDEX, as the ledger has them, or an index")
      ->required();
  command->callback([&chosen, run, request] {
    chosen = [run, request] { return runner::why(*run, *request, std::cout, std::cerr); };
  });
}

}  // namespace steady::cli
