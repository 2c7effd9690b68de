#include <algorithm>

#include "harness/scenario/parts.h"
#include "sim/dataplane/ledger.h"

/// How the clients of a traffic source send again what failed (elb.md 8.5).
namespace steady::scenario {
namespace {

using traffic::RetryPolicy;

constexpr SimDuration kHour = std::chrono::hours{1};

void read_backoff(const Json& value, const std::string& pointer, json::Findings& findings,
                  RetryPolicy& out) {
  json::Reader reader(value, pointer, findings, "a backoff");
  if (reader.has("fixed") == reader.has("exponential"))
    findings.error("E1005", pointer, "a backoff is one of 'fixed' and 'exponential'");
  if (reader.has("fixed")) {
    out.exponential = false;
    reader.read_duration("fixed", out.base, SimDuration{0}, kHour);
  }
  if (const Json* steps = reader.get("exponential")) {
    json::Reader inner(*steps, reader.pointer("exponential"), findings, "exponential steps");
    inner.read_duration("base", out.base, 1ms, kHour);
    inner.read_duration("cap", out.cap, 1ms, kHour);
    std::string jitter;
    static const std::vector<std::string> kJitters{"none", "full", "equal", "decorrelated"};
    if (inner.read_choice("jitter", jitter, kJitters)) {
      out.jitter =
          static_cast<RetryPolicy::Jitter>(std::ranges::find(kJitters, jitter) - kJitters.begin());
    }
    if (out.cap < out.base)
      inner.error("E1004", "cap",
                  "the cap " + format_duration(out.cap) + " is below the base " +
                      format_duration(out.base));
    inner.finish();
  }
  reader.finish();
}

void read_budget(const Json& value, const std::string& pointer, json::Findings& findings,
                 RetryPolicy& out) {
  json::Reader reader(value, pointer, findings, "a retry budget");
  double ratio = 0;
  int burst = 10;
  reader.require("ratio", "retries for each first attempt, such as 0.1");
  reader.read("ratio", ratio, 0, 10);
  reader.read("burst", burst, 1, 1'000'000);
  reader.finish();
  out.budget_per_mille = static_cast<std::int64_t>(ratio * 1000 + 0.5);
  out.burst = burst;
}

void read_outcomes(const Json& value, const std::string& pointer, json::Findings& findings,
                   RetryPolicy& out) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < dataplane::kOutcomes; ++i)
    names.emplace_back(dataplane::name(static_cast<dataplane::Outcome>(i)));
  if (!value.is_array() || value.empty())
    return findings.error("E1003", pointer, "a list of outcomes is expected here",
                          "such as [\"reset\", \"timeout\"]");
  out.on.fill(false);
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string at = json::child_pointer(pointer, i);
    const std::string word = value[i].is_string() ? value[i].get<std::string>() : value[i].dump();
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) {
      const std::string nearest = json::nearest_name(word, names);
      findings.error("E1006", at, "'" + word + "' is no outcome that a client can send again",
                     nearest.empty() ? "one of refused, reset, no_target, timeout, overflow, "
                                       "client_gave_up, app_error"
                                     : "did you mean '" + nearest + "'?");
      continue;
    }
    out.on[static_cast<std::size_t>(found - names.begin()) + 1] = true;
  }
}

}  // namespace

void read_retries(json::Reader& source, RetryPolicy& out) {
  const Json* value = source.get("retries");
  if (value == nullptr) return;
  constexpr int kMost = 20;
  int number = 0;
  if (value->is_number_integer()) {
    if (source.read("retries", number, 0, kMost))
      out.attempts = static_cast<std::uint32_t>(number + 1);
    return;
  }
  json::Reader reader(*value, source.pointer("retries"), source.findings(), "retries");
  reader.require("attempts", "attempts in all, the first one too");
  if (reader.read("attempts", number, 1, kMost + 1))
    out.attempts = static_cast<std::uint32_t>(number);
  if (const Json* backoff = reader.get("backoff"))
    read_backoff(*backoff, reader.pointer("backoff"), reader.findings(), out);
  if (const Json* on = reader.get("on"))
    read_outcomes(*on, reader.pointer("on"), reader.findings(), out);
  if (const Json* budget = reader.get("budget"))
    read_budget(*budget, reader.pointer("budget"), reader.findings(), out);
  reader.read_duration("deadline", out.deadline, 1ms, std::chrono::hours{24});
  reader.finish();
}

}  // namespace steady::scenario
