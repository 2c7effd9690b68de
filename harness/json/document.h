#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/json/findings.h"
#include "harness/json/json.h"

namespace steady::json {

/// Bounds of an input file.
struct Bounds {
  std::size_t bytes = 8U << 20;
  std::size_t depth = 64;
  std::size_t values = 1'000'000;
};

/// A parsed file (comments allowed) and where each of its values stands. The positions come from a
/// SAX pass over a counting iterator; a value that was added later has its parent's.
struct Document {
  std::string name;  ///< As given on the command line; for messages only.
  std::string text;
  Json root;
  std::map<std::string, Position, std::less<>>
      positions;  ///< by JSON pointer; keys' own at "pointer#"

  /// The position of a pointer, or of its nearest ancestor that has one.
  Position position(std::string_view pointer) const;
};

/// Parses text; syntax errors, duplicate keys and broken bounds become findings (all that can be
/// found).
Document parse(std::string name, std::string text, Findings& findings, const Bounds& bounds = {});

/// Replaces, adds or removes what a JSON pointer names ("/services/0/desiredCount", "/timeline/-").
/// The error names the longest part of the pointer that exists, and the nearest key.
struct SetError {
  std::string message;
};
std::optional<SetError> set_pointer(Json& root, std::string_view pointer, Json value);

/// JSON Merge Patch (RFC 7386) whose keys may also be JSON pointers ("/timeline/0/at"): null
/// removes. A key "name+" appends to the array "name" (as "timeline+").
void merge_patch(Json& target, const Json& patch, const std::string& pointer, Findings& findings);

/// Value as JSON, else as a string: "3" is a number, "500/s" a string.
Json value_of(std::string_view text);

}  // namespace steady::json
