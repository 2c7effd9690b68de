#include "harness/cli/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "harness/runner/exit_codes.h"
#include "harness/runner/run.h"
#include "sim/core/nearest.h"

namespace steady::cli {

#define COMMAND(adder) void adder(CLI::App& app, Command& chosen);
#include "harness/cli/commands.def"
#undef COMMAND

namespace {

std::atomic<bool> g_interrupted{false};
bool g_colour_forbidden = false;

extern "C" void on_signal(int) {
  // A second signal ends the program at once: the first was not heard in time.
  if (g_interrupted.exchange(true)) _exit(runner::kInterrupted);
}

/// All long option names and commands of an application, for the nearest name.
void collect_names(const CLI::App& app, std::vector<std::string>& options,
                   std::vector<std::string>& commands) {
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) options.push_back("--" + name);
  }
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(sub->get_name());
  }
}

int usage_error(const CLI::App& app, const std::vector<std::string>& words,
                const CLI::ParseError& error) {
  std::cerr << "steady: " << error.what() << '\n';
  std::vector<std::string> options, commands;
  collect_names(app, options, commands);
  for (const auto* sub : app.get_subcommands()) collect_names(*sub, options, commands);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i].substr(0, words[i].find('='));
    const bool option = word.starts_with("--");
    const auto& known = option ? options : commands;
    if (!option && i > 0) continue;
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const std::string nearest = nearest_name(word, known);
    if (!nearest.empty())
      std::cerr << "  '" << word << "' is unknown; did you mean '" << nearest << "'?\n";
  }
  std::cerr << "  more: steady --help\n";
  return runner::kWrongInput;
}

constexpr const char* kExamples =
    "Examples:\n"
    "  steady run scenarios/first.json                       one deploy, its events and what it "
    "cost\n"
    "  steady run web.json --set /services/0/desiredCount=4  the same with one change\n"
    "  steady check web.json                                 what is wrong with a file, all at "
    "once\n"
    "  steady test scenarios/ --junit out.xml                a regression suite\n"
    "  steady explain E1207                                  what a rule means\n";

}  // namespace

const std::atomic<bool>& interrupted() { return g_interrupted; }

void forbid_colour() { g_colour_forbidden = true; }

bool colour_on(int descriptor) {
  const char* term = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  return !g_colour_forbidden && isatty(descriptor) == 1 &&
         (no_colour == nullptr || *no_colour == '\0') && term != nullptr &&
         std::string(term) != "dumb";
}

int main_of(const std::vector<std::string>& words) {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);

  CLI::App app{
      std::string("A local cloud with traffic in it: what does a deploy cost?\n\n") + kExamples,
      "steady"};
  app.set_version_flag("--version", "steady " + runner::version());
  app.require_subcommand(0, 1);
  app.fallthrough(false);
  Command chosen;
#define COMMAND(adder) adder(app, chosen);
#include "harness/cli/commands.def"
#undef COMMAND
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    const auto subs = app.get_subcommands();
    std::cout << (subs.empty() ? app.help() : subs.front()->help("steady"));
    return runner::kAllHold;
  } catch (const CLI::CallForVersion&) {
    std::cout << "steady " << runner::version() << '\n';
    return runner::kAllHold;
  } catch (const CLI::ParseError& error) {
    return usage_error(app, words, error);
  }
  if (!chosen) {
    std::cerr << app.help();
    return runner::kWrongInput;
  }
  return chosen();
}

}  // namespace steady::cli
