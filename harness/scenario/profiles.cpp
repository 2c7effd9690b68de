#include <algorithm>

#include "harness/scenario/parts.h"
#include "sim/traffic/curves.h"

/// How the rate of a source changes over a run.
namespace steady::scenario {
namespace {

using traffic::Rate;
using traffic::RatePiece;

/// A rate that must be there.
void require_rate(json::Reader& reader, const char* key, Rate& out) {
  reader.require(key, "a rate such as \"500/s\"");
  if (const Json* rate = reader.get(key))
    read_rate(*rate, reader.pointer(key), reader.findings(), out);
}

/// Marks at which the rate changes, in steps or straight lines.
traffic::RateProfile read_marks(json::Reader& reader, SimTime end) {
  json::Findings& findings = reader.findings();
  struct Mark {
    SimTime at;
    Rate rate;
    bool ramp;
  };
  std::vector<Mark> marks;
  reader.each("rates", [&](const Json& item, const std::string& at) {
    json::Reader mark(item, at, findings, "a mark of a rate profile");
    SimDuration when{0};
    mark.require("at", "a time such as \"5m\"");
    mark.read_duration("at", when);
    Rate rate;
    require_rate(mark, "rate", rate);
    bool ramp = false;
    mark.read("ramp", ramp);
    mark.finish();
    if (!marks.empty() && kStart + when <= marks.back().at)
      findings.error("E1204", at + "/at", "the marks of a profile must rise in time");
    marks.push_back({kStart + when, rate, ramp});
  });
  traffic::RateProfile out;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const SimTime until = i + 1 < marks.size() ? marks[i + 1].at : end;
    // "ramp": true leads in a straight line from the mark before to this one.
    const bool ramps = i + 1 < marks.size() && marks[i + 1].ramp;
    if (until > marks[i].at)
      out.push_back({marks[i].at, until, marks[i].rate, ramps ? marks[i + 1].rate : marks[i].rate});
  }
  return out;
}

traffic::RateProfile read_diurnal(json::Reader& outer, SimTime end) {
  json::Reader reader(*outer.get("diurnal"), outer.pointer("diurnal"), outer.findings(),
                      "a daily rhythm");
  traffic::Diurnal day;
  require_rate(reader, "low", day.low);
  require_rate(reader, "high", day.high);
  reader.read_duration("period", day.period, std::chrono::seconds{1});
  day.peak = day.period / 2;
  reader.read_duration("peak", day.peak);
  reader.finish();
  if (reader.has("high") && day.high.per_1000_seconds < day.low.per_1000_seconds)
    reader.error("E1004", "high", "'high' is below 'low'");
  // So that a year of seconds does not become three billion pieces.
  if ((end - kStart) / day.period > 10'000) {
    reader.error("E1004", "period", "the run has more than 10000 periods");
    return {};
  }
  return outer.findings().has_errors() ? traffic::RateProfile{} : traffic::diurnal(day, end);
}

std::vector<traffic::BurstState> read_bursts(json::Reader& outer, SimTime end) {
  std::vector<traffic::BurstState> states;
  constexpr std::int64_t kMostStays = 1'000'000;
  outer.each("bursts", [&](const Json& item, const std::string& at) {
    json::Reader reader(item, at, outer.findings(), "a state of a bursty source");
    traffic::BurstState state;
    require_rate(reader, "rate", state.rate);
    reader.require("stay", "the mean time in this state");
    if (reader.read_duration("stay", state.stay, std::chrono::milliseconds{1}) &&
        (end - kStart) / state.stay > kMostStays)
      reader.error("E1004", "stay", "the run may have more than 1000000 stays of this length");
    reader.finish();
    states.push_back(state);
  });
  if (states.size() < 2)
    outer.error("E1005", "bursts", "a bursty source has two states or more",
                "[{ \"rate\": \"50/s\", \"stay\": \"10s\" }, { \"rate\": \"500/s\", "
                "\"stay\": \"2s\" }]");
  return states;
}

/// A spike replaces the rate for a while.
void add_spike(traffic::RateProfile& profile, SimTime at, SimTime until, Rate rate) {
  traffic::RateProfile changed;
  for (const auto& piece : profile) {
    auto part = [&](SimTime from, SimTime to) {
      if (from >= to) return;
      RatePiece cut = piece;
      cut.begin = from;
      cut.end = to;
      if (!(piece.from == piece.to)) {
        const auto length = static_cast<double>((piece.end - piece.begin).count());
        auto rate_at = [&](SimTime t) {
          const double share = static_cast<double>((t - piece.begin).count()) / length;
          return Rate{
              piece.from.per_1000_seconds +
              static_cast<std::int64_t>(share * static_cast<double>(piece.to.per_1000_seconds -
                                                                    piece.from.per_1000_seconds))};
        };
        cut.from = rate_at(from);
        cut.to = rate_at(to);
      }
      changed.push_back(cut);
    };
    part(piece.begin, std::min(piece.end, at));
    part(std::max(piece.begin, until), piece.end);
  }
  changed.push_back({at, until, rate, rate});
  std::ranges::sort(changed, {}, &RatePiece::begin);
  profile = std::move(changed);
}

void read_spike(json::Reader& outer, SimTime end, traffic::RateProfile& profile) {
  json::Reader reader(*outer.get("spike"), outer.pointer("spike"), outer.findings(), "a spike");
  SimDuration at{0}, length{0};
  Rate rate;
  reader.require("at", "a time");
  reader.require("for", "a duration");
  reader.read_duration("at", at);
  reader.read_duration("for", length);
  require_rate(reader, "rate", rate);
  reader.finish();
  add_spike(profile, kStart + at, std::min(end, kStart + at + length), rate);
}

void read_flash_crowd(json::Reader& outer, SimTime end, traffic::RateProfile& profile) {
  json::Reader reader(*outer.get("flashCrowd"), outer.pointer("flashCrowd"), outer.findings(),
                      "a flash crowd");
  traffic::FlashCrowd crowd;
  SimDuration at{0};
  reader.require("at", "a time");
  reader.read_duration("at", at);
  crowd.at = kStart + at;
  require_rate(reader, "rate", crowd.rate);
  reader.read_duration("rise", crowd.rise);
  reader.read_duration("halfLife", crowd.half_life, std::chrono::milliseconds{1});
  reader.finish();
  profile = traffic::sum(profile, traffic::flash_crowd(crowd, end));
}

}  // namespace

void read_rates(json::Reader& source, const char* process, SimTime end, traffic::SourceSpec& out) {
  json::Reader reader(*source.get(process), source.pointer(process), source.findings(),
                      "an arrival process");
  int forms = 0;
  for (const char* form : {"rate", "rates", "diurnal", "bursts"}) forms += reader.has(form) ? 1 : 0;
  if (forms != 1) {
    source.error("E1005", process, "one of 'rate', 'rates', 'diurnal' and 'bursts' is needed");
  } else if (reader.has("diurnal")) {
    out.profile = read_diurnal(reader, end);
  } else if (reader.has("bursts")) {
    out.bursts = read_bursts(reader, end);
    out.end = end;
    for (const char* key : {"spike", "flashCrowd"}) {
      if (source.get(key) != nullptr)
        source.error("E1005", key, std::string("'") + key + "' does not go with 'bursts'",
                     "a source of its own for it");
    }
  } else if (reader.has("rate")) {
    Rate rate;
    require_rate(reader, "rate", rate);
    out.profile.push_back({kStart, end, rate, rate});
  } else {
    out.profile = read_marks(reader, end);
  }
  // So that the rest is not called unknown when there were several forms.
  for (const char* form : {"rate", "rates", "diurnal", "bursts"}) reader.get(form);
  reader.finish();
  if (source.get("spike") != nullptr) read_spike(source, end, out.profile);
  if (source.get("flashCrowd") != nullptr) read_flash_crowd(source, end, out.profile);
}

}  // namespace steady::scenario
