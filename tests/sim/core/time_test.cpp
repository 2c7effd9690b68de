#include "sim/core/time.h"

#include <cstdint>
#include <string>

#include "sim/core/random.h"
#include "tests/support/catch.h"

using namespace steady;

// What people write in a scenario.
TEST_CASE("durations are read in all their forms", "[time]") {
  const auto [text, expected] = GENERATE(table<const char*, SimDuration>({
      {"250ms", 250ms},
      {"30s", 30s},
      {"1m30s", 90s},
      {"1.5h", 90min},
      {"0s", 0s},
      {"0ms", 0s},
      {"7ns", 7ns},
      {"2us", 2us},
      {"0.5us", 500ns},
      {"1d", 24h},
      {"1d2h3m4s5ms6us7ns", 26h + 3min + 4s + 5ms + 6us + 7ns},
      {"1m0.25s", 60'250ms},
      {"0.000000001s", 1ns},
      {"0.25000000000000000000s", 250ms},
      {"007s", 7s},
      {"00000000000000000000007s", 7s},
      {"90s", 90s},
      {"3650d", kLongestDuration},
  }));
  INFO(text);
  const auto parsed = parse_duration(text);
  REQUIRE(parsed);
  CHECK(*parsed == expected);
}

// A typo in a scenario must not become another experiment.
TEST_CASE("what is no duration is refused with its reason", "[time]") {
  const auto [text, reason] = GENERATE(table<const char*, const char*>({
      {"", "empty"},
      {"30", "needs a unit"},
      {"s", "a number is missing"},
      {".5s", "a number is missing"},
      {"1.s", "a number is missing"},
      {"1m.5s", "a number is missing"},
      {"-1s", "negative"},
      {"1 s", "' ' is unexpected"},
      {" 1s", "a number is missing"},
      {"1s ", "a number is missing"},
      {"1S", "'S' is unexpected"},
      {"1,5s", "',' is unexpected"},
      {"5min", "'min' is not a unit"},
      {"30s1m", "from large to small"},
      {"1s1s", "from large to small"},
      {"1.5m30s", "only its last part"},
      {"0.5ns", "finer than a nanosecond"},
      {"0.0000000001s", "finer than a nanosecond"},
      {"0.0000000000000000001d", "finer than a nanosecond"},
      {"3651d", "exceeds 10 years"},
      {"3650d1ns", "exceeds 10 years"},
      {"99999999999999999999999999ns", "exceeds 10 years"},
      {"1e3s", "'e' is not a unit"},
  }));
  INFO(text);
  const auto parsed = parse_duration(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == "duration");
  CHECK_THAT(parsed.error().message, Catch::Contains(reason) && Catch::Contains(text));
}

TEST_CASE("durations are printed in their shortest exact form", "[time]") {
  const auto [duration, expected] = GENERATE(table<SimDuration, const char*>({
      {0s, "0s"},
      {90s, "1m30s"},
      {250ms, "250ms"},
      {1500ms, "1.5s"},
      {90'250ms, "1m30.25s"},
      {60s, "1m"},
      {60min, "1h"},
      {24h, "1d"},
      {36h + 1ms, "1d12h1ms"},
      {1ns, "1ns"},
      {1'234'567ns, "1.234567ms"},
      {1'050ns, "1.05us"},
      {-90s, "-1m30s"},
  }));
  CHECK(format_duration(duration) == expected);
}

// Results print durations, and people paste them back into scenarios.
TEST_CASE("a printed duration reads back as itself", "[time]") {
  const RandomStream stream{3, "durations"};
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::uint64_t size = stream.bits(i, 0) >> stream.below(60, i, 1);
    const SimDuration duration{
        static_cast<std::int64_t>(size % static_cast<std::uint64_t>(kLongestDuration.count()))};
    const std::string text = format_duration(duration);
    INFO(text);
    const auto back = parse_duration(text);
    REQUIRE(back);
    REQUIRE(*back == duration);
  }
}

// Transcripts are compared by columns, and a moment must never look later than it is.
TEST_CASE("moments are printed in seconds with three decimals, rounded down", "[time]") {
  CHECK(format_seconds(kStart) == "0.000s");
  CHECK(format_seconds(kStart + 75'250ms) == "75.250s");
  CHECK(format_seconds(kStart + 1'999'999ns) == "0.001s");
  CHECK(format_seconds(kStart + 10h) == "36000.000s");
  CHECK(format_seconds(kStart - 1ns) == "-0.001s");
}
