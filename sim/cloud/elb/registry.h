#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/elb/routing.h"

namespace steady::elb {

/// Makes an algorithm by its AWS name; nullptr when there is none of that name.
std::unique_ptr<Algorithm> make_algorithm(std::string_view name);
/// Of a Network load balancer; AWS has no name for it.
std::unique_ptr<Algorithm> make_flow_hash();
/// Names that make_algorithm knows, in the order of algorithms.def.
std::vector<std::string> algorithm_names();

}  // namespace steady::elb
