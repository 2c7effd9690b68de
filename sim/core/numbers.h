#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace steady {

/// The text, all of it, as a whole number of type T; nothing when it is none or does not fit.
template <class T>
std::optional<T> whole_number(std::string_view text) {
  T number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace steady
