#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace steady::ec2 {

/// Facts of an EC2 instance type: vCPUs, nominal memory, network interfaces.
struct InstanceType {
  std::string_view name;
  int vcpus;
  int memory_mib;                 ///< Nominal; what ECS registers is less, see registered_memory().
  std::string_view architecture;  ///< x86_64 or arm64
  int network_interfaces;         ///< At most, the primary one included.
  int ipv4_per_interface;
  int gpus;
};

std::span<const InstanceType> instance_types();                 ///< in the order of the table
const InstanceType* find_instance_type(std::string_view name);  ///< nullptr when unknown

/// Memory that the operating system shows and the agent registers: less than the nominal one, since
/// firmware and kernel keep a part. Where ecs.md 1.4 has a sample of the type (m4.large: 7985), it
/// is that; else nominal * 39 / 40, rounded down: the kernel's part is taken as one fortieth, which
/// gives 7987 for the sample of m4.large and 3744 for the other one (3768 with 2 vCPUs, fits a type
/// of 3.75 GiB). A scenario's own `memory` overrides both.
struct RegisteredMemory {
  int mib;
  bool assumed;  ///< By the formula, not from a sample of ecs.md 1.4.
};
RegisteredMemory registered_memory(const InstanceType& type);

}  // namespace steady::ec2
