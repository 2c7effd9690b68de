#include <algorithm>
#include <charconv>
#include <optional>

#include "harness/expectations/measures/make.h"
#include "harness/simulation/cloud_watch.h"

namespace steady::expectations {
namespace {

using simulation::CloudWatch;
using simulation::MetricInfo;
using simulation::Statistics;

enum class Statistic { kSum, kAverage, kMinimum, kMaximum, kSamples, kPercentile };

struct Asked {
  std::string metric, of, zone;
  Statistic statistic = Statistic::kSum;
  std::uint32_t per_million = 0;  ///< Of kPercentile.
};

class MetricMeasure final : public Measure {
 public:
  MetricMeasure(FunctionMeasure::Function function, References references)
      : function_(std::move(function)), references_(std::move(references)) {}
  Value over(const Facts& facts, const Window& window) const override {
    return function_(facts, window);
  }
  bool reads_metrics() const override { return true; }
  References references() const override { return references_; }

 private:
  FunctionMeasure::Function function_;
  References references_;
};

/// "p99" and "p99.9" in millionths.
std::optional<std::uint32_t> percentile(std::string_view word) {
  double percent = 0;
  if (!word.starts_with("p")) return std::nullopt;
  const auto read = std::from_chars(word.data() + 1, word.data() + word.size(), percent);
  if (read.ec != std::errc() || read.ptr != word.data() + word.size()) return std::nullopt;
  if (percent < 0 || percent > 100) return std::nullopt;
  return static_cast<std::uint32_t>(percent * 10'000 + 0.5);
}

bool touches(const CloudWatch& watch, std::int64_t minute, const Window& window) {
  const auto [begin, end] = watch.span(minute);
  switch (window.kind) {
    case Window::Kind::kWhole:
      return true;
    case Window::Kind::kAt:
      return begin <= window.at && window.at < end;
    case Window::Kind::kSpans:
      break;
  }
  return std::ranges::any_of(window.spans, [&](const simulation::Span& span) {
    return span.from < end && begin < span.to;
  });
}

Value value_of(const Statistics& all, const Asked& asked, const MetricInfo& metric) {
  const auto in_units = [&metric](Uint128 parts) {
    return static_cast<double>(parts) / static_cast<double>(metric.scale());
  };
  const auto value = [&](double of) {
    if (metric.source != MetricInfo::Source::kTime) return Value::of(of);
    return Value::of(SimDuration{static_cast<std::int64_t>(of * 1e9)});
  };
  if (asked.statistic == Statistic::kSamples) return Value::of(static_cast<double>(all.samples));
  if (all.samples == 0) {
    // Where nothing was counted the sum is nothing; a mean of nothing is none.
    const bool counts = metric.source != MetricInfo::Source::kTime;
    return asked.statistic == Statistic::kSum && counts ? Value::of(0.0) : Value::none();
  }
  switch (asked.statistic) {
    case Statistic::kAverage:
      return value(in_units(all.sum) / static_cast<double>(all.samples));
    case Statistic::kMinimum:
      return value(in_units(static_cast<std::uint64_t>(all.minimum)));
    case Statistic::kMaximum:
      return value(in_units(static_cast<std::uint64_t>(all.maximum)));
    case Statistic::kPercentile:
      return all.values ? Value::of(all.values->quantile(asked.per_million)) : Value::none();
    default:
      return value(in_units(all.sum));
  }
}

Value look(const Asked& asked, const Facts& facts, const Window& window) {
  if (facts.metrics == nullptr) return Value::none();
  const CloudWatch& watch = *facts.metrics;
  const auto kind = watch.kind_of(asked.of);
  const bool group = watch.is_group(asked.of);
  const auto& infos = simulation::metric_infos();
  const auto info = std::ranges::find_if(infos, [&](const MetricInfo& one) {
    return one.name == asked.metric && kind == one.kind &&
           one.dimensions !=
               (group ? MetricInfo::Dimensions::kBalancer : MetricInfo::Dimensions::kGroup);
  });
  // A balancer of the other kind, or one that had neither traffic nor targets.
  if (info == infos.end()) return Value::none();
  const auto number = static_cast<std::size_t>(info - infos.begin());
  Statistics all;
  for (const auto& [key, points] : watch.series()) {
    const bool hit =
        key.metric == number && key.zone == asked.zone &&
        (group ? key.group == asked.of : key.group.empty() && key.load_balancer == asked.of);
    if (!hit) continue;
    for (const auto& [minute, one] : points) {
      if (touches(watch, minute, window)) all.merge(one);
    }
  }
  return value_of(all, asked, *info);
}

/// The statistic that AWS calls the most useful one.
Statistic usual(std::string_view metric) {
  for (const auto& info : simulation::metric_infos()) {
    if (info.name != metric) continue;
    if (info.statistic == "Average") return Statistic::kAverage;
    if (info.statistic == "Maximum") return Statistic::kMaximum;
  }
  return Statistic::kSum;
}

}  // namespace

std::unique_ptr<Measure> parse_metric(Tokens& tokens) {
  const std::size_t mark = tokens.mark();
  const auto none = [&]() -> std::unique_ptr<Measure> {
    tokens.back_to(mark);
    return nullptr;
  };
  if (!tokens.accept("metric")) return nullptr;
  Asked asked;
  asked.metric = tokens.accept_name().value_or("");
  const bool known = std::ranges::any_of(
      simulation::metric_infos(), [&](const auto& info) { return info.name == asked.metric; });
  if (!known || !tokens.accept("of")) return none();
  const auto of = tokens.accept_name();
  if (!of) return none();
  asked.of = *of;
  if (tokens.is_word("in") && tokens.peek(1).text != "[") {
    tokens.accept("in");
    const auto zone = tokens.accept_name();
    if (!zone) return none();
    asked.zone = *zone;
  }
  asked.statistic = usual(asked.metric);
  static constexpr std::pair<const char*, Statistic> kStatistics[] = {
      {"sum", Statistic::kSum},
      {"average", Statistic::kAverage},
      {"minimum", Statistic::kMinimum},
      {"maximum", Statistic::kMaximum},
      {"samples", Statistic::kSamples}};
  const auto written =
      std::ranges::find_if(kStatistics, [&](const auto& one) { return tokens.accept(one.first); });
  if (written != std::end(kStatistics)) {
    asked.statistic = written->second;
  } else if (tokens.peek().kind == Token::Kind::kWord) {
    if (const auto per_million = percentile(tokens.peek().text)) {
      tokens.next();
      asked.statistic = Statistic::kPercentile;
      asked.per_million = *per_million;
    }
  }
  References references{{"load balancer or target group", asked.of}};
  return std::make_unique<MetricMeasure>(
      [asked](const Facts& facts, const Window& window) { return look(asked, facts, window); },
      std::move(references));
}

}  // namespace steady::expectations
