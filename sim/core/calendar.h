#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/time.h"

namespace steady {

/// A day of the proleptic Gregorian calendar, UTC.
struct Date {
  int year = 2026, month = 1, day = 1;
  auto operator<=>(const Date&) const = default;
};

/// Days since 1970-01-01.
std::int64_t days_from_civil(Date date);
Date civil_from_days(std::int64_t days);

/// Ties virtual time to dates: what a run's beginning is called.
class Calendar {
 public:
  Calendar() = default;
  explicit Calendar(std::int64_t start_unix_ms) : start_unix_ms_(start_unix_ms) {}
  /// Reads "2015-04-17", "2015-04-17T18:44:18Z", "2015-04-17T18:44:18.250Z". Error code "date".
  static Result<Calendar> parse(std::string_view text);

  std::int64_t unix_ms(SimTime at) const;
  Date date(SimTime at) const;
  /// "2015-04-17T18:44:18.000Z": always milliseconds.
  std::string iso8601(SimTime at) const;
  std::string start_iso8601() const { return iso8601(kStart); }

 private:
  std::int64_t start_unix_ms_ = 0;
};

/// The time whose rules and wording hold: a date, "2019-06" or "2022", or "article" (April 2015
/// with exactly the strings of the article that started this). stories.md 2.1.
class Era {
 public:
  /// Newest day of the given period is not meant: "2022" is 2022-01-01, and "2026" (the default)
  /// stands for the newest behaviour, so it and all that is later is read as 2026-12-31 and named
  /// "2026". Error code "era" when the text is none or is before 2015.
  static Result<Era> parse(std::string_view text);
  static Era newest();

  /// True when a behaviour dated `since` holds in this era.
  bool since(Date since_date) const { return date_ >= since_date; }
  bool is_article() const { return article_; }
  const std::string& name() const { return name_; }
  Date date() const { return date_; }
  /// The default of "start": the first day of the era at 00:00 UTC (article: 2015-04-17; newest:
  /// 2026-01-01).
  Calendar default_start() const;

 private:
  Date date_{2026, 12, 31};
  bool article_ = false;
  std::string name_ = "2026";
};

}  // namespace steady
