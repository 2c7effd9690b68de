#include "sim/core/calendar.h"

#include <chrono>
#include <string>

#include "tests/support/catch.h"

using namespace steady;

namespace {

Era era(const char* text) { return Era::parse(text).value(); }

}  // namespace

TEST_CASE("known days have their known numbers", "[calendar]") {
  CHECK(days_from_civil({1970, 1, 1}) == 0);
  CHECK(days_from_civil({1969, 12, 31}) == -1);
  CHECK(days_from_civil({2000, 2, 29}) == 11016);
  CHECK(days_from_civil({2000, 3, 1}) == 11017);
  CHECK(days_from_civil({2015, 4, 17}) == 16542);
  CHECK(days_from_civil({2026, 12, 31}) == 20818);
}

// The standard library's calendar is the oracle, over more than an era of 400 years.
TEST_CASE("days and dates convert into each other as in the standard library", "[calendar]") {
  for (std::int64_t day = -150'000; day <= 150'000; day += 7) {
    const std::chrono::year_month_day theirs{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(day)}}};
    const Date ours = civil_from_days(day);
    REQUIRE(ours.year == static_cast<int>(theirs.year()));
    REQUIRE(ours.month == static_cast<int>(static_cast<unsigned>(theirs.month())));
    REQUIRE(ours.day == static_cast<int>(static_cast<unsigned>(theirs.day())));
    REQUIRE(days_from_civil(ours) == day);
  }
}

TEST_CASE("a calendar reads dates and moments and prints them with milliseconds", "[calendar]") {
  const auto [text, printed] = GENERATE(table<const char*, const char*>({
      {"2015-04-17", "2015-04-17T00:00:00.000Z"},
      {"2015-04-17T18:44:18Z", "2015-04-17T18:44:18.000Z"},
      {"2015-04-17T18:44:18.250Z", "2015-04-17T18:44:18.250Z"},
      {"2015-04-17T18:44:18.5Z", "2015-04-17T18:44:18.500Z"},
      {"2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"},
  }));
  const auto calendar = Calendar::parse(text);
  REQUIRE(calendar);
  CHECK(calendar->start_iso8601() == printed);
}

TEST_CASE("what is no date is refused", "[calendar]") {
  const char* text =
      GENERATE("", "2015", "2015-04", "2015-4-17", "2015-02-29", "2015-13-01", "2015-00-01",
               "2015-04-31", "2015-04-17T", "2015-04-17T18:44Z", "2015-04-17T18:44:18",
               "2015-04-17T24:00:00Z", "2015-04-17T18:60:00Z", "2015-04-17T18:44:60Z",
               "2015-04-17T18:44:18.Z", "2015-04-17T18:44:18.2501Z", "2015-04-17T18:44:18+00:00",
               "2015-04-17 18:44:18Z", "15-04-17", "0000-01-01", "article");
  INFO(text);
  const auto calendar = Calendar::parse(text);
  REQUIRE_FALSE(calendar);
  CHECK(calendar.error().code == "date");
}

// Created-at times of the API and deployment ids come from here.
TEST_CASE("virtual time moves the calendar on, over midnight and leap days", "[calendar]") {
  const auto calendar = Calendar::parse("2024-02-28T23:59:59.500Z").value();
  CHECK(calendar.unix_ms(kStart) == 1'709'164'799'500);
  CHECK(calendar.date(kStart) == Date{2024, 2, 28});
  CHECK(calendar.iso8601(kStart + 500ms) == "2024-02-29T00:00:00.000Z");
  CHECK(calendar.iso8601(kStart + 500ms - 1ns) == "2024-02-28T23:59:59.999Z");
  CHECK(calendar.date(kStart + 24h + 500ms) == Date{2024, 3, 1});
  CHECK(calendar.iso8601(kStart - 1ns) == "2024-02-28T23:59:59.499Z");
}

TEST_CASE("an era is a day, the first of a month or year, the article's, or the newest", "[era]") {
  const auto [text, date, name, start] =
      GENERATE(table<const char*, Date, const char*, const char*>({
          {"2015", {2015, 1, 1}, "2015", "2015-01-01T00:00:00.000Z"},
          {"2019-06", {2019, 6, 1}, "2019-06", "2019-06-01T00:00:00.000Z"},
          {"2023-02-13", {2023, 2, 13}, "2023-02-13", "2023-02-13T00:00:00.000Z"},
          {"article", {2015, 4, 17}, "article", "2015-04-17T00:00:00.000Z"},
          {"2026", {2026, 12, 31}, "2026", "2026-01-01T00:00:00.000Z"},
          {"2026-03", {2026, 12, 31}, "2026", "2026-01-01T00:00:00.000Z"},
          {"2031-05-06", {2026, 12, 31}, "2026", "2026-01-01T00:00:00.000Z"},
      }));
  INFO(text);
  const Era parsed = era(text);
  CHECK(parsed.date() == date);
  CHECK(parsed.name() == name);
  CHECK(parsed.default_start().start_iso8601() == start);
  CHECK(parsed.is_article() == (std::string(text) == "article"));
}

TEST_CASE("the default era is the newest", "[era]") {
  CHECK(Era{}.date() == Era::newest().date());
  CHECK(Era::newest().name() == "2026");
}

// Every dated rule asks since(): the day itself belongs to the new behaviour.
TEST_CASE("a behaviour holds from its day on", "[era]") {
  const Date since{2023, 2, 13};
  CHECK_FALSE(era("2015").since(since));
  CHECK_FALSE(era("article").since(since));
  CHECK_FALSE(era("2023").since(since));
  CHECK_FALSE(era("2023-02").since(since));
  CHECK_FALSE(era("2023-02-12").since(since));
  CHECK(era("2023-02-13").since(since));
  CHECK(era("2023-03").since(since));
  CHECK(era("2026").since(since));
  CHECK(era("2026").since({2026, 11, 30}));
}

TEST_CASE("what is no era is refused", "[era]") {
  const auto [text, reason] = GENERATE(table<const char*, const char*>({
      {"", "not an era"},
      {"2014", "before 2015"},
      {"2014-12-31", "before 2015"},
      {"2019-13", "not an era"},
      {"2019-02-29", "not an era"},
      {"2019-6", "not an era"},
      {"2019-06-", "not an era"},
      {"20191", "not an era"},
      {"Article", "not an era"},
      {"newest", "not an era"},
  }));
  INFO(text);
  const auto parsed = Era::parse(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == "era");
  CHECK_THAT(parsed.error().message, Catch::Contains(reason));
}
