#include "sim/cloud/ec2/instance_type.h"

#include <algorithm>
#include <iterator>

namespace steady::ec2 {
namespace {

constexpr InstanceType kTypes[] = {
#define INSTANCE_TYPE(name, vcpus, memory, architecture, interfaces, addresses, gpus) \
  {name, vcpus, memory, architecture, interfaces, addresses, gpus},
#include "sim/cloud/ec2/instance_types.def"
#undef INSTANCE_TYPE
};

/// What the guide's samples show (ecs.md 1.4): nominal against registered.
struct Sample {
  std::string_view name;
  int mib;
};
constexpr Sample kSamples[] = {{"m4.large", 7985}};

}  // namespace

std::span<const InstanceType> instance_types() { return kTypes; }

const InstanceType* find_instance_type(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &InstanceType::name);
  return found == std::end(kTypes) ? nullptr : &*found;
}

RegisteredMemory registered_memory(const InstanceType& type) {
  for (const auto& sample : kSamples) {
    if (sample.name == type.name) return {sample.mib, false};
  }
  // Kernel and firmware keep a fixed part and a share of the memory. Fitted to 8192 -> 7985 and to the sample
  // 4096 -> 3768 of ecs.md 1.4, whose type is not told, leaning to the smaller: nominal - 2.5 % - 32 MiB, rounded
  // down.
  return {type.memory_mib - type.memory_mib / 40 - 32, true};
}

}  // namespace steady::ec2
