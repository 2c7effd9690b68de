#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/expectations/value.h"
#include "sim/core/result.h"

namespace steady::expectations {

struct Token {
  enum class Kind { kWord, kNumber, kString, kSymbol, kEnd } kind = Kind::kEnd;
  std::string text;  ///< as written; a string without its quotes
  Value value;       ///< of a number: with % it is divided by 100, with a unit a duration
  std::size_t column = 1;
};

/// The words of one condition, read from left to right.
class Tokens {
 public:
  /// Error code "E1301" with the column.
  static Result<Tokens> split(std::string_view condition);

  const Token& peek(std::size_t ahead = 0) const;
  Token next();
  bool at_end() const { return peek().kind == Token::Kind::kEnd; }
  /// True, and past it, when the next words are these ("reaches steady state").
  bool accept(std::string_view words);
  bool accept_symbol(std::string_view symbol);
  bool is_word(std::string_view word, std::size_t ahead = 0) const;
  /// A word that is a name here, or a quoted string.
  std::optional<std::string> accept_name();
  std::optional<std::string> accept_string();
  std::optional<SimDuration> accept_duration();
  std::size_t mark() const { return position_; }
  void back_to(std::size_t mark) { position_ = mark; }

 private:
  std::vector<Token> tokens_;
  std::size_t position_ = 0;
};

}  // namespace steady::expectations
