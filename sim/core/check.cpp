#include "sim/core/check.h"

#include <string_view>

namespace steady {
namespace {

/// The part of a path that is the same on every machine: from the source tree's top folder on.
std::string_view inside_the_tree(std::string_view path) {
  for (const std::string_view top : {"tests/", "harness/", "sim/"}) {
    for (auto at = path.rfind(top); at != std::string_view::npos; at = path.rfind(top, at - 1)) {
      if (at == 0 || path[at - 1] == '/') return path.substr(at);
    }
  }
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

void check_failed(const char* expression, const char* file, int line, const std::string& sentence) {
  std::string text = sentence;
  text += " (";
  text += expression;
  text += ", ";
  text += inside_the_tree(file);
  text += ':';
  text += std::to_string(line);
  text += ')';
  throw InternalError(text);
}

}  // namespace steady
