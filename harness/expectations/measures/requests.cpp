#include <algorithm>
#include <optional>

#include "harness/expectations/measures/make.h"

namespace steady::expectations {
namespace {

using dataplane::Outcome;
using dataplane::Sums;

Sums sums(const Facts& facts, const Window& window, const std::string& version) {
  Sums all;
  const auto& versions = facts.ledger.versions();
  const auto found = std::ranges::find(versions, version);
  if (!version.empty() && found == versions.end()) return all;
  const auto id = static_cast<dataplane::VersionId>(found - versions.begin());
  auto spans =
      window.kind == Window::Kind::kWhole ? simulation::Spans{{kStart, kNever}} : window.spans;
  if (window.kind == Window::Kind::kAt) spans = {{kStart, window.at}};
  for (const auto& span : spans) {
    all.merge(version.empty() ? facts.ledger.sum(span.from, span.to)
                              : facts.ledger.sum(span.from, span.to, id));
  }
  return all;
}

/// Requests that ended one way ("dropped" and "total" too), of a version, for a cause.
std::optional<std::uint64_t> count(const Facts& facts, const Sums& sums, const std::string& what,
                                   const std::optional<std::string>& cause) {
  if (cause) {
    std::uint64_t n = 0;
    for (const auto& [id, of_cause] : sums.by_cause) {
      const auto& entry = facts.ledger.cause(id);
      if (entry.text.find(*cause) == std::string::npos) continue;
      if (what == "dropped" || what == "total" || what == dataplane::name(entry.outcome))
        n += of_cause;
    }
    return n;
  }
  if (what == "total") return sums.total();
  if (what == "dropped") return sums.dropped();
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i) {
    if (what == dataplane::name(static_cast<Outcome>(i))) return sums.by_outcome[i];
  }
  return std::nullopt;
}

bool is_outcome(std::string_view what) {
  if (what == "total" || what == "dropped") return true;
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i) {
    if (what == dataplane::name(static_cast<Outcome>(i))) return true;
  }
  return false;
}

References version_reference(const std::string& version) {
  return version.empty() ? References{} : References{{"version", version}};
}

}  // namespace

std::unique_ptr<Measure> parse_requests(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  std::string what;
  if (tokens.accept("requests")) {
    what = "total";
    if (!tokens.is_word("to")) {
      tokens.back_to(mark);
      return nullptr;
    }
  } else if (tokens.peek().kind == Token::Kind::kWord &&
             tokens.peek().text.starts_with("requests.") &&
             is_outcome(std::string_view(tokens.peek().text).substr(9))) {
    what = tokens.next().text.substr(9);
  } else {
    return nullptr;
  }
  std::string version;
  std::optional<std::string> cause;
  if (tokens.accept("to")) {
    if (auto name = tokens.accept_name()) {
      version = *name;
    } else {
      tokens.back_to(mark);
      return nullptr;
    }
  }
  if (tokens.accept("cause")) {
    cause = tokens.accept_string();
    if (!cause) {
      tokens.back_to(mark);
      return nullptr;
    }
  }
  return make_measure(
      [what, version, cause](const Facts& facts, const Window& window) {
        const auto n = count(facts, sums(facts, window, version), what, cause);
        return Value::of(static_cast<double>(n.value_or(0)));
      },
      version_reference(version), true);
}

std::unique_ptr<Measure> parse_attempts(Tokens& tokens) {
  if (!tokens.accept("attempts")) return nullptr;
  if (tokens.accept("hedged")) {
    return make_measure(
        [](const Facts& facts, const Window& window) {
          return Value::of(static_cast<double>(sums(facts, window, "").hedges));
        },
        {}, true);
  }
  if (tokens.accept("redirected")) {
    return make_measure(
        [](const Facts& facts, const Window& window) {
          return Value::of(static_cast<double>(sums(facts, window, "").redirected));
        },
        {}, true);
  }
  const bool retried = tokens.accept("retried");
  std::optional<std::string> cause;
  if (const std::size_t mark = tokens.mark(); retried && tokens.accept("cause")) {
    cause = tokens.accept_string();
    if (!cause) tokens.back_to(mark);
  }
  return make_measure(
      [retried, cause](const Facts& facts, const Window& window) {
        const auto all = sums(facts, window, "");
        if (!retried) return Value::of(static_cast<double>(all.attempts()));
        std::uint64_t n = 0;
        for (const auto& [id, of_cause] : all.retried_by_cause) {
          if (!cause || facts.ledger.cause(id).text.find(*cause) != std::string::npos)
            n += of_cause;
        }
        return Value::of(static_cast<double>(n));
      },
      {}, true);
}

std::unique_ptr<Measure> parse_assets(Tokens& tokens) {
  if (!tokens.accept("assets missing")) return nullptr;
  return make_measure(
      [](const Facts& facts, const Window& window) {
        return Value::of(static_cast<double>(sums(facts, window, "").missing_assets));
      },
      {}, true);
}

std::unique_ptr<Measure> parse_availability(Tokens& tokens) {
  if (!tokens.accept("availability")) return nullptr;
  return make_measure(
      [](const Facts& facts, const Window& window) {
        const auto all = sums(facts, window, "");
        if (all.total() == 0) return Value::none();
        return Value::of(static_cast<double>(all.total() - all.dropped()) /
                         static_cast<double>(all.total()));
      },
      {}, true);
}

std::unique_ptr<Measure> parse_latency(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (tokens.peek().kind != Token::Kind::kWord || !tokens.peek().text.starts_with("latency."))
    return nullptr;
  const std::string what = tokens.next().text.substr(8);
  static const std::vector<std::pair<std::string, std::uint32_t>> kQuantiles = {
      {"p50", 500'000}, {"p75", 750'000},  {"p90", 900'000},  {"p95", 950'000},
      {"p99", 990'000}, {"p999", 999'000}, {"p99.9", 999'000}};
  const auto quantile =
      std::ranges::find(kQuantiles, what, &std::pair<std::string, std::uint32_t>::first);
  if (quantile == kQuantiles.end() && what != "mean" && what != "max" && what != "min") {
    tokens.back_to(mark);
    return nullptr;
  }
  const bool as_sent = tokens.accept("as sent");
  std::string version;
  if (tokens.accept("to")) version = tokens.accept_name().value_or("");
  const std::uint32_t per_million = quantile == kQuantiles.end() ? 0 : quantile->second;
  return make_measure(
      [what, per_million, as_sent, version](const Facts& facts, const Window& window) {
        const auto all = sums(facts, window, version);
        const Histogram& latency = as_sent ? all.as_sent : all.latency;
        if (latency.count() == 0) return Value::none();
        if (what == "mean") return Value::of(latency.mean());
        if (what == "max") return Value::of(latency.max());
        if (what == "min") return Value::of(latency.min());
        return Value::of(latency.quantile(per_million));
      },
      version_reference(version), true);
}

}  // namespace steady::expectations
