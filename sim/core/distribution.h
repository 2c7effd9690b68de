#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sim/core/time.h"

namespace steady {

/// A random duration, drawn by inverse transform from 64 random bits. Only IEEE basic operations,
/// fused nowhere, so GCC and Clang give the same bits at every optimisation level; no libm.
/// Results are clamped to [0, 10 years] and rounded to whole nanoseconds.
class Distribution {
 public:
  struct Constant { SimDuration value; };
  struct Uniform { SimDuration min, max; };  ///< [min, max)
  struct Exponential { SimDuration mean; };
  /// sigma = ln(p99 / median) / 2.3263... ; p99 >= median > 0.
  struct Lognormal { SimDuration median, p99; };
  struct Erlang { int shape; SimDuration mean; };            ///< 1 <= shape <= 64
  struct Pareto { SimDuration minimum; double shape; };      ///< shape > 0; mean is infinite at <= 1
  struct Point { double cumulative; SimDuration value; };
  /// Piecewise linear inverse of an empirical distribution function; first point at cumulative 0,
  /// last at 1, both coordinates rising.
  struct Empirical { std::vector<Point> points; };
  struct Part { double share; std::vector<Distribution> of; };  ///< `of` holds exactly one
  /// One of several with the given shares (they are normalised); a bimodal mixture has two.
  struct Mixture { std::vector<Part> parts; };

  Distribution() : Distribution(Constant{SimDuration{0}}) {}
  Distribution(Constant c);     // NOLINT: implicit, a fixed duration is a distribution
  Distribution(SimDuration c) : Distribution(Constant{c}) {}  // NOLINT: implicit
  explicit Distribution(Uniform d);
  explicit Distribution(Exponential d);
  explicit Distribution(Lognormal d);
  explicit Distribution(Erlang d);
  explicit Distribution(Pareto d);
  explicit Distribution(Empirical d);
  explicit Distribution(Mixture d);

  /// The duration that belongs to these 64 random bits.
  SimDuration sample(std::uint64_t bits) const;

  bool is_constant() const { return kind_ == Kind::kConstant; }
  /// The mean in seconds, for check and for the closed forms of tests; infinity for Pareto <= 1.
  double mean_seconds() const;
  /// The largest value that can come out (the clamp for the unbounded ones).
  SimDuration upper_bound() const;
  /// As the user would write it: "lognormal(median 40ms, p99 300ms)".
  std::string describe() const;
  /// All durations multiplied by factor / 1000.
  Distribution scaled(std::int64_t per_mille) const;

 private:
  enum class Kind { kConstant, kUniform, kExponential, kLognormal, kErlang, kPareto, kEmpirical, kMixture };
  Kind kind_ = Kind::kConstant;
  std::int64_t constant_ns_ = 0;
  double a_ = 0, b_ = 0;  ///< Precomputed parameters of the kind, see the .cpp.
  std::variant<Constant, Uniform, Exponential, Lognormal, Erlang, Pareto, Empirical, Mixture> spec_;
};

}  // namespace steady
