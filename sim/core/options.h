#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/time.h"

namespace steady {

/// Settings of a plug-in (a deploy engine, a fault) as a scenario gives them, read strictly: a
/// missing one, a bad one and one that nobody asked for are all faults, collected until finish().
class Options {
 public:
  Options() = default;
  explicit Options(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  /// The value or its default; without a default it is required.
  std::string text(const std::string& key, std::optional<std::string> otherwise = std::nullopt);
  int number(const std::string& key, std::optional<int> otherwise = std::nullopt);
  SimDuration duration(const std::string& key, std::optional<SimDuration> otherwise = std::nullopt);
  bool flag(const std::string& key, bool otherwise);

  /// For whoever reads a value in a way of its own: a fault of that key.
  void refuse(const std::string& key, const std::string& message);

  struct Fault {
    std::string key, message, nearest;
  };
  /// All faults so far, and the keys that nobody asked for.
  std::vector<Fault> finish() const;
  /// finish() as one sentence, "" when there is none.
  std::string faults_in_words() const;

 private:
  const std::string* find(const std::string& key, bool required);
  std::map<std::string, std::string> values_;
  std::vector<std::string> asked_;
  std::vector<Fault> faults_;
};

}  // namespace steady
