#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "sim/cloud/ecs/model.h"
#include "sim/core/result.h"

namespace steady::ecs {

/// A parsed expression of the cluster query language (ecs.md 3.4):
///
///   expression := and { ("||" | "or") and }          and := unary { ("&&" | "and") unary }
///   unary      := ("!" | "not") unary | "(" expression ")" | subject operator [argument]
///
/// Values stand bare or in single quotes. Where the guide leaves it open: not binds before and, and
/// before or; a regular expression matches the whole value; every operator but not_exists needs the
/// attribute, also the negative ones; `task:group != X` says that no task of X is there.
class Query {
 public:
  static constexpr std::size_t kLongest = 2000;  ///< characters (ecs.md 3.3)

  /// Error code InvalidParameterException; `where` is the column (1-based) of the fault.
  static Result<Query> parse(std::string_view expression);
  bool matches(const ContainerInstance& instance) const;

  /// What an answer is made of; it stays as long as these stay.
  enum Fact : unsigned {
    kAttributes = 1,
    kGroups = 2,
    kRunningTasks = 4,
    kAgentConnected = 8,
    kIdentity = 16,  ///< id, agent version, time of registration
  };
  /// A sum of facts.
  unsigned depends_on() const { return facts_; }
  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  unsigned facts_ = 0;
};

}  // namespace steady::ecs
