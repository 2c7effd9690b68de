#include <algorithm>

#include "harness/expectations/measures/make.h"

namespace steady::expectations {
namespace {

Value longest_of(const simulation::Spans& spans) {
  SimDuration longest{0};
  for (const auto& span : spans) longest = std::max(longest, span.to - span.from);
  return Value::of(longest);
}

Value total_of(const simulation::Track& track, const Facts& facts, const Window& window,
               std::int64_t at_least = 1) {
  SimDuration sum{0};
  const auto positive =
      track.where([at_least](std::int64_t v) { return v >= at_least; }, facts.history.end());
  for (const auto& span : positive) {
    for (const auto& part : spans_of(facts, window)) {
      const SimTime from = std::max(span.from, part.from), to = std::min(span.to, part.to);
      if (from < to) sum += to - from;
    }
  }
  return Value::of(sum);
}

}  // namespace

std::unique_ptr<Measure> parse_targets(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  std::string name;
  if (tokens.accept("healthy targets")) {
    if (tokens.accept("of")) name = tokens.accept_name().value_or("");
  } else if (tokens.accept("targets")) {
    if (!tokens.is_word("healthy")) name = tokens.accept_name().value_or("");
    if (!tokens.accept("healthy")) {
      tokens.back_to(mark);
      return nullptr;
    }
  } else {
    return nullptr;
  }
  const Aggregate aggregate = accept_aggregate(tokens);
  return make_measure([name, aggregate](const Facts& facts, const Window& window) {
    return value_of(facts.history.healthy_targets(name), aggregate, facts, window);
  });
}

std::unique_ptr<Measure> parse_service(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (!tokens.accept("service")) return nullptr;
  const std::string name = tokens.accept_name().value_or("");
  const References references{{"service", name}};
  if (tokens.accept("desiredCount")) {
    const Aggregate aggregate = accept_aggregate(tokens);
    return make_measure(
        [name, aggregate](const Facts& facts, const Window& window) {
          return value_of(facts.history.service_desired(name), aggregate, facts, window);
        },
        references);
  }
  if (tokens.accept("taskDefinition")) {
    return make_measure(
        [name](const Facts& facts, const Window& window) {
          const SimTime at = window.kind == Window::Kind::kAt ? window.at : facts.history.end();
          return Value::of_text(facts.history.service_definition(name, at));
        },
        references);
  }
  if (tokens.accept("time to steady state")) {
    return make_measure(
        [name](const Facts& facts, const Window&) {
          const auto steady = facts.history.steady_since(name);
          if (!steady) return Value::none();
          const auto* deployment = facts.history.deployment(name);
          const SimTime from = deployment && !deployment->initial ? deployment->began : kStart;
          return Value::of(std::max(*steady - from, SimDuration{0}));
        },
        references);
  }
  tokens.back_to(mark);
  return nullptr;
}

std::unique_ptr<Measure> parse_deployment(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (!tokens.accept("deployment")) return nullptr;
  const std::string name = tokens.accept_name().value_or("");
  const References references{{"deployment", name}};
  if (tokens.accept("duration")) {
    return make_measure(
        [name](const Facts& facts, const Window&) {
          const auto* run = facts.history.deployment(name);
          if (run == nullptr || run->initial || run->ended == kNever) return Value::none();
          return Value::of(run->ended - run->began);
        },
        references);
  }
  if (tokens.accept("failedTasks")) {
    const Aggregate aggregate = accept_aggregate(tokens);
    return make_measure(
        [name, aggregate](const Facts& facts, const Window& window) {
          const auto* run = facts.history.deployment(name);
          return run == nullptr ? Value::none()
                                : value_of(run->failed_tasks, aggregate, facts, window);
        },
        references);
  }
  tokens.back_to(mark);
  return nullptr;
}

std::unique_ptr<Measure> parse_asg(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (!tokens.accept("asg")) return nullptr;
  const std::string name = tokens.accept_name().value_or("");
  const bool desired = tokens.is_word("desired");
  if (!desired && !tokens.is_word("instances")) {
    tokens.back_to(mark);
    return nullptr;
  }
  tokens.next();
  const Aggregate aggregate = accept_aggregate(tokens);
  return make_measure(
      [name, desired, aggregate](const Facts& facts, const Window& window) {
        const auto& track =
            desired ? facts.history.group_desired(name) : facts.history.group_instances(name);
        return value_of(track, aggregate, facts, window);
      },
      {{"group", name}});
}

std::unique_ptr<Measure> parse_instance_hours(Tokens& tokens) {
  if (!tokens.accept("instance hours")) return nullptr;
  return make_measure([](const Facts& facts, const Window& window) {
    constexpr double kHour = 3.6e12;
    const auto spans = spans_of(facts, window);
    return Value::of(static_cast<double>(
                         facts.history.instances_running().integral(spans, facts.history.end())) /
                     kHour);
  });
}

std::unique_ptr<Measure> parse_cluster(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  if (!tokens.accept("cluster")) return nullptr;
  std::string name;
  if (!(tokens.is_word("cpu") || tokens.is_word("memory")) || !tokens.is_word("reserved", 1)) {
    name = tokens.accept_name().value_or("");
  }
  const bool cpu = tokens.is_word("cpu");
  if (!cpu && !tokens.is_word("memory")) {
    tokens.back_to(mark);
    return nullptr;
  }
  tokens.next();
  if (!tokens.accept("reserved")) {
    tokens.back_to(mark);
    return nullptr;
  }
  const Aggregate aggregate = accept_aggregate(tokens);
  return make_measure([name, cpu, aggregate](const Facts& facts, const Window& window) {
    const auto& track = cpu ? facts.history.cpu_reserved_per_mille(name)
                            : facts.history.memory_reserved_per_mille(name);
    Value value = value_of(track, aggregate, facts, window);
    value.number /= 1000;
    return value;
  });
}

std::unique_ptr<Measure> parse_stall(Tokens& tokens) {
  if (!tokens.accept("placement stall")) return nullptr;
  std::string service, missing;
  auto is_resource = [](const std::string& word) {
    static const std::vector<std::string> kWords = {"CPU",        "MEMORY",    "PORTS", "ENI",
                                                    "GPU",        "ATTRIBUTE", "AGENT", "INSTANCES",
                                                    "CONSTRAINT", "LOCATION"};
    return std::ranges::find(kWords, word) != kWords.end();
  };
  if (tokens.accept("of")) service = tokens.accept_name().value_or("");
  if (tokens.peek().kind == Token::Kind::kWord && is_resource(tokens.peek().text))
    missing = tokens.next().text;
  const bool longest = tokens.accept("longest");
  return make_measure(
      [service, missing, longest](const Facts& facts, const Window& window) {
        const auto& history = facts.history;
        if (service.empty() && !missing.empty()) {
          Value best = Value::of(SimDuration{0});
          for (const auto& name : history.services()) {
            const auto& track = history.stalled(name, missing);
            const Value one =
                longest ? longest_of(track.where([](auto v) { return v > 0; }, history.end()))
                        : total_of(track, facts, window);
            best.ns = longest ? std::max(best.ns, one.ns) : best.ns + one.ns;
          }
          return best;
        }
        const auto& track = history.stalled(service, missing);
        return longest ? longest_of(track.where([](auto v) { return v > 0; }, history.end()))
                       : total_of(track, facts, window);
      },
      service.empty() ? References{} : References{{"service", service}});
}

std::unique_ptr<Measure> parse_mixed_version_time(Tokens& tokens) {
  if (!tokens.accept("mixed-version time")) return nullptr;
  return make_measure([](const Facts& facts, const Window& window) {
    return total_of(facts.history.versions_serving(), facts, window, 2);
  });
}

std::unique_ptr<Measure> parse_no_way_back(Tokens& tokens) {
  if (!tokens.accept("time without a way back")) return nullptr;
  return make_measure([](const Facts& facts, const Window& window) {
    return total_of(facts.history.no_way_back(), facts, window);
  });
}

}  // namespace steady::expectations
