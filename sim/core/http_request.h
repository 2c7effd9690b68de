#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steady {

/// What a client asks for, as far as a load balancer's rules look at it.
struct HttpRequest {
  std::string method = "GET";
  std::string host{};  ///< As in the Host header, without a port.
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> query{}, headers{};
  std::string source_ip{};  ///< "": not known, so no condition on it holds
  bool operator==(const HttpRequest&) const = default;
};

/// Takes "https://example.com:443/path?a=b" apart; parts that are missing stay as they are.
void read_url(std::string_view url, HttpRequest& out);

}  // namespace steady
