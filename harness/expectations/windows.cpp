#include "harness/expectations/windows.h"

#include <algorithm>

#include "sim/core/journal_kinds.h"
#include "sim/world/world.h"

namespace steady::expectations {
namespace {

Error fault(std::string message) { return Error{"E1304", std::move(message), {}}; }

void cut(world::World& world) {
  auto& ledger = world.data_plane().ledger();
  if (ledger.span(ledger.current()).first != world.now()) ledger.cut(world.now());
}

void cut_at(world::World& world, SimTime at) {
  if (at > world.now()) world.loop().at(at, "window of an expectation", [&world] { cut(world); });
}

bool meets(std::int64_t value, const std::string& symbol, std::int64_t bound) {
  if (symbol == "==") return value == bound;
  if (symbol == "!=") return value != bound;
  if (symbol == "<") return value < bound;
  if (symbol == "<=") return value <= bound;
  if (symbol == ">") return value > bound;
  return value >= bound;
}

}  // namespace

Result<WindowSpec> parse_window(Tokens& tokens) {
  WindowSpec spec;
  if (tokens.accept("at")) {
    const auto at = tokens.accept_duration();
    if (!at) return fault("after 'at' comes a moment such as 10m");
    spec.kind_ = WindowSpec::Kind::kAt;
    spec.from_ = *at;
    return spec;
  }
  if (tokens.accept("during deployment")) {
    spec.kind_ = WindowSpec::Kind::kDeployment;
    return spec;
  }
  if (tokens.accept("during")) {
    if (tokens.accept_symbol("[")) {
      const auto from = tokens.accept_duration();
      const bool comma = tokens.accept_symbol(",");
      const auto to = tokens.accept_duration();
      if (!from || !comma || !to || !tokens.accept_symbol("]"))
        return fault("a window is written [45m, 1h]");
      if (*from >= *to)
        return fault("the window [" + format_duration(*from) + ", " + format_duration(*to) +
                     "] is empty");
      spec.kind_ = WindowSpec::Kind::kFixed;
      spec.from_ = *from;
      spec.to_ = *to;
      return spec;
    }
    const auto length = tokens.accept_duration();
    if (!length || !tokens.accept("after"))
      return fault("after 'during' comes [T, T], 'deployment' or 'T after ...'");
    spec.kind_ = WindowSpec::Kind::kAfter;
    spec.to_ = *length;
    if (tokens.accept("event")) {
      spec.event_ = tokens.accept_string().value_or("");
      if (spec.event_.empty()) return fault("after 'event' comes a text in quotes");
      return spec;
    }
    spec.version_ = tokens.accept_name().value_or("");
    if (spec.version_.empty() || !tokens.accept("healthy"))
      return fault("a moment is 'web:2 healthy' or \"event 'TEXT'\"");
    return spec;
  }
  if (tokens.accept("while")) {
    if (!tokens.accept("healthy targets"))
      return fault("'while' is followed by 'healthy targets [of NAME] == N'");
    if (tokens.accept("of")) spec.of_ = tokens.accept_name().value_or("");
    spec.kind_ = WindowSpec::Kind::kWhile;
    for (const char* symbol : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (spec.symbol_.empty() && tokens.accept_symbol(symbol)) spec.symbol_ = symbol;
    }
    if (spec.symbol_.empty() || tokens.peek().kind != Token::Kind::kNumber)
      return fault("'while healthy targets' is compared with a number");
    spec.bound_ = static_cast<std::int64_t>(tokens.next().value.number);
  }
  return spec;
}

void WindowSpec::cut_ledger(world::World& world) const {
  switch (kind_) {
    case Kind::kWhole:
      return;
    case Kind::kAt:
      return cut_at(world, kStart + from_);
    case Kind::kFixed:
      cut_at(world, kStart + from_);
      return cut_at(world, kStart + to_);
    case Kind::kDeployment:
      world.journal().observe([&world](const JournalEntry& entry) {
        if (entry.kind == journal::kDeployment || entry.kind == journal::kDeploy ||
            (entry.kind == journal::kServiceEvent &&
             entry["message"].find("steady state") != std::string_view::npos)) {
          cut(world);
        }
      });
      return;
    case Kind::kAfter:
      world.journal().observe([&world, version = version_, event = event_, length = to_,
                               done = std::make_shared<bool>(false)](const JournalEntry& entry) {
        if (*done) return;
        const bool healthy = !version.empty() && entry.kind == journal::kTarget &&
                             entry["version"] == version &&
                             (entry["state"] == "healthy" || entry["state"] == "InService");
        const bool said = !event.empty() && entry.kind == journal::kServiceEvent &&
                          entry["message"].find(event) != std::string_view::npos;
        if (!healthy && !said) return;
        *done = true;
        cut(world);
        cut_at(world, world.now() + length);
      });
      return;
    case Kind::kWhile:
      world.journal().observe([&world](const JournalEntry& entry) {
        if (entry.kind == journal::kTarget) cut(world);
      });
      return;
  }
}

std::optional<Window> WindowSpec::resolve(const Facts& facts) const {
  Window window;
  const auto& history = facts.history;
  if (kind_ == Kind::kWhole) return window;
  if (kind_ == Kind::kAt) {
    window.kind = Window::Kind::kAt;
    window.at = kStart + from_;
    if (window.at > history.end()) return std::nullopt;
    return window;
  }
  window.kind = Window::Kind::kSpans;
  window.spans.clear();
  // The ledger's last segment is open: a window that reaches the end of the run takes all of it.
  const SimTime end = history.end();
  auto add = [&](SimTime from, SimTime to) {
    if (from < to && from <= end) window.spans.push_back({from, to >= end ? kNever : to});
  };
  switch (kind_) {
    case Kind::kFixed:
      add(kStart + from_, kStart + to_);
      break;
    case Kind::kDeployment: {
      simulation::Spans all;
      for (const auto& run : history.deployments) {
        if (!run.initial) all.push_back({run.began, std::min(run.ended, end)});
      }
      std::ranges::sort(all, {}, &simulation::Span::from);
      simulation::Spans merged;
      for (const auto& span : all) {
        if (!merged.empty() && span.from <= merged.back().to) {
          merged.back().to = std::max(merged.back().to, span.to);
        } else {
          merged.push_back(span);
        }
      }
      for (const auto& span : merged) add(span.from, span.to);
      break;
    }
    case Kind::kAfter: {
      std::optional<SimTime> from;
      if (!event_.empty()) {
        const auto moments = history.events_with(event_);
        if (!moments.empty()) from = moments.front();
      } else {
        for (const auto& [at, value] : history.healthy_targets(version_).steps()) {
          if (value > 0 && !from) from = at;
        }
      }
      if (from) add(*from, *from + to_);
      break;
    }
    case Kind::kWhile:
      for (const auto& span : history.healthy_targets(of_).where(
               [this](std::int64_t value) { return meets(value, symbol_, bound_); }, end)) {
        add(span.from, span.to);
      }
      break;
    default:
      break;
  }
  if (window.spans.empty()) return std::nullopt;
  return window;
}

}  // namespace steady::expectations
