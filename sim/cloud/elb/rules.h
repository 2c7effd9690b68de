#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/settings.h"
#include "sim/core/http_request.h"

namespace steady::elb {

struct Frontend;

/// One rule of a listener as its nodes carry it out; the default action is a rule without
/// conditions (elb.md 2.11).
struct Route {
  struct Way {
    Frontend* to = nullptr;
    std::uint32_t weight = 1;
  };
  int priority = 0;  ///< 0: the default action
  std::vector<Condition> conditions;
  ActionSpec::Type type = ActionSpec::Type::kForward;
  std::vector<Way> ways;      ///< Of a forward.
  SimDuration sticky_for{0};  ///< A client stays with its group for so long; 0: it does not.
  int status = 0;             ///< Of a redirect or a fixed response.
  std::string body{};         ///< Of a fixed response.
  Redirect redirect{};        ///< Where a redirect leads.
};

/// In order of priority, the default action last.
using Routes = std::vector<Route>;

/// The first rule whose conditions all hold.
const Route& route_of(const Routes& routes, const HttpRequest& request);
bool holds(const Condition& condition, const HttpRequest& request);

/// "*" stands for any run of characters, "?" for one; 128 characters each at most.
bool matches(std::string_view pattern, std::string_view text, bool ignore_case);
/// True when `address` lies in `block` ("10.0.0.0/8", "2001:db8::/32"); false for what is neither.
bool in_block(std::string_view address, std::string_view block);
bool is_block(std::string_view text);

}  // namespace steady::elb
