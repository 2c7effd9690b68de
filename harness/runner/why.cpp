#include "harness/runner/why.h"

#include <algorithm>
#include <map>
#include <optional>

#include "harness/report/drops.h"
#include "harness/runner/run.h"
#include "harness/simulation/simulation.h"
#include "sim/core/numbers.h"
#include "sim/dataplane/causes.h"
#include "sim/dataplane/clients/places.h"

namespace steady::runner {
namespace {

/// "SOURCE/INDEX", or an index of source 0.
decltype(RunOptions::watch) parse(std::string_view request) {
  const auto slash = request.find('/');
  const auto source = slash == std::string_view::npos
                          ? std::optional<std::uint16_t>(0)
                          : whole_number<std::uint16_t>(request.substr(0, slash));
  const auto index = whole_number<std::uint64_t>(
      slash == std::string_view::npos ? request : request.substr(slash + 1));
  if (!source || !index) return std::nullopt;
  return std::pair(*source, *index);
}

ExitCode refuse(std::ostream& err, const std::string& text) {
  err << "steady: " << text << '\n';
  return kWrongInput;
}

/// What the client does when an attempt that was not the request's end has ended.
std::string goes_on(const RunResult& result, const dataplane::RequestRecord& record,
                    const dataplane::RequestRecord& attempt) {
  if (attempt.beside) return "";
  if (!attempt.redirected) return "; the client sends again";
  if (result.record->ledger->cause(record.cause).text == dataplane::causes::kTooManyRedirects &&
      attempt.attempt == record.attempt)
    return "; the client has followed enough of them";
  // The attempt after it is that which it led to.
  const dataplane::Place* place = record.place;
  for (const auto& other : result.watched_attempts) {
    if (other.attempt == attempt.attempt + 1) place = other.place;
  }
  if (place == nullptr) return "";
  return "; the client goes on to " + place->request.path + " at " + place->load_balancer +
         (place->port == 0 ? "" : ":" + std::to_string(place->port));
}

/// The request's own lines, by time; what happened round it is mixed in.
void tell(const RunResult& result, const dataplane::RequestRecord& record, std::ostream& out) {
  const auto& ledger = *result.record->ledger;
  const auto& cause = ledger.cause(record.cause);
  const auto& watched = result.simulation->world().data_plane().watched();
  const report::Drops drops(*result.record);
  const report::DropContext context = drops.context(record);
  std::multimap<SimTime, std::string> lines;
  for (const auto& [at, text] : drops.happened(record, record.sent_at, record.ended_at))
    lines.emplace(at, text);
  std::string first = "sent by source " + std::to_string(record.source) + " as its request " +
                      std::to_string(record.index) + "; node " + std::to_string(record.node);
  // One that was hedged, or answered with a redirect, need not have failed.
  const bool hedged = std::ranges::any_of(result.watched_attempts, [](const auto& attempt) {
    return attempt.beside || attempt.redirected;
  });
  if (record.attempt > 0)
    first = "sent first by source " + std::to_string(record.source) + " as its request " +
            std::to_string(record.index) + "; after " + std::to_string(record.attempt) +
            (hedged ? " other" : " failed") + (record.attempt == 1 ? " attempt" : " attempts") +
            " node " + std::to_string(record.node);
  if (record.rule != 0) first += " followed rule " + std::to_string(record.rule) + " and";
  if (record.target.empty() && record.outcome == dataplane::Outcome::kOk) {
    first += " answered by itself";
  } else if (cause.text == dataplane::causes::kNoConnection) {
    first = "meant to be sent by source " + std::to_string(record.source) + " as its request " +
            std::to_string(record.index) + "; it waits for a connection of its client";
  } else if (cause.text == dataplane::causes::kTooManyRedirects) {
    first += " sent it on once more";
  } else if (record.target.empty()) {
    first += " found no target";
  } else {
    const bool kept = watched.connected != kNever && watched.connected < record.attempt_at;
    if (kept) {
      first += " passed on its client's connection of " + format_seconds(watched.connected) +
               " to " + record.target;
    } else if (watched.connected != kNever) {
      first += " hashed its connection to " + record.target;
    } else {
      first += " chose " + record.target;
    }
    if (watched.candidates > 0)
      first += " out of " + std::to_string(watched.candidates) +
               (watched.fail_open ? " (none healthy: fail-open)" : "");
    if (!context.zone.empty()) first += ", in " + context.zone;
    if (!context.task.empty()) first += ", " + context.who();
  }
  out << "  " << format_seconds(record.sent_at) << "  " << first << '\n';
  for (const auto& attempt : result.watched_attempts) {
    if (attempt.beside && attempt.ended_at >= record.attempt_at) {
      const SimTime second = std::max(attempt.attempt_at, record.attempt_at);
      const SimTime one = std::min(attempt.attempt_at, record.attempt_at);
      lines.emplace(second, "no answer after " + format_duration(second - one) +
                                ": another attempt is sent beside the first");
    }
    lines.emplace(attempt.ended_at, "attempt " + std::to_string(attempt.attempt + 1) + " of " +
                                        format_seconds(attempt.sent_at) + " ends" +
                                        (attempt.target.empty() ? "" : " at " + attempt.target) +
                                        ": " + std::string(dataplane::name(attempt.outcome)) +
                                        ", " + ledger.cause(attempt.cause).text +
                                        goes_on(result, record, attempt));
  }
  if (record.attempt == 0 && record.attempt_at > record.sent_at)
    lines.emplace(record.attempt_at, "one of the client's connections is free after " +
                                         format_duration(record.attempt_at - record.sent_at));
  if (record.queued.count() > 0)
    lines.emplace(
        record.attempt_at + record.queued,
        "sent to it after " + format_duration(record.queued) + " in the surge queue of its node");
  if (watched.started != kNever && watched.started <= record.ended_at) {
    const bool itself = record.attempt == 0 || hedged;
    const SimDuration waited = watched.started - (itself ? record.attempt_at : record.sent_at);
    lines.emplace(watched.started, waited.count() == 0
                                       ? std::string("a worker takes it at once")
                                       : "a worker takes it after " + format_duration(waited));
  }
  for (const auto& [at, text] : lines) out << "  " << format_seconds(at) << "  " << text << '\n';
  std::string last = "ends after " + format_duration(record.ended_at - record.sent_at) + ": " +
                     std::string(dataplane::name(record.outcome));
  if (!cause.text.empty()) last += ", " + cause.text;
  if (!cause.target_state.empty()) last += " [target " + cause.target_state + "]";
  if (cause.status != 0) last += "; the client saw " + std::to_string(cause.status);
  out << "  " << format_seconds(record.ended_at) << "  " << last << '\n';
  if (watched.answered != kNever && watched.answered > record.ended_at) {
    out << "  " << format_seconds(watched.answered)
        << "  when the app would have been done with it\n";
  }
  if (record.outcome == dataplane::Outcome::kOk) return;
  out << drops.sentence(record, context) << '\n';
  std::string state;
  const auto say = [&state](const std::string& what, const std::string& is) {
    if (!is.empty()) state += (state.empty() ? "" : "; ") + what + " " + is;
  };
  say("target", cause.target_state);
  say("task", context.task_state);
  say("connection", context.connection);
  say("to node " + std::to_string(record.node) + " the target was", context.node_state);
  out << "At that moment: " << state << ".\n";
  out << "  " << cause.text << '\n';
  for (const auto& link : drops.chain(record))
    out << "  <- " << format_seconds(link.at) << "  " << link.what << '\n';
}

}  // namespace

ExitCode why(const std::string& path, const std::string& request, std::ostream& out,
             std::ostream& err) {
  const auto wanted = parse(request);
  if (!wanted)
    return refuse(err, "'" + request +
                           "' names no request: SOURCE/INDEX, such as 0/41 (a ledger's "
                           "columns source and request), or an index of source 0");
  const auto text = read_file(path);
  if (!text) return refuse(err, "cannot read '" + path + "'");
  const Json json = Json::parse(*text, nullptr, false);
  const bool result_file = json.is_object() && json.contains("schemaVersion") &&
                           json.contains("scenario") && json.contains("digest") &&
                           json["scenario"].is_object() && json["scenario"].contains("asRun");
  if (!result_file) return refuse(err, "'" + path + "' is no result of steady run --json");
  if (json.value("partial", false))
    return refuse(err, "'" + path + "' is part of a run that was interrupted");
  if (json.value("steadyVersion", "") != version())
    return refuse(err, "'" + path + "' was made by version " + json.value("steadyVersion", "?") +
                           ", this is " + version() + ": the story might be another");
  RunOptions options;
  options.seed = json.value("seed", std::uint64_t{1});
  options.replication = json.value("replication", std::uint32_t{0});
  options.era = json.value("era", "");
  const SimDuration ended{json.value("endedNs", std::int64_t{0})};
  options.until = ended;
  options.watch = wanted;
  const auto result = run_text(path, json["scenario"]["asRun"].dump(), options);
  if (!result.record) {
    for (const auto& error : result.errors) err << error << '\n';
    return result.exit_code == kAllHold ? kWrongInput : result.exit_code;
  }
  const std::string digest = json.value("digest", "");
  if (result.record->digest != digest)
    return refuse(err, "the run gives digest " + result.record->digest.substr(0, 16) + ", '" +
                           path + "' says " + digest.substr(0, 16));
  if (!result.watched)
    return refuse(err, "the run has no request " + std::to_string(wanted->first) + "/" +
                           std::to_string(wanted->second));
  out << result.record->identity.name << ", seed " << result.record->identity.seed << ", request "
      << wanted->first << '/' << wanted->second << '\n';
  tell(result, *result.watched, out);
  return kAllHold;
}

}  // namespace steady::runner
