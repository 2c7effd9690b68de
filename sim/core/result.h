#pragma once

#include <string>
#include <utility>
#include <variant>

#include "sim/core/check.h"

namespace steady {

/// Why something that was asked for was refused. A simulated failure is never an Error.
struct Error {
  std::string code;     ///< What a program matches on: "ClusterNotFoundException", "duration".
  std::string message;  ///< One sentence for a person.
  std::string where{};  ///< Place in the input, a JSON pointer or a name; may be empty.
};

/// A value, or the reason why there is none. Shaped like std::expected, which GCC 12 lacks.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// The value; it is a broken invariant to ask when there is none.
  const T& value() const& { return check_value(), std::get<0>(state_); }
  T& value() & { return check_value(), std::get<0>(state_); }
  T&& value() && { return check_value(), std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const { return std::get<1>(state_); }
  T value_or(T other) const { return has_value() ? std::get<0>(state_) : std::move(other); }

 private:
  void check_value() const {
    STEADY_CHECK(has_value(), "a value was taken from an error: " + error().message);
  }
  std::variant<T, Error> state_;
};

/// The result of something that gives nothing back.
struct Done {};
using Status = Result<Done>;
inline Status ok() { return Done{}; }

}  // namespace steady
