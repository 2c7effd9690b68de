#include "harness/simulation/cloud_watch.h"

#include <algorithm>
#include <set>

#include "sim/cloud/elb/anomalies/anomaly_rule.h"

namespace steady::simulation {
namespace {

using elb::Kind;
using Source = MetricInfo::Source;
using Dimensions = MetricInfo::Dimensions;

constexpr std::uint64_t kMillion = 1'000'000;

bool fits(const MetricInfo& metric, Kind kind, bool with_group) {
  if (metric.kind != kind) return false;
  return with_group ? metric.dimensions != Dimensions::kBalancer
                    : metric.dimensions != Dimensions::kGroup;
}

}  // namespace

const std::vector<MetricInfo>& metric_infos() {
  static const std::vector<MetricInfo> kInfos = {
#define METRIC(kind, name, unit, statistic, dimensions, source, counted) \
  {Kind::kind,                                                           \
   name,                                                                 \
   unit,                                                                 \
   statistic,                                                            \
   Dimensions::dimensions,                                               \
   Source::source,                                                       \
   []([[maybe_unused]] const dataplane::NodeMinute& c) -> std::uint64_t { return counted; }},
#define NO_METRIC(kind, name, why)
#include "harness/simulation/metrics.def"
#undef METRIC
#undef NO_METRIC
  };
  return kInfos;
}

const std::vector<MissingMetric>& missing_metrics() {
  static const std::vector<MissingMetric> kMissing = {
#define METRIC(kind, name, unit, statistic, dimensions, source, counted)
#define NO_METRIC(kind, name, why) {Kind::kind, name, why},
#include "harness/simulation/metrics.def"
#undef METRIC
#undef NO_METRIC
  };
  return kMissing;
}

std::string_view metric_namespace(Kind kind) {
  if (kind == Kind::kNetwork) return "AWS/NetworkELB";
  return kind == Kind::kClassic ? "AWS/ELB" : "AWS/ApplicationELB";
}

void Statistics::sample(std::int64_t value, std::uint64_t times) {
  if (times == 0) return;
  samples += times;
  sum += Uint128{static_cast<std::uint64_t>(value)} * times;
  minimum = std::min(minimum, value);
  maximum = std::max(maximum, value);
}

void Statistics::sample(std::int64_t value) { sample(value, 1); }

void Statistics::merge(const Statistics& other) {
  samples += other.samples;
  sum += other.sum;
  minimum = std::min(minimum, other.minimum);
  maximum = std::max(maximum, other.maximum);
  if (!other.values) return;
  if (!values) values.emplace();
  values->merge(*other.values);
}

CloudWatch::CloudWatch(world::World& world, SimTime ended)
    : metrics_(world.data_plane().metrics()), calendar_(world.settings().calendar) {
  count(world);
  count_failed_checks(world);
  count_flows(world, ended);
  count_hosts(world, ended);
  count_anomalies(world, ended);
  share_requests();
  std::erase_if(series_, [](const auto& one) { return one.second.empty(); });
}

void CloudWatch::count(world::World& world) {
  auto& elb = world.elb();
  metrics_->visit([&](const elb::Frontend& of, std::size_t node, std::int64_t minute,
                      const dataplane::NodeMinute& counts) {
    const std::string& balancer = of.load_balancer;
    balancers_.try_emplace(balancer, elb.metrics_name(balancer));
    kinds_.try_emplace(balancer, of.kind);
    busy_[balancer][minute] = true;
    // A listener that answers by itself sends to no group; a Classic balancer has none.
    std::string group;
    if (of.routes.empty() && of.kind == Kind::kApplication) {
      group = elb.group_name(of.group);
      groups_.try_emplace(group, elb.group_arn(of.group));
      kinds_of_groups_.try_emplace(group, of.kind);
    }
    const std::string zone = elb.node_zone(balancer, node);
    std::set<std::tuple<std::string, std::string>> places{{"", ""}, {"", zone}};
    if (!group.empty()) places.insert({{group, ""}, {group, zone}});
    for (std::size_t m = 0; m < metric_infos().size(); ++m) {
      const MetricInfo& metric = metric_infos()[m];
      Statistics one;
      if (metric.source == Source::kCount || metric.source == Source::kErrors) {
        one.sample(1, metric.count(counts));
      } else if (metric.source == Source::kQueue && metric.count(counts) > 0) {
        one.sample(static_cast<std::int64_t>(metric.count(counts)));
      } else if (metric.source == Source::kTime && counts.response.count() > 0) {
        one.samples = counts.response.count();
        one.sum = counts.response.sum();
        one.minimum = counts.response.min().count();
        one.maximum = counts.response.max().count();
        one.values = counts.response;
      }
      // "If there is no data for a metric, the metric is not reported."
      if (one.samples == 0) continue;
      for (const auto& [at_group, at_zone] : places) {
        if (fits(metric, of.kind, !at_group.empty()))
          points(m, balancer, at_group, at_zone)[minute].merge(one);
      }
    }
  });
}

void CloudWatch::count_failed_checks(world::World& world) {
  auto& elb = world.elb();
  for (std::size_t m = 0; m < metric_infos().size(); ++m) {
    if (metric_infos()[m].source != Source::kErrors) continue;
    for (const auto& [of, minutes] : metrics_->failed_checks()) {
      if (!elb.is_classic(of.first)) continue;
      const std::string balancer = elb.group_name(of.first);
      const std::string zone = elb.node_zone(balancer, of.second);
      for (const auto& [minute, times] : minutes) {
        // Classic reports only while traffic flows (elb.md 1.11).
        if (!busy_[balancer].contains(minute)) continue;
        points(m, balancer, "", "")[minute].sample(1, times);
        points(m, balancer, "", zone)[minute].sample(1, times);
      }
    }
  }
}

/// "Always reported" (elb.md 3.4): each node of a Network balancer tells in every minute from its
/// first flow on, until the run ends.
void CloudWatch::count_flows(world::World& world, SimTime ended) {
  constexpr std::int64_t kSeconds = 60;
  static const dataplane::NodeMinute kNothing;
  metrics_->visit_flows([&](const elb::Frontend& of, std::size_t node,
                            const dataplane::OpenFlows& flows, const auto& minutes) {
    const std::string zone = world.elb().node_zone(of.load_balancer, node);
    const std::set<std::string> places{"", zone};
    std::int64_t open = 0, second = 0;
    for (std::int64_t minute = 0;; ++minute) {
      const auto place = static_cast<std::size_t>(minute);
      const SimTime begin = metrics_->begin_of(minute);
      // Requests that were open at the end may have ended later.
      if (begin >= ended && place >= minutes.size()) break;
      Statistics seen;
      for (; second < (minute + 1) * kSeconds; ++second) {
        const auto at = static_cast<std::size_t>(second);
        if (at < flows.more.size()) open += flows.more[at];
        const SimTime now = begin + std::chrono::seconds{second - minute * kSeconds};
        if (now >= kStart && now < ended) seen.sample(open);
      }
      if (minute < flows.first_minute) continue;
      const bool counted = place < minutes.size() && minutes[place] != nullptr;
      const dataplane::NodeMinute& counts = counted ? *minutes[place] : kNothing;
      for (std::size_t m = 0; m < metric_infos().size(); ++m) {
        const MetricInfo& metric = metric_infos()[m];
        Statistics one;
        if (metric.source == Source::kOpenFlows) one = seen;
        if (metric.source == Source::kFlows) {
          const std::uint64_t times = metric.count(counts);
          one.sample(times > 0 ? 1 : 0, std::max<std::uint64_t>(times, 1));
        }
        if (one.samples == 0) continue;
        for (const auto& at_zone : places)
          points(m, of.load_balancer, "", at_zone)[minute].merge(one);
      }
    }
  });
}

/// Each node tells at the end of a minute how many targets it takes for healthy, and for unhealthy;
/// the zone of these metrics is the targets' own.
void CloudWatch::count_hosts(world::World& world, SimTime ended) {
  using What = elb::Belief::What;
  auto& elb = world.elb();
  struct Hosts {
    std::int64_t known = 0, healthy = 0, unhealthy = 0;
    void add(What what, std::int64_t n) {
      if (what != What::kUntold) known += n;
      if (what == What::kHealthy) healthy += n;
      if (what == What::kUnhealthy) unhealthy += n;
    }
  };
  std::map<app::GroupId, std::map<std::uint16_t, std::map<std::string, Hosts>>> hosts;
  std::map<std::pair<app::TargetId, std::uint16_t>, What> last;
  const auto& changes = elb.beliefs();
  std::size_t next = 0;
  const auto tell = [&](std::int64_t minute) {
    for (const auto& [group, nodes] : hosts) {
      const Kind kind = elb.kind(group);
      const bool classic = kind == Kind::kClassic;
      const std::string balancer = elb.served_by(group);
      if (balancer.empty() || (classic && !busy_[balancer].contains(minute))) continue;
      const std::string name = classic ? "" : elb.group_name(group);
      balancers_.try_emplace(balancer, elb.metrics_name(balancer));
      kinds_.try_emplace(balancer, kind);
      std::int64_t healthy = 0, known = 0;
      for (const auto& [node, zones] : nodes) {
        Hosts all;
        for (const auto& [zone, of_zone] : zones) {
          all.known += of_zone.known;
          all.healthy += of_zone.healthy;
          all.unhealthy += of_zone.unhealthy;
        }
        if (all.known == 0) continue;
        for (std::size_t m = 0; m < metric_infos().size(); ++m) {
          const MetricInfo& metric = metric_infos()[m];
          const bool of_healthy = metric.source == Source::kHealthy;
          if (!of_healthy && metric.source != Source::kUnhealthy) continue;
          if (!fits(metric, kind, !classic)) continue;
          points(m, balancer, name, "")[minute].sample(of_healthy ? all.healthy : all.unhealthy);
          for (const auto& [zone, of_zone] : zones) {
            if (of_zone.known == 0 || zone.empty()) continue;
            points(m, balancer, name, zone)[minute].sample(of_healthy ? of_zone.healthy
                                                                      : of_zone.unhealthy);
          }
        }
        healthy = std::max(healthy, all.healthy);
        known = std::max(known, all.known);
      }
      if (!classic && known > 0)
        targets_[name][minute] = static_cast<std::uint64_t>(healthy > 0 ? healthy : known);
    }
  };
  for (std::int64_t minute = 0; metrics_->begin_of(minute) < ended; ++minute) {
    for (; next < changes.size() && changes[next].at < metrics_->begin_of(minute + 1); ++next) {
      const auto& change = changes[next];
      const auto& target = elb.target(change.target);
      Hosts& of_zone = hosts[target.group][change.node][target.zone];
      What& what = last[{change.target, change.node}];
      of_zone.add(what, -1);
      what = change.what;
      of_zone.add(what, 1);
    }
    tell(minute);
  }
  for (const auto& [group, nodes] : hosts) {
    if (elb.is_classic(group)) continue;
    groups_.try_emplace(elb.group_name(group), elb.group_arn(group));
    kinds_of_groups_.try_emplace(elb.group_name(group), elb.kind(group));
  }
}

/// One sample for each look at a group, in the minutes in which it has host counts.
void CloudWatch::count_anomalies(world::World& world, SimTime ended) {
  struct Hosts {
    std::int64_t anomalous = 0, mitigated = 0;
    void add(const elb::TargetAnomaly& state, std::int64_t n) {
      if (state.anomalous) anomalous += n;
      if (state.mitigated) mitigated += n;
    }
  };
  const auto& infos = metric_infos();
  std::vector<std::pair<Key, const Points*>> known;
  for (const auto& [key, all] : series_) {
    const MetricInfo& metric = infos[key.metric];
    if (metric.kind == Kind::kApplication && metric.source == Source::kHealthy)
      known.emplace_back(key, &all);
  }
  auto& elb = world.elb();
  std::map<std::pair<std::string, std::string>, Hosts> hosts;  // by group and zone
  std::map<app::TargetId, elb::TargetAnomaly> last;
  std::map<Key, Points> made;
  auto change = elb.anomaly_changes().begin();
  const auto end = elb.anomaly_changes().end();
  for (SimTime look = kStart + elb::kAnomalyInterval; look <= ended;
       look += elb::kAnomalyInterval) {
    for (; change != end && change->at <= look; ++change) {
      const auto& target = elb.target(change->target);
      elb::TargetAnomaly& before = last[change->target];
      const std::string group = elb.group_name(target.group);
      for (const std::string& zone : std::set<std::string>{"", target.zone}) {
        hosts[{group, zone}].add(before, -1);
        hosts[{group, zone}].add(change->to, 1);
      }
      before = change->to;
    }
    const std::int64_t minute = metrics_->minute_of(look);
    for (const auto& [of, all] : known) {
      if (!all->contains(minute)) continue;
      const Hosts& now = hosts[{of.group, of.zone}];
      for (std::size_t m = 0; m < infos.size(); ++m) {
        if (infos[m].source != Source::kAnomalous && infos[m].source != Source::kMitigated)
          continue;
        made[{m, of.load_balancer, of.group, of.zone}][minute].sample(
            infos[m].source == Source::kAnomalous ? now.anomalous : now.mitigated);
      }
    }
  }
  series_.merge(made);
}

/// RequestCount of a group, divided by its healthy targets; by all of them where none is.
void CloudWatch::share_requests() {
  std::size_t requests = 0, shares = 0;
  for (std::size_t m = 0; m < metric_infos().size(); ++m) {
    if (metric_infos()[m].kind != Kind::kApplication) continue;
    if (metric_infos()[m].name == "RequestCount") requests = m;
    if (metric_infos()[m].source == Source::kPerTarget) shares = m;
  }
  std::map<Key, Points> made;
  for (const auto& [key, all] : series_) {
    if (key.metric != requests || key.group.empty() || !key.zone.empty()) continue;
    const auto& targets = targets_[key.group];
    for (const auto& [minute, one] : all) {
      const auto found = targets.find(minute);
      if (found == targets.end()) continue;
      const auto share = static_cast<std::int64_t>(one.sum * kMillion / found->second);
      made[{shares, key.load_balancer, key.group, ""}][minute].sample(share);
    }
  }
  series_.merge(made);
}

std::pair<SimTime, SimTime> CloudWatch::span(std::int64_t minute) const {
  return {metrics_->begin_of(minute), metrics_->begin_of(minute + 1)};
}

std::string CloudWatch::timestamp(std::int64_t minute) const {
  const std::int64_t begin =
      calendar_.unix_ms(kStart) + metrics_->begin_of(minute).time_since_epoch().count() / 1'000'000;
  return Calendar(begin).start_iso8601().substr(0, 19) + "Z";
}

std::vector<std::pair<std::string, std::string>> CloudWatch::dimensions(const Key& key) const {
  std::vector<std::pair<std::string, std::string>> all;
  const bool classic = metric_infos()[key.metric].kind == Kind::kClassic;
  if (!key.group.empty()) {
    const std::string& arn = groups_.at(key.group);
    all.emplace_back("TargetGroup", arn.substr(arn.find("targetgroup/")));
  }
  if (!key.zone.empty()) all.emplace_back("AvailabilityZone", key.zone);
  all.emplace_back(classic ? "LoadBalancerName" : "LoadBalancer", balancers_.at(key.load_balancer));
  return all;
}

std::optional<Kind> CloudWatch::kind_of(const std::string& name) const {
  if (const auto found = kinds_.find(name); found != kinds_.end()) return found->second;
  const auto group = kinds_of_groups_.find(name);
  return group == kinds_of_groups_.end() ? std::nullopt : std::optional(group->second);
}

}  // namespace steady::simulation
