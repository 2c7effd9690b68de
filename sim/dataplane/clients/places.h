#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/cloud/elb/routing.h"
#include "sim/core/http_request.h"

namespace steady::dataplane {

/// Where a client sends a request, and what it asks for there.
struct Place {
  std::string load_balancer;  ///< "": nobody that is modelled
  std::string protocol = "http";
  std::uint16_t port = 0;  ///< 0: that of the first listener
  HttpRequest request{};
  elb::Frontend* frontend = nullptr;  ///< nullptr: none listens there
  std::uint16_t frontend_index = 0;
  bool is(const Place& other) const {
    return load_balancer == other.load_balancer && protocol == other.protocol &&
           port == other.port && request == other.request;
  }
};

/// Where a redirect leads a client that asked at `from` (elb.md 2.11): the same load balancer
/// unless it names another host, and then `load_balancer` is left "". Nothing where its port is
/// none. A POST becomes a GET, as browsers have it; all other methods stay.
std::optional<Place> led(const elb::Redirect& to, const Place& from);

}  // namespace steady::dataplane
