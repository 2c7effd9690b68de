#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sim/core/time.h"

namespace steady {

/// A random duration, drawn by inverse transform from 64 random bits. Only IEEE basic operations,
/// fused nowhere, so GCC and Clang give the same bits at every optimisation level; no libm.
/// Results are clamped to [0, 10 years] and rounded to whole nanoseconds. Parameters out of range
/// are a broken invariant: whoever reads a scenario refuses them first.
class Distribution {
 public:
  struct Constant {
    SimDuration value;
  };
  /// [min, max)
  struct Uniform {
    SimDuration min, max;
  };
  struct Exponential {
    SimDuration mean;
  };
  /// sigma = ln(p99 / median) / 2.3263... ; p99 >= median > 0.
  struct Lognormal {
    SimDuration median, p99;
  };
  /// 1 <= shape <= 64
  struct Erlang {
    int shape;
    SimDuration mean;
  };
  /// shape > 0; the mean is infinite at <= 1.
  struct Pareto {
    SimDuration minimum;
    double shape;
  };
  struct Point {
    double cumulative;
    SimDuration value;
  };
  /// Piecewise linear inverse of an empirical distribution function; first point at cumulative 0,
  /// last at 1, neither coordinate falling (a jump is two points of one cumulative).
  struct Empirical {
    std::vector<Point> points;
  };
  /// `of` holds exactly one.
  struct Part {
    double share;
    std::vector<Distribution> of;
  };
  /// One of several with the given shares (they are normalised); a bimodal mixture has two.
  struct Mixture {
    std::vector<Part> parts;
  };

  Distribution() : Distribution(Constant{SimDuration{0}}) {}
  Distribution(Constant c);  // NOLINT: implicit, a fixed duration is a distribution
  template <class Rep, class Period>
    requires std::convertible_to<std::chrono::duration<Rep, Period>, SimDuration>
  Distribution(std::chrono::duration<Rep, Period> c)  // NOLINT: implicit, so 30s is one
      : Distribution(Constant{c}) {}
  explicit Distribution(Uniform d);
  explicit Distribution(Exponential d);
  explicit Distribution(Lognormal d);
  explicit Distribution(Erlang d);
  explicit Distribution(Pareto d);
  explicit Distribution(Empirical d);
  explicit Distribution(Mixture d);

  /// The duration that belongs to these 64 random bits. An Erlang derives its further uniforms from
  /// them; a mixture chooses the part by them and stretches what is left over all 64 bits again.
  SimDuration sample(std::uint64_t bits) const {
    return is_constant() ? SimDuration{constant_ns_} : draw(bits);
  }

  /// sample() of each word, in nanoseconds; faster than one at a time for what requests draw most.
  void sample_many(const std::uint64_t* words, std::size_t count, std::int64_t* out) const;

  /// True when the same value comes out for all bits, also for uniform(5s, 5s) and the like.
  bool is_constant() const { return kind_ == Kind::kConstant; }
  /// The mean in seconds, for check and for the closed forms of tests; infinity for Pareto <= 1. It
  /// does not know about the clamp.
  double mean_seconds() const;
  /// The chance of a value above `x`: of sample() over all 2^64 words for the kinds that rise with
  /// their bits (to 2^-52), in closed form for Erlang, and by parts for a mixture.
  double above(SimDuration x) const;
  /// The largest value that can come out (the clamp for the unbounded ones).
  SimDuration upper_bound() const;
  /// As the user would write it: "lognormal(median 40ms, p99 300ms)".
  std::string describe() const;
  /// All durations multiplied by per_mille / 1000 and rounded, at most 10 years.
  Distribution scaled(std::int64_t per_mille) const;

 private:
  /// The words of a mixture that belong to one part: from `first` on, stretched by
  /// factor / 2^shift.
  struct Slice {
    std::uint64_t first = 0, factor = 0;
    unsigned shift = 0;
    std::size_t part = 0;
  };

  SimDuration draw(std::uint64_t bits) const;
  SimDuration draw_empirical(std::uint64_t bits) const;
  SimDuration draw_mixture(std::uint64_t bits) const;

  enum class Kind {
    kConstant,
    kUniform,
    kExponential,
    kLognormal,
    kErlang,
    kPareto,
    kEmpirical,
    kMixture
  };
  Kind kind_ = Kind::kConstant;
  std::int64_t constant_ns_ = 0;
  std::uint64_t width_ = 0;
  int shape_ = 0;
  double a_ = 0, b_ = 0;  ///< Precomputed parameters of the kind, see the .cpp.
  std::vector<Slice> slices_;
  std::variant<Constant, Uniform, Exponential, Lognormal, Erlang, Pareto, Empirical, Mixture> spec_;
};

}  // namespace steady
