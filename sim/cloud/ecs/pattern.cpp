#include "sim/cloud/ecs/pattern.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace steady::ecs {
namespace {

using Bytes = Pattern::Bytes;
using Step = Pattern::Step;

Bytes range(unsigned char from, unsigned char to) {
  Bytes bytes;
  for (unsigned c = from; c <= to; ++c) bytes.set(c);
  return bytes;
}

/// The set behind \d, \w, \s and their opposites; none for any other letter.
std::optional<Bytes> named_class(char letter) {
  const Bytes digits = range('0', '9');
  const Bytes word = digits | range('a', 'z') | range('A', 'Z') | range('_', '_');
  const Bytes space = range(' ', ' ') | range('\t', '\r');
  switch (letter) {
    case 'd':
      return digits;
    case 'D':
      return ~digits;
    case 'w':
      return word;
    case 'W':
      return ~word;
    case 's':
      return space;
    case 'S':
      return ~space;
    default:
      return std::nullopt;
  }
}

/// Reads an expression and writes the steps of its automaton (Thompson's construction). Each piece
/// is a run of steps that is entered at its first and left by falling off its end, so pieces are
/// joined, and copied for {n,m}, by moving their positions.
class Compiler {
 public:
  explicit Compiler(std::string_view text) : text_(text) {}

  std::optional<Error> run(std::vector<Step>& steps, std::vector<Bytes>& sets) {
    Piece piece = alternatives(0);
    if (!fault_ && !at_end()) fail("unexpected ')'");
    if (fault_) return fault_;
    piece.push_back({Step::Kind::kDone});
    steps = std::move(piece);
    sets = std::move(sets_);
    return std::nullopt;
  }

 private:
  using Piece = std::vector<Step>;
  static constexpr int kDeepest = 50;
  static constexpr int kMostTimes = 1000;

  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void fail(std::string sentence) {
    if (!fault_) fault_ = Error{"regex", std::move(sentence), std::to_string(at_ + 1)};
    at_ = text_.size();
  }

  /// Adds `tail` behind `head`; positions in a piece count from its own beginning.
  void append(Piece& head, const Piece& tail) {
    if (head.size() + tail.size() > Pattern::kLargest) return fail("the expression is too large");
    const std::size_t shift = head.size();
    for (Step step : tail) {
      step.next += shift;
      step.other += shift;
      head.push_back(step);
    }
  }
  Piece bytes(const Bytes& set) {
    sets_.push_back(set);
    return {{Step::Kind::kBytes, 1, 0, sets_.size() - 1}};
  }
  Piece split(std::size_t next, std::size_t other) {
    return {{Step::Kind::kSplit, next, other, 0}};
  }

  Piece alternatives(int depth) {
    if (depth > kDeepest) {
      fail("groups are nested too deeply");
      return {};
    }
    Piece left = sequence(depth);
    while (!fault_ && take('|')) {
      const Piece right = sequence(depth);
      Piece both = split(1, left.size() + 2);
      append(both, left);
      append(both, {{Step::Kind::kJump, right.size() + 1, 0, 0}});
      append(both, right);
      left = std::move(both);
    }
    return left;
  }

  Piece sequence(int depth) {
    Piece all;
    while (!fault_ && !at_end() && peek() != '|' && peek() != ')') {
      Piece one = atom(depth);
      if (!fault_) one = repeated(std::move(one));
      if (!fault_) append(all, one);
    }
    return all;
  }

  Piece atom(int depth) {
    const char c = text_[at_];
    if (c == '(') return group(depth);
    if (c == '[') return bytes(character_class());
    if (c == '*' || c == '+' || c == '?' || c == '{') {
      fail(std::string("nothing to repeat before '") + c + "'");
      return {};
    }
    ++at_;
    if (c == '^') return {{Step::Kind::kBegin, 1, 0, 0}};
    if (c == '$') return {{Step::Kind::kEnd, 1, 0, 0}};
    if (c == '.') return bytes(~range('\n', '\n') & ~range('\r', '\r'));
    if (c == '\\') return bytes(escape());
    const auto byte = static_cast<unsigned char>(c);
    return bytes(range(byte, byte));
  }

  Piece group(int depth) {
    ++at_;
    if (take('?') && !take(':')) {
      fail("'(?' other than '(?:' is not modelled");
      return {};
    }
    Piece inner = alternatives(depth + 1);
    if (!fault_ && !take(')')) fail("missing ')'");
    return inner;
  }

  /// What stands behind a backslash.
  Bytes escape() {
    if (at_end()) {
      fail("a backslash at the end");
      return {};
    }
    const char c = text_[at_];
    if (const auto set = named_class(c)) {
      ++at_;
      return *set;
    }
    const bool alphanumeric = named_class('w')->test(static_cast<unsigned char>(c)) && c != '_';
    if (alphanumeric && c != 't' && c != 'n') {
      fail(std::string("'\\") + c + "' is not modelled");
      return {};
    }
    ++at_;
    const auto byte = static_cast<unsigned char>(c == 't' ? '\t' : c == 'n' ? '\n' : c);
    return range(byte, byte);
  }

  Bytes character_class() {
    ++at_;
    const bool opposite = take('^');
    Bytes set;
    bool first = true;
    while (!fault_ && (first || peek() != ']')) {
      if (at_end()) {
        fail("missing ']'");
        return {};
      }
      first = false;
      const Bytes low = class_member();
      if (!fault_ && peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        const Bytes high = class_member();
        if (fault_) return {};
        if (low.count() != 1 || high.count() != 1) {
          fail("a range needs two characters");
          return {};
        }
        const unsigned char from = only(low), to = only(high);
        if (from > to) {
          fail("a range runs backwards");
          return {};
        }
        set |= range(from, to);
      } else {
        set |= low;
      }
    }
    take(']');
    return opposite ? ~set : set;
  }

  Bytes class_member() {
    const char c = text_[at_];
    if (c == '[' || text_.substr(at_, 2) == "&&") {
      fail("classes inside classes are not modelled");
      return {};
    }
    ++at_;
    if (c == '\\') return escape();
    const auto byte = static_cast<unsigned char>(c);
    return range(byte, byte);
  }

  static unsigned char only(const Bytes& set) {
    unsigned c = 0;
    while (!set.test(c)) ++c;
    return static_cast<unsigned char>(c);
  }

  Piece repeated(Piece one) {
    while (!fault_ && !at_end()) {
      int least = 0, most = -1;  // most < 0: without end
      if (take('*')) {
      } else if (take('+')) {
        least = 1;
      } else if (take('?')) {
        most = 1;
      } else if (peek() == '{') {
        if (!bounds(least, most)) return {};
      } else {
        return one;
      }
      if (take('+')) fail("possessive quantifiers are not modelled");
      take('?');  // A reluctant one matches the same whole values.
      one = times(one, least, most);
    }
    return one;
  }

  bool bounds(int& least, int& most) {
    ++at_;
    const auto number = [&](int& into) {
      if (peek() < '0' || peek() > '9') return false;
      into = 0;
      while (peek() >= '0' && peek() <= '9' && into <= kMostTimes) {
        into = into * 10 + (text_[at_++] - '0');
      }
      return into <= kMostTimes;
    };
    bool good = number(least);
    most = least;
    if (good && take(',')) {
      most = -1;
      if (peek() != '}') good = number(most) && most >= least;
    }
    if (good && take('}')) return true;
    fail("'{' wants {n}, {n,} or {n,m} up to 1000");
    return false;
  }

  Piece times(const Piece& one, int least, int most) {
    Piece all;
    for (int i = 0; i < least && !fault_; ++i) append(all, one);
    if (most < 0) {
      append(all, split(1, one.size() + 2));
      append(all, one);
      // Back to the split; positions are unsigned, so the way back is written after the join.
      if (fault_) return all;
      const std::size_t at_split = all.size() - one.size() - 1;
      all.push_back({Step::Kind::kJump, at_split, 0, 0});
      return all;
    }
    for (int i = least; i < most && !fault_; ++i) {
      append(all, split(1, one.size() + 1));
      append(all, one);
    }
    return all;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Error> fault_;
  std::vector<Bytes> sets_;
};

}  // namespace

Result<Pattern> Pattern::parse(std::string_view expression) {
  if (expression.size() > kLongest) {
    return Error{"regex", "the expression is longer than 2000 characters", "1"};
  }
  Pattern pattern;
  if (auto fault = Compiler(expression).run(pattern.steps_, pattern.sets_)) return *fault;
  return pattern;
}

bool Pattern::matches(std::string_view value) const {
  // All positions at which the automaton may stand before the next byte, each once.
  std::vector<std::size_t> here, there, open;
  std::vector<std::size_t> seen(steps_.size(), static_cast<std::size_t>(-1));
  bool done = false;
  const auto enter = [&](std::size_t first, std::size_t at, std::vector<std::size_t>& into) {
    open.assign(1, first);
    while (!open.empty()) {
      const std::size_t position = open.back();
      open.pop_back();
      if (seen[position] == at) continue;
      seen[position] = at;
      const Step& step = steps_[position];
      switch (step.kind) {
        case Step::Kind::kBytes:
          into.push_back(position);
          break;
        case Step::Kind::kJump:
          open.push_back(step.next);
          break;
        case Step::Kind::kSplit:
          open.push_back(step.next);
          open.push_back(step.other);
          break;
        case Step::Kind::kBegin:
          if (at == 0) open.push_back(step.next);
          break;
        case Step::Kind::kEnd:
          if (at == value.size()) open.push_back(step.next);
          break;
        case Step::Kind::kDone:
          done = done || at == value.size();
          break;
      }
    }
  };
  enter(0, 0, here);
  for (std::size_t at = 0; at < value.size() && !here.empty(); ++at) {
    there.clear();
    const auto byte = static_cast<unsigned char>(value[at]);
    for (const std::size_t position : here) {
      const Step& step = steps_[position];
      if (sets_[step.bytes].test(byte)) enter(step.next, at + 1, there);
    }
    here.swap(there);
  }
  return done;
}

}  // namespace steady::ecs
