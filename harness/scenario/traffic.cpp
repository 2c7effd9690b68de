#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/scenario/parts.h"
#include "harness/scenario/trace.h"

namespace steady::scenario {
namespace {

using traffic::Rate;

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

/// How each client keeps its connections: a number of them, or an object.
void read_connections(json::Reader& source, traffic::ConnectionPolicy& policy) {
  const Json* value = source.get("connections");
  if (value == nullptr) return;
  constexpr int kMost = 64;
  int number = 0;
  if (!value->is_object()) {
    if (source.read("connections", number, 1, kMost))
      policy.each = static_cast<std::uint32_t>(number);
    return;
  }
  json::Reader reader(*value, source.pointer("connections"), source.findings(),
                      "a client's connections");
  if (reader.read("each", number, 1, kMost)) policy.each = static_cast<std::uint32_t>(number);
  Distribution life;
  if (reader.read_distribution("life", life)) policy.life = life;
  reader.read_duration("idle", policy.idle, 1ms, std::chrono::hours{24 * 7});
  reader.read("tcpKeepAlive", policy.tcp_keep_alive);
  reader.finish();
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
  const Json* constant = reader.get("constant");
  const Json* poisson = reader.get("poisson");
  const Json* trace = reader.get("trace");
  const bool users = reader.has("users");
  if ((constant != nullptr) + (poisson != nullptr) + (trace != nullptr) + users != 1) {
    findings.error("E1005", pointer,
                   "a source has one of 'constant', 'poisson', 'trace' and 'users'");
  } else if (users) {
    for (const char* key : {"spike", "flashCrowd"}) {
      if (reader.get(key) != nullptr)
        reader.error("E1005", key, std::string("'") + key + "' does not go with 'users'",
                     "another source beside this one");
    }
  } else if (trace != nullptr) {
    read_recorded(*trace, reader.pointer("trace"), findings, scenario, source);
    for (const char* key : {"spike", "flashCrowd", "clients", "request"}) {
      if (reader.get(key) != nullptr)
        reader.error("E1005", key, std::string("'") + key + "' does not go with 'trace'",
                     "leave it out: the trace says who sends what, and when");
    }
  } else {
    source.arrivals = constant != nullptr ? traffic::SourceSpec::Arrivals::kConstant
                                          : traffic::SourceSpec::Arrivals::kPoisson;
    read_rates(reader, constant != nullptr ? "constant" : "poisson", kStart + scenario.duration,
               source);
  }
  reader.read_duration("dnsTtl", source.dns_ttl, 0s, std::chrono::hours{24 * 366});
  reader.read_duration("timeout", source.timeout, 1ms, std::chrono::hours{24});
  if (reader.read("clients", number, 1, 10'000'000))
    source.clients = static_cast<std::uint32_t>(number);
  read_connections(reader, source.connections);
  if (reader.get("connections") != nullptr) {
    scenario.keeps_connections.push_back(scenario.traffic.size());
    if (reader.get("clients") == nullptr && trace == nullptr)
      reader.error("E1005", "connections", "'connections' are those of a population of clients",
                   "\"clients\": a number beside it");
    if (reader.get("stream") != nullptr)
      reader.error("E1005", "connections", "'connections' do not go with 'stream'",
                   "each stream is a connection of its own");
  }
  read_retries(reader, source.retry);
  read_request(reader, source.request);
  read_clients(reader, source);
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
