#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/expectations/measure.h"

namespace steady::expectations {

using References = std::vector<std::pair<std::string, std::string>>;

/// A measure out of a function: what most files below measures/ need.
class FunctionMeasure final : public Measure {
 public:
  using Function = std::function<Value(const Facts&, const Window&)>;
  FunctionMeasure(Function function, References references, bool ledger)
      : function_(std::move(function)), references_(std::move(references)), ledger_(ledger) {}
  Value over(const Facts& facts, const Window& window) const override {
    return function_(facts, window);
  }
  bool reads_ledger() const override { return ledger_; }
  References references() const override { return references_; }

 private:
  Function function_;
  References references_;
  bool ledger_;
};

inline std::unique_ptr<Measure> make_measure(FunctionMeasure::Function function,
                                             References references = {}, bool ledger = false) {
  return std::make_unique<FunctionMeasure>(std::move(function), std::move(references), ledger);
}

/// How a track becomes one number: at the window's moment, its extremes, or its value at the end.
enum class Aggregate { kLast, kMax, kMin };
/// Reads "max" or "min" if it is there.
Aggregate accept_aggregate(Tokens& tokens);
Value value_of(const simulation::Track& track, Aggregate aggregate, const Facts& facts,
               const Window& window);
/// The window as stretches, the whole run being [0, end).
simulation::Spans spans_of(const Facts& facts, const Window& window);

}  // namespace steady::expectations
