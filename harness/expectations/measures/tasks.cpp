#include <algorithm>

#include "harness/expectations/measures/make.h"

namespace steady::expectations {
namespace {

bool inside(const simulation::Spans& spans, SimTime at) {
  return std::ranges::any_of(spans,
                             [at](const simulation::Span& s) { return at >= s.from && at < s.to; });
}

/// AWS's words in capitals, and the API's two counts in small letters.
bool is_status(const std::string& word) {
  static const std::vector<std::string> kWords = {"running",      "pending",    "PROVISIONING",
                                                  "PENDING",      "ACTIVATING", "RUNNING",
                                                  "DEACTIVATING", "STOPPING",   "DEPROVISIONING"};
  return std::ranges::find(kWords, word) != kWords.end();
}

bool of(const simulation::TaskRun& task, const std::string& name) {
  return name.empty() || task.service == name || task.definition == name;
}

References task_reference(const std::string& name) {
  if (name.empty()) return {};
  return {{name.find(':') == std::string::npos ? "service" : "version", name}};
}

std::string upper(std::string word) {
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word;
}

}  // namespace

std::unique_ptr<Measure> parse_tasks(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (!tokens.accept("tasks")) return nullptr;
  if (tokens.accept("killed with exit code")) {
    const int code = static_cast<int>(tokens.next().value.number);
    return make_measure([code](const Facts& facts, const Window& window) {
      const auto spans = spans_of(facts, window);
      return Value::of(
          static_cast<double>(std::ranges::count_if(facts.history.tasks, [&](const auto& task) {
            return task.exit_code == code && task.stopped != kNever && inside(spans, task.stopped);
          })));
    });
  }
  std::string name;
  auto is_verb = [&](const std::string& word) {
    return is_status(word) || word == "started" || word == "stopped";
  };
  if (tokens.peek().kind == Token::Kind::kString ||
      (tokens.peek().kind == Token::Kind::kWord && !is_verb(tokens.peek().text))) {
    name = tokens.next().text;
  }
  if (tokens.peek().kind != Token::Kind::kWord || !is_verb(tokens.peek().text)) {
    tokens.back_to(mark);
    return nullptr;
  }
  const std::string verb = tokens.next().text;
  if (verb == "started" || verb == "stopped") {
    return make_measure(
        [name, verb](const Facts& facts, const Window& window) {
          const auto spans = spans_of(facts, window);
          return Value::of(
              static_cast<double>(std::ranges::count_if(facts.history.tasks, [&](const auto& task) {
                // What stands at time 0 was not started by this run.
                const SimTime at = verb == "started" ? task.created : task.stopped;
                return of(task, name) && at != kNever && at > kStart && inside(spans, at);
              })));
        },
        task_reference(name));
  }
  if (tokens.accept("longest")) {
    return make_measure(
        [name](const Facts& facts, const Window& window) {
          const auto spans = spans_of(facts, window);
          SimDuration longest{0};
          for (const auto& task : facts.history.tasks) {
            if (!of(task, name) || !inside(spans, task.created)) continue;
            const SimTime until = std::min({task.running, task.stopped, facts.history.end()});
            longest = std::max(longest, until - task.pending_since);
          }
          return Value::of(longest);
        },
        task_reference(name));
  }
  const Aggregate aggregate = accept_aggregate(tokens);
  return make_measure(
      [name, status = upper(verb), aggregate](const Facts& facts, const Window& window) {
        return value_of(facts.history.tasks_in(status, name), aggregate, facts, window);
      },
      task_reference(name));
}

std::unique_ptr<Measure> parse_first_kill(Tokens& tokens) {
  if (!tokens.accept("first kill with exit code")) return nullptr;
  const int code = static_cast<int>(tokens.next().value.number);
  tokens.accept("at");
  return make_measure([code](const Facts& facts, const Window&) {
    SimTime first = kNever;
    for (const auto& task : facts.history.tasks) {
      if (task.exit_code == code) first = std::min(first, task.stopped);
    }
    return first == kNever ? Value::none() : Value::of(first - kStart);
  });
}

std::unique_ptr<Measure> parse_longest_gap(Tokens& tokens) {
  if (!tokens.accept("longest gap between starts")) return nullptr;
  return make_measure([](const Facts& facts, const Window& window) {
    const auto spans = spans_of(facts, window);
    SimDuration longest{0};
    SimTime last = kNever;
    for (const auto& task : facts.history.tasks) {
      if (task.created == kStart || !inside(spans, task.created)) continue;
      if (last != kNever) longest = std::max(longest, task.created - last);
      last = task.created;
    }
    return Value::of(longest);
  });
}

std::unique_ptr<Measure> parse_time_until(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (!tokens.accept("time until tasks")) return nullptr;
  std::string name;
  if (!tokens.is_word("running") && !tokens.is_word("pending"))
    name = tokens.accept_name().value_or("");
  const bool known = tokens.is_word("running") || tokens.is_word("pending");
  const std::string status = upper(tokens.next().text);
  if (!known || !tokens.accept_symbol("==") || tokens.peek().kind != Token::Kind::kNumber) {
    tokens.back_to(mark);
    return nullptr;
  }
  const auto wanted = static_cast<std::int64_t>(tokens.next().value.number);
  return make_measure(
      [name, status, wanted](const Facts& facts, const Window&) {
        const auto at = facts.history.tasks_in(status, name).first(wanted);
        return at ? Value::of(*at - kStart) : Value::none();
      },
      task_reference(name));
}

}  // namespace steady::expectations
