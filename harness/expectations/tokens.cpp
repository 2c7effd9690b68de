#include "harness/expectations/tokens.h"

#include <charconv>

#include "sim/core/time.h"

namespace steady::expectations {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_word(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == ':' || c == '-'; }

Error fault(std::size_t at, const std::string& what) {
  return Error{"E1301", what + " at column " + std::to_string(at + 1), std::to_string(at + 1)};
}

}  // namespace

std::string print(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNone:
      return "never";
    case Value::Kind::kText:
      return value.text;
    case Value::Kind::kDuration:
      return format_duration(SimDuration{value.ns});
    case Value::Kind::kNumber:
      break;
  }
  const double n = value.number;
  if (n == static_cast<double>(static_cast<std::int64_t>(n)) && n < 1e15 && n > -1e15) {
    return std::to_string(static_cast<std::int64_t>(n));
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, n, std::chars_format::general, 6);
  return std::string(buffer, end.ptr);
}

Result<Tokens> Tokens::split(std::string_view text) {
  Tokens result;
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    const std::size_t begin = i;
    Token token;
    token.column = begin + 1;
    if (c == ' ' || c == '\t') {
      ++i;
      continue;
    }
    if (c == '\'') {
      const std::size_t close = text.find('\'', i + 1);
      if (close == std::string_view::npos) return fault(begin, "a quote that is never closed");
      token.kind = Token::Kind::kString;
      token.text = text.substr(i + 1, close - i - 1);
      i = close + 1;
    } else if (is_digit(c) ||
               ((c == '-' || c == '.') && i + 1 < text.size() && is_digit(text[i + 1]))) {
      double number = 0;
      const char* first = text.data() + i;
      const auto parsed = std::from_chars(first, text.data() + text.size(), number);
      if (parsed.ec != std::errc()) return fault(begin, "a number that cannot be read");
      i = static_cast<std::size_t>(parsed.ptr - text.data());
      token.kind = Token::Kind::kNumber;
      if (i < text.size() && text[i] == '%') {
        ++i;
        token.value = Value::of(number / 100);
      } else if (i < text.size() && in_word(text[i])) {
        while (i < text.size() && in_word(text[i])) ++i;
        const auto duration = parse_duration(text.substr(begin, i - begin));
        if (!duration)
          return fault(begin, "'" + std::string(text.substr(begin, i - begin)) +
                                  "' is neither a number nor a duration");
        token.value = Value::of(*duration);
      } else {
        token.value = Value::of(number);
      }
      token.text = text.substr(begin, i - begin);
    } else if (is_letter(c)) {
      while (i < text.size() && in_word(text[i])) ++i;
      token.kind = Token::Kind::kWord;
      token.text = text.substr(begin, i - begin);
    } else {
      token.kind = Token::Kind::kSymbol;
      static constexpr std::string_view kTwo[] = {"==", "!=", "<=", ">="};
      for (const auto two : kTwo) {
        if (text.substr(i, 2) == two) token.text = two;
      }
      if (token.text.empty()) {
        if (std::string_view("<>[],/()").find(c) == std::string_view::npos) {
          return fault(begin, std::string("'") + c + "' means nothing here");
        }
        token.text = c;
      }
      i += token.text.size();
    }
    result.tokens_.push_back(std::move(token));
  }
  Token end;
  end.column = text.size() + 1;
  result.tokens_.push_back(end);
  return result;
}

const Token& Tokens::peek(std::size_t ahead) const {
  const std::size_t at = position_ + ahead;
  return at < tokens_.size() ? tokens_[at] : tokens_.back();
}

Token Tokens::next() {
  Token token = peek();
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool Tokens::is_word(std::string_view word, std::size_t ahead) const {
  return peek(ahead).kind == Token::Kind::kWord && peek(ahead).text == word;
}

bool Tokens::accept(std::string_view words) {
  const std::size_t start = position_;
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    if (!is_word(words.substr(0, space))) {
      position_ = start;
      return false;
    }
    next();
    words = space == std::string_view::npos ? std::string_view() : words.substr(space + 1);
  }
  return true;
}

bool Tokens::accept_symbol(std::string_view symbol) {
  if (peek().kind != Token::Kind::kSymbol || peek().text != symbol) return false;
  next();
  return true;
}

std::optional<std::string> Tokens::accept_name() {
  if (peek().kind != Token::Kind::kWord && peek().kind != Token::Kind::kString) return std::nullopt;
  return next().text;
}

std::optional<std::string> Tokens::accept_string() {
  if (peek().kind != Token::Kind::kString) return std::nullopt;
  return next().text;
}

std::optional<SimDuration> Tokens::accept_duration() {
  if (peek().kind != Token::Kind::kNumber) return std::nullopt;
  if (peek().value.kind == Value::Kind::kDuration) return SimDuration{next().value.ns};
  if (peek().value.kind == Value::Kind::kNumber && peek().value.number == 0) {
    next();
    return SimDuration{0};
  }
  return std::nullopt;
}

}  // namespace steady::expectations
