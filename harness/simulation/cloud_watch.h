#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/routing.h"
#include "sim/core/histogram.h"
#include "sim/core/wide.h"
#include "sim/dataplane/node_metrics.h"
#include "sim/world/world.h"

namespace steady::simulation {

/// One of AWS's metrics of load balancers (elb.md 1.11, 2.19), as metrics.def lists it.
struct MetricInfo {
  enum class Dimensions : std::uint8_t { kBalancer, kBoth, kGroup };
  enum class Source : std::uint8_t {
    kCount,      ///< Something that happened so often.
    kTime,       ///< How long answers took.
    kHealthy,    ///< What the nodes believe of the targets.
    kUnhealthy,  ///< The same.
    kAnomalous,  ///< Targets that stood out, at each look at their group.
    kMitigated,  ///< Those that had less than their full weight.
    kPerTarget,  ///< Requests, divided by targets.
    kQueue,      ///< A length of which only the largest says something.
    kErrors,     ///< Connects that failed, those of health checks too.
    kFlows,      ///< Something that happened so often; nothing is told as 0.
    kOpenFlows   ///< How many there are, looked at once a second.
  };
  elb::Kind kind{};
  std::string_view name, unit;
  std::string_view statistic;  ///< That AWS calls the most useful one.
  Dimensions dimensions{};
  Source source{};
  std::uint64_t (*count)(const dataplane::NodeMinute&) = nullptr;
  /// Values are whole numbers of one part in so many of the unit.
  std::uint64_t scale() const {
    if (source == Source::kTime) return 1'000'000'000;
    return source == Source::kPerTarget ? 1'000'000 : 1;
  }
};
const std::vector<MetricInfo>& metric_infos();

/// One that AWS has and the model has not, and why.
struct MissingMetric {
  elb::Kind kind{};
  std::string_view name, why;
};
const std::vector<MissingMetric>& missing_metrics();

/// "AWS/ApplicationELB"
std::string_view metric_namespace(elb::Kind kind);

/// A datapoint's statistic set, or that of several; in parts of the unit (MetricInfo::scale).
struct Statistics {
  std::uint64_t samples = 0;
  Uint128 sum = 0;
  std::int64_t minimum = INT64_MAX, maximum = INT64_MIN;
  std::optional<Histogram> values;  ///< Of kTime, for percentiles.

  void sample(std::int64_t value);
  void sample(std::int64_t value, std::uint64_t times);
  void merge(const Statistics& other);
};

/// What CloudWatch would hold of a run's load balancers: datapoints of 60 s. Counted by the data
/// plane from the same ends as the ledger; what nodes believe is the control plane's.
class CloudWatch {
 public:
  /// The world must have kept metrics. `ended` is where the run stood; what was open then is
  /// counted in the minute in which it ends.
  CloudWatch(world::World& world, SimTime ended);

  /// One metric under one set of dimensions. Names are the short ones ("front", "web").
  struct Key {
    std::size_t metric = 0;  ///< Its place in metric_infos().
    std::string load_balancer, group, zone;
    auto operator<=>(const Key&) const = default;
  };
  using Points = std::map<std::int64_t, Statistics>;  ///< By minute.
  const std::map<Key, Points>& series() const { return series_; }

  /// [begin, end) of a minute in virtual time; the first may begin before 0.
  std::pair<SimTime, SimTime> span(std::int64_t minute) const;
  /// "2026-01-01T00:01:00Z"
  std::string timestamp(std::int64_t minute) const;
  /// Dimensions in AWS's names: LoadBalancer (app/front/…), TargetGroup, AvailabilityZone.
  std::vector<std::pair<std::string, std::string>> dimensions(const Key& key) const;

  /// The kind of a load balancer, or of the one before a target group; nothing when the run had no
  /// such name.
  std::optional<elb::Kind> kind_of(const std::string& name) const;
  bool is_group(const std::string& name) const { return groups_.contains(name); }

 private:
  using PerMinute = std::map<std::int64_t, std::uint64_t>;
  Points& points(std::size_t metric, const std::string& balancer, const std::string& group,
                 const std::string& zone) {
    return series_[{metric, balancer, group, zone}];
  }
  void count(world::World& world);
  void count_failed_checks(world::World& world);
  void count_flows(world::World& world, SimTime ended);
  void count_hosts(world::World& world, SimTime ended);
  void count_anomalies(world::World& world, SimTime ended);
  void share_requests();

  std::map<Key, Points> series_;
  std::map<std::string, std::string> balancers_, groups_;  ///< to CloudWatch's names
  std::map<std::string, elb::Kind> kinds_, kinds_of_groups_;
  std::map<std::string, std::map<std::int64_t, bool>> busy_;  ///< minutes with traffic
  std::map<std::string, PerMinute> targets_;                  ///< of a group, for kPerTarget
  const dataplane::NodeMetrics* metrics_;
  Calendar calendar_;
};

}  // namespace steady::simulation
