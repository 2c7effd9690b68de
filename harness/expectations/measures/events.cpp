#include <algorithm>

#include "harness/expectations/measures/make.h"

namespace steady::expectations {
namespace {

std::size_t count_in(const std::vector<SimTime>& moments, const simulation::Spans& spans) {
  return static_cast<std::size_t>(std::ranges::count_if(moments, [&](SimTime at) {
    return std::ranges::any_of(spans, [at](const auto& s) { return at >= s.from && at < s.to; });
  }));
}

}  // namespace

std::unique_ptr<Measure> parse_event(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  const bool first = tokens.accept("first event");
  const bool last = !first && tokens.accept("last event");
  if (!first && !last && !tokens.accept("event")) return nullptr;
  const auto text = tokens.accept_string();
  const bool count = !first && !last;
  if (!text || !tokens.accept(count ? "count" : "at")) {
    tokens.back_to(mark);
    return nullptr;
  }
  return make_measure([text = *text, first, count](const Facts& facts, const Window& window) {
    const auto moments = facts.history.events_with(text);
    if (count) return Value::of(static_cast<double>(count_in(moments, spans_of(facts, window))));
    if (moments.empty()) return Value::none();
    return Value::of((first ? moments.front() : moments.back()) - kStart);
  });
}

std::unique_ptr<Measure> parse_calls(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (!tokens.accept("calls")) return nullptr;
  const auto action = tokens.accept_name();
  if (!action) {
    tokens.back_to(mark);
    return nullptr;
  }
  const bool failed = tokens.accept("failed");
  std::string with;
  if (failed && tokens.accept("with")) with = tokens.accept_string().value_or("");
  return make_measure(
      [action = *action, failed, with](const Facts& facts, const Window& window) {
        std::vector<SimTime> moments;
        for (const auto& call : facts.history.calls) {
          if (call.action != action || (failed && call.outcome == "ok")) continue;
          if (!with.empty() && call.outcome.find(with) == std::string::npos &&
              call.message.find(with) == std::string::npos)
            continue;
          moments.push_back(call.at);
        }
        return Value::of(static_cast<double>(count_in(moments, spans_of(facts, window))));
      },
      {{"action", *action}});
}

}  // namespace steady::expectations
