#include "harness/expectations/expectation.h"

#include <algorithm>

#include "harness/expectations/statements.h"
#include "harness/expectations/windows.h"
#include "harness/simulation/cloud_watch.h"
#include "sim/core/nearest.h"
#include "sim/world/world.h"

namespace steady::expectations {

/// One side of a comparison: one operand, or the quotient of two.
struct Operand {
  Value constant;
  std::unique_ptr<Measure> measure;  ///< instead of the constant
};
struct Quotient {
  Operand above;
  std::optional<Operand> below;
};
enum class Comparison { kEqual, kNotEqual, kLess, kLessEqual, kMore, kMoreEqual, kIn };

struct Expectation::Node {
  std::unique_ptr<Statement> statement;  ///< instead of the comparison
  Quotient left, right, upper;           ///< upper: of "in [right, upper]"
  Comparison comparison = Comparison::kEqual;
  WindowSpec window;
};

namespace {

Error fault(std::string code, std::string message) {
  return Error{std::move(code), std::move(message), {}};
}

/// The first words of every measure, for the nearest name.
std::vector<std::string> beginnings() {
  std::vector<std::string> names{"service", "deployment", "schema", "deploy", "page"};
  for (const auto& entry : measures()) {
    names.emplace_back(entry.words.substr(0, entry.words.find_first_of(" [")));
  }
  for (const char* outcome : {"ok", "dropped", "total", "app_error", "refused", "reset",
                              "no_target", "timeout", "overflow", "client_gave_up"}) {
    names.push_back(std::string("requests.") + outcome);
  }
  for (const char* quantile : {"p50", "p90", "p95", "p99", "p999", "mean", "max"}) {
    names.push_back(std::string("latency.") + quantile);
  }
  return names;
}

/// "metric NAME": one that is not modelled says why, one that nobody has names the nearest.
std::optional<Error> unknown_metric(const std::string& name) {
  for (const auto& missing : simulation::missing_metrics()) {
    if (missing.name == name)
      return fault("E1303",
                   "the metric '" + name + "' is not modelled: " + std::string(missing.why));
  }
  std::vector<std::string> names;
  for (const auto& info : simulation::metric_infos()) names.emplace_back(info.name);
  if (std::ranges::find(names, name) != names.end()) return std::nullopt;
  const std::string nearest = nearest_name(name, names);
  return fault("E1302", "there is no metric '" + name + "'" +
                            (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

Error unknown_measure(Tokens& tokens) {
  const Token token = tokens.peek();
  for (const auto& later : later_measures()) {
    const std::size_t mark = tokens.mark();
    if (tokens.accept(later.words)) {
      tokens.back_to(mark);
      return fault("E1303", "'" + std::string(later.words) + "' is not modelled yet: it needs " +
                                std::string(later.needs));
    }
  }
  if (token.text == "metric") {
    if (auto about = unknown_metric(tokens.peek(1).text)) return *about;
  }
  if (token.kind == Token::Kind::kEnd)
    return fault("E1301", "the condition ends too early, a measure or a number is expected");
  std::string message = "'" + token.text + "' at column " + std::to_string(token.column) +
                        " begins no measure that is known";
  const std::string nearest = nearest_name(token.text, beginnings());
  if (!nearest.empty() && nearest != token.text) message += "; did you mean '" + nearest + "'?";
  if (nearest == token.text) {
    for (const auto& entry : measures()) {
      if (entry.words.starts_with(nearest))
        message += "; it is written " + std::string(entry.words);
    }
  }
  return fault("E1302", message);
}

Result<Operand> parse_operand(Tokens& tokens, bool right_side) {
  Operand operand;
  if (tokens.peek().kind == Token::Kind::kNumber) {
    operand.constant = tokens.next().value;
    return operand;
  }
  for (const auto& entry : measures()) {
    if (auto measure = entry.parser(tokens)) {
      operand.measure = std::move(measure);
      return operand;
    }
  }
  // "service web taskDefinition == web:1": a name stands for itself on the right.
  if (right_side &&
      (tokens.peek().kind == Token::Kind::kWord || tokens.peek().kind == Token::Kind::kString)) {
    operand.constant = Value::of_text(tokens.next().text);
    return operand;
  }
  return unknown_measure(tokens);
}

Result<Quotient> parse_quotient(Tokens& tokens, bool right_side) {
  Quotient quotient;
  auto above = parse_operand(tokens, right_side);
  if (!above) return above.error();
  quotient.above = std::move(above).value();
  if (tokens.accept_symbol("/")) {
    auto below = parse_operand(tokens, right_side);
    if (!below) return below.error();
    quotient.below = std::move(below).value();
  }
  return quotient;
}

std::optional<Comparison> parse_comparison(Tokens& tokens) {
  static const std::pair<const char*, Comparison> kSymbols[] = {
      {"==", Comparison::kEqual},     {"!=", Comparison::kNotEqual}, {"<=", Comparison::kLessEqual},
      {">=", Comparison::kMoreEqual}, {"<", Comparison::kLess},      {">", Comparison::kMore}};
  for (const auto& [symbol, comparison] : kSymbols) {
    if (tokens.accept_symbol(symbol)) return comparison;
  }
  if (tokens.accept("in")) return Comparison::kIn;
  return std::nullopt;
}

Value evaluate(const Operand& operand, const Facts& facts, const Window& window) {
  return operand.measure ? operand.measure->over(facts, window) : operand.constant;
}

Value evaluate(const Quotient& quotient, const Facts& facts, const Window& window) {
  Value above = evaluate(quotient.above, facts, window);
  if (!quotient.below) return above;
  const Value below = evaluate(*quotient.below, facts, window);
  auto as_number = [](const Value& v) {
    return v.kind == Value::Kind::kDuration ? static_cast<double>(v.ns) : v.number;
  };
  if (above.is_none() || below.is_none() || as_number(below) == 0) return Value::none();
  if (above.kind == Value::Kind::kDuration && below.kind == Value::Kind::kNumber) {
    return Value::of(
        SimDuration{static_cast<std::int64_t>(static_cast<double>(above.ns) / below.number)});
  }
  return Value::of(as_number(above) / as_number(below));
}

/// -1, 0, 1; nothing when the two cannot be compared.
std::optional<int> compare(const Value& a, const Value& b) {
  auto sign = [](auto x, auto y) { return x < y ? -1 : (y < x ? 1 : 0); };
  if (a.is_none() || b.is_none()) return std::nullopt;
  if (a.kind == Value::Kind::kText || b.kind == Value::Kind::kText) {
    if (a.kind != b.kind) return std::nullopt;
    return sign(a.text, b.text);
  }
  const bool durations = a.kind == Value::Kind::kDuration || b.kind == Value::Kind::kDuration;
  if (!durations) return sign(a.number, b.number);
  auto ns = [](const Value& v) -> std::optional<std::int64_t> {
    if (v.kind == Value::Kind::kDuration) return v.ns;
    if (v.number == 0) return 0;  // a bare 0 is a duration too
    return std::nullopt;
  };
  const auto x = ns(a), y = ns(b);
  if (!x || !y) return std::nullopt;
  return sign(*x, *y);
}

bool holds(Comparison comparison, const Value& got, const Value& wanted, const Value& upper) {
  const auto order = compare(got, wanted);
  if (!order) return comparison == Comparison::kNotEqual;
  switch (comparison) {
    case Comparison::kEqual:
      return *order == 0;
    case Comparison::kNotEqual:
      return *order != 0;
    case Comparison::kLess:
      return *order < 0;
    case Comparison::kLessEqual:
      return *order <= 0;
    case Comparison::kMore:
      return *order > 0;
    case Comparison::kMoreEqual:
      return *order >= 0;
    case Comparison::kIn: {
      const auto above = compare(got, upper);
      return *order >= 0 && above && *above <= 0;
    }
  }
  return false;
}

void collect(const Operand& operand, std::vector<std::pair<std::string, std::string>>& names) {
  if (!operand.measure) return;
  for (auto& name : operand.measure->references()) names.push_back(std::move(name));
}

bool reads_ledger(const Quotient& quotient) {
  return (quotient.above.measure && quotient.above.measure->reads_ledger()) ||
         (quotient.below && quotient.below->measure && quotient.below->measure->reads_ledger());
}

bool reads_metrics(const Quotient& quotient) {
  return (quotient.above.measure && quotient.above.measure->reads_metrics()) ||
         (quotient.below && quotient.below->measure && quotient.below->measure->reads_metrics());
}

}  // namespace

Result<Expectation> Expectation::parse(std::string_view text) {
  auto split = Tokens::split(text);
  if (!split) return split.error();
  Tokens tokens = std::move(split).value();
  auto node = std::make_shared<Node>();
  Expectation expectation;
  expectation.text_ = text;

  auto statement = parse_statement(tokens);
  if (!statement) return statement.error();
  if (*statement) {
    node->statement = std::move(*statement);
  } else {
    auto left = parse_quotient(tokens, false);
    if (!left) return left.error();
    node->left = std::move(left).value();
    const auto comparison = parse_comparison(tokens);
    if (!comparison) {
      const Token& token = tokens.peek();
      return fault("E1301",
                   (token.kind == Token::Kind::kEnd
                        ? std::string("a comparison is missing at the end")
                        : "'" + token.text + "' at column " + std::to_string(token.column) +
                              " stands where a comparison is expected") +
                       ": ==, !=, <, <=, >, >= or in [low, high]");
    }
    node->comparison = *comparison;
    if (*comparison == Comparison::kIn && !tokens.accept_symbol("[")) {
      return fault("E1301", "after 'in' comes a range such as [10, 20]");
    }
    auto right = parse_quotient(tokens, true);
    if (!right) return right.error();
    node->right = std::move(right).value();
    if (*comparison == Comparison::kIn) {
      if (!tokens.accept_symbol(",")) return fault("E1301", "a range has two ends: [low, high]");
      auto upper = parse_quotient(tokens, true);
      if (!upper) return upper.error();
      node->upper = std::move(upper).value();
      if (!tokens.accept_symbol("]")) return fault("E1301", "the range is not closed: [low, high]");
    }
    auto window = parse_window(tokens);
    if (!window) return window.error();
    node->window = std::move(window).value();
  }
  if (!tokens.at_end()) {
    const Token& token = tokens.peek();
    return fault("E1301", "'" + token.text + "' at column " + std::to_string(token.column) +
                              " is too much; a window is 'at T', 'during [T, T]', 'during "
                              "deployment', 'during T after ...' or 'while ...'");
  }
  expectation.root_ = std::move(node);
  return expectation;
}

bool Expectation::needs_metrics() const {
  return !root_->statement &&
         (reads_metrics(root_->left) || reads_metrics(root_->right) || reads_metrics(root_->upper));
}

void Expectation::prepare(world::World& world) const {
  if (root_->statement) return;
  if (needs_metrics()) world.keep_metrics();
  if (reads_ledger(root_->left) || reads_ledger(root_->right)) root_->window.cut_ledger(world);
}

Judgement Expectation::judge(const Facts& facts) const {
  Judgement judgement;
  judgement.expectation = text_;
  if (root_->statement) {
    auto [holds_now, got] = root_->statement->judge(facts);
    judgement.holds = holds_now;
    judgement.got = std::move(got);
    return judgement;
  }
  const auto window = root_->window.resolve(facts);
  if (!window) {
    judgement.got = "the window never opened";
    return judgement;
  }
  const Value got = evaluate(root_->left, facts, *window);
  const Value wanted = evaluate(root_->right, facts, *window);
  const Value upper = evaluate(root_->upper, facts, *window);
  judgement.got = print(got);
  if (root_->right.above.measure) judgement.got += ", against " + print(wanted);
  judgement.holds = holds(root_->comparison, got, wanted, upper);
  return judgement;
}

std::vector<std::pair<std::string, std::string>> Expectation::references() const {
  std::vector<std::pair<std::string, std::string>> names;
  if (root_->statement) return root_->statement->references();
  for (const Quotient* quotient : {&root_->left, &root_->right, &root_->upper}) {
    collect(quotient->above, names);
    if (quotient->below) collect(*quotient->below, names);
  }
  return names;
}

}  // namespace steady::expectations
