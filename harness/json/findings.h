#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace steady::json {

enum class Severity { kError, kWarning };

/// A place in a file, 1-based; 0 when unknown.
struct Position {
  std::size_t line = 0, column = 0;
};

/// One thing that is wrong with an input: what was found, what was expected, what to do.
struct Finding {
  std::string rule;     ///< "E1002": a rule of rules.def, explained by `steady explain`
  std::string pointer;  ///< RFC 6901, "" for the whole file
  std::string message;  ///< "unknown key 'deregistraton_delay': ..." with the numbers in it
  std::string remedy;   ///< "did you mean 'deregistration_delay'?", or ""
  Severity severity = Severity::kError;
  Position position{};  ///< filled in by the loader from the pointer
};

/// Collects all findings of one input; nothing stops at the first.
class Findings {
 public:
  void error(std::string_view rule, std::string pointer, std::string message,
             std::string remedy = {});
  void warning(std::string_view rule, std::string pointer, std::string message,
               std::string remedy = {});
  bool has_errors() const;
  const std::vector<Finding>& all() const { return all_; }
  std::vector<Finding>& all() { return all_; }

 private:
  std::vector<Finding> all_;
};

/// The name among `known` that a person most probably meant (edit distance, transpositions count
/// one, case ignored), or "" when none is near.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

/// "pointer/key" with ~ and / escaped as RFC 6901 wants.
std::string child_pointer(std::string_view pointer, std::string_view key);
std::string child_pointer(std::string_view pointer, std::size_t index);

}  // namespace steady::json
