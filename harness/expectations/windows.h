#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/expectations/measure.h"

namespace steady::world {
class World;
}

namespace steady::expectations {

/// A window as it is written, before the run: it becomes stretches of the run afterwards, and makes
/// the ledger cut at its bounds while the run goes on.
class WindowSpec {
 public:
  void cut_ledger(world::World& world) const;
  /// Nothing when it never opened.
  std::optional<Window> resolve(const Facts& facts) const;

 private:
  friend Result<WindowSpec> parse_window(Tokens& tokens);
  enum class Kind { kWhole, kAt, kFixed, kDeployment, kAfter, kWhile } kind_ = Kind::kWhole;
  SimDuration from_{0}, to_{0};
  std::string version_;  ///< kAfter: its first healthy target
  std::string event_;    ///< kAfter: the first event that contains this
  // kWhile: healthy targets of `of_` compared with a number.
  std::string of_;
  std::string symbol_;
  std::int64_t bound_ = 0;
};

/// Reads what is left of a condition: "at T", "during ...", "while ...", or nothing.
Result<WindowSpec> parse_window(Tokens& tokens);

}  // namespace steady::expectations
