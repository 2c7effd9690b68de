#include "sim/cloud/ecs/pattern.h"

#include <string>

#include "tests/support/catch.h"

namespace steady::ecs {
namespace {

bool matches(std::string_view expression, std::string_view value) {
  const auto pattern = Pattern::parse(expression);
  REQUIRE(pattern);
  return pattern->matches(value);
}

// ecs.md 3.4: Java's `matches` reads the whole value.
TEST_CASE("a regular expression matches the whole value", "[ecs][query]") {
  struct Row {
    std::string expression, value;
    bool matches;
  };
  const auto row = GENERATE(values<Row>({
      {"g2.*", "g2.2xlarge", true},
      {"g2.*", "xg2.2xlarge", false},
      {"g2", "g2.2xlarge", false},
      {"", "", true},
      {"", "a", false},
      {"a.c", "abc", true},
      {"a\\.c", "abc", false},
      {"(t2|t3)\\.(small|micro)", "t3.micro", true},
      {"(t2|t3)\\.(small|micro)", "t3.large", false},
      {"(?:ab)+", "ababab", true},
      {"[mc][4-6]\\.\\w+", "c5.2xlarge", true},
      {"[^mc].*", "m5.large", false},
      {"[a\\-z]+", "a-z", true},
      {"[a-]+", "a-a", true},
      {"[]a]+", "a]", true},
      {"a{2,3}", "a", false},
      {"a{2,3}", "aaa", true},
      {"a{2,3}", "aaaa", false},
      {"a{2,}", "aaaaaaa", true},
      {"a{2}", "aaa", false},
      {"a?b*?c+", "ccc", true},
      {"^abc$", "abc", true},
      {"a^b", "ab", false},
      {"\\d+\\D\\s\\S", "42x y", true},
      {"x|", "", true},
      {"(a*)*", "aaaa", true},
      {"(a|b|)*c", "ababc", true},
  }));
  INFO(row.expression << " on " << row.value);
  CHECK(matches(row.expression, row.value) == row.matches);
}

// Outside input never ends the program, and says where it is wrong.
TEST_CASE("what is no expression, or not modelled, is an error with its column", "[ecs][query]") {
  struct Row {
    std::string expression, message, column;
  };
  const auto row = GENERATE(values<Row>({
      {"(a", "missing ')'", "3"},
      {"a)", "unexpected ')'", "2"},
      {"*a", "nothing to repeat before '*'", "1"},
      {"a|+", "nothing to repeat before '+'", "3"},
      {"[a", "missing ']'", "3"},
      {"[b-a]", "a range runs backwards", "5"},
      {"[\\d-z]", "a range needs two characters", "6"},
      {"[[a]]", "classes inside classes are not modelled", "2"},
      {"a\\", "a backslash at the end", "3"},
      {"(a)\\1", "'\\1' is not modelled", "5"},
      {"a\\bc", "'\\b' is not modelled", "3"},
      {"(?i)a", "'(?' other than '(?:' is not modelled", "3"},
      {"a++", "possessive quantifiers are not modelled", "4"},
      {"a{3,2}", "'{' wants {n}, {n,} or {n,m} up to 1000", "6"},
      {"a{x}", "'{' wants {n}, {n,} or {n,m} up to 1000", "3"},
      {"((a{1000}){1000})", "the expression is too large", "17"},
      {std::string(60, '(') + std::string(60, ')'), "groups are nested too deeply", "52"},
      {std::string(2001, 'a'), "the expression is longer than 2000 characters", "1"},
  }));
  INFO(row.expression);
  const auto pattern = Pattern::parse(row.expression);
  REQUIRE_FALSE(pattern);
  CHECK(pattern.error().message == row.message);
  CHECK(pattern.error().where == row.column);
}

// A back-tracking matcher would need 2^50 steps for this.
TEST_CASE("matching takes linear time", "[ecs][query]") {
  CHECK_FALSE(matches("(a+)+b", std::string(100000, 'a')));
  CHECK(matches("(a+)+b", std::string(100000, 'a') + "b"));
}

}  // namespace
}  // namespace steady::ecs
