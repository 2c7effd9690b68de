#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace steady::cli {

/// The program: parses the words after its name and runs a command. Gives the exit code.
int main_of(const std::vector<std::string>& words);

/// A command adds itself to the application and stores what runs it.
using Command = std::function<int()>;
using AddCommand = void (*)(CLI::App& app, Command& chosen);

/// Set by SIGINT and SIGTERM: runs stop between two control events and write what there is.
const std::atomic<bool>& interrupted();

/// Colour is decided for each stream apart: a terminal, no NO_COLOR, TERM not dumb, no --no-color.
bool colour_on(int descriptor);
void forbid_colour();

}  // namespace steady::cli
