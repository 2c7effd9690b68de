#include "sim/cloud/ec2/instance_type.h"

#include <algorithm>
#include <array>

namespace steady::ec2 {
namespace {

constexpr InstanceType kTypes[] = {
#define INSTANCE_TYPE(name, vcpus, memory, architecture, interfaces, addresses, gpus) \
  InstanceType{name, vcpus, memory, architecture, interfaces, addresses, gpus},
#include "sim/cloud/ec2/instance_types.def"
#undef INSTANCE_TYPE
};

/// What agents of this type were seen to register (ecs.md 1.4).
struct Sample {
  std::string_view type;
  int mib;
};
constexpr std::array kSamples = {Sample{"m4.large", 7985}};

}  // namespace

std::span<const InstanceType> instance_types() { return kTypes; }

const InstanceType* find_instance_type(std::string_view name) {
  const auto* const found = std::ranges::find(kTypes, name, &InstanceType::name);
  return found == std::end(kTypes) ? nullptr : found;
}

RegisteredMemory registered_memory(const InstanceType& type) {
  const auto sample = std::ranges::find(kSamples, type.name, &Sample::type);
  if (sample != kSamples.end()) return {sample->mib, false};
  return {type.memory_mib * 39 / 40, true};
}

}  // namespace steady::ec2
