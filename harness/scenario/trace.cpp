#include "harness/scenario/trace.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "sim/core/numbers.h"
#include "sim/core/wide.h"

namespace steady::scenario {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// One recorded request, as its line says.
struct Line {
  std::int64_t ns = 0;  ///< since 1970 for a date, else since anything
  std::string client, request;
};

/// The words of a log's line: parted by spaces, quotes keep them together.
std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    const bool quoted = line[i] == '"';
    if (quoted) ++i;
    const std::size_t end = std::min(line.size(), line.find(quoted ? '"' : ' ', i));
    out.emplace_back(line.substr(i, end - i));
    i = end + 1;
  }
  return out;
}

/// Up to nine decimals of a second, cut after that.
std::optional<std::int64_t> fraction_ns(std::string_view digits) {
  std::int64_t ns = 0;
  for (std::size_t i = 0; i < 9; ++i) ns = ns * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  const bool good = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  return good && !digits.empty() ? std::optional(ns) : std::nullopt;
}

std::optional<std::int64_t> date_ns(std::string_view text) {
  constexpr std::size_t kWhole = 19;  // 2026-01-01T00:00:00
  if (text.size() <= kWhole || text.back() != 'Z') return std::nullopt;
  const auto whole = Calendar::parse(std::string(text.substr(0, kWhole)) + "Z");
  if (!whole) return std::nullopt;
  std::int64_t part = 0;
  if (text[kWhole] == '.') {
    const auto fraction = fraction_ns(text.substr(kWhole + 1, text.size() - kWhole - 2));
    if (!fraction) return std::nullopt;
    part = *fraction;
  } else if (text.size() != kWhole + 1) {
    return std::nullopt;
  }
  return whole->unix_ms(kStart) * 1'000'000 + part;
}

std::optional<std::int64_t> seconds_ns(std::string_view text) {
  const auto dot = text.find('.');
  const auto whole = whole_number<std::uint32_t>(text.substr(0, dot));
  if (!whole) return std::nullopt;
  std::int64_t ns = std::int64_t{*whole} * kSecond;
  if (dot == std::string_view::npos) return ns;
  const auto part = fraction_ns(text.substr(dot + 1));
  return part ? std::optional(ns + *part) : std::nullopt;
}

std::optional<Line> application_line(const std::vector<std::string>& fields) {
  static constexpr std::array<std::string_view, 6> kTypes{"http",  "https", "h2",
                                                          "grpcs", "ws",    "wss"};
  constexpr std::size_t kClient = 3, kRequest = 12, kCreation = 21;
  if (fields.size() <= kCreation || std::ranges::find(kTypes, fields[0]) == kTypes.end())
    return std::nullopt;
  const auto at = date_ns(fields[kCreation]);
  if (!at) return std::nullopt;
  return Line{*at, fields[kClient], fields[kRequest]};
}

std::optional<Line> classic_line(const std::vector<std::string>& fields) {
  constexpr std::size_t kTime = 0, kClient = 2, kRequest = 11;
  if (fields.size() <= kRequest) return std::nullopt;
  const auto at = date_ns(fields[kTime]);
  if (!at) return std::nullopt;
  return Line{*at, fields[kClient], fields[kRequest]};
}

std::optional<Line> csv_line(std::string_view text) {
  std::vector<std::string> fields;
  for (std::size_t i = 0; i <= text.size();) {
    const bool quoted = i < text.size() && text[i] == '"';
    const std::size_t begin = quoted ? i + 1 : i;
    std::size_t end = std::min(text.size(), text.find(quoted ? '"' : ',', begin));
    fields.emplace_back(text.substr(begin, end - begin));
    i = quoted ? std::min(text.size(), text.find(',', end)) + 1 : end + 1;
  }
  auto at = date_ns(fields[0]);
  if (!at) at = seconds_ns(fields[0]);
  if (!at || fields.size() > 3) return std::nullopt;
  fields.resize(3);
  return Line{*at, fields[1], fields[2]};
}

}  // namespace

Result<traffic::Trace> read_trace(const std::string& text, const TraceOptions& options) {
  std::vector<Line> lines;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.size(), text.find('\n', begin));
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto fields = words(line);
    auto read = application_line(fields);
    if (!read) read = classic_line(fields);
    if (!read) read = csv_line(line);
    if (!read && number == 1 && line.starts_with("time")) continue;
    if (!read)
      return Error{"line", "line " + std::to_string(number) +
                               " is neither of an access log nor a time: '" +
                               std::string(line.substr(0, 60)) + "'"};
    lines.push_back(std::move(*read));
  }
  if (lines.empty()) return Error{"line", "there is no request in it"};
  // Balancers write a line when its request ends; requests came in another order.
  std::ranges::stable_sort(lines, {}, &Line::ns);
  const std::int64_t origin =
      options.by_clock ? options.start.unix_ms(kStart) * 1'000'000 : lines.front().ns;

  traffic::Trace trace;
  std::map<std::string, std::uint32_t> peers, clients, requests;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.ns < origin) continue;  // before the run begins
    if (options.thin.below(1'000'000, i, 0) >= options.keep_ppm) continue;
    const auto at = static_cast<std::int64_t>(static_cast<Uint128>(line.ns - origin) *
                                              options.stretch_ppm / 1'000'000);
    const auto [peer, new_peer] =
        peers.try_emplace(line.client, static_cast<std::uint32_t>(trace.peers.size()));
    if (new_peer) {
      const std::string address = line.client.substr(0, line.client.rfind(':'));
      const auto [client, fresh] =
          clients.try_emplace(address, static_cast<std::uint32_t>(clients.size()));
      trace.peers.push_back({line.client, client->second});
    }
    const auto [request, new_request] =
        requests.try_emplace(line.request, static_cast<std::uint32_t>(trace.lines.size()));
    if (new_request) trace.lines.push_back(line.request);
    trace.requests.push_back({kStart + SimDuration{at}, peer->second, request->second});
  }
  trace.clients = static_cast<std::uint32_t>(clients.size());
  if (trace.requests.empty()) return Error{"line", "none of its requests falls into the run"};
  return trace;
}

}  // namespace steady::scenario
