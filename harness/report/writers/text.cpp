#include <algorithm>
#include <string>

#include "harness/report/report.h"
#include "harness/report/summary.h"
#include "sim/core/journal_kinds.h"
#include "sim/core/time.h"

namespace steady::report {
namespace {

using dataplane::Outcome;

std::string right(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}
std::string left(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

/// Milliseconds are enough for people: "1m05.250s" reads "1m5.25s".
std::string shown(SimDuration duration) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  const std::int64_t ns = duration.count();
  if (ns < kMillisecond) return format_duration(duration);
  return format_duration(SimDuration{(ns + kMillisecond / 2) / kMillisecond * kMillisecond});
}

struct Paint {
  bool on;
  std::string operator()(const char* code, const std::string& text) const {
    return on ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
  }
};

void write_events(const Report& report, const Style& style, std::ostream& out) {
  const auto& entries = report.record.journal->entries();
  std::string last;
  std::size_t repeated = 0;
  auto flush = [&] {
    if (repeated > 1) out << "             (the same " << repeated << " times in a row)\n";
    repeated = 0;
  };
  for (const auto& entry : entries) {
    if (entry.kind == journal::kServiceEvent) {
      const std::string line = console_form(entry["message"]);
      if (style.collapse && line == last) {
        ++repeated;
        continue;
      }
      flush();
      last = line;
      repeated = 1;
      out << right(format_seconds(entry.at), 11) << "  " << line << '\n';
      if (style.events != Events::kAws && !entry["why"].empty()) {
        out << "             why: " << entry["why"] << '\n';
      }
      continue;
    }
    if (style.events == Events::kAws) continue;
    if (entry.kind == journal::kDeploy) {
      out << right(format_seconds(entry.at), 11) << "  deploy " << entry.subject << ": "
          << entry["step"];
      if (!entry["detail"].empty()) out << ": " << entry["detail"];
      out << '\n';
    } else if (entry.kind == journal::kPage) {
      out << right(format_seconds(entry.at), 11) << "  page " << entry.subject << ": "
          << entry["status"] << ' ' << entry["body"] << '\n';
    } else if (entry.kind == journal::kDns) {
      out << right(format_seconds(entry.at), 11) << "  dns " << entry.subject << " answers with "
          << entry["zones"] << '\n';
    } else if (entry.kind == journal::kAnomaly) {
      out << right(format_seconds(entry.at), 11) << "  target " << entry.subject << " of "
          << entry["group"] << " is " << entry["result"]
          << (entry["mitigation"] == "yes" ? ", mitigation in effect\n" : "\n");
    } else if (entry.kind == journal::kApiCall && entry["outcome"] != "ok") {
      out << right(format_seconds(entry.at), 11) << "  " << entry.subject
          << " refused: " << entry["outcome"] << ": " << entry["message"] << '\n';
    } else if (entry.kind == journal::kFault) {
      out << right(format_seconds(entry.at), 11) << "  fault " << entry.subject << " "
          << entry["state"];
      if (!entry["detail"].empty()) out << ": " << entry["detail"];
      out << '\n';
    } else if (style.events == Events::kAll) {
      out << right(format_seconds(entry.at), 11) << "  " << entry.kind << ' ' << entry.subject;
      for (const auto& [name, value] : entry.fields) {
        if (!value.empty()) out << ' ' << name << '=' << value;
      }
      out << '\n';
    }
  }
  flush();
}

void write_deployments(const Summary& summary, const Report& report, std::ostream& out) {
  for (const auto& deployment : summary.deployments) {
    const auto& run = *deployment.run;
    out << "  deploy " << (run.service.empty() ? run.id : run.service) << ": ";
    if (!deployment.from.empty()) out << deployment.from << " -> ";
    out << run.definition << (run.rollback ? " (rollback)" : "") << "   " << run.state;
    const SimTime end = std::min(run.ended, report.record.ended);
    out << (run.ended == kNever ? " after " : " in ") << shown(end - run.began) << " virtual\n";
    if (run.service.empty()) continue;
    const auto& spent = deployment.spent;
    out << "      where the time went:";
    const std::pair<const char*, SimDuration> parts[] = {{"wait for room", spent.wait_for_room},
                                                         {"pull", spent.pull},
                                                         {"start", spent.start},
                                                         {"health", spent.health},
                                                         {"drain", spent.drain},
                                                         {"stop", spent.stop},
                                                         {"scheduler", spent.scheduler}};
    const char* separator = " ";
    for (const auto& [name, duration] : parts) {
      if (duration.count() == 0) continue;
      out << separator << name << ' ' << shown(duration);
      separator = ", ";
    }
    out << "\n      lowest number of healthy targets: " << deployment.lowest_healthy << '\n';
  }
  for (const auto& stall : summary.stalls) {
    out << "  placement stall of " << stall.service << " for lack of " << stall.missing << ": "
        << shown(stall.total) << '\n';
  }
  if (summary.mixed_versions.count() > 0)
    out << "  two versions served side by side for " << shown(summary.mixed_versions) << '\n';
  if (summary.lost_to_schema > 0)
    out << "  requests lost to the schema: " << summary.lost_to_schema << '\n';
  if (summary.no_way_back.count() > 0)
    out << "  without a way back for " << shown(summary.no_way_back) << '\n';
}

void write_latency_row(const std::string& name, const dataplane::Sums& sums, std::ostream& out) {
  if (sums.total() == 0) return;
  out << "  " << left(name, 12) << right(std::to_string(sums.total()), 10)
      << right(std::to_string(sums.dropped()), 9);
  for (const std::uint32_t quantile : {500'000U, 900'000U, 990'000U, 999'000U}) {
    out << right(sums.latency.count() == 0 ? "-" : shown(sums.latency.quantile(quantile)), 11);
  }
  out << '\n';
}

void write_requests(const Summary& summary, const Style& style, std::ostream& out) {
  const auto& all = summary.all;
  out << "  requests: " << all.total() << " sent";
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i) {
    if (all.by_outcome[i] > 0)
      out << ", " << all.by_outcome[i] << ' ' << dataplane::name(static_cast<Outcome>(i));
  }
  out << "; " << all.dropped() << " dropped, availability "
      << percentage(all.total() - all.dropped(), all.total()) << '\n';
  if (all.total() == 0) return;
  if (all.retried() > 0) {
    out << "  attempts: " << all.attempts() << " sent; " << all.retried()
        << " failed and were sent again by their clients\n";
  }
  if (all.hedges > 0)
    out << "  hedges: " << all.hedges << " second attempts beside one without an answer\n";
  if (all.redirected > 0)
    out << "  redirects: " << all.redirected
        << " attempts were answered with one and followed it\n";
  if (all.missing_assets > 0)
    out << "  assets: " << all.missing_assets
        << " answered 404 by another version than the page's\n";
  if (!style.plain) {
    out << "  " << left("", 12) << right("requests", 10) << right("dropped", 9);
    for (const char* head : {"p50", "p90", "p99", "p99.9"}) out << right(head, 11);
    out << '\n';
  }
  if (summary.before) {
    write_latency_row("before", *summary.before, out);
    write_latency_row("during", *summary.during, out);
    if (summary.after) write_latency_row("after", *summary.after, out);
  } else {
    write_latency_row("all", all, out);
  }
  if (all.as_sent.count() > 0) {
    out << "  " << left("as sent", 12) << right("", 19);
    for (const std::uint32_t quantile : {500'000U, 900'000U, 990'000U, 999'000U})
      out << right(shown(all.as_sent.quantile(quantile)), 11);
    out << "   not counting waits at the client\n";
  }
  if (summary.by_version.size() > 1) {
    for (const auto& [version, sums] : summary.by_version) write_latency_row(version, sums, out);
  }
}

void write_causes(const Summary& summary, std::ostream& out) {
  for (const auto& cause : summary.causes) {
    out << right(std::to_string(cause.count), 10);
    if (cause.error_bound) out << " ± " << *cause.error_bound;
    out << "  " << cause.outcome << ": " << cause.text;
    if (cause.status != 0) out << ", status " << cause.status;
    out << " [" << cause.component;
    if (!cause.target_state.empty()) out << ", target " << cause.target_state;
    out << "]";
    if (summary.before) {
      out << ": " << cause.before << " before, " << cause.during << " during";
      if (summary.after) out << ", " << cause.after << " after";
    }
    out << '\n';
  }
}

/// What kind of figures these are.
void write_fluid(const fluid::Bound& bound, std::ostream& out) {
  out << "  fluid: expected numbers, no single request was sent; those of an exact run lie within\n"
         "     ";
  for (std::size_t i = 0; i < dataplane::kOutcomes; ++i) {
    out << (i == 0 ? " ±" : ", ±") << bound.by_outcome[i] << ' '
        << dataplane::name(static_cast<Outcome>(i));
  }
  out << "\n      ";
  const char* separator = "";
  for (const auto& quantile : bound.latency) {
    out << separator << "p" << static_cast<double>(quantile.per_million) / 10'000 << " from "
        << shown(quantile.least)
        << (quantile.most == kLongestDuration ? " on" : " to " + shown(quantile.most));
    separator = ", ";
  }
  out << '\n';
  if (bound.answers_in_doubt > 0)
    out << "      the control plane asked " << bound.answers_in_doubt
        << " times what chance decides: its moments may be " << shown(bound.time_in_doubt)
        << " apart in all, which is in no figure above\n";
}

void write_trace(const Report& report, std::ostream& out) {
  const auto& ledger = *report.record.ledger;
  out << "trace of dropped requests (the first " << ledger.drops.size() << "):\n";
  for (const auto& drop : ledger.drops) {
    const auto& cause = ledger.cause(drop.cause);
    out << "  " << format_seconds(drop.sent_at) << " to " << format_seconds(drop.ended_at)
        << "  traffic " << drop.source << " request " << drop.index
        << (drop.target.empty() ? "" : " to " + drop.target) << ": "
        << dataplane::name(drop.outcome) << ", " << cause.text << '\n';
  }
}

}  // namespace

void write_text(const Report& report, const Style& style, std::ostream& out) {
  const Paint paint{style.colour};
  const auto& record = report.record;
  const auto& identity = record.identity;
  const Summary summary = summarize(report);
  if (!style.quiet) {
    out << paint("1", identity.name) << "\n  seed " << identity.seed << ", era " << identity.era
        << ", begins " << identity.start << "\n\n";
    write_events(report, style, out);
    if (style.trace) write_trace(report, out);
    out << "\nsummary after " << shown(record.ended - kStart) << " virtual"
        << (record.partial ? " (PARTIAL: interrupted)" : "") << '\n';
    write_deployments(summary, report, out);
    write_requests(summary, style, out);
    if (record.fluid) write_fluid(*record.fluid, out);
    for (const auto& assumed : record.assumed) out << "  assumed: " << assumed << '\n';
    for (const auto& step : record.failed_steps) out << "  refused: " << step << '\n';
    out << '\n';
  }
  std::size_t failed = 0;
  for (const auto& judgement : report.judgements) {
    if (!judgement.holds) ++failed;
    if (record.partial || (style.quiet && judgement.holds)) continue;
    const char* mark = style.plain ? "" : (judgement.holds ? "✓ " : "✗ ");
    out << "  "
        << paint(judgement.holds ? "32" : "31",
                 std::string(mark) + (judgement.holds ? "PASS " : "FAIL "))
        << judgement.expectation << "      got " << judgement.got << '\n';
  }
  if (!style.quiet && !summary.causes.empty()) write_causes(summary, out);
  out << "  replay: " << simulation::replay_line(identity) << '\n';
  const std::size_t all = report.judgements.size();
  if (record.partial) {
    out << paint("33", "  PARTIAL: interrupted, nothing is judged") << '\n';
  } else if (all == 0) {
    out << "  no expectations, nothing to judge\n";
  } else if (failed == 0) {
    out << paint("32", "  PASS " + std::to_string(all) + " of " + std::to_string(all)) << '\n';
  } else {
    out << paint("31", "  FAIL " + std::to_string(failed) + " of " + std::to_string(all)) << '\n';
  }
}

}  // namespace steady::report
