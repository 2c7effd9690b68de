#include <algorithm>

#include "sim/core/nearest.h"
#include "sim/engines/deploy_engine.h"

namespace steady::engines {

#define DEPLOY_ENGINE(name, maker) std::unique_ptr<DeployEngine> maker(Options& options);
#include "sim/engines/engines.def"
#undef DEPLOY_ENGINE

EngineRegistry::EngineRegistry() {
#define DEPLOY_ENGINE(name, maker) makers_.emplace(name, maker);
#include "sim/engines/engines.def"
#undef DEPLOY_ENGINE
}

void EngineRegistry::add(std::string name, EngineMaker maker) {
  makers_[std::move(name)] = std::move(maker);
}

std::vector<std::string> EngineRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, maker] : makers_) names.push_back(name);
  return names;
}

Result<std::unique_ptr<DeployEngine>> EngineRegistry::make(std::string_view name,
                                                           Options& options) const {
  const auto found = makers_.find(std::string(name));
  if (found == makers_.end()) {
    std::string message = "there is no deploy engine '" + std::string(name) + "'; known: ";
    for (const auto& known : names()) message += known + (known == makers_.rbegin()->first ? "" : ", ");
    const std::string nearest = nearest_name(name, names());
    if (!nearest.empty()) message += "; did you mean '" + nearest + "'?";
    return Error{"engine", message, std::string(name)};
  }
  auto engine = found->second(options);
  std::string message;
  for (const auto& fault : options.finish()) {
    message += (message.empty() ? "" : "; ") + fault.message;
    if (!fault.nearest.empty()) message += ", did you mean '" + fault.nearest + "'?";
  }
  if (!message.empty()) return Error{"engine", message, std::string(name)};
  return engine;
}

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
  for (const char c : *value) {
    if (c < '0' || c > '9' || number > 100'000'000) {
      faults_.push_back({key, "'" + key + "' is no number: '" + *value + "'", ""});
      return otherwise.value_or(0);
    }
    number = number * 10 + (c - '0');
  }
  return number;
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

std::vector<Options::Fault> Options::finish() const {
  auto faults = faults_;
  for (const auto& [key, value] : values_) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      faults.push_back({key, "unknown option '" + key + "'", nearest_name(key, asked_)});
    }
  }
  return faults;
}

}  // namespace steady::engines
