#pragma once

#include <string>

#include "harness/json/json.h"

namespace steady::report {

/// A cell of a CSV file: quoted where it has to be.
inline std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// A value as a cell; null is empty.
inline std::string csv_cell(const Json& value) {
  return csv_cell(value.is_string() ? value.get<std::string>()
                                    : (value.is_null() ? "" : value.dump()));
}

/// One line of cells: the members' names, or their values.
inline std::string csv_line(const Json& row, bool names) {
  std::string line;
  for (auto it = row.begin(); it != row.end(); ++it)
    line += (it == row.begin() ? "" : ",") + (names ? csv_cell(it.key()) : csv_cell(*it));
  return line + "\n";
}

}  // namespace steady::report
