#include "sim/core/nearest.h"
#include "sim/engines/deploy_engine.h"

namespace steady::engines {

#define DEPLOY_ENGINE(name, maker) std::unique_ptr<DeployEngine> maker(EngineOptions& options);
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
                                                           EngineOptions& options) const {
  const auto found = makers_.find(std::string(name));
  if (found == makers_.end()) {
    std::string message = "there is no deploy engine '" + std::string(name) + "'; known: ";
    for (const auto& known : names())
      message += known + (known == makers_.rbegin()->first ? "" : ", ");
    const std::string nearest = nearest_name(name, names());
    if (!nearest.empty()) message += "; did you mean '" + nearest + "'?";
    return Error{"engine", message, std::string(name)};
  }
  auto engine = found->second(options);
  if (const std::string faults = options.faults_in_words(); !faults.empty()) {
    return Error{"engine", faults, std::string(name)};
  }
  return engine;
}

}  // namespace steady::engines
