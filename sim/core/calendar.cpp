#include "sim/core/calendar.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace steady {
namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

/// Reads exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Reads YYYY-MM-DD off the front of `text`; with `shortened`, also YYYY-MM and YYYY, whose first
/// day is meant.
std::optional<Date> take_date(std::string_view& text, bool shortened) {
  Date date{.year = 0, .month = 1, .day = 1};
  const auto year = take_number(text, 4);
  if (!year || *year < 1) return std::nullopt;
  date.year = *year;
  if (shortened && text.empty()) return date;
  if (!take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  date.month = *month;
  if (shortened && text.empty()) return date;
  if (!take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || *day < 1 || *day > days_in_month(date.year, date.month)) return std::nullopt;
  date.day = *day;
  return date;
}

/// Reads "18:44:18" with up to three decimals of a second, as milliseconds of the day.
std::optional<std::int64_t> take_time_of_day(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  int ms = 0;
  if (take(text, '.')) {
    std::size_t digits = 0;
    for (int weight = 100; weight > 0; weight /= 10) {
      const auto digit = take_number(text, 1);
      if (!digit) break;
      ms += *digit * weight;
      ++digits;
    }
    if (digits == 0) return std::nullopt;
  }
  return ((*hour * 60LL + *minute) * 60LL + *second) * 1000LL + ms;
}

}  // namespace

// The usual trick for civil dates: count years from March, so that the leap day comes last, in eras
// of 400 years (146,097 days).
std::int64_t days_from_civil(Date date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date civil_from_days(std::int64_t days) {
  const std::int64_t z = days + 719'468;
  const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const std::int64_t doe = z - era * 146'097;  // Day of the era, 0 to 146,096.
  const std::int64_t yoe = (doe - doe / 1'460 + doe / 36'524 - doe / 146'096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t month = (5 * doy + 2) / 153;  // 0 is March.
  const std::int64_t day = doy - (153 * month + 2) / 5 + 1;
  const std::int64_t civil_month = month < 10 ? month + 3 : month - 9;
  const std::int64_t year = yoe + era * 400 + (civil_month <= 2 ? 1 : 0);
  return {.year = static_cast<int>(year),
          .month = static_cast<int>(civil_month),
          .day = static_cast<int>(day)};
}

Result<Calendar> Calendar::parse(std::string_view text) {
  std::string_view rest = text;
  const auto date = take_date(rest, false);
  std::int64_t ms_of_day = 0;
  bool valid = date.has_value();
  if (valid && take(rest, 'T')) {
    const auto time = take_time_of_day(rest);
    valid = time && take(rest, 'Z');
    ms_of_day = time.value_or(0);
  }
  if (!valid || !rest.empty()) {
    return Error{"date", fmt::format("\"{}\" is not a date: write it like \"2015-04-17\" or "
                                     "\"2015-04-17T18:44:18Z\" (UTC, milliseconds at most)",
                                     text)};
  }
  return Calendar{days_from_civil(*date) * kMsPerDay + ms_of_day};
}

std::int64_t Calendar::unix_ms(SimTime at) const {
  using std::chrono::milliseconds;
  return start_unix_ms_ + std::chrono::floor<milliseconds>(at.time_since_epoch()).count();
}

Date Calendar::date(SimTime at) const {
  using std::chrono::days;
  using std::chrono::milliseconds;
  return civil_from_days(std::chrono::floor<days>(milliseconds{unix_ms(at)}).count());
}

std::string Calendar::iso8601(SimTime at) const {
  const Date day = date(at);
  const std::int64_t ms = unix_ms(at) - days_from_civil(day) * kMsPerDay;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", day.year, day.month, day.day,
                     ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

Result<Era> Era::parse(std::string_view text) {
  Era era;
  if (text == "article") {
    era.date_ = {.year = 2015, .month = 4, .day = 17};
    era.article_ = true;
    era.name_ = "article";
    return era;
  }
  std::string_view rest = text;
  const auto date = take_date(rest, true);
  if (!date || !rest.empty()) {
    return Error{"era", fmt::format("\"{}\" is not an era: write a year, a month or a day such as "
                                    "\"2022\", \"2019-06\" or \"2023-02-13\", or \"article\"",
                                    text)};
  }
  if (date->year < 2015) {
    return Error{"era",
                 fmt::format("\"{}\" is before 2015, when the modelled services began", text)};
  }
  if (date->year >= newest().date_.year) return newest();
  era.date_ = *date;
  era.name_ = text;
  return era;
}

Era Era::newest() { return {}; }

Calendar Era::default_start() const {
  const bool newest_era = date_.year >= newest().date_.year;
  const Date first = newest_era ? Date{.year = date_.year, .month = 1, .day = 1} : date_;
  return Calendar{days_from_civil(first) * kMsPerDay};
}

}  // namespace steady
