#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/expectations/measure.h"
#include "sim/core/result.h"

namespace steady::world {
class World;
}

namespace steady::expectations {

/// How one expectation came out.
struct Judgement {
  bool holds = false;
  std::string expectation;  ///< as written
  std::string got;          ///< what was measured: "37", "350.2s", "never"
};

/// One line of "expect". The grammar (BNF) is in the user guide, harness/docs/expectations.md:
///
///   condition  := statement | quotient comparison quotient [window]
///   comparison := "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" "[" quotient "," quotient "]"
///   quotient   := operand [ "/" operand ]
///   operand    := number | duration | percentage | measure | name
///   window     := "at" duration | "during" "[" duration "," duration "]" | "during deployment"
///               | "during" duration "after" moment | "while" measure comparison number
class Expectation {
 public:
  /// Error codes E1301 (syntax), E1302 (unknown measure, with the nearest), E1303 (not there yet),
  /// E1304 (units or windows that do not fit).
  static Result<Expectation> parse(std::string_view text);

  /// Before the run: makes the ledger cut where this expectation's windows open and close, and the
  /// world keep metrics if it reads them.
  void prepare(world::World& world) const;
  /// True when it reads CloudWatch's metrics, which need every request.
  bool needs_metrics() const;
  Judgement judge(const Facts& facts) const;
  const std::string& text() const { return text_; }
  /// Names that it mentions: ("service", "web"), ("version", "web:2"), ("group", "web-asg") ...
  std::vector<std::pair<std::string, std::string>> references() const;

  struct Node;

 private:
  std::string text_;
  std::shared_ptr<const Node> root_;
};

}  // namespace steady::expectations
