#include "sim/core/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/core/batch.h"
#include "sim/core/check.h"
#include "sim/core/dmath.h"
#include "sim/core/random.h"
#include "sim/core/wide.h"

namespace steady {
namespace {

constexpr double kLongestNs = static_cast<double>(kLongestDuration.count());

double to_double(SimDuration d) { return static_cast<double>(d.count()); }

/// Nearest whole nanosecond within [0, 10 years]; `ns` is not negative.
SimDuration rounded(double ns) {
  return SimDuration{static_cast<std::int64_t>(std::min(ns, kLongestNs) + 0.5)};
}

/// An exponential value of mean 1. Uses 1 - u, so that larger bits give longer durations.
double unit_exponential(std::uint64_t bits) { return -dmath::log(dmath::open_unit(~bits)); }

/// Minus the logarithm of a product of `shape` uniforms: the first is made of the bits themselves,
/// the others of words derived from them as SplitMix64 would.
double unit_erlang(std::uint64_t bits, int shape) {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ULL;
  // Sixteen factors of at least 2^-53 stay well above the smallest normal number.
  constexpr int kFactorsPerLogarithm = 16;
  double sum = 0.0;
  double product = dmath::open_unit(~bits);
  for (int i = 1; i < shape; ++i) {
    if (i % kFactorsPerLogarithm == 0) {
      sum -= dmath::log(product);
      product = 1.0;
    }
    product *= dmath::open_unit(~mix64(bits + static_cast<std::uint64_t>(i) * kStep));
  }
  return sum - dmath::log(product);
}

void check_range(SimDuration d) {
  STEADY_CHECK(d >= SimDuration{0} && d <= kLongestDuration,
               "a distribution's duration is negative or longer than 10 years");
}

double sigma_of(const Distribution::Lognormal& d) {
  return dmath::log(to_double(d.p99) / to_double(d.median)) / dmath::inverse_normal(0.99);
}

}  // namespace

Distribution::Distribution(Constant c) : constant_ns_(c.value.count()), spec_(c) {
  check_range(c.value);
}

// Members: constant_ns_ = min, width_ = max - min.
Distribution::Distribution(Uniform d) : kind_(Kind::kUniform), spec_(d) {
  check_range(d.min);
  check_range(d.max);
  STEADY_CHECK(d.min <= d.max, "a uniform distribution's minimum is above its maximum");
  constant_ns_ = d.min.count();
  width_ = static_cast<std::uint64_t>((d.max - d.min).count());
  if (width_ == 0) kind_ = Kind::kConstant;
}

// a_ = mean.
Distribution::Distribution(Exponential d)
    : kind_(d.mean.count() == 0 ? Kind::kConstant : Kind::kExponential),
      a_(to_double(d.mean)),
      spec_(d) {
  check_range(d.mean);
}

// a_ = median, b_ = sigma.
Distribution::Distribution(Lognormal d) : kind_(Kind::kLognormal), spec_(d) {
  check_range(d.median);
  check_range(d.p99);
  STEADY_CHECK(d.median.count() > 0, "a lognormal distribution's median is zero");
  STEADY_CHECK(d.p99 >= d.median, "a lognormal distribution's p99 is below its median");
  if (d.p99 == d.median) {
    kind_ = Kind::kConstant;
    constant_ns_ = d.median.count();
    return;
  }
  a_ = to_double(d.median);
  b_ = sigma_of(d);
}

// a_ = mean of one stage, shape_ = number of stages.
Distribution::Distribution(Erlang d)
    : kind_(d.mean.count() == 0 ? Kind::kConstant : Kind::kErlang), shape_(d.shape), spec_(d) {
  check_range(d.mean);
  STEADY_CHECK(d.shape >= 1 && d.shape <= 64, "an Erlang distribution's shape is not in 1 to 64");
  a_ = to_double(d.mean) / d.shape;
}

// a_ = minimum, b_ = 1 / shape.
Distribution::Distribution(Pareto d)
    : kind_(d.minimum.count() == 0 ? Kind::kConstant : Kind::kPareto), spec_(d) {
  check_range(d.minimum);
  STEADY_CHECK(d.shape > 0.0, "a Pareto distribution's shape is not above zero");
  a_ = to_double(d.minimum);
  b_ = 1.0 / d.shape;
}

Distribution::Distribution(Empirical d) : kind_(Kind::kEmpirical) {
  STEADY_CHECK(d.points.size() >= 2, "an empirical distribution has fewer than two points");
  STEADY_CHECK(d.points.front().cumulative == 0.0 && d.points.back().cumulative == 1.0,
               "an empirical distribution does not go from 0 to 1");
  for (std::size_t i = 0; i < d.points.size(); ++i) {
    check_range(d.points[i].value);
    STEADY_CHECK(i == 0 || (d.points[i].cumulative >= d.points[i - 1].cumulative &&
                            d.points[i].value >= d.points[i - 1].value),
                 "an empirical distribution falls");
  }
  spec_ = std::move(d);
}

Distribution::Distribution(Mixture d) : kind_(Kind::kMixture) {
  double total = 0.0;
  for (const Part& part : d.parts) {
    STEADY_CHECK(part.share >= 0.0, "a mixture's share is negative");
    STEADY_CHECK(part.of.size() == 1, "a mixture's part is not one distribution");
    total += part.share;
  }
  STEADY_CHECK(total > 0.0 && total <= std::numeric_limits<double>::max(),
               "a mixture's shares do not add up to something");

  // Part i gets the 64-bit words [first, end) in proportion to its share, and a factor that
  // stretches them over all 64-bit words again.
  constexpr Uint128 kAll = Uint128{1} << 64;
  std::size_t last = 0;
  for (std::size_t i = 0; i < d.parts.size(); ++i) {
    if (d.parts[i].share > 0.0) last = i;
  }
  double cumulative = 0.0;
  Uint128 first = 0;
  for (std::size_t i = 0; i <= last; ++i) {
    cumulative += d.parts[i].share;
    const Uint128 end =
        i == last ? kAll : std::min(kAll, static_cast<Uint128>(cumulative / total * 0x1p64));
    if (end <= first) continue;
    const Uint128 width = end - first;
    unsigned shift = 0;  // The exponent of the largest power of two within the width.
    while ((width >> shift) > 1) ++shift;
    const Uint128 numerator = shift == 64 ? ~Uint128{0} : (Uint128{1} << (64 + shift)) - 1;
    slices_.push_back({.first = static_cast<std::uint64_t>(first),
                       .factor = static_cast<std::uint64_t>(numerator / width),
                       .shift = shift,
                       .part = i});
    first = end;
  }
  spec_ = std::move(d);
}

SimDuration Distribution::draw(std::uint64_t bits) const {
  switch (kind_) {
    case Kind::kConstant:
      return SimDuration{constant_ns_};
    case Kind::kUniform:
      return SimDuration{constant_ns_ + static_cast<std::int64_t>((Uint128{bits} * width_) >> 64)};
    case Kind::kExponential:
      return rounded(a_ * unit_exponential(bits));
    case Kind::kLognormal:
      return rounded(a_ * dmath::exp(b_ * dmath::inverse_normal(dmath::open_unit(bits))));
    case Kind::kErlang:
      return rounded(a_ * unit_erlang(bits, shape_));
    case Kind::kPareto:
      return rounded(a_ * dmath::exp(b_ * unit_exponential(bits)));
    case Kind::kEmpirical:
      return draw_empirical(bits);
    case Kind::kMixture:
      return draw_mixture(bits);
  }
  return SimDuration{0};
}

void Distribution::sample_many(const std::uint64_t* words, std::size_t count,
                               std::int64_t* out) const {
  constexpr std::size_t kChunk = 256;
  constexpr double kSigmaInRange = 70.0;
  const bool lognormal = kind_ == Kind::kLognormal && b_ < kSigmaInRange;
  if (!lognormal && kind_ != Kind::kExponential) {
    for (std::size_t i = 0; i < count; ++i) out[i] = sample(words[i]).count();
    return;
  }
  double values[kChunk];
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t here = std::min(kChunk, count - begin);
    if (lognormal) {
      batch::lognormals(words + begin, here, a_, b_, values);
      for (std::size_t i = 0; i < here; ++i) out[begin + i] = rounded(values[i]).count();
    } else {
      batch::unit_exponentials(words + begin, here, values);
      for (std::size_t i = 0; i < here; ++i) out[begin + i] = rounded(a_ * values[i]).count();
    }
  }
}

SimDuration Distribution::draw_empirical(std::uint64_t bits) const {
  const auto& points = std::get<Empirical>(spec_).points;
  const double u = dmath::open_unit(bits);
  const auto above =
      std::upper_bound(points.begin(), points.end(), u,
                       [](double value, const Point& point) { return value < point.cumulative; });
  // 0 < u < 1, so there is a point on either side, and the two differ.
  const Point& high = *above;
  const Point& low = *(above - 1);
  const double along = (u - low.cumulative) / (high.cumulative - low.cumulative);
  return rounded(to_double(low.value) + along * to_double(high.value - low.value));
}

SimDuration Distribution::draw_mixture(std::uint64_t bits) const {
  std::size_t i = slices_.size() - 1;
  while (slices_[i].first > bits) --i;
  const Slice& slice = slices_[i];
  const auto stretched =
      static_cast<std::uint64_t>((Uint128{bits - slice.first} * slice.factor) >> slice.shift);
  return std::get<Mixture>(spec_).parts[slice.part].of.front().sample(stretched);
}

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

double Distribution::mean_seconds() const {
  const auto seconds = [](SimDuration d) { return to_double(d) / 1e9; };
  return std::visit(Overloaded{
                        [&](const Constant& d) { return seconds(d.value); },
                        [&](const Uniform& d) { return (seconds(d.min) + seconds(d.max)) / 2.0; },
                        [&](const Exponential& d) { return seconds(d.mean); },
                        [&](const Lognormal& d) {
                          const double sigma = sigma_of(d);
                          return seconds(d.median) * dmath::exp(sigma * sigma / 2.0);
                        },
                        [&](const Erlang& d) { return seconds(d.mean); },
                        [&](const Pareto& d) {
                          if (d.minimum.count() == 0) return 0.0;
                          return d.shape > 1.0 ? seconds(d.minimum) * d.shape / (d.shape - 1.0)
                                               : kInfinity;
                        },
                        [&](const Empirical& d) {
                          double mean = 0.0;
                          for (std::size_t i = 1; i < d.points.size(); ++i) {
                            const Point& low = d.points[i - 1];
                            const Point& high = d.points[i];
                            mean += (high.cumulative - low.cumulative) *
                                    (seconds(low.value) + seconds(high.value)) / 2.0;
                          }
                          return mean;
                        },
                        [&](const Mixture& d) {
                          double mean = 0.0;
                          double total = 0.0;
                          for (const Part& part : d.parts) {
                            if (part.share > 0.0)
                              mean += part.share * part.of.front().mean_seconds();
                            total += part.share;
                          }
                          return mean / total;
                        },
                    },
                    spec_);
}

double Distribution::above(SimDuration x) const {
  if (x < SimDuration{0}) return 1.0;
  if (x >= upper_bound()) return 0.0;
  if (is_constant()) return 1.0;
  if (const auto* mixture = std::get_if<Mixture>(&spec_)) {
    double chance = 0.0, total = 0.0;
    for (const Part& part : mixture->parts) {
      if (part.share > 0.0) chance += part.share * part.of.front().above(x);
      total += part.share;
    }
    return chance / total;
  }
  if (kind_ == Kind::kErlang) {
    // No event of a Poisson process of stages beyond the last: sum of y^j / j! e^-y, j < shape.
    const double y = to_double(x) / a_;
    double term = dmath::exp(-y), sum = term;
    for (int j = 1; j < shape_; ++j) {
      term *= y / j;
      sum += term;
    }
    return std::min(sum, 1.0);
  }
  // The least word whose value is above x; the values rise with the words.
  std::uint64_t low = 0, high = ~std::uint64_t{0};
  if (draw(high) <= x) return 0.0;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (draw(middle) > x) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return static_cast<double>(~low) * 0x1p-64;
}

SimDuration Distribution::upper_bound() const {
  switch (kind_) {
    case Kind::kConstant:
      return SimDuration{constant_ns_};
    case Kind::kUniform:
      return std::get<Uniform>(spec_).max - SimDuration{1};
    case Kind::kEmpirical:
      return std::get<Empirical>(spec_).points.back().value;
    case Kind::kMixture: {
      SimDuration largest{0};
      for (const Part& part : std::get<Mixture>(spec_).parts) {
        if (part.share > 0.0) largest = std::max(largest, part.of.front().upper_bound());
      }
      return largest;
    }
    default:
      return kLongestDuration;
  }
}

std::string Distribution::describe() const {
  const auto text = [](SimDuration d) { return format_duration(d); };
  return std::visit(
      Overloaded{
          [&](const Constant& d) { return text(d.value); },
          [&](const Uniform& d) {
            return fmt::format("uniform(min {}, max {})", text(d.min), text(d.max));
          },
          [&](const Exponential& d) { return fmt::format("exponential(mean {})", text(d.mean)); },
          [&](const Lognormal& d) {
            return fmt::format("lognormal(median {}, p99 {})", text(d.median), text(d.p99));
          },
          [&](const Erlang& d) {
            return fmt::format("erlang(shape {}, mean {})", d.shape, text(d.mean));
          },
          [&](const Pareto& d) {
            return fmt::format("pareto(minimum {}, shape {})", text(d.minimum), d.shape);
          },
          [&](const Empirical& d) {
            return fmt::format("empirical({} points, {} to {})", d.points.size(),
                               text(d.points.front().value), text(d.points.back().value));
          },
          [&](const Mixture& d) {
            std::string parts;
            for (const Part& part : d.parts) {
              parts += fmt::format("{}{} of {}", parts.empty() ? "" : ", ", part.share,
                                   part.of.front().describe());
            }
            return fmt::format("mixture({})", parts);
          },
      },
      spec_);
}

Distribution Distribution::scaled(std::int64_t per_mille) const {
  STEADY_CHECK(per_mille >= 0, "a distribution was scaled by a negative factor");
  const auto scale = [&](SimDuration d) {
    const Uint128 product =
        Uint128{static_cast<std::uint64_t>(d.count())} * static_cast<std::uint64_t>(per_mille) +
        500;
    const Uint128 longest = static_cast<std::uint64_t>(kLongestDuration.count());
    return SimDuration{static_cast<std::int64_t>(std::min<Uint128>(product / 1000, longest))};
  };
  return std::visit(
      Overloaded{
          [&](const Constant& d) { return Distribution(Constant{scale(d.value)}); },
          [&](const Uniform& d) {
            return Distribution(Uniform{scale(d.min), scale(d.max)});
          },
          [&](const Exponential& d) { return Distribution(Exponential{scale(d.mean)}); },
          [&](const Lognormal& d) {
            if (scale(d.median).count() == 0) return Distribution(Constant{SimDuration{0}});
            return Distribution(Lognormal{scale(d.median), scale(d.p99)});
          },
          [&](const Erlang& d) {
            return Distribution(Erlang{d.shape, scale(d.mean)});
          },
          [&](const Pareto& d) {
            return Distribution(Pareto{scale(d.minimum), d.shape});
          },
          [&](const Empirical& d) {
            Empirical copy = d;
            for (Point& point : copy.points) point.value = scale(point.value);
            return Distribution(std::move(copy));
          },
          [&](const Mixture& d) {
            Mixture copy = d;
            for (Part& part : copy.parts) part.of.front() = part.of.front().scaled(per_mille);
            return Distribution(std::move(copy));
          },
      },
      spec_);
}

}  // namespace steady
