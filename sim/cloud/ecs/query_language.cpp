#include "sim/cloud/ecs/query_language.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/cloud/ecs/query_node.h"
#include "sim/core/nearest.h"

namespace steady::ecs {
namespace {

struct Spelling {
  std::string_view text;
  Operator op;
};
/// Signs before their own beginnings, words by themselves.
constexpr std::array kSigns = {
    Spelling{"==", Operator::kEqual},          Spelling{"!=", Operator::kNotEqual},
    Spelling{">=", Operator::kGreaterEqual},   Spelling{"<=", Operator::kLessEqual},
    Spelling{">", Operator::kGreater},         Spelling{"<", Operator::kLess},
    Spelling{"=~", Operator::kMatches},        Spelling{"!~", Operator::kNotMatches},
    Spelling{"!exists", Operator::kNotExists}, Spelling{"!in", Operator::kNotIn}};
constexpr std::array kWords = {Spelling{"equals", Operator::kEqual},
                               Spelling{"not_equals", Operator::kNotEqual},
                               Spelling{"greater_than", Operator::kGreater},
                               Spelling{"greater_than_equal", Operator::kGreaterEqual},
                               Spelling{"less_than", Operator::kLess},
                               Spelling{"less_than_equal", Operator::kLessEqual},
                               Spelling{"exists", Operator::kExists},
                               Spelling{"not_exists", Operator::kNotExists},
                               Spelling{"in", Operator::kIn},
                               Spelling{"not_in", Operator::kNotIn},
                               Spelling{"matches", Operator::kMatches},
                               Spelling{"not_matches", Operator::kNotMatches}};

struct SubjectName {
  std::string_view text;
  Subject subject;
  unsigned fact;
};
constexpr std::array kSubjects = {
    SubjectName{"agentConnected", Subject::kAgentConnected, Query::kAgentConnected},
    SubjectName{"agentVersion", Subject::kAgentVersion, Query::kIdentity},
    SubjectName{"ec2InstanceId", Subject::kInstanceId, Query::kIdentity},
    SubjectName{"registeredAt", Subject::kRegisteredAt, Query::kIdentity},
    SubjectName{"runningTasksCount", Subject::kRunningTasks, Query::kRunningTasks},
    SubjectName{"task:group", Subject::kGroup, Query::kGroups}};

bool is_order(Operator op) {
  return op == Operator::kGreater || op == Operator::kGreaterEqual || op == Operator::kLess ||
         op == Operator::kLessEqual;
}
bool is_equality(Operator op) { return op == Operator::kEqual || op == Operator::kNotEqual; }
bool takes_list(Operator op) { return op == Operator::kIn || op == Operator::kNotIn; }
bool takes_pattern(Operator op) { return op == Operator::kMatches || op == Operator::kNotMatches; }
bool takes_nothing(Operator op) { return op == Operator::kExists || op == Operator::kNotExists; }

/// ecs.md 3.4, the table of subjects and operators.
bool allows(Subject subject, Operator op) {
  switch (subject) {
    case Subject::kAgentConnected:
    case Subject::kInstanceId:
      return !is_order(op) && !takes_nothing(op);
    case Subject::kAgentVersion:
    case Subject::kRegisteredAt:
    case Subject::kRunningTasks:
      return is_order(op) || is_equality(op);
    case Subject::kAttribute:
      return !is_order(op);
    case Subject::kGroup:
      return is_equality(op) || op == Operator::kIn || op == Operator::kMatches;
  }
  return false;
}

using NodePtr = std::shared_ptr<const Query::Node>;

/// Recursive descent over the grammar of the header; the first fault ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  NodePtr run() {
    NodePtr root = any_of(0);
    skip_spaces();
    if (!fault_ && at_ < text_.size()) fail("expected 'and', 'or' or the end");
    return root;
  }
  const std::optional<Error>& fault() const { return fault_; }
  unsigned facts() const { return facts_; }

 private:
  static constexpr int kDeepest = 100;

  NodePtr fail(std::string sentence) { return fail_at(at_, std::move(sentence)); }
  NodePtr fail_at(std::size_t at, std::string sentence) {
    if (!fault_) {
      const std::string column = std::to_string(at + 1);
      fault_ = Error{"InvalidParameterException",
                     "Invalid expression '" + std::string(text_) + "', column " + column + ": " +
                         sentence + (sentence.ends_with('?') ? "" : "."),
                     column};
    }
    return nullptr;
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool is_name(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/' ||
           c == '\\';
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool take(std::string_view sign) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  bool take_word(std::string_view word) {
    skip_spaces();
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(word)) return false;
    if (rest.size() > word.size() && (is_name(rest[word.size()]) || rest[word.size()] == ':')) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  NodePtr join(Query::Node::Kind kind, NodePtr left, NodePtr right) {
    auto node = std::make_shared<Query::Node>();
    node->kind = kind;
    node->left = std::move(left);
    node->right = std::move(right);
    return node;
  }

  NodePtr any_of(int depth) {
    NodePtr left = all_of(depth);
    while (!fault_ && (take("||") || take_word("or"))) {
      left = join(Query::Node::Kind::kOr, std::move(left), all_of(depth));
    }
    return left;
  }

  NodePtr all_of(int depth) {
    NodePtr left = unary(depth);
    while (!fault_ && (take("&&") || take_word("and"))) {
      left = join(Query::Node::Kind::kAnd, std::move(left), unary(depth));
    }
    return left;
  }

  NodePtr unary(int depth) {
    if (depth > kDeepest) return fail("nested too deeply");
    if (take("!") || take_word("not")) {
      return join(Query::Node::Kind::kNot, unary(depth + 1), nullptr);
    }
    if (take("(")) {
      const std::size_t opened = at_ - 1;
      NodePtr inner = any_of(depth + 1);
      if (!fault_ && !take(")")) return fail_at(opened, "this '(' is not closed");
      return inner;
    }
    return term();
  }

  NodePtr term() {
    auto node = std::make_shared<Query::Node>();
    skip_spaces();
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == ':')) ++at_;
    const std::string_view subject = text_.substr(begin, at_ - begin);
    if (subject.empty()) return fail("expected a subject such as attribute:NAME or task:group");
    if (!read_subject(subject, begin, *node)) return nullptr;
    const auto op = read_operator();
    if (!op) return nullptr;
    node->op = *op;
    if (!allows(node->subject, *op)) {
      return fail_at(begin, "'" + std::string(subject) + "' does not take this operator");
    }
    if (!takes_nothing(*op) && !read_argument(*node)) return nullptr;
    return node;
  }

  bool read_subject(std::string_view subject, std::size_t begin, Query::Node& node) {
    constexpr std::string_view kAttribute = "attribute:";
    if (subject.starts_with(kAttribute)) {
      node.subject = Subject::kAttribute;
      node.attribute = subject.substr(kAttribute.size());
      facts_ |= Query::kAttributes;
      if (node.attribute.empty()) fail("expected the name of an attribute");
      return !fault_;
    }
    const auto known = std::ranges::find(kSubjects, subject, &SubjectName::text);
    if (known != kSubjects.end()) {
      node.subject = known->subject;
      facts_ |= known->fact;
      return true;
    }
    std::vector<std::string> names;
    for (const auto& name : kSubjects) names.emplace_back(name.text);
    const std::string nearest = nearest_name(subject, names);
    fail_at(begin, "unknown subject '" + std::string(subject) + "'" +
                       (nearest.empty() ? "; an attribute is written attribute:NAME"
                                        : "; did you mean '" + nearest + "'?"));
    return false;
  }

  std::optional<Operator> read_operator() {
    skip_spaces();
    for (const auto& sign : kSigns) {
      if (take(sign.text)) return sign.op;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '_')) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    const auto known = std::ranges::find(kWords, word, &Spelling::text);
    if (known != kWords.end()) return known->op;
    std::vector<std::string> words;
    for (const auto& spelling : kWords) words.emplace_back(spelling.text);
    const std::string nearest = nearest_name(word, words);
    fail_at(begin, "expected an operator" +
                       (nearest.empty() ? std::string() : "; did you mean '" + nearest + "'?"));
    return std::nullopt;
  }

  bool read_argument(Query::Node& node) {
    skip_spaces();
    const std::size_t begin = at_;
    if (takes_list(node.op)) return read_list(node);
    if (!read_value(node.values, takes_pattern(node.op))) return false;
    const std::string& value = node.values.front();
    if (takes_pattern(node.op)) {
      auto pattern = Pattern::parse(value);
      if (!pattern) {
        fail_at(begin, "regular expression, column " + pattern.error().where + ": " +
                           pattern.error().message);
        return false;
      }
      node.pattern = std::move(pattern).value();
      return true;
    }
    return interpret(node, value, begin);
  }

  /// Values that are more than a text.
  bool interpret(Query::Node& node, const std::string& value, std::size_t begin) {
    const auto must_be = [&](const std::string& what) {
      fail_at(begin, "'" + value + "' is not " + what);
      return false;
    };
    if (node.subject == Subject::kAgentVersion) {
      auto version = parse_version(value);
      if (!version) return must_be("a version such as 1.14.5");
      node.version = std::move(*version);
    } else if (node.subject == Subject::kRunningTasks) {
      const auto count = parse_count(value);
      if (!count) return must_be("a whole number");
      node.number = *count;
    } else if (node.subject == Subject::kRegisteredAt) {
      const auto moment = parse_moment(value);
      if (!moment) return must_be("a date such as 2018-06-18 or 2018-06-18T22:28:28Z");
      node.number = *moment;
    } else if (node.subject == Subject::kAgentConnected && value != "true" && value != "false") {
      return must_be("true or false");
    }
    return true;
  }

  bool read_list(Query::Node& node) {
    if (!take("[")) {
      fail("expected a list such as [a, b]");
      return false;
    }
    do {
      if (!read_value(node.values, false)) return false;
    } while (take(","));
    if (take("]")) return true;
    fail("expected ',' or ']'");
    return false;
  }

  bool read_value(std::vector<std::string>& into, bool regex) {
    skip_spaces();
    const std::size_t begin = at_;
    if (take("'")) {
      const std::size_t end = text_.find('\'', at_);
      if (end == std::string_view::npos) {
        fail_at(begin, "this quote is not closed");
        return false;
      }
      into.emplace_back(text_.substr(at_, end - at_));
      at_ = end + 1;
      return true;
    }
    const std::string_view ends = regex ? "()'\"" : "()[],'\"=<>!~";
    while (at_ < text_.size() && !is_space(text_[at_]) &&
           ends.find(text_[at_]) == std::string_view::npos &&
           !text_.substr(at_).starts_with("&&") && !text_.substr(at_).starts_with("||")) {
      ++at_;
    }
    const bool needs_quotes = at_ < text_.size() && (text_[at_] == '(' || text_[at_] == '"');
    if (at_ == begin || needs_quotes) {
      fail(needs_quotes ? "a value with this character stands in single quotes"
                        : "expected a value");
      return false;
    }
    into.emplace_back(text_.substr(begin, at_ - begin));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Error> fault_;
  unsigned facts_ = 0;
};

}  // namespace

Result<Query> Query::parse(std::string_view expression) {
  if (expression.size() > kLongest) {
    return Error{"InvalidParameterException", "An expression has at most 2000 characters.", "2001"};
  }
  Parser parser(expression);
  Query query;
  query.root_ = parser.run();
  if (parser.fault()) return *parser.fault();
  query.facts_ = parser.facts();
  return query;
}

bool Query::matches(const ContainerInstance& instance) const {
  return root_ == nullptr || root_->matches(instance);
}

}  // namespace steady::ecs
