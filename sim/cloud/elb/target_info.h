#pragma once

#include <cstdint>
#include <string>

#include "sim/app/request_plane.h"
#include "sim/core/time.h"

namespace steady::elb {

using app::EndpointId;
using app::GroupId;
using app::TargetId;

/// What DescribeTargetHealth or DescribeInstanceHealth says of one target: AWS's words.
struct TargetHealth {
  std::string state;   ///< initial, healthy, unhealthy, unused, draining; InService, OutOfService
  std::string reason;  ///< Elb.RegistrationInProgress ...; Classic: ELB, Instance, N/A
  std::string description;  ///< elb.md 2.2, 1.4, to the letter
  bool operator==(const TargetHealth&) const = default;
};

/// One registration of a target, kept after its end.
struct TargetInfo {
  TargetId id = 0;
  GroupId group = 0;
  std::string host;        ///< Instance id or IP address.
  std::uint16_t port = 0;  ///< Classic: the instance port of the first listener.
  std::string zone;
  SimTime registered_at{};
  bool deregistering = false;
  SimTime deregistered_at = kNever;  ///< When DeregisterTargets was called.
};

}  // namespace steady::elb
