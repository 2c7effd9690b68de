#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "sim/app/app_model.h"
#include "sim/cloud/elb/routing.h"
#include "sim/traffic/source.h"

/// What the fluid plane carries: all that is simple for the exact one, and what is listed in the
/// .cpp. A feature that is new is refused until it is listed.
namespace steady::fluid {

/// In words, what of it is not carried; empty when all is.
std::vector<std::string> unsupported(const traffic::SourceSpec& source);
std::vector<std::string> unsupported(const app::AppModel& model);
/// Left as it was.
std::vector<std::string> unsupported(elb::Frontend& frontend);

/// A run came to something that is not carried: the scenario's fault, as `what()` says.
class NotCarried : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace steady::fluid
