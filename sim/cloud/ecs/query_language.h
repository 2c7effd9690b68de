#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sim/cloud/ecs/model.h"
#include "sim/core/result.h"

namespace steady::ecs {

/// A parsed expression of the cluster query language (ecs.md 3.4).
class Query {
 public:
  /// Error code InvalidParameterException; `where` is the column (1-based) of the fault.
  static Result<Query> parse(std::string_view expression);
  bool matches(const ContainerInstance& instance) const;
  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace steady::ecs
