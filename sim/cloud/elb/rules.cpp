#include "sim/cloud/elb/rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "sim/core/check.h"

namespace steady::elb {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(char a, char b, bool ignore_case) { return ignore_case ? lower(a) == lower(b) : a == b; }

/// An address as 16 bytes, IPv4 in its own length.
struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;
};

/// A number of the given base, all of the text.
std::optional<int> number_of(std::string_view text, int base, int most) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return {};
  return value < 0 || value > most ? std::nullopt : std::optional(value);
}

std::vector<std::string_view> split(std::string_view text, char mark) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(mark);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<Address> ipv4_of(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  Address out;
  out.bits = 32;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto number = number_of(parts[i], 10, 255);
    if (!number) return std::nullopt;
    out.bytes[i] = static_cast<unsigned char>(*number);
  }
  return out;
}

/// Eight groups of four digits, one run of zeroes left out as "::" (RFC 4291, 2.2).
std::optional<Address> ipv6_of(std::string_view text) {
  const std::size_t gap = text.find("::");
  const auto groups_of = [](std::string_view part) {
    return part.empty() ? std::vector<std::string_view>{} : split(part, ':');
  };
  const bool has_gap = gap != std::string_view::npos;
  const auto head = groups_of(text.substr(0, gap));
  const auto tail = groups_of(has_gap ? text.substr(gap + 2) : std::string_view{});
  const std::size_t groups = head.size() + tail.size();
  if (has_gap ? groups > 7 : groups != 8) return std::nullopt;
  Address out;
  out.bits = 128;
  const auto put = [&out](std::string_view group, std::size_t place) {
    const auto number = group.size() > 4 ? std::nullopt : number_of(group, 16, 0xFFFF);
    if (!number) return false;
    out.bytes[2 * place] = static_cast<unsigned char>(*number >> 8);
    out.bytes[2 * place + 1] = static_cast<unsigned char>(*number & 0xFF);
    return true;
  };
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (!put(head[i], i)) return std::nullopt;
  }
  for (std::size_t i = 0; i < tail.size(); ++i) {
    if (!put(tail[i], 8 - tail.size() + i)) return std::nullopt;
  }
  return out;
}

std::optional<Address> address_of(std::string_view text) {
  return text.find(':') == std::string_view::npos ? ipv4_of(text) : ipv6_of(text);
}

struct Block {
  Address base;
  int prefix = 0;
};

std::optional<Block> block_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto base = address_of(text.substr(0, slash));
  const auto prefix = base ? number_of(text.substr(slash + 1), 10, base->bits) : std::nullopt;
  if (!prefix) return std::nullopt;
  return Block{*base, *prefix};
}

bool any(const std::vector<std::string>& patterns, std::string_view text, bool ignore_case) {
  return std::ranges::any_of(
      patterns, [&](const auto& pattern) { return matches(pattern, text, ignore_case); });
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text, bool ignore_case) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() &&
               (pattern[p] == '?' || same(pattern[p], text[t], ignore_case))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // the last star takes one character more
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_block(std::string_view text) { return block_of(text).has_value(); }

bool in_block(std::string_view address, std::string_view text) {
  const auto block = block_of(text);
  const auto of = address_of(address);
  if (!block || !of || of->bits != block->base.bits) return false;
  for (int bit = 0; bit < block->prefix; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((of->bytes[byte] ^ block->base.bytes[byte]) & mask) != 0) return false;
  }
  return true;
}

bool holds(const Condition& condition, const HttpRequest& request) {
  const auto named = [&condition](std::string_view name) {
    return name.size() == condition.header.size() && matches(condition.header, name, true);
  };
  switch (condition.field) {
    case Condition::Field::kHost:
      return any(condition.values, request.host, true);
    case Condition::Field::kPath:
      return any(condition.values, request.path, false);
    case Condition::Field::kMethod:
      return std::ranges::find(condition.values, request.method) != condition.values.end();
    case Condition::Field::kHeader:
      return std::ranges::any_of(request.headers, [&](const auto& header) {
        return named(header.first) && any(condition.values, header.second, true);
      });
    case Condition::Field::kQuery:
      return std::ranges::any_of(condition.query, [&](const auto& wanted) {
        return std::ranges::any_of(request.query, [&](const auto& pair) {
          return (wanted.first.empty() || matches(wanted.first, pair.first, true)) &&
                 matches(wanted.second, pair.second, true);
        });
      });
    case Condition::Field::kSourceIp:
      return std::ranges::any_of(
          condition.values, [&](const auto& block) { return in_block(request.source_ip, block); });
  }
  return false;
}

const Route& route_of(const Routes& routes, const HttpRequest& request) {
  const auto found = std::ranges::find_if(routes, [&](const Route& route) {
    return std::ranges::all_of(
        route.conditions, [&](const Condition& condition) { return holds(condition, request); });
  });
  STEADY_CHECK(found != routes.end(), "a listener without a default action");
  return *found;
}

}  // namespace steady::elb
