#include "sim/core/time.h"

#include <fmt/format.h>

#include <array>

#include "sim/core/wide.h"

namespace steady {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

/// Largest first: the order in which parts of a duration are written.
constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};
constexpr std::size_t kSeconds = 3;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes leading digits off `text`.
std::string_view take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= 'a' && text[n] <= 'z') ++n;
  const std::string_view letters = text.substr(0, n);
  text.remove_prefix(n);
  return letters;
}

/// At most 18 digits, so that neither the number nor its product with a unit overflows.
std::uint64_t to_number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

Error bad_duration(std::string_view text, std::string_view why) {
  return {"duration", fmt::format("\"{}\" is not a duration: {}", text, why)};
}

}  // namespace

Result<SimDuration> parse_duration(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;
  constexpr std::string_view kExample = R"(write it like "250ms", "30s" or "1m30s")";
  std::string_view rest = text;
  if (rest.empty()) return bad_duration(text, fmt::format("it is empty; {}", kExample));
  if (rest.front() == '-') return bad_duration(text, "it must not be negative");

  Uint128 total = 0;
  std::size_t next_unit = 0;  // Parts come from large to small, each unit at most once.
  bool had_fraction = false;
  while (!rest.empty()) {
    std::string_view whole = take_digits(rest);
    std::string_view fraction;
    bool point = false;
    if (!whole.empty() && !rest.empty() && rest.front() == '.') {
      point = true;
      rest.remove_prefix(1);
      fraction = take_digits(rest);
    }
    if (whole.empty() || (point && fraction.empty())) {
      return bad_duration(text, fmt::format("a number is missing; {}", kExample));
    }
    const std::string_view name = take_letters(rest);
    if (name.empty()) {
      return bad_duration(text, rest.empty()
                                    ? fmt::format("a number needs a unit; {}", kExample)
                                    : fmt::format("'{}' is unexpected; {}", rest[0], kExample));
    }
    std::size_t unit = 0;
    while (unit < kUnits.size() && kUnits[unit].name != name) ++unit;
    if (unit == kUnits.size()) {
      return bad_duration(text,
                          fmt::format("'{}' is not a unit; known: ns, us, ms, s, m, h, d", name));
    }
    if (unit < next_unit) {
      return bad_duration(text, fmt::format("the parts go from large to small; {}", kExample));
    }
    if (had_fraction) return bad_duration(text, "only its last part may have a fraction");
    next_unit = unit + 1;
    had_fraction = point;

    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    if (fraction.size() > kDigitsMax) return bad_duration(text, "it is finer than a nanosecond");
    while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
    if (whole.size() > kDigitsMax) return bad_duration(text, "it exceeds 10 years (3650d)");

    Uint128 power = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i) power *= 10;
    const auto ns = static_cast<std::uint64_t>(kUnits[unit].ns);
    const Uint128 scaled = Uint128{to_number(fraction)} * ns;
    if (scaled % power != 0) return bad_duration(text, "it is finer than a nanosecond");
    total += Uint128{to_number(whole)} * ns + scaled / power;
  }
  if (total > static_cast<std::uint64_t>(kLongestDuration.count())) {
    return bad_duration(text, "it exceeds 10 years (3650d)");
  }
  return SimDuration{static_cast<std::int64_t>(total)};
}

std::string format_duration(SimDuration duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  // Unsigned, because the most negative number has no positive twin.
  auto rest = static_cast<std::uint64_t>(duration.count());
  if (duration.count() < 0) {
    text = "-";
    rest = 0 - rest;
  }
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit) {
    const auto ns = static_cast<std::uint64_t>(kUnits[unit].ns);
    const std::uint64_t whole = rest / ns;
    // Days, hours and minutes are whole; what is left is one number in its largest unit.
    if (unit < kSeconds) {
      if (whole > 0) text += fmt::format("{}{}", whole, kUnits[unit].name);
      rest %= ns;
    } else if (whole > 0) {
      text += fmt::format("{}", whole);
      if (rest % ns > 0) {
        int digits = 0;
        for (std::uint64_t power = ns; power > 1; power /= 10) ++digits;
        std::string fraction = fmt::format("{:0{}}", rest % ns, digits);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += '.' + fraction;
      }
      text += kUnits[unit].name;
      break;
    }
  }
  return text;
}

std::string format_seconds(SimTime time) {
  const std::int64_t ms =
      std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const char* sign = ms < 0 ? "-" : "";
  const std::uint64_t size =
      ms < 0 ? 0 - static_cast<std::uint64_t>(ms) : static_cast<std::uint64_t>(ms);
  return fmt::format("{}{}.{:03}s", sign, size / 1000, size % 1000);
}

}  // namespace steady
