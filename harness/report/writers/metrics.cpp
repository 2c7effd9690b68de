#include <string>

#include "harness/report/report.h"
#include "harness/report/writers/csv.h"
#include "harness/simulation/cloud_watch.h"

/// CloudWatch's datapoints as a file.
namespace steady::report {
namespace {

using simulation::MetricInfo;
using simulation::Statistics;

/// A whole number stays one; the rest is the nearest double, the same on every machine.
Json number(Uint128 parts, Uint128 scale) {
  if (parts % scale == 0) return static_cast<std::uint64_t>(parts / scale);
  return static_cast<double>(static_cast<std::uint64_t>(parts)) /
         static_cast<double>(static_cast<std::uint64_t>(scale));
}

constexpr std::pair<const char*, std::uint32_t> kPercentiles[] = {
    {"p50", 500'000}, {"p90", 900'000}, {"p95", 950'000}, {"p99", 990'000}, {"p99.9", 999'000}};

Json point(const simulation::CloudWatch& watch, const simulation::CloudWatch::Key& key,
           std::int64_t minute, const Statistics& of, bool as_csv) {
  const MetricInfo& metric = simulation::metric_infos()[key.metric];
  const Uint128 scale = metric.scale();
  Json json;
  json["Namespace"] = simulation::metric_namespace(metric.kind);
  json["MetricName"] = metric.name;
  Json dimensions = Json::array();
  std::string in_words;
  for (const auto& [name, value] : watch.dimensions(key)) {
    dimensions.push_back(Json{{"Name", name}, {"Value", value}});
    in_words += (in_words.empty() ? "" : ";") + name + "=" + value;
  }
  json["Dimensions"] = as_csv ? Json(in_words) : dimensions;
  json["Timestamp"] = watch.timestamp(minute);
  json["Period"] = 60;
  json["Unit"] = metric.unit;
  json["SampleCount"] = of.samples;
  json["Sum"] = number(of.sum, scale);
  json["Average"] = number(of.sum, scale * of.samples);
  json["Minimum"] = number(static_cast<std::uint64_t>(of.minimum), scale);
  json["Maximum"] = number(static_cast<std::uint64_t>(of.maximum), scale);
  Json percentiles = Json::object();
  for (const auto& [name, per_million] : kPercentiles) {
    Json value;
    if (of.values) {
      value = number(static_cast<std::uint64_t>(of.values->quantile(per_million).count()), scale);
    }
    if (as_csv) {
      json[name] = value;
    } else if (of.values) {
      percentiles[name] = value;
    }
  }
  if (!as_csv && of.values) json["ExtendedStatistics"] = percentiles;
  return json;
}

}  // namespace

void write_metrics(const std::vector<Report>& reports, bool as_csv, std::ostream& out) {
  bool head = as_csv;
  for (const auto& report : reports) {
    if (!report.record.metrics) continue;
    const auto& watch = *report.record.metrics;
    for (const auto& [key, points] : watch.series()) {
      for (const auto& [minute, of] : points) {
        Json json;
        if (reports.size() > 1) json["Scenario"] = report.record.identity.name;
        json.update(point(watch, key, minute, of, as_csv));
        if (head) out << csv_line(json, true);
        head = false;
        out << (as_csv ? csv_line(json, false) : json.dump() + "\n");
      }
    }
  }
}

}  // namespace steady::report
