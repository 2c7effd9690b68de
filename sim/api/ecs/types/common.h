#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cloud/ecs/model.h"
#include "sim/core/time.h"

/// What the shapes of the ECS API share.
namespace steady::api::ecs {

using steady::ecs::KeptFields;

/// A moment that goes over the wire as epoch seconds.
struct Timestamp {
  std::optional<SimTime> at;
};

struct KeyValue {
  std::string name, value;
};

struct FailureShape {
  static constexpr const char* kShape = "Failure";
  std::string arn, reason, detail;
};
template <class V>
void fields(V& v, FailureShape& x) {
  v("arn", x.arn);
  v("reason", x.reason);
  v("detail", x.detail);
}

}  // namespace steady::api::ecs
