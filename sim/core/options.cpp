#include "sim/core/options.h"

#include <algorithm>

#include "sim/core/nearest.h"

namespace steady {

const std::string* Options::find(const std::string& key, bool required) {
  asked_.push_back(key);
  const auto found = values_.find(key);
  if (found != values_.end()) return &found->second;
  if (required) faults_.push_back({key, "'" + key + "' is missing", ""});
  return nullptr;
}

std::string Options::text(const std::string& key, std::optional<std::string> otherwise) {
  const auto* value = find(key, !otherwise);
  return value ? *value : otherwise.value_or("");
}

int Options::number(const std::string& key, std::optional<int> otherwise) {
  const auto* value = find(key, !otherwise);
  if (!value) return otherwise.value_or(0);
  int number = 0;
  bool valid = !value->empty();
  for (const char c : *value) {
    valid = valid && c >= '0' && c <= '9' && number <= 100'000'000;
    if (valid) number = number * 10 + (c - '0');
  }
  if (valid) return number;
  faults_.push_back({key, "'" + key + "' is no number: '" + *value + "'", ""});
  return otherwise.value_or(0);
}

std::int64_t Options::thousandths(const std::string& key, std::optional<std::int64_t> otherwise) {
  const auto* value = find(key, !otherwise);
  if (!value) return otherwise.value_or(0);
  std::int64_t number = 0;
  int places = -1;  // behind the point; -1: there was none yet
  bool valid = !value->empty() && value->front() != '.' && value->back() != '.';
  for (const char c : *value) {
    if (c == '.' && places < 0) {
      places = 0;
      continue;
    }
    valid = valid && c >= '0' && c <= '9' && number <= 100'000'000 && places < 3;
    if (!valid) break;
    number = number * 10 + (c - '0');
    if (places >= 0) ++places;
  }
  for (int place = std::max(places, 0); valid && place < 3; ++place) number *= 10;
  if (valid && number <= 1'000'000'000) return number;
  faults_.push_back({key, "'" + key + "' is a number such as 2.5, not '" + *value + "'", ""});
  return otherwise.value_or(0);
}

SimDuration Options::duration(const std::string& key, std::optional<SimDuration> otherwise) {
  const auto* value = find(key, !otherwise);
  if (!value) return otherwise.value_or(SimDuration{0});
  auto parsed = parse_duration(*value);
  if (!parsed) {
    faults_.push_back({key, "'" + key + "': " + parsed.error().message, ""});
    return otherwise.value_or(SimDuration{0});
  }
  return *parsed;
}

bool Options::flag(const std::string& key, bool otherwise) {
  const auto* value = find(key, false);
  if (!value) return otherwise;
  if (*value != "true" && *value != "false") {
    faults_.push_back({key, "'" + key + "' is true or false, not '" + *value + "'", ""});
  }
  return *value == "true";
}

void Options::refuse(const std::string& key, const std::string& message) {
  faults_.push_back({key, "'" + key + "' " + message, ""});
}

std::vector<Options::Fault> Options::finish() const {
  auto faults = faults_;
  for (const auto& [key, value] : values_) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      faults.push_back({key, "unknown option '" + key + "'", nearest_name(key, asked_)});
    }
  }
  return faults;
}

std::string Options::faults_in_words() const {
  std::string words;
  for (const auto& fault : finish()) {
    words += (words.empty() ? "" : "; ") + fault.message;
    if (!fault.nearest.empty()) words += ", did you mean '" + fault.nearest + "'?";
  }
  return words;
}

}  // namespace steady
