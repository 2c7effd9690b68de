#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = STEADY_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Files of ours below a top folder, as paths relative to the root.
std::vector<std::string> sources(const std::vector<std::string>& tops,
                                 const std::vector<std::string>& endings) {
  std::vector<std::string> files;
  for (const auto& top : tops) {
    if (!fs::exists(kRoot / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const std::string ending = entry.path().extension().string();
      if (entry.is_regular_file() && std::ranges::find(endings, ending) != endings.end()) {
        files.push_back(fs::relative(entry.path(), kRoot).generic_string());
      }
    }
  }
  std::ranges::sort(files);
  return files;
}

/// Module name to its folder and to what it links, as the CMake files say.
struct Modules {
  std::map<std::string, std::string> folder_of;
  std::map<std::string, std::set<std::string>> depends;

  Modules() {
    static const std::regex kCall(R"(steady_module\((\w+)((?:\s+DEPENDS(?:\s+\w+)*)?))");
    for (const auto& top : {"sim", "harness"}) {
      for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
        if (entry.path().filename() != "CMakeLists.txt") continue;
        const std::string text = read(entry.path());
        std::smatch match;
        if (!std::regex_search(text, match, kCall)) continue;
        const std::string name = match[1];
        folder_of[name] = fs::relative(entry.path().parent_path(), kRoot).generic_string();
        std::istringstream words(match[2]);
        for (std::string word; words >> word;) {
          if (word == "LIBRARIES") break;
          if (word != "DEPENDS") depends[name].insert(word);
        }
      }
    }
  }
  /// The module with the longest folder that holds the file.
  std::string module_of(const std::string& file) const {
    std::string best;
    for (const auto& [name, folder] : folder_of) {
      if (file.starts_with(folder + "/") &&
          (best.empty() || folder.size() > folder_of.at(best).size()))
        best = name;
    }
    return best;
  }
  std::set<std::string> reach(const std::string& module) const {
    std::set<std::string> all{module};
    std::vector<std::string> todo{module};
    while (!todo.empty()) {
      const std::string next = todo.back();
      todo.pop_back();
      const auto found = depends.find(next);
      if (found == depends.end()) continue;
      for (const auto& other : found->second) {
        if (all.insert(other).second) todo.push_back(other);
      }
    }
    return all;
  }
};

}  // namespace

// Arrows that point both ways cannot be built in order nor understood apart; links and includes
// must agree.
TEST_CASE("a module includes only what it links", "[tidy]") {
  const Modules modules;
  REQUIRE(modules.folder_of.size() > 15);
  static const std::regex kInclude("#include \"((?:sim|harness)/[^\"]+)\"");
  for (const auto& file : sources({"sim", "harness"}, {".h", ".cpp"})) {
    const std::string module = modules.module_of(file);
    if (module.empty()) continue;  // the program may use everything
    const auto allowed = modules.reach(module);
    const std::string text = read(kRoot / file);
    for (std::sregex_iterator it(text.begin(), text.end(), kInclude), end; it != end; ++it) {
      const std::string included = (*it)[1];
      INFO(file << " includes " << included);
      CHECK(fs::exists(kRoot / included));
      CHECK(allowed.count(modules.module_of(included)) == 1);
    }
  }
}

TEST_CASE("the links make no circle", "[tidy]") {
  const Modules modules;
  for (const auto& [module, folder] : modules.folder_of) {
    const auto found = modules.depends.find(module);
    if (found == modules.depends.end()) continue;
    for (const auto& other : found->second) {
      INFO(module << " and " << other);
      CHECK(modules.reach(other).count(module) == 0);
    }
  }
}

// A result must be a function of scenario, seed and version: nothing of the machine may be asked
// (product.md).
TEST_CASE("the simulated world asks the machine for nothing", "[tidy]") {
  static const std::regex kForbidden(
      R"(system_clock|steady_clock|high_resolution_clock|std::rand\b|random_device|mt19937|std::\w+_distribution|)"
      R"(sleep_for|getenv|unordered_(map|set)|std::(log|exp|pow|sin|cos|tgamma|erf)\b|<cmath>|<thread>|<fstream>)");
  for (const auto& file : sources({"sim"}, {".h", ".cpp"})) {
    std::istringstream lines(read(kRoot / file));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      const std::string code = line.substr(0, line.find("//"));
      INFO(file << ":" << number << ": " << line);
      // IEEE square root is correctly rounded everywhere, and <cmath> is where it lives.
      if (file == "sim/core/dmath.h" && code == "#include <cmath>") continue;
      CHECK_FALSE(std::regex_search(code, kForbidden));
    }
  }
}

TEST_CASE("headers begin with pragma once, and no line holds a tab", "[tidy]") {
  for (const auto& file : sources({"sim", "harness", "tests", "bench"}, {".h", ".cpp", ".def"})) {
    const std::string text = read(kRoot / file);
    INFO(file);
    if (file.ends_with(".h")) CHECK(text.starts_with("#pragma once"));
    CHECK(text.find('\t') == std::string::npos);
  }
}

TEST_CASE("only the support folder names the test library's header", "[tidy]") {
  for (const auto& file : sources({"sim", "harness", "tests", "bench"}, {".h", ".cpp"})) {
    if (file.starts_with("tests/support/") || file.starts_with("tests/tidy/")) continue;
    INFO(file);
    CHECK(read(kRoot / file).find("#include <catch2") == std::string::npos);
  }
}

// The top level is part of the interface: people look there first.
TEST_CASE("the top level holds what belongs there", "[tidy]") {
  static const std::set<std::string> kAllowed = {
      "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "bench", "build", "dev",
      "harness",        "scenarios",         "sim",     "tests"};
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || name.ends_with(".log")) continue;
    INFO(name);
    CHECK(kAllowed.count(name) == 1);
  }
}

// A rule that no test meets may never be printed, or say something else than it means.
TEST_CASE("each rule of check is met by a test", "[tidy]") {
  static const std::regex kRule(R"re((?:^|\n)RULE\("([EW]\d{4})")re");
  const std::string rules = read(kRoot / "harness/json/rules.def");
  std::string tests;
  for (const auto& file : sources({"tests/harness"}, {".cpp"})) tests += read(kRoot / file);
  std::size_t count = 0;
  for (std::sregex_iterator it(rules.begin(), rules.end(), kRule), end; it != end; ++it) {
    INFO((*it)[1]);
    CHECK(tests.find("\"" + (*it)[1].str()) != std::string::npos);
    ++count;
  }
  CHECK(count > 40);
}

// A cause that the user's page does not list is a cause that nobody can look up.
TEST_CASE("the user guide lists every cause of a drop", "[tidy][docs]") {
  const std::string page = read(kRoot / "harness/docs/ledger.md");
  static const std::regex kNamed(R"re(string_view k\w+\s*=\s*"([^"]+)")re");
  static const std::regex kCut(
      R"re((?:cut\(target, |Cut k\w+|cut_process\(id, |kill\([^;{]*|host_gone\([^;{]*)\{?"([a-z][^"]+)")re");
  std::size_t count = 0;
  const auto look = [&](const std::string& file, const std::regex& pattern) {
    const std::string text = read(kRoot / file);
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
      INFO(file << ": " << (*it)[1]);
      CHECK(page.find((*it)[1].str()) != std::string::npos);
      ++count;
    }
  };
  look("sim/dataplane/causes.h", kNamed);
  for (const char* file :
       {"sim/app/fleet.cpp", "sim/cloud/elb/draining.cpp", "sim/cloud/ec2/ec2.cpp",
        "sim/cloud/ecs/agent.cpp", "sim/app/memory.cpp"})
    look(file, kCut);
  CHECK(count >= 17);
}

// A metric that the page does not list is neither modelled nor refused, as far as people can tell.
TEST_CASE("the user guide lists every metric", "[tidy][docs]") {
  const std::string page = read(kRoot / "harness/docs/metrics.md");
  const std::string list = read(kRoot / "harness/simulation/metrics.def");
  static const std::regex kMetric(R"re((?:^|\n)(?:NO_)?METRIC\(k\w+, "(\w+)")re");
  std::size_t count = 0;
  for (std::sregex_iterator it(list.begin(), list.end(), kMetric), end; it != end; ++it) {
    INFO((*it)[1]);
    CHECK(page.find("`" + (*it)[1].str() + "`") != std::string::npos);
    ++count;
  }
  CHECK(count > 50);
}
