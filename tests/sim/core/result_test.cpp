#include "sim/core/result.h"

#include <memory>
#include <string>

#include "sim/core/check.h"
#include "tests/support/catch.h"

using namespace steady;

namespace {

Result<int> parse_digit(char c) {
  if (c < '0' || c > '9') return Error{"digit", "it is no digit", "/0"};
  return c - '0';
}

}  // namespace

TEST_CASE("a result holds a value or the reason why there is none", "[result]") {
  const auto good = parse_digit('7');
  REQUIRE(good);
  CHECK(*good == 7);
  CHECK(good.value_or(0) == 7);

  const auto bad = parse_digit('x');
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == "digit");
  CHECK(bad.error().where == "/0");
  CHECK(bad.value_or(-1) == -1);
}

// Forgetting to look is our bug; it has to say what was refused.
TEST_CASE("taking the value of an error is a broken invariant", "[result]") {
  CHECK_THROWS_AS(parse_digit('x').value(), InternalError);
  CHECK_THROWS_WITH(parse_digit('x').value(), Catch::Contains("it is no digit"));
}

TEST_CASE("a value can be moved out", "[result]") {
  Result<std::unique_ptr<int>> result{std::make_unique<int>(5)};
  const std::unique_ptr<int> moved = *std::move(result);
  CHECK(*moved == 5);
}

TEST_CASE("a status is fine or says why not", "[result]") {
  const Status fine = ok();
  const Status bad = Error{"full", "there is no room"};
  CHECK(fine);
  CHECK_FALSE(bad);
}

// The message ends up in bug reports: where, what and why, but not where somebody keeps the tree.
TEST_CASE("a failed check names expression, place and sentence without the machine's folders",
          "[check]") {
  const int answer = 41;
  std::string message;
  try {
    STEADY_CHECK(answer == 42, "the answer is " + std::to_string(answer));
  } catch (const InternalError& error) {
    message = error.what();
  }
  CHECK_THAT(message, Catch::StartsWith("the answer is 41 (answer == 42, "));
  CHECK_THAT(message, Catch::Contains(" tests/sim/core/result_test.cpp:"));

  SECTION("also for other places") {
    CHECK_THROWS_WITH(check_failed("x", "/home/sim/x/sim/core/a.cpp", 3, "s"),
                      "s (x, sim/core/a.cpp:3)");
    CHECK_THROWS_WITH(check_failed("x", "sim/core/a.cpp", 3, "s"), "s (x, sim/core/a.cpp:3)");
    CHECK_THROWS_WITH(check_failed("x", "/mysim/a.cpp", 3, "s"), "s (x, a.cpp:3)");
    CHECK_THROWS_WITH(check_failed("x", "xsim/a.cpp", 3, "s"), "s (x, a.cpp:3)");
    CHECK_THROWS_WITH(check_failed("x", "/elsewhere/a.cpp", 3, "s"), "s (x, a.cpp:3)");
  }
}

TEST_CASE("the sentence of a check that holds is never made", "[check]") {
  int made = 0;
  const auto sentence = [&made] {
    ++made;
    return std::string("never");
  };
  STEADY_CHECK(true, sentence());
  CHECK(made == 0);
}
