#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>

#include "harness/cli/cli.h"
#include "harness/runner/exit_codes.h"
#include "harness/scenario/scenario.h"

namespace steady::cli {

void add_schema(CLI::App& app, Command& chosen) {
  auto* command =
      app.add_subcommand("schema", "The JSON Schema (draft-07) of scenario files, for editors");
  command->callback([&chosen] {
    chosen = [] {
      std::cout << scenario::schema().dump(2) << '\n';
      return static_cast<int>(runner::kAllHold);
    };
  });
}

void add_init(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("init", "Writes a first scenario with comments, which passes");
  auto path = std::make_shared<std::string>("scenario.json");
  command->add_option("FILE", *path, "Where to write it; - is stdout")->capture_default_str();
  command->callback([&chosen, path] {
    chosen = [path]() -> int {
      if (*path == "-") {
        std::cout << scenario::first_file();
        return runner::kAllHold;
      }
      if (std::ifstream(*path)) {
        std::cerr << "steady: '" << *path << "' exists already, it is left as it is\n";
        return runner::kWrongInput;
      }
      std::ofstream file(*path, std::ios::binary);
      file << scenario::first_file();
      file.flush();
      if (!file) {
        std::cerr << "steady: cannot write '" << *path << "'\n";
        return runner::kWrongInput;
      }
      std::cout << "wrote " << *path << "\nnext: steady run " << *path << '\n';
      return runner::kAllHold;
    };
  });
}

}  // namespace steady::cli
