#include "harness/expectations/measures/make.h"

#include <algorithm>

namespace steady::expectations {

Aggregate accept_aggregate(Tokens& tokens) {
  if (tokens.accept("max")) return Aggregate::kMax;
  if (tokens.accept("min")) return Aggregate::kMin;
  return Aggregate::kLast;
}

simulation::Spans spans_of(const Facts& facts, const Window& window) {
  if (window.kind == Window::Kind::kAt) return {{window.at, window.at + SimDuration{1}}};
  if (window.kind == Window::Kind::kWhole) return {{kStart, facts.history.end() + SimDuration{1}}};
  return window.spans;
}

Value value_of(const simulation::Track& track, Aggregate aggregate, const Facts& facts,
               const Window& window) {
  const auto spans = spans_of(facts, window);
  if (spans.empty()) return Value::none();
  switch (aggregate) {
    case Aggregate::kMax:
      return Value::of(static_cast<double>(track.max(spans)));
    case Aggregate::kMin:
      return Value::of(static_cast<double>(track.min(spans)));
    case Aggregate::kLast:
      break;
  }
  const SimTime last = window.kind == Window::Kind::kAt
                           ? window.at
                           : std::min(spans.back().to - SimDuration{1}, facts.history.end());
  return Value::of(static_cast<double>(track.at(last)));
}

}  // namespace steady::expectations
