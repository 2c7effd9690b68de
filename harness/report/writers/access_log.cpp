#include "harness/report/access_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <tuple>

#include "sim/dataplane/causes.h"
#include "sim/dataplane/clients/places.h"

namespace steady::report {
namespace {

using dataplane::Outcome;

constexpr std::int64_t kMicrosecond = 1000, kMillion = 1'000'000;

/// "2026-01-01T00:00:00.186641Z": microseconds, cut.
std::string date(const Calendar& calendar, SimTime at) {
  const std::int64_t us = at.time_since_epoch().count() / kMicrosecond;
  // A start may have milliseconds of its own.
  const std::int64_t all = calendar.unix_ms(kStart) * kMicrosecond + us;
  const Calendar second(all / kMillion * 1000);
  return fmt::format("{}.{:06}Z", second.start_iso8601().substr(0, 19), all % kMillion);
}

/// Seconds with so many decimals, cut; "-1" is written by those who have none.
std::string seconds(SimDuration duration, int decimals) {
  const std::int64_t unit = decimals == 3 ? 1'000'000 : kMicrosecond;
  const std::int64_t parts = duration.count() / unit, whole = decimals == 3 ? 1000 : kMillion;
  return fmt::format("{}.{:0{}}", parts / whole, parts % whole, decimals);
}

/// Addresses from 100.64.0.0 on, of the range for carriers' networks (RFC 6598): no real client's.
std::string client_address(std::uint64_t number) {
  constexpr std::uint32_t kFirst = (100U << 24) | (64U << 16);
  const auto address = kFirst + static_cast<std::uint32_t>(number % (1U << 22));
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

/// Instances have names only: in a log the n-th one is 10.0.0.0 + n. Network interfaces have
/// theirs.
class Addresses {
 public:
  std::string operator()(const std::string& endpoint) {
    if (endpoint.empty()) return "-";
    const auto colon = endpoint.rfind(':');
    const std::string host = endpoint.substr(0, colon);
    if (!host.starts_with("i-")) return endpoint;
    const auto [known, fresh] = numbers_.try_emplace(host, numbers_.size() + 1);
    return fmt::format("10.0.{}.{}", known->second / 250, known->second % 250 + 1) +
           endpoint.substr(colon);
  }

 private:
  std::map<std::string, std::size_t> numbers_;
};

constexpr std::uint32_t kNoGroup = 0xFFFFFFFFU;

struct Front {
  std::string id, dns;
  bool classic = false;
  bool network = false;  ///< It writes of TLS connections only, and never of requests.
};

/// Who left before the answer came is 460 (elb.md 2.17), in a Classic balancer's log 408 (1.10).
int status_of(Outcome outcome, const dataplane::Cause& cause, bool classic) {
  if (outcome == Outcome::kOk) return cause.status == 0 ? 200 : cause.status;
  if (cause.text == dataplane::causes::kNoConnection ||
      cause.text == dataplane::causes::kTooManyRedirects)
    return 0;
  if (outcome == Outcome::kClientGaveUp && cause.status == 0) return classic ? 408 : 460;
  return cause.status;
}

void replace(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

/// Where a redirect sends the client that sent this line ("GET http://host:80/path?query
/// HTTP/1.1").
std::string redirect_url(const elb::Redirect& to, const std::string& line) {
  const std::size_t begin = line.find(' ') + 1;
  std::string url = line.substr(begin, line.find(' ', begin) - begin);
  const std::size_t scheme = url.find("://");
  const std::string protocol = url.substr(0, scheme);
  const std::size_t host_at = scheme + 3,
                    path_at = std::min(url.find_first_of("/?", host_at), url.size());
  std::string host = url.substr(host_at, path_at - host_at),
              port = protocol == "https" ? "443" : "80";
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    port = host.substr(colon + 1);
    host.resize(colon);
  }
  const std::size_t query_at = std::min(url.find('?', path_at), url.size());
  std::string path = url.substr(path_at, query_at - path_at);
  if (path.starts_with('/')) path.erase(0, 1);
  const std::string query = query_at < url.size() ? url.substr(query_at + 1) : "";
  std::string scheme_to = to.protocol;
  std::ranges::transform(scheme_to, scheme_to.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::string out = scheme_to + "://" + to.host + ":" + to.port + to.path +
                    (to.query.empty() ? "" : "?" + to.query);
  replace(out, "#{protocol}", protocol);
  replace(out, "#{host}", host);
  replace(out, "#{port}", port);
  replace(out, "#{path}", path);
  replace(out, "#{query}", query);
  if (out.ends_with('?')) out.pop_back();
  return out;
}

}  // namespace

void AccessLog::add(const dataplane::RequestRecord& record) {
  const auto [target, fresh] =
      target_ids_.try_emplace(record.target, static_cast<std::uint32_t>(targets_.size()));
  if (fresh) targets_.push_back(record.target);
  entries_.push_back({record.attempt_at, record.ended_at, record.read, record.index, target->second,
                      record.group, record.source, record.attempt, record.rule, record.cause,
                      record.redirect, record.place, record.outcome, record.asset});
}

void AccessLog::write(world::World& world, std::ostream& out) {
  std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
    return std::tie(a.sent, a.source, a.index, a.attempt) <
           std::tie(b.sent, b.source, b.index, b.attempt);
  });
  const auto& plane = world.data_plane();
  const auto& elb = world.elb();
  std::map<std::string, Front> fronts;
  std::map<std::uint16_t, std::uint64_t> first_client;
  std::uint64_t clients = 0;
  Addresses addresses;
  for (const auto& entry : entries_) {
    const auto& cause = plane.ledger().cause(entry.cause);
    const auto& source = plane.source(entry.source);
    const dataplane::Place* place = entry.place;
    const std::string& balancer = place == nullptr ? source.load_balancer : place->load_balancer;
    const bool classic = elb.find_classic(balancer) != nullptr;
    int status = status_of(entry.outcome, cause, classic);
    // A stream was answered when it was opened; its line comes when it ends, whoever ended it.
    const bool opened = source.stream && (entry.outcome == Outcome::kOk ||
                                          (entry.outcome == Outcome::kReset && status == 0));
    if (opened) status = 101;
    if (status == 0) continue;             // there was no balancer to write a line
    if (entry.sent >= world.now()) break;  // by clients that go on after the end of the run
    if (first_client.try_emplace(entry.source, clients).second)
      clients += source.users ? source.users->number : source.clients;
    auto [front, fresh] = fronts.try_emplace(balancer);
    if (fresh) {
      const std::string arn = elb.load_balancer_arn(balancer);
      const auto slash = arn.find("loadbalancer/");
      front->second.classic = slash == std::string::npos;
      front->second.network = arn.find("loadbalancer/net/") != std::string::npos;
      front->second.id = front->second.classic ? balancer : arn.substr(slash + 13);
      front->second.dns = elb.dns_name(balancer);
    }
    if (front->second.network) continue;
    std::string peer, line;
    if (source.trace) {
      const auto& request = source.trace->requests[entry.index % dataplane::kAgain];
      peer = source.trace->peers[request.peer].name;
      line = source.trace->lines[request.line];
    }
    if (peer.empty()) {
      const bool population = source.clients > 0 || source.users;
      const std::uint64_t number =
          population ? first_client[entry.source] + plane.client_of(entry.source, entry.index)
                     : entry.index % dataplane::kAgain;
      const std::uint64_t port =
          population ? entry.source % 1000 : (entry.index % dataplane::kAgain >> 22) % 1000;
      const std::string& own = source.request.source_ip;
      peer = (own.empty() ? client_address(number) : own) + ":" + std::to_string(40'000 + port);
    }
    if (line.empty()) {
      const HttpRequest& request = place != nullptr ? place->request
                                   : entry.asset    ? source.page->request
                                                    : source.request;
      const std::uint16_t port = place == nullptr ? source.port : place->port;
      std::string query;
      for (const auto& [key, value] : request.query)
        query += (query.empty() ? "?" : "&") + key + "=" + value;
      line = fmt::format("{} {}://{}:{}{}{} HTTP/1.1", request.method,
                         place == nullptr ? "http" : place->protocol,
                         request.host.empty() ? front->second.dns : request.host,
                         port == 0 ? 80 : port, request.path, query);
    }
    // Of a body that was cut the status had been written (elb.md 2.7).
    const bool cut_answer = cause.text.starts_with(dataplane::causes::kAnswerCut);
    const bool answered = opened || cut_answer || entry.outcome == Outcome::kOk ||
                          entry.outcome == Outcome::kAppError;
    // Until the first byte of the answer: what its client takes to read it is in no time of a log.
    const SimDuration took = entry.ended - entry.sent - entry.read;
    const std::string target = addresses(targets_[entry.target]);
    // What the balancer answered by itself has a cause too.
    const bool own_answer =
        entry.outcome == Outcome::kOk && entry.cause != 0 && cause.component == "load balancer";
    const std::string target_status =
        answered && !own_answer ? std::to_string(status) : std::string("-");
    if (front->second.classic) {
      // Times in microseconds (elb.md 1.11); the date is that of the request's arrival.
      const std::string times =
          answered ? "0.000000 " + seconds(took, 6) + " 0.000000" : std::string("-1 -1 -1");
      out << date(world.settings().calendar, entry.sent) << ' ' << front->second.id << ' ' << peer
          << ' ' << target << ' ' << times << ' ' << status << ' '
          << (answered ? std::to_string(status) : "0") << " 0 0 \"" << line
          << "\" \"steady\" - -\n";
      continue;
    }
    // elb.md 2.18: nothing dispatched: -1 -1 -1; closed while the target worked: its time, then -1.
    std::string times = "-1 -1 -1";
    if (answered && !own_answer) times = "0.000 " + seconds(took, 3) + " 0.000";
    if (entry.outcome == Outcome::kReset && !opened && !cut_answer)
      times = "0.000 " + seconds(took, 3) + " -1";
    const std::uint64_t mark = mix64(entry.index * 64 + entry.source) ^ entry.attempt;
    const bool secure = place != nullptr && place->protocol == "https";
    out << (source.stream ? "ws "
            : secure      ? "https "
                          : "http ")
        << date(world.settings().calendar, entry.ended) << ' ' << front->second.id << ' ' << peer
        << ' ' << target << ' ' << times << ' ' << status << ' ' << target_status << " 0 0 \""
        << line << "\" \"steady\" - - "
        << (entry.group == kNoGroup ? "-" : elb.group_arn(entry.group))
        << fmt::format(
               " \"Root=1-{:08x}-{:016x}{:08x}\"",
               static_cast<std::uint32_t>(world.settings().calendar.unix_ms(entry.sent) / 1000),
               mix64(mark), static_cast<std::uint32_t>(mark))
        << " \"-\" \"-\" " << entry.rule << ' ' << date(world.settings().calendar, entry.sent)
        << " \""
        << (own_answer ? cause.text == "redirect" ? "redirect" : "fixed-response" : "forward")
        << "\" \"" << (entry.redirect == nullptr ? "-" : redirect_url(*entry.redirect, line))
        << "\" \"-\" \"" << target << "\" \"" << target_status << "\" \"-\" \"-\"\n";
  }
}

}  // namespace steady::report
