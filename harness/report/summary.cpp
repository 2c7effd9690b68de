#include "harness/report/summary.h"

#include <algorithm>

#include "sim/core/wide.h"

namespace steady::report {
namespace {

SimDuration length_of(const simulation::Spans& spans) {
  SimDuration sum{0};
  for (const auto& span : spans) sum += span.to - span.from;
  return sum;
}

}  // namespace

std::string percentage(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  // In units of 0.001 %, rounded down: 99.9999 % must not become 100 %.
  const auto thousandths = static_cast<std::uint64_t>(static_cast<Uint128>(part) * 100'000 / whole);
  std::string digits = std::to_string(thousandths % 1000);
  digits.insert(0, 3 - digits.size(), '0');
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  return std::to_string(thousandths / 1000) + (digits.empty() ? "" : "." + digits) + " %";
}

std::vector<CauseLine> cause_lines(const std::map<dataplane::CauseId, std::uint64_t>& by_cause,
                                   const dataplane::Ledger& ledger) {
  std::vector<CauseLine> lines;
  for (const auto& [id, count] : by_cause) {
    const auto& cause = ledger.cause(id);
    lines.push_back({count, std::string(dataplane::name(cause.outcome)), cause.component,
                     cause.text, cause.target_state, cause.status, id});
  }
  std::ranges::stable_sort(lines, [](const CauseLine& a, const CauseLine& b) {
    return a.count != b.count ? a.count > b.count : a.text < b.text;
  });
  return lines;
}

Summary summarize(const Report& report) {
  const auto& record = report.record;
  const auto& history = record.history;
  const auto& ledger = *record.ledger;
  Summary summary;
  summary.all = ledger.total();

  summary.causes = cause_lines(summary.all.by_cause, ledger);
  if (record.fluid) {
    for (auto& line : summary.causes) {
      const auto within = record.fluid->by_cause.find(line.id);
      if (within != record.fluid->by_cause.end()) line.error_bound = within->second;
    }
  }
  summary.retried = cause_lines(summary.all.retried_by_cause, ledger);
  for (const auto& line : summary.causes) {
    if (line.component == "database") summary.lost_to_schema += line.count;
  }

  const auto& versions = ledger.versions();
  for (std::size_t i = 0; i < versions.size(); ++i) {
    auto sums = ledger.sum(kStart, kNever, static_cast<dataplane::VersionId>(i));
    if (sums.total() == 0) continue;
    summary.by_version.emplace_back(versions[i].empty() ? "(none reached)" : versions[i],
                                    std::move(sums));
  }

  SimTime first = kNever, last = kStart;
  bool open = false;
  for (const auto& run : history.deployments) {
    if (run.initial) continue;
    first = std::min(first, run.began);
    open = open || run.ended == kNever;
    last = std::max(last, std::min(run.ended, record.ended));
    Summary::Deployment deployment;
    deployment.run = &run;
    if (!run.service.empty()) {
      deployment.from = history.service_definition(run.service, run.began - SimDuration{1});
    }
    deployment.spent = simulation::time_spent(history, run);
    deployment.lowest_healthy =
        history.healthy_targets("").min({{run.began, std::min(run.ended, record.ended)}});
    summary.deployments.push_back(std::move(deployment));
  }
  if (first != kNever) {
    summary.before = ledger.sum(kStart, first);
    summary.during = ledger.sum(first, open ? kNever : last);
    if (!open) summary.after = ledger.sum(last, kNever);
    const auto of = [](const dataplane::Sums& sums, dataplane::CauseId id) {
      const auto found = sums.by_cause.find(id);
      return found == sums.by_cause.end() ? 0 : found->second;
    };
    for (auto& line : summary.causes) {
      line.before = of(*summary.before, line.id);
      line.during = of(*summary.during, line.id);
      if (summary.after) line.after = of(*summary.after, line.id);
    }
  }

  for (const auto& service : history.services()) {
    for (const auto& missing : history.stall_resources(service)) {
      const auto spans =
          history.stalled(service, missing).where([](auto v) { return v > 0; }, record.ended);
      summary.stalls.push_back({service, missing, length_of(spans)});
    }
  }
  summary.mixed_versions =
      length_of(history.versions_serving().where([](auto v) { return v >= 2; }, record.ended));
  summary.no_way_back =
      length_of(history.no_way_back().where([](auto v) { return v > 0; }, record.ended));
  return summary;
}

}  // namespace steady::report
