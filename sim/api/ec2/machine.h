#pragma once

#include "sim/api/ec2/types.h"
#include "sim/cloud/ec2/ec2.h"

namespace steady::api::ec2 {

/// What a scenario says of a machine, as what EC2 launches; AWS's own members are the caller's.
inline steady::ec2::LaunchSpec launch_of(const Machine& machine) {
  steady::ec2::LaunchSpec spec;
  spec.cluster = machine.cluster;
  spec.cpu = machine.cpu;
  spec.memory = machine.memory;
  spec.enis = machine.enis;
  if (machine.boot) spec.boot = *machine.boot;
  if (machine.agent_registration) spec.agent_registration = *machine.agent_registration;
  spec.attributes = machine.attributes;
  return spec;
}

}  // namespace steady::api::ec2
