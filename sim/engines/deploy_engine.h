#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/ecs/types.h"
#include "sim/core/options.h"
#include "sim/core/result.h"
#include "sim/engines/cloud.h"

namespace steady::engines {

/// How a deploy ended, in the engine's own opinion.
struct Verdict {
  bool good = true;
  std::string sentence;  ///< "the new revision serves", "swapped back: ..."
};

/// A way to deploy. It reads like the story that it tells, and sees the cloud only through `Cloud`.
class DeployEngine {
 public:
  virtual ~DeployEngine() = default;
  virtual Task<Verdict> deploy(Cloud& cloud) = 0;
};

/// The settings of a "deploy" step, and what goes with them.
struct EngineOptions : Options {
  using Options::Options;
  /// A revision that the scenario lists and that nobody has registered yet: the engine registers
  /// it.
  std::optional<api::ecs::RegisterTaskDefinitionInput> revision;
};

using EngineMaker = std::function<std::unique_ptr<DeployEngine>(EngineOptions&)>;

/// Engines by name: ours of engines.def, and those that a user's program adds.
class EngineRegistry {
 public:
  EngineRegistry();  ///< holds ours
  void add(std::string name, EngineMaker maker);
  /// Error code "engine" with the nearest name; options that the engine does not know are faults.
  Result<std::unique_ptr<DeployEngine>> make(std::string_view name, EngineOptions& options) const;
  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return makers_.count(std::string(name)) != 0; }

 private:
  std::map<std::string, EngineMaker> makers_;
};

}  // namespace steady::engines
