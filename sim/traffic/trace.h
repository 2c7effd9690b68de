#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/time.h"

namespace steady::traffic {

/// Recorded requests that are sent again: when, by whom, and what was asked for.
struct Trace {
  struct Request {
    SimTime at{};
    std::uint32_t peer = 0;  ///< into peers
    std::uint32_t line = 0;  ///< into lines
  };
  struct Peer {
    std::string name;          ///< "192.0.2.1:4711", as it was recorded
    std::uint32_t client = 0;  ///< who that is: the address without its port, counted from 0
  };
  std::vector<Request> requests;  ///< In order of time; of one moment as they were recorded.
  std::vector<Peer> peers;
  std::vector<std::string> lines;  ///< "GET http://example.com:80/ HTTP/1.1"; "" when not recorded
  std::uint32_t clients = 0;
};

}  // namespace steady::traffic
