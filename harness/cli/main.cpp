#include <string>
#include <vector>

#include "harness/cli/cli.h"

int main(int argc, char** argv) {
  return steady::cli::main_of(std::vector<std::string>(argv + 1, argv + argc));
}
