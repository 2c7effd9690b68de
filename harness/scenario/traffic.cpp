#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/scenario/parts.h"
#include "harness/scenario/trace.h"

namespace steady::scenario {
namespace {

using traffic::Rate;
using traffic::RatePiece;

/// A step profile, ramps, or one rate for the whole run.
bool read_profile(const Json& value, const std::string& pointer, json::Findings& findings,
                  SimTime end, traffic::RateProfile& out) {
  json::Reader reader(value, pointer, findings, "an arrival process");
  const std::size_t before = findings.all().size();
  if (const Json* rate = reader.get("rate")) {
    Rate r;
    if (read_rate(*rate, reader.pointer("rate"), findings, r)) out.push_back({kStart, end, r, r});
  }
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
    mark.require("rate", "a rate such as \"500/s\"");
    if (const Json* r = mark.get("rate")) read_rate(*r, mark.pointer("rate"), findings, rate);
    bool ramp = false;
    mark.read("ramp", ramp);
    mark.finish();
    if (!marks.empty() && kStart + when <= marks.back().at)
      findings.error("E1204", at + "/at", "the marks of a profile must rise in time");
    marks.push_back({kStart + when, rate, ramp});
  });
  if (reader.has("rate") == reader.has("rates"))
    findings.error("E1005", pointer, "either 'rate' or 'rates' is needed");
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const SimTime until = i + 1 < marks.size() ? marks[i + 1].at : end;
    // "ramp": true leads in a straight line from the mark before to this one.
    const bool ramps = i + 1 < marks.size() && marks[i + 1].ramp;
    if (until > marks[i].at)
      out.push_back({marks[i].at, until, marks[i].rate, ramps ? marks[i + 1].rate : marks[i].rate});
  }
  reader.finish();
  return findings.all().size() == before;
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

/// What was recorded elsewhere, or by --access-log.
void read_recorded(const Json& value, const std::string& pointer, json::Findings& findings,
                   const Scenario& scenario, traffic::SourceSpec& source) {
  json::Reader reader(value, pointer, findings, "a trace");
  std::string file, align;
  double factor = 1;
  TraceOptions options;
  options.start = scenario.start;
  options.thin = RandomStream(scenario.seed, source.name + "/thin");
  reader.require("file", "a path, from the scenario's folder");
  reader.read("file", file);
  if (reader.read_choice("align", align, {"first", "clock"})) options.by_clock = align == "clock";
  constexpr double kPpm = 1e6;
  if (reader.read("stretch", factor, 0.001, 1000))
    options.stretch_ppm = static_cast<std::uint64_t>(factor * kPpm + 0.5);
  if (reader.read("keep", factor, 0, 1))
    options.keep_ppm = static_cast<std::uint64_t>(factor * kPpm + 0.5);
  reader.finish();
  if (file.empty()) return;
  const std::filesystem::path path = std::filesystem::path(scenario.folder) / file;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || std::filesystem::is_directory(path)) {
    findings.error("E1223", reader.pointer("file"), "cannot read '" + path.string() + "'",
                   "a path is taken from the folder of the scenario");
    return;
  }
  auto trace = read_trace(text.str(), options);
  if (!trace) {
    findings.error("E1223", reader.pointer("file"), "'" + file + "': " + trace.error().message,
                   "an access log of a load balancer, or CSV: time, client, request");
    return;
  }
  source.trace = std::make_shared<const traffic::Trace>(std::move(*trace));
}

void read_source(const Json& value, const std::string& pointer, json::Findings& findings,
                 Scenario& scenario, std::size_t index) {
  json::Reader reader(value, pointer, findings, "a traffic source");
  traffic::SourceSpec source;
  source.name = "traffic/" + std::to_string(index);
  std::string own;
  if (reader.read("name", own)) source.name = "traffic/" + own;
  reader.require("to", "the name of a load balancer");
  reader.read("to", source.load_balancer);
  int number = 0;
  if (reader.read("port", number, 1, 65535)) source.port = static_cast<std::uint16_t>(number);
  const SimTime end = kStart + scenario.duration;
  const Json* constant = reader.get("constant");
  const Json* poisson = reader.get("poisson");
  const Json* trace = reader.get("trace");
  if ((constant != nullptr) + (poisson != nullptr) + (trace != nullptr) != 1) {
    findings.error("E1005", pointer, "a source has one of 'constant', 'poisson' and 'trace'");
  } else if (trace != nullptr) {
    read_recorded(*trace, reader.pointer("trace"), findings, scenario, source);
    for (const char* key : {"spike", "clients", "request"}) {
      if (reader.get(key) != nullptr)
        reader.error("E1005", key, std::string("'") + key + "' does not go with 'trace'",
                     "leave it out: the trace says who sends what, and when");
    }
  } else {
    source.arrivals = constant != nullptr ? traffic::SourceSpec::Arrivals::kConstant
                                          : traffic::SourceSpec::Arrivals::kPoisson;
    read_profile(constant != nullptr ? *constant : *poisson,
                 reader.pointer(constant != nullptr ? "constant" : "poisson"), findings, end,
                 source.profile);
  }
  if (const Json* spike = reader.get("spike")) {
    json::Reader inner(*spike, reader.pointer("spike"), findings, "a spike");
    SimDuration at{0}, length{0};
    Rate rate;
    inner.require("at", "a time");
    inner.require("for", "a duration");
    inner.require("rate", "a rate");
    inner.read_duration("at", at);
    inner.read_duration("for", length);
    if (const Json* r = inner.get("rate")) read_rate(*r, inner.pointer("rate"), findings, rate);
    inner.finish();
    add_spike(source.profile, kStart + at, std::min(end, kStart + at + length), rate);
  }
  reader.read_duration("timeout", source.timeout, 1ms, std::chrono::hours{24});
  if (reader.read("clients", number, 1, 10'000'000))
    source.clients = static_cast<std::uint32_t>(number);
  read_retries(reader, source.retry);
  read_request(reader, source.request);
  if (const Json* stream = reader.get("stream")) {
    json::Reader inner(*stream, reader.pointer("stream"), findings, "a stream");
    source.stream.emplace();
    inner.require("life", "how long a connection lasts that nobody cuts");
    inner.read_distribution("life", source.stream->life);
    Distribution wait;
    if (inner.read_distribution("reconnect", wait)) source.stream->reconnect = wait;
    inner.finish();
    if (source.retry.retries())
      reader.error("E1005", "retries", "'retries' do not go with 'stream'",
                   "\"reconnect\" in the stream says when a client comes back");
  }
  reader.finish();
  scenario.traffic.push_back(std::move(source));
}

}  // namespace

bool read_rate(const Json& value, const std::string& pointer, json::Findings& findings, Rate& out) {
  const auto fault = [&] {
    findings.error("E1205", pointer, value.dump() + " is no rate",
                   "a number per time, such as \"500/s\", \"0.2/s\" or \"30/m\"");
    return false;
  };
  if (!value.is_string()) return fault();
  const std::string text = value.get<std::string>();
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(parsed.ptr, text.data() + text.size());
  double per_second = 0;
  if (unit == "/s") per_second = 1;
  if (unit == "/m" || unit == "/min") per_second = 1.0 / 60;
  if (unit == "/h") per_second = 1.0 / 3600;
  if (parsed.ec != std::errc() || per_second == 0 || !(number >= 0)) return fault();
  if (number * per_second > 10'000'000) {
    findings.error("E1004", pointer, text + " is out of range: at most 10000000/s");
    return false;
  }
  out.per_1000_seconds = static_cast<std::int64_t>(number * per_second * 1000 + 0.5);
  if (out.per_1000_seconds == 0 && number > 0) {
    findings.error("E1004", pointer, text + " is below one request in 1000 s");
    return false;
  }
  return true;
}

void read_traffic(json::Reader& root, Scenario& scenario) {
  const Json* traffic = root.get("traffic");
  if (traffic == nullptr) return;
  const std::string pointer = root.pointer("traffic");
  if (traffic->is_object()) return read_source(*traffic, pointer, root.findings(), scenario, 0);
  if (!traffic->is_array())
    return root.error("E1003", "traffic", "a list of sources, or one source, is expected here");
  for (std::size_t i = 0; i < traffic->size(); ++i)
    read_source((*traffic)[i], json::child_pointer(pointer, i), root.findings(), scenario, i);
}

}  // namespace steady::scenario
