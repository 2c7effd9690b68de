#include "harness/expectations/statements.h"

#include <algorithm>
#include <functional>

namespace steady::expectations {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;
using Judge = std::function<std::pair<bool, std::string>(const Facts&)>;

class FunctionStatement final : public Statement {
 public:
  FunctionStatement(Judge judge, Names names)
      : judge_(std::move(judge)), names_(std::move(names)) {}
  std::pair<bool, std::string> judge(const Facts& facts) const override { return judge_(facts); }
  Names references() const override { return names_; }

 private:
  Judge judge_;
  Names names_;
};

using Parsed = Result<std::unique_ptr<Statement>>;

Parsed made(Judge judge, Names names = {}) {
  return std::unique_ptr<Statement>(
      std::make_unique<FunctionStatement>(std::move(judge), std::move(names)));
}
Parsed none() { return std::unique_ptr<Statement>(); }
Parsed wrong(std::string message) { return Error{"E1301", std::move(message), {}}; }

Parsed parse_service_steady(Tokens& tokens) {
  if (!tokens.accept("service")) return none();
  const auto name = tokens.accept_name();
  if (!name || !tokens.accept("reaches steady state")) return none();
  if (!tokens.accept("within"))
    return wrong("'reaches steady state' is followed by 'within' and a duration");
  const auto within = tokens.accept_duration();
  if (!within) return wrong("after 'within' comes a duration such as 10m");
  return made(
      [name = *name, within = *within](const Facts& facts) -> std::pair<bool, std::string> {
        const auto steady = facts.history.steady_since(name);
        if (!steady)
          return {false, "no steady state by " + format_duration(facts.history.end() - kStart)};
        SimTime from = kStart;
        for (const auto& run : facts.history.deployments) {
          if (run.service == name && !run.initial) {
            from = run.began;
            break;
          }
        }
        const SimDuration took = std::max(*steady - from, SimDuration{0});
        return {took <= within, "after " + format_duration(took)};
      },
      {{"service", *name}});
}

std::string state_at(const simulation::DeploymentRun& run, SimTime at) {
  std::string state;
  for (const auto& [moment, value] : run.states) {
    if (moment <= at) state = value;
  }
  return state;
}

Parsed parse_deployment_state(Tokens& tokens) {
  static const std::vector<std::string> kStates = {"IN_PROGRESS", "COMPLETED", "FAILED",
                                                   "REPLACED"};
  if (!tokens.accept("deployment")) return none();
  const auto name = tokens.accept_name();
  if (!name) return none();
  const bool is = tokens.accept("is");
  if (tokens.peek().kind != Token::Kind::kWord ||
      std::ranges::find(kStates, tokens.peek().text) == kStates.end()) {
    if (is) return wrong("a deployment is IN_PROGRESS, COMPLETED, FAILED or REPLACED");
    return none();
  }
  const std::string state = tokens.next().text;
  const bool at = tokens.accept("at");
  if (!at && !tokens.accept("within"))
    return wrong("'deployment " + *name + " " + state +
                 "' is followed by 'within' or 'at' and a time");
  const auto time = tokens.accept_duration();
  if (!time) return wrong("a time such as 10m is missing at the end");
  return made(
      [name = *name, state, at, time = *time](const Facts& facts) -> std::pair<bool, std::string> {
        const auto* run = facts.history.deployment(name);
        if (run == nullptr) return {false, "no such deployment"};
        if (at) {
          if (kStart + time > facts.history.end())
            return {false, "the run ended at " + format_duration(facts.history.end() - kStart)};
          const std::string seen = state_at(*run, kStart + time);
          return {seen == state, seen.empty() ? "not begun" : seen};
        }
        for (const auto& [moment, value] : run->states) {
          if (value == state)
            return {moment - run->began <= time, "after " + format_duration(moment - run->began)};
        }
        return {false, run->state};
      },
      {{"deployment", *name}});
}

Parsed parse_schema(Tokens& tokens) {
  if (!tokens.accept("schema")) return none();
  const bool has = tokens.accept("has");
  if (!has && !tokens.accept("lacks"))
    return wrong("'schema' is followed by 'has' or 'lacks' and a column");
  const auto column = tokens.accept_name();
  if (!column || !tokens.accept("at"))
    return wrong("'schema has COLUMN' is followed by 'at' and a time");
  const auto at = tokens.accept_duration();
  if (!at) return wrong("a time such as 10m is missing at the end");
  return made(
      [column = *column, has, at = *at](const Facts& facts) -> std::pair<bool, std::string> {
        const bool there = facts.history.column(column).at(kStart + at) > 0;
        return {there == has, there ? "it has " + column : "it has no " + column};
      });
}

Parsed parse_deploy(Tokens& tokens) {
  if (!tokens.accept("deploy")) return none();
  const auto engine = tokens.accept_name();
  if (!engine || !tokens.accept("is")) return none();
  const bool good = tokens.accept("good");
  if (!good && !tokens.accept("bad")) return wrong("a deploy is good or bad");
  return made(
      [engine = *engine, good](const Facts& facts) -> std::pair<bool, std::string> {
        for (auto step = facts.history.steps.rbegin(); step != facts.history.steps.rend(); ++step) {
          if (step->engine == engine && step->step == "end") {
            return {(step->verdict == "good") == good, step->verdict + ": " + step->detail};
          }
        }
        return {false, "it never ended"};
      },
      {{"engine", *engine}});
}

Parsed parse_page(Tokens& tokens) {
  if (!tokens.accept("page")) return none();
  const auto balancer = tokens.accept_name();
  if (!balancer || !tokens.accept("shows")) return none();
  const auto text = tokens.accept_string();
  if (!text || !tokens.accept("at"))
    return wrong("'page NAME shows' is followed by a text in quotes, 'at' and a time");
  const auto at = tokens.accept_duration();
  if (!at) return wrong("a time such as 10m is missing at the end");
  return made(
      [balancer = *balancer, text = *text,
       at = *at](const Facts& facts) -> std::pair<bool, std::string> {
        std::string seen = "nobody looked by then";
        for (const auto& page : facts.history.pages) {
          if (page.load_balancer == balancer && page.at <= kStart + at) {
            seen = std::to_string(page.status) + " " + page.body;
          }
        }
        return {seen.find(text) != std::string::npos, seen};
      },
      {{"loadBalancer", *balancer}});
}

Parsed parse_tasks_stopped(Tokens& tokens) {
  if (!tokens.accept("tasks stopped with")) return none();
  const auto text = tokens.accept_string();
  if (!text || !tokens.accept("all between"))
    return wrong("\"tasks stopped with 'TEXT'\" is followed by 'all between T and T'");
  const auto low = tokens.accept_duration();
  const bool both = tokens.accept("and");
  const auto high = tokens.accept_duration();
  if (!low || !both || !high) return wrong("'all between' is followed by 'T and T'");
  return made(
      [text = *text, low = *low, high = *high](const Facts& facts) -> std::pair<bool, std::string> {
        std::size_t all = 0, inside = 0;
        for (const auto& task : facts.history.tasks) {
          if (task.stopped == kNever || task.reason.find(text) == std::string::npos) continue;
          ++all;
          const SimDuration age = task.stopped - task.created;
          if (age >= low && age <= high) ++inside;
        }
        return {all > 0 && all == inside, std::to_string(inside) + " of " + std::to_string(all)};
      });
}

Parsed parse_first_failed_call(Tokens& tokens) {
  if (!tokens.accept("first failed call")) return none();
  const auto action = tokens.accept_name();
  if (!action || !tokens.accept("is number") || tokens.peek().kind != Token::Kind::kNumber) {
    return wrong("'first failed call ACTION' is followed by 'is number N with' and a text");
  }
  const auto number = static_cast<std::size_t>(tokens.next().value.number);
  std::string text;
  if (tokens.accept("with")) text = tokens.accept_string().value_or("");
  return made(
      [action = *action, number, text](const Facts& facts) -> std::pair<bool, std::string> {
        std::size_t n = 0;
        for (const auto& call : facts.history.calls) {
          if (call.action != action) continue;
          ++n;
          if (call.outcome == "ok") continue;
          const bool said = (call.outcome + " " + call.message).find(text) != std::string::npos;
          return {n == number && said,
                  "number " + std::to_string(n) + ": " + call.outcome + " " + call.message};
        }
        return {false, "none of " + std::to_string(n) + " failed"};
      },
      {{"action", *action}});
}

}  // namespace

const std::vector<StatementEntry>& statements() {
  static const std::vector<StatementEntry> kStatements = {
      {"service NAME reaches steady state within T",
       "Counted from the service's first deployment in the run to the steady state after its last"},
      {"deployment NAME is STATE at T",
       "STATE is IN_PROGRESS, COMPLETED, FAILED or REPLACED (by a newer one)"},
      {"deployment NAME STATE within T", "Counted from the call that made the deployment"},
      {"schema has|lacks COLUMN at T", "Whether the database has the column then"},
      {"deploy ENGINE is good|bad", "The engine's own verdict of its last deploy"},
      {"page LOAD_BALANCER shows 'TEXT' at T",
       "The page that was loaded last by then contains the text"},
      {"tasks stopped with 'TEXT' all between T and T",
       "Ages of the tasks that stopped with this reason"},
      {"first failed call ACTION is number N [with 'TEXT']",
       "Which call of an action was refused first"},
  };
  return kStatements;
}

Parsed parse_statement(Tokens& tokens) {
  for (const auto parser :
       {parse_service_steady, parse_deployment_state, parse_schema, parse_deploy, parse_page,
        parse_tasks_stopped, parse_first_failed_call}) {
    const std::size_t mark = tokens.mark();
    auto statement = parser(tokens);
    if (!statement || *statement) return statement;
    tokens.back_to(mark);
  }
  return none();
}

}  // namespace steady::expectations
