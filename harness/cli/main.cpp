#include <string>
#include <vector>

#include "harness/cli/cli.h"
#include "harness/cli/large_pages.h"

int main(int argc, char** argv) {
  steady::cli::prefer_large_pages();
  return steady::cli::main_of(std::vector<std::string>(argv + 1, argv + argc));
}
