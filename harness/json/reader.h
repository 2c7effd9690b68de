#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/json/findings.h"
#include "harness/json/json.h"
#include "sim/core/distribution.h"
#include "sim/core/time.h"

namespace steady::json {

/// Strict typed reader of one JSON object that knows its path. Every key is asked for by name;
/// finish() then reports those that nobody asked for, each with the nearest known one. Faults are
/// collected, never thrown; a member that could not be read keeps its default.
class Reader {
 public:
  /// A value that is no object is reported once, and the reader is empty then.
  Reader(const Json& value, std::string pointer, Findings& findings, std::string_view what);

  const std::string& pointer() const { return pointer_; }
  std::string pointer(std::string_view key) const { return child_pointer(pointer_, key); }
  Findings& findings() { return findings_; }
  bool has(std::string_view key) const;
  /// The raw member, marked as asked for; nullptr when missing or null.
  const Json* get(std::string_view key);
  /// Names `key` as known without reading it (an alias, a key of another reader).
  void allow(std::string_view key);
  /// Reports a missing key.
  void require(std::string_view key, std::string_view expectation);

  // Each returns true when the key was there and could be read. Out of range is a finding.
  bool read(std::string_view key, std::string& out);
  bool read(std::string_view key, bool& out);
  bool read(std::string_view key, std::int64_t& out, std::int64_t min, std::int64_t max);
  bool read(std::string_view key, int& out, int min, int max);
  bool read(std::string_view key, std::optional<int>& out, int min, int max);
  bool read(std::string_view key, double& out, double min, double max);
  bool read_duration(std::string_view key, SimDuration& out, SimDuration min = SimDuration{0},
                     SimDuration max = std::chrono::hours{24 * 365});
  /// A duration string, or a named distribution with its parameters.
  bool read_distribution(std::string_view key, Distribution& out);
  bool read(std::string_view key, std::vector<std::string>& out);
  /// A string out of a list; else a finding with the nearest.
  bool read_choice(std::string_view key, std::string& out, const std::vector<std::string>& choices);
  /// Calls `item(value, pointer)` for each element of an array.
  bool each(std::string_view key, const std::function<void(const Json&, const std::string&)>& item);

  /// Reports unknown keys. Must be called last.
  void finish();

  void error(std::string_view rule, std::string_view key, std::string message,
             std::string remedy = {});

 private:
  const Json* value_;
  std::string pointer_;
  Findings& findings_;
  std::string what_;
  std::vector<std::string> asked_;
};

/// The same for a bare value.
bool read_distribution(const Json& value, const std::string& pointer, Findings& findings,
                       Distribution& out);
bool read_duration(const Json& value, const std::string& pointer, Findings& findings,
                   SimDuration& out);

}  // namespace steady::json
