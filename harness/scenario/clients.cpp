#include <cmath>

#include "harness/scenario/parts.h"
#include "sim/core/dmath.h"

/// What the clients of a traffic source do beyond sending requests (elb.md 8.3, 8.4, 2.14, 2.15).
namespace steady::scenario {
namespace {

constexpr SimDuration kHour = std::chrono::hours{1};

void read_users(const Json& value, const std::string& pointer, json::Findings& findings,
                traffic::SourceSpec& out) {
  json::Reader reader(value, pointer, findings, "users");
  traffic::Users users;
  int number = 1;
  reader.require("number", "how many users there are");
  if (reader.read("number", number, 1, 1'000'000))
    users.number = static_cast<std::uint32_t>(number);
  reader.read_duration("rampUp", users.ramp_up, SimDuration{0}, std::chrono::hours{24});
  if (reader.has("think") == reader.has("pace"))
    findings.error("E1005", pointer, "users have one of 'think' and 'pace'",
                   "\"think\": from an answer to the next request; \"pace\": from one intended "
                   "sending to the next");
  Distribution time;
  for (const char* key : {"think", "pace"}) {
    if (!reader.read_distribution(key, time)) continue;
    if (time.upper_bound() < 1ms)
      reader.error("E1004", key, std::string("'") + key + "' is below 1ms: " + time.describe(),
                   "a loop without a pause has no end where requests fail at once");
    (std::string_view(key) == "think" ? users.think : users.pace) = time;
  }
  reader.finish();
  if (users.pace && out.at_once == 0) out.at_once = 1;
  out.users = users;
}

/// A number, or a distribution over whole numbers.
void read_count(const Json& value, const std::string& pointer, json::Findings& findings,
                traffic::Count& out) {
  constexpr int kMost = 1'000'000;
  const auto whole = [](double n) {
    return SimDuration{static_cast<std::int64_t>(n * 1'000'000'000)};
  };
  if (value.is_number_integer()) {
    const std::int64_t number = value.get<std::int64_t>();
    if (number < 1 || number > kMost)
      return findings.error(
          "E1004", pointer,
          std::to_string(number) + " is out of range: 1 to " + std::to_string(kMost));
    out.seconds = Distribution(SimDuration{number * 1'000'000'000});
    return;
  }
  json::Reader reader(value, pointer, findings, "a number of requests");
  if (reader.has("geometric") == reader.has("pareto"))
    findings.error(
        "E1005", pointer, "a number of requests is a whole number, 'geometric' or 'pareto'",
        "such as 5, { \"geometric\": { \"mean\": 5 } } or { \"pareto\": { \"minimum\": 1, "
        "\"shape\": 1.3, \"most\": 1000 } }");
  if (const Json* body = reader.get("geometric")) {
    json::Reader inner(*body, reader.pointer("geometric"), findings, "a geometric number");
    double mean = 1;
    inner.require("mean", "a number from 1 on");
    // An exponential time, rounded up to whole seconds, is geometric with success 1 - exp(-1/m).
    if (inner.read("mean", mean, 1, kMost)) {
      out.seconds =
          mean < 1.000001
              ? Distribution(SimDuration{1'000'000'000})
              : Distribution(Distribution::Exponential{whole(-1 / dmath::log(1 - 1 / mean))});
    }
    inner.finish();
  }
  if (const Json* body = reader.get("pareto")) {
    json::Reader inner(*body, reader.pointer("pareto"), findings, "a Pareto number");
    double minimum = 1, shape = 1.5;
    int most = kMost;
    inner.require("shape", "a number above 0; the smaller, the heavier the tail");
    inner.read("minimum", minimum, 0.001, kMost);
    inner.read("shape", shape, 0.01, 1000);
    inner.read("most", most, 1, kMost);
    inner.finish();
    out.seconds = Distribution(Distribution::Pareto{whole(minimum), shape});
    out.most = static_cast<std::uint32_t>(most);
  }
  reader.finish();
}

void read_sessions(const Json& value, const std::string& pointer, json::Findings& findings,
                   traffic::SourceSpec& out) {
  json::Reader reader(value, pointer, findings, "sessions");
  out.sessions.emplace();
  reader.require("requests", "how many requests a session has");
  if (const Json* requests = reader.get("requests"))
    read_count(*requests, reader.pointer("requests"), findings, out.sessions->requests);
  reader.require("think", "from an answer to the session's next request");
  reader.read_distribution("think", out.sessions->think);
  reader.finish();
}

void read_page_load(const Json& value, const std::string& pointer, json::Findings& findings,
                    traffic::SourceSpec& out) {
  json::Reader reader(value, pointer, findings, "a page load");
  out.page.emplace();
  out.page->request = out.request;
  int number = 1;
  reader.require("assets", "how many assets a page has");
  if (reader.read("assets", number, 1, 1000)) out.page->assets = static_cast<std::uint32_t>(number);
  read_request(reader, out.page->request);
  reader.finish();
}

void read_at_once(json::Reader& source, traffic::SourceSpec& out) {
  const Json* value = source.get("atOnce");
  if (value == nullptr) return;
  constexpr int kMost = 10'000;
  // elb.md 2.15: an Application load balancer takes so many requests at a time on one connection.
  constexpr int kStreams = 128;
  int number = 1;
  if (value->is_number_integer()) {
    if (source.read("atOnce", number, 1, kMost)) out.at_once = static_cast<std::uint32_t>(number);
    return;
  }
  json::Reader reader(*value, source.pointer("atOnce"), source.findings(),
                      "what a client has under way");
  std::string protocol = "HTTP/1.1";
  reader.require("connections", "how many a client has");
  reader.read("connections", number, 1, kMost);
  reader.read_choice("protocol", protocol, {"HTTP/1.1", "HTTP/2"});
  reader.finish();
  out.at_once = static_cast<std::uint32_t>(protocol == "HTTP/2" ? number * kStreams : number);
}

/// As many as browsers follow, or a number.
void read_redirects(json::Reader& source, traffic::SourceSpec& out) {
  const Json* value = source.get("followRedirects");
  if (value == nullptr) return;
  constexpr std::uint32_t kBrowsers = 20;
  int number = 0;
  if (value->is_boolean()) {
    out.redirects = value->get<bool>() ? kBrowsers : 0;
  } else if (source.read("followRedirects", number, 1, 100)) {
    out.redirects = static_cast<std::uint32_t>(number);
  }
}

/// A distribution by itself, or with what else is said of a body.
bool read_body(json::Reader& source, const char* key, Distribution& out,
               const std::function<void(json::Reader&)>& rest) {
  const Json* value = source.get(key);
  if (value == nullptr) return false;
  if (!value->is_object() || !value->contains("takes"))
    return source.read_distribution(key, out), true;
  json::Reader reader(*value, source.pointer(key), source.findings(), "a body");
  reader.read_distribution("takes", out);
  rest(reader);
  reader.finish();
  return true;
}

void read_transfer(json::Reader& source, traffic::SourceSpec& out) {
  traffic::Transfer transfer;
  double rate = 0;
  const bool upload = read_body(source, "upload", transfer.upload, [&](json::Reader& reader) {
    if (reader.read("stallRate", rate, 0, 1))
      transfer.stalls_per_million = static_cast<std::uint32_t>(rate * 1'000'000 + 0.5);
  });
  const bool download = read_body(source, "download", transfer.download, [&](json::Reader& reader) {
    reader.read("holdsWorker", transfer.holds_worker);
  });
  if (upload || download) out.transfer = transfer;
}

}  // namespace

void read_clients(json::Reader& source, traffic::SourceSpec& out) {
  read_at_once(source, out);
  read_redirects(source, out);
  if (const Json* users = source.get("users"))
    read_users(*users, source.pointer("users"), source.findings(), out);
  if (const Json* sessions = source.get("sessions"))
    read_sessions(*sessions, source.pointer("sessions"), source.findings(), out);
  if (const Json* page = source.get("page"))
    read_page_load(*page, source.pointer("page"), source.findings(), out);
  if (const Json* hedge = source.get("hedge")) {
    json::Reader reader(*hedge, source.pointer("hedge"), source.findings(), "a hedge");
    out.hedge.emplace();
    reader.require("after", "how long a client waits before its second attempt");
    reader.read_duration("after", out.hedge->after, 1ms, kHour);
    reader.finish();
  }
  read_transfer(source, out);
  const auto apart = [&](const char* key, const char* from, const char* remedy) {
    if (source.has(key) && source.has(from))
      source.error("E1005", key, std::string("'") + key + "' does not go with '" + from + "'",
                   remedy);
  };
  apart("sessions", "users", "users go on for the whole run: a session is for clients that come");
  apart("clients", "users", "each user is a client: leave 'clients' out");
  apart("clients", "sessions", "each session is a client of its own: leave 'clients' out");
  for (const char* key : {"sessions", "page"})
    apart(key, "trace", "leave it out: the trace says who sends what, and when");
  for (const char* key :
       {"users", "sessions", "page", "hedge", "atOnce", "upload", "download", "followRedirects"})
    apart(key, "stream", "a stream is one long connection");
  apart("followRedirects", "trace",
        "leave it out: what the clients sent then stands in the trace already");
  for (const char* key : {"hedge", "upload", "download"})
    apart("followRedirects", key, "leave one of them out");
}

}  // namespace steady::scenario
