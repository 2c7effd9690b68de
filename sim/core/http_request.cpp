#include "sim/core/http_request.h"

#include <algorithm>

namespace steady {
namespace {

/// What comes before `mark`, which is taken off `text` with it.
std::string_view cut_off(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
  return head;
}

}  // namespace

void read_url(std::string_view url, HttpRequest& out) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url = url.substr(scheme + 3);
    const std::size_t slash = std::min(url.find_first_of("/?"), url.size());
    std::string_view host = url.substr(0, slash);
    url = url.substr(slash);
    // A colon inside brackets belongs to an IPv6 address.
    const std::size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
      host = host.substr(0, colon);
    out.host = host;
  }
  const std::string_view path = cut_off(url, "?");
  out.path = path.empty() ? "/" : std::string(path);
  out.query.clear();
  while (!url.empty()) {
    std::string_view pair = cut_off(url, "&");
    const std::string_view key = cut_off(pair, "=");
    out.query.emplace_back(key, pair);
  }
}

}  // namespace steady
