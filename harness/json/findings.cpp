#include "harness/json/findings.h"

#include <algorithm>

#include "sim/core/nearest.h"

namespace steady::json {

void Findings::error(std::string_view rule, std::string pointer, std::string message,
                     std::string remedy) {
  all_.push_back({std::string(rule),
                  std::move(pointer),
                  std::move(message),
                  std::move(remedy),
                  Severity::kError,
                  {}});
}

void Findings::warning(std::string_view rule, std::string pointer, std::string message,
                       std::string remedy) {
  all_.push_back({std::string(rule),
                  std::move(pointer),
                  std::move(message),
                  std::move(remedy),
                  Severity::kWarning,
                  {}});
}

bool Findings::has_errors() const {
  return std::ranges::any_of(all_, [](const Finding& f) { return f.severity == Severity::kError; });
}

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known) {
  return steady::nearest_name(wrong, known);
}

std::string child_pointer(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string child_pointer(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

}  // namespace steady::json
